/*---
description: One row per funnel and ISO week from the first measured date to as_of, also where nobody came in.
grain: [funnel, entry_week]
owner: marketing-analytics
reference: [dim_funnels, dim_periods]
order_by: [funnel, entry_week]
columns:
  entry_week: {type: date, doc: Monday of the week}
  week_ends_on: {type: date, doc: Sunday of the week}
  newest_mature_date: {type: date, doc: "Newest entry date whose whole window has passed; null: no limit, so none has"}
  measured_days: {type: bigint, unit: days, doc: "Dates of the week with an event of a main source, 0 to 7"}
---*/
with

measured as (
    select event_date
    from int_event_days
    group by event_date
),

weeks as (
    select
        periods.period_start as entry_week,
        periods.period_ends_on as week_ends_on,
        count(measured.event_date) as measured_days
    from dim_periods as periods
    cross join run_window
    cross join (select min(days.event_date) as first_date from measured as days) as bounds
    left join measured
        on periods.calendar_date = measured.event_date
    where periods.period_kind = 'iso_week' and periods.calendar_date between bounds.first_date and run_window.as_of
    group by periods.period_start, periods.period_ends_on
)

select
    funnels.funnel,
    weeks.entry_week,
    weeks.week_ends_on,
    -- an entry on this date has had its whole window at the end of as_of
    run_window.as_of - cast(ceil(funnels.funnel_window_seconds / 86400.0) as integer) as newest_mature_date,
    weeks.measured_days
from weeks
cross join dim_funnels as funnels
cross join run_window
