/*---
description: One row per experiment of the settings and variant, with who saw it, how many converted within the horizon, the difference to the control, and what that says.
grain: [experiment_id, variant]
owner: marketing-analytics
published: state
reference: [dim_experiments, dim_experiment_variants, dim_labels]
order_by: [starts_on desc, experiment_id, is_control, variant_order]
columns:
  conversion: {doc: "Event of key_events that counts: purchase, sign_up"}
  horizon_days: {type: double, unit: days, doc: "How long after first seeing the variant somebody can convert"}
  persons: {doc: "Persons who saw this variant and no other"}
  converted: {doc: "Of persons those that converted within the horizon, also where it still lasts"}
  dropped: {type: bigint, doc: "Of persons those that did not convert and can no longer"}
  pending: {doc: "Of persons those that did not convert and still have time: they count in no rate"}
  crossed_persons: {unit: persons, doc: "Persons who saw more than one variant of this experiment: they count with none"}
  x: {unit: persons, doc: Of n those that converted within the horizon}
  n: {unit: persons, doc: "Mature persons: those whose whole horizon has passed"}
  value: {unit: share, doc: "x / n"}
  baseline_x: {unit: persons, doc: "The same of the control; null for the control itself"}
  baseline_n: {unit: persons, doc: "The same of the control; null for the control itself"}
  baseline_value: {unit: share, doc: "baseline_x / baseline_n"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: persons = converted + dropped + pending, why: a person would be in two states or in none}
  - {name: a_verdict_or_a_reason, severity: fail, sql: "(experiment_verdict = 'cannot_tell') = (experiment_reason is not null)", why: a variant without verdict would not say why}
  - {name: visitors_were_dealt_out_as_planned, severity: warn, sql: not has_ratio_alarm, shows: [experiment_id],
     why: "so lopsided a deal comes by chance once in a thousand times: the split or the measuring is broken, and no variant is judged"}
---*/
with

numbers as (
    select
        experiment_id,
        variant,
        max(case when number_kind = 'value' then number_nl end) as value_nl,
        max(case when number_kind = 'value' then number_en end) as value_en,
        max(case when number_kind = 'n' then number_nl end) as units_nl,
        max(case when number_kind = 'n' then number_en end) as units_en,
        max(case when number_kind = 'baseline_value' then number_nl end) as control_value_nl,
        max(case when number_kind = 'baseline_value' then number_en end) as control_value_en,
        max(case when number_kind = 'baseline_n' then number_nl end) as control_units_nl,
        max(case when number_kind = 'baseline_n' then number_en end) as control_units_en,
        max(case when number_kind = 'diff' then number_nl end) as diff_nl,
        max(case when number_kind = 'diff' then number_en end) as diff_en,
        max(case when number_kind = 'diff_ci_low' then number_nl end) as low_nl,
        max(case when number_kind = 'diff_ci_low' then number_en end) as low_en,
        max(case when number_kind = 'diff_ci_high' then number_nl end) as high_nl,
        max(case when number_kind = 'diff_ci_high' then number_en end) as high_en,
        max(case when number_kind = 'persons' then number_nl end) as persons_nl,
        max(case when number_kind = 'persons' then number_en end) as persons_en,
        max(case when number_kind = 'expected_persons' then number_nl end) as expected_nl,
        max(case when number_kind = 'expected_persons' then number_en end) as expected_en,
        max(case when number_kind = 'crossed_persons' then number_nl end) as crossed_nl,
        max(case when number_kind = 'crossed_persons' then number_en end) as crossed_en
    from int_experiment_numbers
    group by experiment_id, variant
),

judged as (
    select
        effects.*,
        experiments.title_nl as experiment_title_nl,
        experiments.title_en as experiment_title_en,
        variants.title_nl as variant_title_nl,
        variants.title_en as variant_title_en,
        variants.variant_order,
        controls.title_nl as control_nl,
        controls.title_en as control_en,
        experiments.control,
        experiments.conversion,
        experiments.starts_on,
        experiments.ends_on,
        experiments.owner,
        experiments.touchpoint_id,
        experiments.horizon_seconds / cast(86400 as double) as horizon_days,
        case
            when effects.is_control then 'control'
            when effects.experiment_reason is not null then 'cannot_tell'
            when coalesce(effects.q_value, 1) > 0.05 then 'no_difference'
            when effects.diff > 0 then 'better'
            else 'worse'
        end as experiment_verdict
    from int_experiment_effects as effects
    inner join dim_experiments as experiments
        on effects.experiment_id = experiments.experiment_id
    inner join dim_experiment_variants as variants
        on effects.experiment_id = variants.experiment_id and effects.variant = variants.variant
    inner join dim_experiment_variants as controls
        on experiments.experiment_id = controls.experiment_id and experiments.control = controls.variant
),

