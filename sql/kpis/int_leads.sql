/*---
description: One row per lead, with when it was first taken up.
grain: [lead_key]
owner: marketing-analytics
rebuild_by: person_key
via: {int_lead_events: dim_people.user_pseudo_id}
order_by: [lead_date, lead_key]
columns:
  lead_key: {doc: event_key of the generate_lead event, type: varchar}
  lead_date: {doc: event_date of the lead, type: date}
  lead_at: {doc: "Time of the lead, UTC", type: timestamp}
  answered_at: {doc: "Time of the person's first working_lead event after the lead, UTC; null while there is none", type: timestamp}
---*/
with

events as (
    select
        people.person_key,
        lead_events.*,
        min(case when lead_events.event_name = 'working_lead' then lead_events.event_timestamp end) over (
            partition by people.person_key order by lead_events.event_order rows between 1 following and unbounded following
        ) as answered_timestamp
    from int_lead_events as lead_events
    inner join dim_people as people
        on
            lead_events.user_pseudo_id = people.user_pseudo_id
            and lead_events.event_timestamp >= people.valid_from
            and lead_events.event_timestamp < people.valid_to
)

select
    event_key as lead_key,
    person_key,
    session_key,
    event_date as lead_date,
    make_timestamp(event_timestamp) as lead_at,
    make_timestamp(answered_timestamp) as answered_at
from events
where event_name = 'generate_lead'
