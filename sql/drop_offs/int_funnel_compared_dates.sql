/*---
description: One row per funnel, ISO week and entry date that is compared there, of the week itself or of the week before.
grain: [funnel, entry_week, entry_date]
owner: marketing-analytics
columns:
  entry_week: {type: date, doc: Monday of the week that is compared with the one before}
  entry_date: {doc: "Date of that week, or the same weekday of the week before: both measured, and mature"}
  is_of_the_week: {type: boolean, doc: "The date is of entry_week itself; else of the week before"}
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
)

select funnel, entry_week, entry_date, true as is_of_the_week from pairs
union all
select funnel, entry_week, date_before as entry_date, false as is_of_the_week from pairs
