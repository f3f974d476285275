/*---
description: One row per calendar date and period kind. Says in which day, ISO week and month a date lies, and whether that is told of each segment.
grain: [calendar_date, period_kind]
owner: data-engineering
columns:
  calendar_date: {doc: A date of the property's calendar}
  period_ends_on: {doc: Last date of the period}
  has_segments: {type: boolean, doc: "Weeks and months are told of each segment; single days where the settings ask for it (segments_per_day)"}
---*/
with

calendar as (
    select cast(day_at as date) as calendar_date
    from unnest(generate_series(timestamp '2015-01-01', timestamp '2040-12-31', interval 1 day)) as days (day_at)
),

starts as (
    select
        calendar_date,
        -- 1 January 2001 was a Monday: weeks start on Monday on every engine
        calendar_date - cast((calendar_date - date '2001-01-01') % 7 as integer) as week_start,
        cast(date_trunc('month', calendar_date) as date) as month_start
    from calendar
),

periods as (
    select calendar_date, 'day' as period_kind, calendar_date as period_start, calendar_date as period_ends_on from starts
    union all
    select calendar_date, 'iso_week' as period_kind, week_start as period_start, week_start + 6 as period_ends_on from starts
    union all
    select
        calendar_date,
        'month' as period_kind,
        month_start as period_start,
        cast(month_start + interval 1 month as date) - 1 as period_ends_on
    from starts
)

select
    periods.calendar_date,
    periods.period_kind,
    periods.period_start,
    periods.period_ends_on,
    -- a single day of a single segment is a handful of people in most properties
    periods.period_kind <> 'day' or property.segments_per_day as has_segments
from periods
cross join dim_property as property
