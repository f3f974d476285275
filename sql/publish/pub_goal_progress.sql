/*---
description: One row per goal of the settings, with where it stands, where it should stand, and what that says.
grain: [goal_id]
owner: marketing-analytics
published: state
reference: [dim_kpis, dim_labels, dim_phases, dim_segment_labels]
order_by: [goal_due, goal_id]
columns:
  progress_nl: {type: varchar, doc: "What was measured and what was wanted, in Dutch"}
  progress_en: {type: varchar, doc: "What was measured and what was wanted, in English"}
checks:
  - {name: a_verdict_or_a_reason, severity: fail, sql: "(goal_status = 'cannot_tell') = (goal_reason is not null)", why: a goal without verdict would not say why}
  - {name: a_verdict_has_a_base, severity: fail, sql: "goal_status = 'cannot_tell' or n >= 30", why: a verdict over a handful}
---*/
with

numbers as (
    select
        goal_id,
        max(case when number_kind = 'value' then number_nl end) as value_nl,
        max(case when number_kind = 'value' then number_en end) as value_en,
        max(case when number_kind = 'ci_low' then number_nl end) as low_nl,
        max(case when number_kind = 'ci_low' then number_en end) as low_en,
        max(case when number_kind = 'ci_high' then number_nl end) as high_nl,
        max(case when number_kind = 'ci_high' then number_en end) as high_en,
        max(case when number_kind = 'goal_line' then number_nl end) as line_nl,
        max(case when number_kind = 'goal_line' then number_en end) as line_en,
        max(case when number_kind = 'goal_base' then number_nl end) as base_text_nl,
        max(case when number_kind = 'goal_base' then number_en end) as base_text_en,
        max(case when number_kind = 'goal_target' then number_nl end) as target_nl,
        max(case when number_kind = 'goal_target' then number_en end) as target_en,
        max(case when number_kind = 'n' then number_nl end) as units_nl,
        max(case when number_kind = 'n' then number_en end) as units_en
    from int_goal_numbers
    group by goal_id
),

dated as (
    select
        periods.*,
        kpis.title_nl as kpi_title_nl,
        kpis.title_en as kpi_title_en,
        kpis.direction,
        kpis.base_nl,
        kpis.base_en,
        numbers.* exclude (goal_id),
        strftime(periods.period_start, '%d-%m-%Y') || ' t/m ' || strftime(periods.period_ends_on, '%d-%m-%Y') as stretch_nl,
        cast(periods.period_start as varchar) || ' to ' || cast(periods.period_ends_on as varchar) as stretch_en,
        case when numbers.low_nl is null then '' else 'tussen ' || numbers.low_nl || ' en ' || numbers.high_nl || ', ' end as between_nl,
        case when numbers.low_en is null then '' else 'between ' || numbers.low_en || ' and ' || numbers.high_en || ', ' end as between_en,
        strftime(periods.goal_due, '%d-%m-%Y') as due_nl,
        cast(periods.goal_due as varchar) as due_en
    from int_goal_periods as periods
    inner join dim_kpis as kpis
        on periods.kpi = kpis.kpi
    left join numbers
        on periods.goal_id = numbers.goal_id
)

select
    dated.goal_id,
    dated.title_nl as goal_title_nl,
    dated.title_en as goal_title_en,
    dated.goal_status,
    statuses.label_nl as goal_status_nl,
    statuses.label_en as goal_status_en,
    case
        when dated.goal_reason = 'no_period'
            then
                'Er is nog geen hele periode gemeten sinds ' || strftime(dated.goal_since, '%d-%m-%Y')
                || '. Doel: van ' || dated.base_text_nl || ' naar ' || dated.target_nl || ', uiterlijk ' || dated.due_nl || '.'
        else
            'Van ' || dated.stretch_nl || ': ' || dated.value_nl || ' (' || dated.between_nl || 'over '
            || dated.units_nl || ' ' || dated.base_nl || '). '
            || case
                when dated.goal_due <= dated.period_ends_on or dated.is_final then ''
                else 'Op weg naar het doel hoort dat dan ' || dated.line_nl || ' te zijn. '
            end
            || 'Doel: van ' || dated.base_text_nl || ' naar ' || dated.target_nl || ', uiterlijk ' || dated.due_nl || '.'
            || case dated.goal_reason
                when 'too_few' then ' Minder dan 30: daar is niets uit op te maken.'
                when 'still_open' then ' De laatste periode voor die datum is nog niet af.'
                when 'interval' then ' Het kan nog beide kanten op.'
                else ''
            end
    end as progress_nl,
    case
        when dated.goal_reason = 'no_period'
            then
                'No whole period has been measured yet since ' || cast(dated.goal_since as varchar)
                || '. Goal: from ' || dated.base_text_en || ' to ' || dated.target_en || ', by ' || dated.due_en || '.'
        else
            dated.stretch_en || ': ' || dated.value_en || ' (' || dated.between_en || 'over ' || dated.units_en || ' '
            || dated.base_en || '). '
            || case
                when dated.goal_due <= dated.period_ends_on or dated.is_final then ''
                else 'On the way to the goal it should be ' || dated.line_en || ' by then. '
            end
            || 'Goal: from ' || dated.base_text_en || ' to ' || dated.target_en || ', by ' || dated.due_en || '.'
            || case dated.goal_reason
                when 'too_few' then ' Fewer than 30: nothing can be made of it.'
                when 'still_open' then ' The last period before that date is not complete yet.'
                when 'interval' then ' It can still go either way.'
                else ''
            end
    end as progress_en,
    dated.owner,
    dated.goal_base,
    dated.goal_since,
    dated.goal_target,
    dated.goal_due,
    dated.goal_line,
    dated.value,
    dated.ci_low,
    dated.ci_high,
    dated.n,
    dated.pending_n,
    dated.min_sample_ok,
    dated.period_kind,
    dated.period_start,
    dated.period_ends_on,
    dated.is_final,
    dated.goal_reason,
    dated.kpi,
    dated.kpi_title_nl,
    dated.kpi_title_en,
    dated.unit,
    dated.direction,
    dated.base_nl,
    dated.base_en,
    dated.journey_model,
    dated.phase,
    dated.segment_kind,
    dated.segment_value,
    coalesce(segments.segment_nl, dated.segment_value) as segment_nl,
    coalesce(segments.segment_en, dated.segment_value) as segment_en,
    dated.touchpoint_id
from dated
inner join dim_labels as statuses
    on statuses.enum = 'goal_status' and dated.goal_status = statuses.enum_value
left join dim_segment_labels as segments
    on dated.segment_kind = segments.segment_kind and dated.segment_value = segments.segment_value
