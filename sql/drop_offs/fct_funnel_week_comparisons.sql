/*---
description: One row per funnel, step and entry week, over its weekdays that are mature and measured, beside the same weekdays of the week before.
grain: [funnel, step, entry_week]
owner: marketing-analytics
reference: [dim_thresholds, dim_funnel_steps]
thresholds: {min_sample: 30}
estimate: [compare_shares, false_discovery]
columns:
  entry_week: {type: date, doc: Monday of the week}
  compared_days: {type: bigint, unit: days, doc: "Weekdays compared: their windows have passed, and there are events of the date and of the date a week before"}
  x: {unit: units, doc: Of n those that reached the step}
  n: {unit: units, doc: Units that came in on those weekdays}
  baseline_x: {unit: units, doc: Of baseline_n those that reached the step}
  baseline_n: {unit: units, doc: Units that came in on those weekdays of the week before}
---*/
with

measured as (
    select event_date
    from int_event_days
    group by event_date
),

pairs as (
    select weeks.funnel, weeks.entry_week, here.event_date as entry_date, before.event_date as date_before
    from int_funnel_weeks as weeks
    inner join measured as here
        on here.event_date between weeks.entry_week and weeks.week_ends_on and here.event_date <= weeks.newest_mature_date
    inner join measured as before
        on here.event_date - 7 = before.event_date
),

sides as (
    select funnel, entry_week, entry_date, true as is_here from pairs
    union all
    select funnel, entry_week, date_before as entry_date, false as is_here from pairs
),

numbered as (
    select
        sides.entry_week,
        sides.is_here,
        attempts.*,
        row_number() over (
            partition by attempts.funnel, sides.entry_week, sides.is_here, attempts.person_key, attempts.unit_key, attempts.step
            order by attempts.entered_at, attempts.attempt_key
        ) as attempt_number
    from int_funnel_attempt_steps as attempts
    inner join sides
        on attempts.funnel = sides.funnel and attempts.entry_date = sides.entry_date
    cross join run_window
    where attempts.window_ends_at < run_window.as_of_at
),

units as (
    select funnel, step, entry_week, is_here, person_key, unit_key, count(reached_at) > 0 as has_reached
    from numbered
    where attempt_number = 1 or funnel_attempt = 'best'
    group by funnel, step, entry_week, is_here, person_key, unit_key
),

counted as (
    select
        funnel,
        step,
        entry_week,
        count(case when is_here and has_reached then 1 end) as x,
        count(case when is_here then 1 end) as n,
        count(case when not is_here and has_reached then 1 end) as baseline_x,
        count(case when not is_here then 1 end) as baseline_n
    from units
    group by funnel, step, entry_week
),

days as (
    select funnel, entry_week, count(*) as compared_days
    from pairs
    group by funnel, entry_week
),

-- also where nobody came in
sized as (
    select
        days.funnel,
        steps.step,
        steps.step_order,
        days.entry_week,
        days.compared_days,
        coalesce(counted.x, 0) as x,
        coalesce(counted.n, 0) as n,
        coalesce(counted.baseline_x, 0) as baseline_x,
        coalesce(counted.baseline_n, 0) as baseline_n
    from days
    inner join dim_funnel_steps as steps
        on days.funnel = steps.funnel
    left join counted
        on days.funnel = counted.funnel and steps.step = counted.step and days.entry_week = counted.entry_week
)

select
    sized.funnel,
    sized.step,
    sized.step_order,
    sized.entry_week,
    sized.compared_days,
    sized.x,
    sized.n,
    sized.baseline_x,
    sized.baseline_n,
    sized.funnel || ' in the week of ' || cast(sized.entry_week as varchar) as family,
    -- all reach step 1
    sized.step_order > 1
    and sized.n >= limits.limit_value
    and sized.baseline_n >= limits.limit_value as is_tested
from sized
cross join dim_thresholds as limits
where limits.model = 'fct_funnel_week_comparisons' and limits.threshold = 'min_sample'
