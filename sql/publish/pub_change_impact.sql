/*---
description: One row per change that the settings tell of, with the KPI before and after, what is left beside the control, and what that says.
grain: [change_id]
owner: marketing-analytics
published: state
reference: [dim_changes, dim_kpis, dim_labels, dim_segment_labels]
order_by: [changed_on desc, change_id]
columns:
  x: {doc: Of n those that did it after the change}
  n: {doc: Mature units of the weeks after the change}
  baseline_x: {doc: Of baseline_n those that did it before the change}
  baseline_n: {doc: Mature units of the weeks before the change}
  pending_n: {doc: "Units of the weeks after the change that still have time: shown, not counted"}
checks:
  - {name: the_interval_contains_the_effect, severity: fail, sql: 'coalesce(effect between effect_ci_low and effect_ci_high, true)', why: an interval around another number}
  - {name: a_verdict_or_a_reason, severity: fail, sql: "(change_verdict = 'cannot_tell') = (change_reason is not null)", why: a change without verdict would not say why}
---*/
with

numbers as (
    select
        change_id,
        max(case when number_kind = 'value' then number_nl end) as value_nl,
        max(case when number_kind = 'value' then number_en end) as value_en,
        max(case when number_kind = 'baseline_value' then number_nl end) as baseline_nl,
        max(case when number_kind = 'baseline_value' then number_en end) as baseline_en,
        max(case when number_kind = 'n' then number_nl end) as units_nl,
        max(case when number_kind = 'n' then number_en end) as units_en,
        max(case when number_kind = 'baseline_n' then number_nl end) as baseline_units_nl,
        max(case when number_kind = 'baseline_n' then number_en end) as baseline_units_en,
        max(case when number_kind = 'effect' then number_nl end) as effect_nl,
        max(case when number_kind = 'effect' then number_en end) as effect_en,
        max(case when number_kind = 'effect_ci_low' then number_nl end) as low_nl,
        max(case when number_kind = 'effect_ci_low' then number_en end) as low_en,
        max(case when number_kind = 'effect_ci_high' then number_nl end) as high_nl,
        max(case when number_kind = 'effect_ci_high' then number_en end) as high_en,
        max(case when number_kind = 'control' then number_nl end) as control_effect_nl,
        max(case when number_kind = 'control' then number_en end) as control_effect_en
    from int_change_numbers
    group by change_id
),

judged as (
    select
        effects.*,
        changes.title_nl as change_title_nl,
        changes.title_en as change_title_en,
        changes.changed_on,
        changes.weeks_compared,
        changes.owner,
        changes.journey_model,
        changes.phase,
        changes.segment_kind,
        changes.segment_value,
        changes.control_kind,
        changes.control_value,
        changes.touchpoint_id,
        kpis.title_nl as kpi_title_nl,
        kpis.title_en as kpi_title_en,
        kpis.unit,
        kpis.base_nl,
        kpis.base_en,
        coalesce(controls.segment_nl, changes.control_value) as control_nl,
        coalesce(controls.segment_en, changes.control_value) as control_en,
        coalesce(controls.label_nl, changes.control_value) as control_alone_nl,
        coalesce(controls.label_en, changes.control_value) as control_alone_en,
        case
            when effects.change_reason is not null then 'cannot_tell'
            when coalesce(effects.q_value, 1) > 0.05 then 'no_difference'
            when (effects.effect > 0) = (effects.direction = 'higher_better') then 'better'
            else 'worse'
        end as change_verdict
    from int_change_effects as effects
    inner join dim_changes as changes
        on effects.change_id = changes.change_id
    inner join dim_kpis as kpis
        on effects.kpi = kpis.kpi
    left join dim_segment_labels as controls
        on changes.control_kind = controls.segment_kind and changes.control_value = controls.segment_value
),

