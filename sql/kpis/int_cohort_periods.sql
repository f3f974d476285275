/*---
description: One row per kind of activity, cohort, period and segment in which somebody of the cohort was active, with how many.
grain: [activity, period_kind, period_start, segment_kind, segment_value, active_period_start]
owner: marketing-analytics
rebuild_by: period_start
through: dim_periods(first_date -> period_start)
adds_up_over: person_key
reference: [dim_periods]
order_by: [activity, period_kind, period_start, active_period_start]
columns:
  activity: {type: varchar, doc: "visit: came to the site, counted from a first visit; order: ordered, counted from a first order"}
  period_kind: {type: varchar, doc: "What a cohort and its periods are: iso_week (Monday to Sunday) or month"}
  period_start: {type: date, doc: "The cohort: first date of the period in which its persons began"}
  active_period_start: {type: date, doc: First date of the period in which they were active}
  active_days: {doc: Days on which persons of the cohort were active in the period, unit: days}
  persons: {doc: Persons of the cohort who were active in the period, unit: persons}
---*/
with

activities as (
    select
        'visit' as activity,
        person_key,
        visit_date as active_date,
        first_visit_date as first_date,
        first_channel_group as channel_group,
        first_device_category as device_category
    from int_visit_days
    where is_new
    union all
    select
        'order' as activity,
        person_key,
        order_date as active_date,
        first_order_date as first_date,
        channel_group,
        device_category
    from int_order_days
),

segmented as (
    select
        activities.activity,
        activities.person_key,
        activities.active_date,
        activities.first_date,
        segments.segment_kind,
        case segments.segment_kind
            when 'all' then 'all'
            when 'channel_group' then coalesce(activities.channel_group, 'unknown')
            else coalesce(activities.device_category, 'unknown')
        end as segment_value
    from activities
    cross join (values ('all'), ('channel_group'), ('device_category')) as segments (segment_kind)
)

select
    segmented.activity,
    cohorts.period_kind,
    cohorts.period_start,
    segmented.segment_kind,
    segmented.segment_value,
    active_periods.period_start as active_period_start,
    count(*) as active_days,
    count(distinct segmented.person_key) as persons
from segmented
inner join dim_periods as cohorts
    on segmented.first_date = cohorts.calendar_date
inner join dim_periods as active_periods
    on segmented.active_date = active_periods.calendar_date and cohorts.period_kind = active_periods.period_kind
where cohorts.period_kind in ('iso_week', 'month')
group by
    segmented.activity,
    cohorts.period_kind,
    cohorts.period_start,
    segmented.segment_kind,
    segmented.segment_value,
    active_periods.period_start
