/*---
description: One row per run of touches that a person made one after the other at one touchpoint, in one session and the same phase of every journey model, with what its first touch tells.
grain: [person_key, event_order]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
reference: [dim_journeys]
order_by: [event_date, person_key]
columns:
  touches: {type: bigint, doc: Touches of the run}
  event_order: {doc: event_order of the run's first touch}
  last_order: {type: hugeint, doc: event_order of the run's last touch}
  last_timestamp: {type: bigint, doc: Time of the run's last touch, unit: microseconds since 1970 UTC}
  phase_pattern: {type: varchar, doc: "The phases that all journey models put the touches in, as one text"}
---*/
with

-- after a silence that ends a phase visit in any model a new run begins
silence as (
    select min(window_seconds) * 1000000 as shortest_microseconds from dim_journeys
),

touches as (
    select
        person_key,
        event_key,
        event_order,
        event_timestamp,
        event_date,
        session_key,
        touchpoint_id,
        coalesce(page_group, 'none') as page_group,
        is_order,
        credited_channel_group as channel_group,
        device_category,
        country,
        visitor_kind,
        person_state,
        phase_pattern
    from int_phase_patterns
),

compared as (
    select
        touches.*,
        row_number() over walk as touch_place,
        lag(touches.event_order) over walk as order_before,
        lag(touches.event_timestamp) over walk as timestamp_before,
        coalesce(
            touches.session_key is distinct from lag(touches.session_key) over walk
            or touches.touchpoint_id <> lag(touches.touchpoint_id) over walk
            or touches.page_group <> lag(touches.page_group) over walk
            or touches.phase_pattern <> lag(touches.phase_pattern) over walk
            or touches.is_order <> lag(touches.is_order) over walk
            or touches.event_timestamp - lag(touches.event_timestamp) over walk > silence.shortest_microseconds,
            true
        ) as starts_run
    from touches
    cross join silence
    window walk as (partition by touches.person_key order by touches.event_order)
),

last_touches as (
    select
        person_key,
        count(*) as touches,
        max(event_order) as event_order,
        max(event_timestamp) as event_timestamp
    from touches
    group by person_key
)

select
    runs.person_key,
    runs.event_key,
    runs.event_order,
    runs.event_timestamp,
    runs.event_date,
    runs.session_key,
    runs.touchpoint_id,
    runs.page_group,
    runs.is_order,
    runs.channel_group,
    runs.device_category,
    runs.country,
    runs.visitor_kind,
    runs.person_state,
    runs.phase_pattern,
    -- a run lasts until the touch before the next one
    coalesce(lead(runs.touch_place) over walk, last_touches.touches + 1) - runs.touch_place as touches,
    coalesce(lead(runs.order_before) over walk, last_touches.event_order) as last_order,
    coalesce(lead(runs.timestamp_before) over walk, last_touches.event_timestamp) as last_timestamp
from compared as runs
inner join last_touches
    on runs.person_key = last_touches.person_key
where runs.starts_run
window walk as (partition by runs.person_key order by runs.event_order)