told as (
    select
        judged.*,
        coalesce(
            numbers.value_nl || ' van ' || numbers.units_nl || ' bezoekers converteerde binnen de termijn.',
            'Nog niemand heeft de hele termijn gehad.'
        ) as counts_nl,
        coalesce(
            numbers.value_en || ' of ' || numbers.units_en || ' visitors converted within the horizon.',
            'Nobody has had the whole horizon yet.'
        ) as counts_en,
        judged.control_nl || ': ' || numbers.control_value_nl || ' van ' || numbers.control_units_nl || '. Verschil: '
        || numbers.diff_nl || ' (tussen ' || numbers.low_nl || ' en ' || numbers.high_nl || ').' as difference_nl,
        judged.control_en || ': ' || numbers.control_value_en || ' of ' || numbers.control_units_en || '. Difference: '
        || numbers.diff_en || ' (between ' || numbers.low_en || ' and ' || numbers.high_en || ').' as difference_en,
        numbers.persons_nl,
        numbers.persons_en,
        numbers.expected_nl,
        numbers.expected_en,
        case
            when judged.crossed_persons = 0 then ''
            else ' Wie meer dan één variant zag, telt niet mee: ' || numbers.crossed_nl || '.'
        end as crossed_nl,
        case
            when judged.crossed_persons = 0 then ''
            else ' Who saw more than one variant counts with none: ' || numbers.crossed_en || '.'
        end as crossed_en
    from judged
    left join numbers
        on judged.experiment_id = numbers.experiment_id and judged.variant = numbers.variant
)

select
    told.experiment_id,
    told.experiment_title_nl,
    told.experiment_title_en,
    told.variant,
    told.variant_title_nl,
    told.variant_title_en,
    told.experiment_verdict,
    verdicts.label_nl as experiment_verdict_nl,
    verdicts.label_en as experiment_verdict_en,
    case
        when told.experiment_reason = 'not_started' then 'Begint op ' || strftime(told.starts_on, '%d-%m-%Y') || '.'
        when told.has_ratio_alarm
            then
                'De verdeling klopt niet: ' || told.persons_nl || ' bezoekers zagen deze variant, en dat hadden er '
                || told.expected_nl || ' moeten zijn. Zo scheef valt het bij toeval minder dan eens op de duizend keer. Zoek eerst '
                || 'de fout in het verdelen of het meten; tot dan is er geen oordeel.'
        when told.is_control then told.counts_nl
        when told.experiment_reason = 'too_few' then 'Minder dan 30 bezoekers aan een van de kanten: daar is niets uit op te maken.'
        when told.experiment_reason = 'running'
            then
                'Loopt nog, tot en met ' || strftime(told.ends_on, '%d-%m-%Y')
                || '. Wie elke dag kijkt en stopt bij het eerste verschil, vindt er altijd een: het oordeel komt in één keer, daarna.'
        when told.experiment_reason = 'still_open' then 'Een deel van de bezoekers heeft nog tijd: het oordeel komt als die om is.'
        else
            told.counts_nl || ' ' || told.difference_nl
            || case when told.experiment_verdict = 'no_difference' then ' Dat verschil kan toeval zijn.' else '' end
    end || told.crossed_nl as result_nl,
    case
        when told.experiment_reason = 'not_started' then 'Starts on ' || cast(told.starts_on as varchar) || '.'
        when told.has_ratio_alarm
            then
                'Visitors were not dealt out as planned: ' || told.persons_en || ' saw this variant, and it should have been '
                || told.expected_en || '. Chance is so lopsided less than once in a thousand times. Find the fault in the split or in '
                || 'the measuring first; until then there is no verdict.'
        when told.is_control then told.counts_en
        when told.experiment_reason = 'too_few' then 'Fewer than 30 visitors on one of the sides: nothing can be made of it.'
        when told.experiment_reason = 'running'
            then
                'Still running, until ' || cast(told.ends_on as varchar)
                || '. Who looks each day and stops at the first difference always finds one: the verdict comes once, after it.'
        when told.experiment_reason = 'still_open' then 'Some visitors still have time: the verdict comes when they no longer have.'
        else
            told.counts_en || ' ' || told.difference_en
            || case when told.experiment_verdict = 'no_difference' then ' That difference may be chance.' else '' end
    end || told.crossed_en as result_en,
    told.owner,
    told.conversion,
    told.touchpoint_id,
    told.starts_on,
    told.ends_on,
    told.horizon_days,
    told.control,
    told.is_control,
    told.variant_order,
    told.expected_share,
    told.units as persons,
    told.converted,
    told.units - told.converted - told.pending as dropped,
    told.pending,
    told.crossed_persons,
    told.sample_ratio_p_value,
    told.has_ratio_alarm,
    told.x,
    told.n,
    told.value,
    told.ci_low,
    told.ci_high,
    told.baseline_x,
    told.baseline_n,
    told.baseline_value,
    told.diff,
    told.diff_ci_low,
    told.diff_ci_high,
    told.p_value,
    told.q_value,
    told.test,
    told.min_sample_ok,
    told.experiment_reason,
    case when told.is_tested then 'tested' end as evidence_level
from told
inner join dim_labels as verdicts
    on verdicts.enum = 'experiment_verdict' and told.experiment_verdict = verdicts.enum_value
