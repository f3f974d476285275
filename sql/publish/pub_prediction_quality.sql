/*---
description: One row per thing that is predicted and tenth of the people that it was tested on, with what was said and what came out; row 0 is all of them, and says how good the prediction is and whether it is shown.
grain: [target, tenth]
owner: marketing-analytics
only_with: predict
published: state
reference: [dim_prediction_targets, dim_labels]
order_by: [target_order, tenth]
columns:
  tenth: {doc: "0: all that were tested. 1 to 10: a tenth of them each, 1 with the highest scores"}
  numerator: {unit: persons, doc: Persons of the tenth of whom it came out as the target says}
  denominator: {unit: persons, doc: "Persons of the tenth: each had the whole horizon"}
  value: {unit: share, doc: "numerator / denominator: what came out. In row 0 it is the base rate"}
  ci_low: {unit: share, doc: "Lower end of its interval: Wilson"}
  ci_high: {unit: share, doc: "Upper end of its interval: Wilson"}
  predicted_share: {doc: "Mean score of the tenth: what was said. Calibrated is what lies within ci_low and ci_high in nearly every tenth"}
checks:
  - {name: what_is_shown_is_better_than_the_base_rate, severity: fail, sql: "tenth > 0 or (prediction_verdict = 'published') = is_published and (not is_published or skill_ci_low > 0)",
     why: people would be sorted by chance}
---*/
with

numbers as (
    select
        target,
        max(case when number_kind = 'trained_n' then number_nl end) as trained_n_nl,
        max(case when number_kind = 'trained_n' then number_en end) as trained_n_en,
        max(case when number_kind = 'trained_x' then number_nl end) as trained_x_nl,
        max(case when number_kind = 'trained_x' then number_en end) as trained_x_en,
        max(case when number_kind = 'n' then number_nl end) as n_nl,
        max(case when number_kind = 'n' then number_en end) as n_en,
        max(case when number_kind = 'x' then number_nl end) as x_nl,
        max(case when number_kind = 'x' then number_en end) as x_en,
        max(case when number_kind = 'value' then number_nl end) as value_nl,
        max(case when number_kind = 'value' then number_en end) as value_en,
        max(case when number_kind = 'top' then number_nl end) as top_nl,
        max(case when number_kind = 'top' then number_en end) as top_en,
        max(case when number_kind = 'skill' then number_nl end) as skill_nl,
        max(case when number_kind = 'skill' then number_en end) as skill_en,
        max(case when number_kind = 'skill_ci_low' then number_nl end) as low_nl,
        max(case when number_kind = 'skill_ci_low' then number_en end) as low_en,
        max(case when number_kind = 'skill_ci_high' then number_nl end) as high_nl,
        max(case when number_kind = 'skill_ci_high' then number_en end) as high_en
    from int_prediction_numbers
    group by target
),

told as (
    select
        verdicts.*,
        case verdicts.target
            when 'order' then 'bestelde ' || numbers.value_nl || ' in de ' || cast(verdicts.horizon_days as varchar) || ' dagen erna'
            else 'bleef ' || numbers.value_nl || ' langer weg dan gewoonlijk'
        end as came_out_nl,
        case verdicts.target
            when 'order'
                then numbers.value_en || ' ordered in the ' || cast(verdicts.horizon_days as varchar) || ' days after'
            else numbers.value_en || ' stayed away for longer than usual'
        end as came_out_en,
        numbers.* exclude (target)
    from int_prediction_verdicts as verdicts
    left join numbers
        on verdicts.target = numbers.target
),