told as (
    select
        judged.*,
        'Ervoor, van ' || strftime(judged.before_from, '%d-%m-%Y') || ' t/m ' || strftime(judged.before_to, '%d-%m-%Y') || ': '
        || numbers.baseline_nl || ' van ' || numbers.baseline_units_nl || ' ' || judged.base_nl || '. Erna, van '
        || strftime(judged.after_from, '%d-%m-%Y') || ' t/m ' || strftime(judged.after_to, '%d-%m-%Y') || ': '
        || numbers.value_nl || ' van ' || numbers.units_nl || '.' as counts_nl,
        'Before, ' || cast(judged.before_from as varchar) || ' to ' || cast(judged.before_to as varchar) || ': '
        || numbers.baseline_en || ' of ' || numbers.baseline_units_en || ' ' || judged.base_en || '. After, '
        || cast(judged.after_from as varchar) || ' to ' || cast(judged.after_to as varchar) || ': '
        || numbers.value_en || ' of ' || numbers.units_en || '.' as counts_en,
        case
            when judged.has_control
                then
                    ' Bij ' || judged.control_alone_nl || ', waar niets veranderde, was het verschil ' || numbers.control_effect_nl
                    || '. Blijft over: ' || numbers.effect_nl
            else ' Verschil: ' || numbers.effect_nl
        end || ' (tussen ' || numbers.low_nl || ' en ' || numbers.high_nl || ').' as effect_nl,
        case
            when judged.has_control
                then
                    ' For ' || judged.control_alone_en || ', where nothing changed, the difference was ' || numbers.control_effect_en
                    || '. What is left: ' || numbers.effect_en
            else ' Difference: ' || numbers.effect_en
        end || ' (between ' || numbers.low_en || ' and ' || numbers.high_en || ').' as effect_en
    from judged
    left join numbers
        on judged.change_id = numbers.change_id
)

select
    told.change_id,
    told.change_title_nl,
    told.change_title_en,
    told.changed_on,
    told.change_verdict,
    verdicts.label_nl as change_verdict_nl,
    verdicts.label_en as change_verdict_en,
    case told.change_reason
        when 'weeks_missing'
            then 'De weken erna lopen nog, tot en met ' || strftime(told.after_to, '%d-%m-%Y') || '.'
        when 'too_few' then 'Minder dan 30 aan een van de kanten: daar is niets uit op te maken.'
        when 'still_open' then told.counts_nl || ' Een deel van de weken erna kan nog veranderen.'
        else
            told.counts_nl || told.effect_nl || case
                when told.change_verdict = 'no_difference' then ' Dat verschil kan toeval zijn.'
                when told.has_control then ''
                else ' Wat er in die weken nog meer veranderde, is hier niet uitgesloten.'
            end
    end as impact_nl,
    case told.change_reason
        when 'weeks_missing' then 'The weeks after it are not over yet; they last until ' || cast(told.after_to as varchar) || '.'
        when 'too_few' then 'Fewer than 30 on one of the sides: nothing can be made of it.'
        when 'still_open' then told.counts_en || ' Part of the weeks after it may still change.'
        else
            told.counts_en || told.effect_en || case
                when told.change_verdict = 'no_difference' then ' That difference may be chance.'
                when told.has_control then ''
                else ' What else changed in those weeks is not ruled out.'
            end
    end as impact_en,
    told.owner,
    told.kpi,
    told.kpi_title_nl,
    told.kpi_title_en,
    told.unit,
    told.direction,
    told.base_nl,
    told.base_en,
    told.journey_model,
    told.phase,
    told.segment_kind,
    told.segment_value,
    coalesce(segments.segment_nl, told.segment_value) as segment_nl,
    coalesce(segments.segment_en, told.segment_value) as segment_en,
    told.control_kind,
    told.control_value,
    told.control_nl,
    told.control_en,
    told.touchpoint_id,
    told.weeks_compared,
    told.before_from,
    told.before_to,
    told.after_from,
    told.after_to,
    told.value,
    told.x,
    told.n,
    told.pending_n,
    told.baseline_value,
    told.baseline_x,
    told.baseline_n,
    told.control_x,
    told.control_n,
    told.control_baseline_x,
    told.control_baseline_n,
    told.effect,
    told.effect_ci_low,
    told.effect_ci_high,
    told.effect_method,
    told.p_value,
    told.q_value,
    told.min_sample_ok,
    told.change_reason,
    case when told.effect is null then null when told.has_control then 'measured' else 'indicated' end as evidence_level
from told
inner join dim_labels as verdicts
    on verdicts.enum = 'change_verdict' and told.change_verdict = verdicts.enum_value
left join dim_segment_labels as segments
    on told.segment_kind = segments.segment_kind and told.segment_value = segments.segment_value
