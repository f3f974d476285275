/*---
description: One row per funnel, step and entry week, with who came in on its compared weekdays and on those of the week before.
grain: [funnel, step, entry_week]
owner: marketing-analytics
rebuild_by: entry_week
reference: [dim_funnels, dim_funnel_steps]
matures_at: window_ends_at
columns:
  entry_week: {type: date, doc: Monday of the week}
  x: {unit: units, doc: Of n those that reached the step}
  n: {unit: units, doc: Units that came in on those weekdays}
  baseline_x: {unit: units, doc: Of baseline_n those that reached the step}
  baseline_n: {unit: units, doc: Units that came in on those weekdays of the week before}
---*/
with

numbered as (
    select
        dates.entry_week,
        dates.is_of_the_week,
        attempts.*,
        row_number() over (
            partition by
                attempts.funnel, dates.entry_week, dates.is_of_the_week, attempts.person_key, attempts.unit_key, attempts.step
            order by attempts.entered_at, attempts.attempt_key
        ) as attempt_number
    from int_funnel_attempt_steps as attempts
    inner join int_funnel_compared_dates as dates
        on attempts.funnel = dates.funnel and attempts.entry_date = dates.entry_date
    cross join run_window
    where attempts.window_ends_at < run_window.as_of_at
),

units as (
    select funnel, step, entry_week, is_of_the_week, person_key, unit_key, count(reached_at) > 0 as has_reached
    from numbered
    where attempt_number = 1 or funnel_attempt = 'best'
    group by funnel, step, entry_week, is_of_the_week, person_key, unit_key
)

select
    funnel,
    step,
    entry_week,
    count(case when is_of_the_week and has_reached then 1 end) as x,
    count(case when is_of_the_week then 1 end) as n,
    count(case when not is_of_the_week and has_reached then 1 end) as baseline_x,
    count(case when not is_of_the_week then 1 end) as baseline_n
from units
group by funnel, step, entry_week