stated as (
    select
        *,
        case
            when prediction_verdict = 'too_short'
                then
                    'Er is nog niet lang genoeg gemeten om van te leren en aan te toetsen: daar zijn ten minste twee termijnen van '
                    || cast(horizon_days as varchar) || ' dagen voor nodig. Er wordt niets voorspeld.'
            when prediction_verdict = 'too_few'
                then
                    'Te weinig om van te leren of aan te toetsen: ' || trained_x_nl || ' van ' || trained_n_nl
                    || ' bezoekers om van te leren, ' || x_nl || ' van ' || n_nl
                    || ' om aan te toetsen. Van elk zijn er 30 nodig van wie het uitkwam, en 30 van wie niet. Er wordt niets voorspeld.'
            else
                'Van ' || n_nl || ' bezoekers van ' || strftime(tested_on, '%d-%m-%Y') || ' ' || came_out_nl
                || '; van de tiende met de hoogste score was dat ' || top_nl || '. '
                || case
                    when prediction_verdict = 'published' then 'De fout van de score is '
                    else 'Dat de score beter is, kan toeval zijn. De fout ervan is '
                end
                || skill_nl || ' kleiner dan die van wie van iedereen het gemiddelde zegt (tussen ' || low_nl || ' en ' || high_nl || ').'
                || case when prediction_verdict = 'published' then '' else ' Er wordt niets voorspeld.' end
        end as statement_nl,
        case
            when prediction_verdict = 'too_short'
                then
                    'Measured for too short a time to learn from and to test with: that takes two horizons of '
                    || cast(horizon_days as varchar) || ' days at least. Nothing is predicted.'
            when prediction_verdict = 'too_few'
                then
                    'Too few to learn from or to test with: ' || trained_x_en || ' of ' || trained_n_en
                    || ' visitors to learn from, ' || x_en || ' of ' || n_en
                    || ' to test with. Of each it takes 30 of whom it came out, and 30 of whom it did not. Nothing is predicted.'
            else
                'Of ' || n_en || ' visitors of ' || cast(tested_on as varchar) || ' ' || came_out_en
                || '; of the tenth with the highest scores it was ' || top_en || '. '
                || case
                    when prediction_verdict = 'published' then 'The error of the score is '
                    else 'That the score is better may be chance. Its error is '
                end
                || skill_en || ' smaller than that of saying the average of everybody (between ' || low_en || ' and ' || high_en || ').'
                || case when prediction_verdict = 'published' then '' else ' Nothing is predicted.' end
        end as statement_en
    from told
),

-- a target of which nobody was tested has its row too: it says why
parts as (
    select target, 0 as tenth from dim_prediction_targets
    union
    select target, tenth from int_prediction_tenths
)

select
    stated.target,
    targets.target_order,
    titles.label_nl as target_title_nl,
    titles.label_en as target_title_en,
    cast(parts.tenth as integer) as tenth,
    stated.prediction_verdict,
    verdicts.label_nl as prediction_verdict_nl,
    verdicts.label_en as prediction_verdict_en,
    case when parts.tenth = 0 then stated.statement_nl end as statement_nl,
    case when parts.tenth = 0 then stated.statement_en end as statement_en,
    stated.prediction_verdict = 'published' as is_published,
    case when stated.prediction_verdict = 'published' then stated.scored else 0 end as scored,
    stated.horizon_days,
    stated.scored_on,
    stated.outcome_ends_on,
    stated.tested_on,
    stated.trained_from,
    stated.trained_to,
    stated.trained_n,
    stated.trained_x,
    coalesce(tenths.numerator, case when parts.tenth = 0 then stated.x end) as numerator,
    coalesce(tenths.denominator, case when parts.tenth = 0 then stated.n end) as denominator,
    'share' as unit,
    tenths.value,
    tenths.ci_low,
    tenths.ci_high,
    coalesce(tenths.min_sample_ok, false) as min_sample_ok,
    tenths.predicted_share,
    case when parts.tenth = 0 then stated.brier end as brier,
    case when parts.tenth = 0 then stated.brier_base end as brier_base,
    case when parts.tenth = 0 then stated.skill end as skill,
    case when parts.tenth = 0 then stated.skill_ci_low end as skill_ci_low,
    case when parts.tenth = 0 then stated.skill_ci_high end as skill_ci_high,
    case when parts.tenth = 0 then stated.auc end as auc,
    case when parts.tenth = 0 then stated.auc_ci_low end as auc_ci_low,
    case when parts.tenth = 0 then stated.auc_ci_high end as auc_ci_high,
    case when parts.tenth = 0 then stated.lift end as lift,
    case when parts.tenth = 0 then stated.lift_ci_low end as lift_ci_low,
    case when parts.tenth = 0 then stated.lift_ci_high end as lift_ci_high
from parts
inner join stated
    on parts.target = stated.target
inner join dim_prediction_targets as targets
    on parts.target = targets.target
inner join dim_labels as titles
    on titles.enum = 'prediction_target' and parts.target = titles.enum_value
inner join dim_labels as verdicts
    on verdicts.enum = 'prediction_verdict' and stated.prediction_verdict = verdicts.enum_value
left join int_prediction_tenths as tenths
    on parts.target = tenths.target and parts.tenth = tenths.tenth
