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
        first_device_category as device_category,
        first_country as country,
        first_persona_id as persona_id
    from int_visit_days
    where is_new
    union all
    select
        'order' as activity,
        person_key,
        order_date as active_date,
        first_order_date as first_date,
        channel_group,
        device_category,
        country,
        persona_id
    from int_order_days
),

-- one join with the calendar: with a second one for the active date, an engine that does not know how many rows there are
-- may join the calendar with itself
placed as (
    select
        activities.activity,
        activities.person_key,
        activities.channel_group,
        activities.device_category,
        activities.country,
        activities.persona_id,
        cohorts.period_kind,
        cohorts.period_start,
        case cohorts.period_kind
            -- 1 January 2001 was a Monday
            when 'iso_week' then activities.active_date - cast((activities.active_date - date '2001-01-01') % 7 as integer)
            else cast(date_trunc('month', activities.active_date) as date)
        end as active_period_start
    from activities
    inner join dim_periods as cohorts
        on activities.first_date = cohorts.calendar_date
    where cohorts.period_kind in ('iso_week', 'month')
),

segmented as (
    select
        placed.*,
        segments.segment_kind,
        case segments.segment_kind
            when 'all' then 'all'
            when 'channel_group' then coalesce(placed.channel_group, 'unknown')
            when 'device_category' then coalesce(placed.device_category, 'unknown')
            when 'country' then coalesce(placed.country, 'unknown')
            when 'persona_id' then placed.persona_id
        end as segment_value
    from placed
    inner join (
        values ('all'), ('channel_group'), ('device_category'), ('country'), ('persona_id')
    ) as segments (segment_kind)
        on segments.segment_kind <> 'persona_id' or placed.persona_id is not null    -- none fits: that is no persona
)

select
    activity,
    period_kind,
    period_start,
    segment_kind,
    segment_value,
    active_period_start,
    count(*) as active_days,
    count(distinct person_key) as persons
from segmented
group by activity, period_kind, period_start, segment_kind, segment_value, active_period_start
