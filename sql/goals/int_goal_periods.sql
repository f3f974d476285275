/*---
description: One row per goal, with the period that says how it goes and the verdict.
grain: [goal_id]
owner: marketing-analytics
reference: [dim_goals, dim_kpis, dim_property, dim_periods]
---*/
with

measured as (
    select
        goals.goal_id,
        kpis.period_start,
        periods.period_ends_on,
        kpis.value,
        kpis.ci_low,
        kpis.ci_high,
        kpis.n,
        kpis.pending_n,
        kpis.min_sample_ok,
        -- the newest with enough units; where no period has enough, the newest with any
        row_number() over (
            partition by goals.goal_id
            order by case when kpis.min_sample_ok then 0 else 1 end, kpis.period_start desc
        ) as choice
    from dim_goals as goals
    inner join int_kpi_periods as kpis
        on
            goals.kpi = kpis.kpi
            and goals.journey_model = kpis.journey_model
            and goals.phase = kpis.phase
            and goals.segment_kind = kpis.segment_kind
            and goals.segment_value = kpis.segment_value
            and goals.period_kind = kpis.period_kind
    inner join dim_periods as periods
        on kpis.period_kind = periods.period_kind and kpis.period_start = periods.calendar_date
    cross join run_window
    where
        kpis.n > 0
        and kpis.period_start >= goals.goal_since
        and periods.period_ends_on <= least(run_window.as_of, goals.goal_due)
),

-- the last whole period before the due date: the one that decides
deciding as (
    select goals.goal_id, max(periods.period_start) as period_start
    from dim_goals as goals
    inner join dim_periods as periods
        on goals.period_kind = periods.period_kind and periods.period_ends_on <= goals.goal_due
    where periods.calendar_date between goals.goal_due - 62 and goals.goal_due
    group by goals.goal_id
),

-- a goal that is to go down is turned round, so that more is always better
turned as (
    select
        goals.*,
        case when kpis.unit = 'currency' then property.currency else kpis.unit end as unit,
        measured.period_start,
        measured.period_ends_on,
        measured.value,
        measured.ci_low,
        measured.ci_high,
        coalesce(measured.n, 0) as n,
        coalesce(measured.pending_n, 0) as pending_n,
        coalesce(measured.min_sample_ok, false) as min_sample_ok,
        goals.goal_due <= run_window.as_of and measured.period_start = deciding.period_start as is_final,
        goals.goal_due <= run_window.as_of as is_due,
        goals.goal_base + (goals.goal_target - goals.goal_base)
        * (measured.period_ends_on - goals.goal_since) / cast(goals.goal_due - goals.goal_since as double) as goal_line,
        case when goals.goal_target > goals.goal_base then 1 else -1 end as way
    from dim_goals as goals
    inner join dim_kpis as kpis
        on goals.kpi = kpis.kpi
    cross join dim_property as property
    cross join run_window
    left join measured
        on goals.goal_id = measured.goal_id and measured.choice = 1
    left join deciding
        on goals.goal_id = deciding.goal_id
),

-- what is counted to the last has no interval: it is the number itself. An interval with one end has no other
bounded as (
    select
        *,
        case when ci_low is null and ci_high is null then value else coalesce(ci_low, -1e300) end as low,
        case when ci_low is null and ci_high is null then value else coalesce(ci_high, 1e300) end as high
    from turned
),

judged as (
    select
        *,
        least(way * low, way * high) as worst,
        greatest(way * low, way * high) as best
    from bounded
),

told as (
    select
        *,
        case
            when period_start is null then 'no_period'
            when not min_sample_ok then 'too_few'
            when is_due and (not is_final or pending_n > 0) then 'still_open'
            when worst >= way * goal_target then null
            when is_due and best < way * goal_target then null
            when not is_due and (worst >= way * goal_line or best < way * goal_line) then null
            else 'interval'
        end as goal_reason
    from judged
)

select
    goal_id,
    title_nl,
    title_en,
    kpi,
    journey_model,
    phase,
    segment_kind,
    segment_value,
    period_kind,
    unit,
    goal_base,
    goal_since,
    goal_target,
    goal_due,
    owner,
    touchpoint_id,
    period_start,
    period_ends_on,
    value,
    ci_low,
    ci_high,
    n,
    pending_n,
    min_sample_ok,
    round(goal_line, 12) as goal_line,
    coalesce(is_final, false) as is_final,
    case
        when goal_reason is not null then 'cannot_tell'
        when worst >= way * goal_target then 'met'
        when is_due then 'missed'
        when worst >= way * goal_line then 'on_track'
        else 'off_track'
    end as goal_status,
    goal_reason
from told
