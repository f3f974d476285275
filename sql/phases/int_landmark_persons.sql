/*---
description: One row per person, with what they did in their first days, and whether they first ordered in the days after.
grain: [person_key]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
reference: [dim_journeys, dim_phases, dim_thresholds]
thresholds: {exposure_days: 7, outcome_days: 30}
order_by: [person_key]
columns:
  landmark_at: {type: timestamp, doc: "exposure_days after the person's first touch, UTC: what was touched until then is an exposure"}
  outcome_ends_at: {type: timestamp, doc: "outcome_days after landmark_at, UTC: an order until then counts"}
  has_ordered_early: {type: boolean, doc: "The person ordered before landmark_at: it was decided already, and they are compared with nobody"}
  has_ordered: {type: boolean, doc: "The person's first order came after landmark_at and by outcome_ends_at"}
  touches: {type: bigint, doc: Touches of the person until landmark_at}
  furthest_phase_order: {type: integer, doc: "Place of the furthest phase of the primary journey model until landmark_at; 0 for none"}
---*/
with

limits as (
    select
        max(case when threshold = 'exposure_days' then cast(round(limit_value * 86400) as bigint) * 1000000 end) as exposure_microseconds,
        max(case when threshold = 'outcome_days' then cast(round(limit_value * 86400) as bigint) * 1000000 end) as outcome_microseconds
    from dim_thresholds
    where model = 'int_landmark_persons'
),

touches as (
    select
        touches.person_key,
        touches.event_timestamp,
        min(touches.event_timestamp) over (partition by touches.person_key) as first_timestamp,
        phases.phase_order
    from int_phase_touches as touches
    inner join dim_journeys as journeys
        on touches.journey_model = journeys.journey_model and journeys.is_primary
    left join dim_phases as phases
        on touches.journey_model = phases.journey_model and touches.phase = phases.phase
),

begun as (
    select
        touches.person_key,
        touches.first_timestamp + limits.exposure_microseconds as landmark_timestamp,
        touches.first_timestamp + limits.exposure_microseconds + limits.outcome_microseconds as outcome_timestamp,
        count(*) as touches,
        coalesce(max(touches.phase_order), 0) as furthest_phase_order
    from touches
    cross join limits
    where touches.event_timestamp <= touches.first_timestamp + limits.exposure_microseconds
    group by touches.person_key, touches.first_timestamp, limits.exposure_microseconds, limits.outcome_microseconds
),

first_orders as (
    select person_key, min(event_timestamp) as order_timestamp
    from fct_orders
    group by person_key
)

select
    begun.person_key,
    make_timestamp(begun.landmark_timestamp) as landmark_at,
    make_timestamp(begun.outcome_timestamp) as outcome_ends_at,
    coalesce(first_orders.order_timestamp <= begun.landmark_timestamp, false) as has_ordered_early,
    coalesce(
        first_orders.order_timestamp > begun.landmark_timestamp and first_orders.order_timestamp <= begun.outcome_timestamp, false
    ) as has_ordered,
    begun.touches,
    cast(begun.furthest_phase_order as integer) as furthest_phase_order
from begun
left join first_orders
    on begun.person_key = first_orders.person_key
