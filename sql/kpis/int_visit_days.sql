/*---
description: One row per person and date on which a session of that person began, with the visits before and after it.
grain: [person_key, visit_date]
owner: marketing-analytics
rebuild_by: person_key
reference: [dim_thresholds]
thresholds: {churn_intervals: 3}
order_by: [visit_date, person_key]
columns:
  visit_date: {doc: "Date on which one or more of the person's sessions began", type: date}
  visit_day_number: {doc: 1 for the person's first day, type: integer}
  first_visit_date: {doc: The person's first day, type: date}
  first_channel_group: {doc: Channel group of the person's first day, type: varchar}
  first_device_category: {doc: Device category of the person's first day, type: varchar}
  first_country: {doc: Country of the person's first day, type: varchar}
  first_persona_id: {doc: "Persona of the person's first session; null where it fits none, whatever the person fits later", type: varchar}
  first_started_timestamp: {doc: "Beginning of the first session of the person's first day", unit: microseconds since 1970 UTC, type: bigint}
  next_started_timestamp: {doc: "Beginning of the first session of the person's next day; null when none followed", unit: microseconds since 1970 UTC, type: bigint}
  awaited_until: {doc: "Until when a next day is not unusual: the person's mean interval until this day, times the threshold churn_intervals; null before the third day", unit: microseconds since 1970 UTC, type: bigint}
  is_new: {doc: "The first session of the person's first day is a first visit, as far as the source tells: none before the exports begin", type: boolean}
---*/
with

days as (
    select
        person_key,
        session_date as visit_date,
        min(started_timestamp) as started_timestamp,
        min(started_order) as started_order,
        arg_min(channel_group, started_order) filter (where channel_group is not null) as channel_group,
        arg_min(device_category, started_order) filter (where device_category is not null) as device_category,
        arg_min(country, started_order) filter (where country is not null) as country,
        arg_min(visitor_kind, started_order) as visitor_kind,
        -- of the first session: null there is an answer, and arg_min would pass over it
        nullif(arg_min(coalesce(persona_id, ''), started_order), '') as persona_id
    from int_session_segments
    where person_key is not null
    group by person_key, session_date
),

walked as (
    select
        person_key,
        visit_date,
        started_timestamp,
        channel_group,
        device_category,
        country,
        visitor_kind,
        persona_id,
        cast(row_number() over walk as integer) as visit_day_number,
        first_value(visit_date) over walk as first_visit_date,
        first_value(channel_group) over walk as first_channel_group,
        first_value(device_category) over walk as first_device_category,
        first_value(country) over walk as first_country,
        first_value(persona_id) over walk as first_persona_id,
        first_value(started_timestamp) over walk as first_started_timestamp,
        lead(started_timestamp) over walk as next_started_timestamp,
        first_value(visitor_kind) over walk <> 'returning' as is_new
    from days
    window walk as (partition by person_key order by started_order)
)

select
    *,
    case
        when visit_day_number >= 3
            then started_timestamp + cast(
                (started_timestamp - first_started_timestamp) / (visit_day_number - 1) * (
                    select limit_value from dim_thresholds
                    where model = 'int_visit_days' and threshold = 'churn_intervals'
                ) as bigint
            )
    end as awaited_until
from walked
