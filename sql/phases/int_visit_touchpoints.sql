/*---
description: One row per phase visit and touchpoint (and page group) that it touched.
grain: [journey_model, visit_key, touchpoint_id, page_group]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
reference: [dim_journeys, dim_phases]
order_by: [entered_date, person_key]
columns:
  first_order: {doc: event_order of the visit's first touch there}
  last_order: {doc: event_order of the visit's last touch there}
  first_timestamp: {doc: Time of the visit's first touch there, unit: microseconds since 1970 UTC}
  last_timestamp: {doc: Time of the visit's last touch there, unit: microseconds since 1970 UTC}
  order_timestamp: {doc: Time of the first order made there, unit: microseconds since 1970 UTC}
---*/
with

touches as (
    select
        person_touches.*,
        phases.phase_order,
        journeys.window_seconds * 1000000 as window_microseconds
    from int_phase_touches as person_touches
    inner join dim_phases as phases
        on person_touches.journey_model = phases.journey_model and person_touches.phase = phases.phase
    inner join dim_journeys as journeys
        on person_touches.journey_model = journeys.journey_model
),

orders as (
    select person_key, journey_model, event_order, session_key, phase_order from touches where is_order
),

-- a new cycle starts with the first touch, in a later session than the order, in a phase not later than the order's
starts as (
    select orders.person_key, orders.journey_model, min(touches.event_order) as event_order
    from orders
    inner join touches
        on
            orders.person_key = touches.person_key
            and orders.journey_model = touches.journey_model
            and touches.event_order > orders.event_order
            and touches.phase_order <= orders.phase_order
            and coalesce(touches.session_key, '') <> coalesce(orders.session_key, '')
    group by orders.person_key, orders.journey_model, orders.event_order
),

distinct_starts as (
    select person_key, journey_model, event_order from starts group by person_key, journey_model, event_order
),

cycled as (
    select
        touches.*,
        1 + count(distinct_starts.event_order) over walk as cycle,
        lag(touches.phase_order) over walk as phase_order_before,
        lag(touches.event_timestamp) over walk as timestamp_before,
        distinct_starts.event_order is not null as starts_cycle
    from touches
    left join distinct_starts
        on
            touches.person_key = distinct_starts.person_key
            and touches.journey_model = distinct_starts.journey_model
            and touches.event_order = distinct_starts.event_order
    window walk as (partition by touches.person_key, touches.journey_model order by touches.event_order)
),

placed as (
    select
        *,
        sum(
            case
                when
                    phase_order_before is null or phase_order_before <> phase_order or starts_cycle
                    or event_timestamp - timestamp_before > window_microseconds then 1
                else 0
            end
        ) over (partition by person_key, journey_model order by event_order) as visit_place
    from cycled
),

visits as (
    select
        *,
        first_value(event_key) over whole_visit as visit_key,
        first_value(event_date) over whole_visit as entered_date
    from placed
    window whole_visit as (partition by person_key, journey_model, visit_place order by event_order)
)

select
    journey_model,
    visit_key,
    touchpoint_id,
    coalesce(page_group, 'none') as page_group,
    person_key,
    phase,
    phase_order,
    cast(cycle as integer) as cycle,
    entered_date,
    count(*) as touches,
    min(event_order) as first_order,
    max(event_order) as last_order,
    min(event_timestamp) as first_timestamp,
    max(event_timestamp) as last_timestamp,
    min(case when is_order then event_timestamp end) as order_timestamp,
    arg_min(session_key, event_order) filter (where session_key is not null) as session_key,
    arg_min(credited_channel_group, event_order) as channel_group,
    arg_min(device_category, event_order) as device_category,
    arg_min(country, event_order) as country,
    arg_min(visitor_kind, event_order) as visitor_kind,
    arg_min(person_state, event_order) as person_state
from visits
group by journey_model, visit_key, touchpoint_id, coalesce(page_group, 'none'), person_key, phase, phase_order, cycle, entered_date
