/*---
description: One row per person and journey model, with how far they got in their newest cycle, of those who neither ordered in it nor got to the last phase.
grain: [journey_model, person_key]
owner: marketing-analytics
rebuild_by: person_key
order_by: [last_touch_at, person_key]
columns:
  phase: {doc: The furthest phase of the newest cycle}
  reached_at: {type: timestamp, doc: "Time of the first touch with which the person got to it, UTC"}
  last_touch_at: {doc: "Time of the person's last touch in the cycle, UTC"}
---*/
with

newest as (
    select
        *,
        max(cycle) over (partition by person_key, journey_model) as newest_cycle
    from fct_phase_visits
),

furthest as (
    select
        person_key,
        journey_model,
        cycle,
        max(phase_order) as phase_order,
        arg_max(phase, phase_order) as phase,
        bool_or(is_last_phase) as has_reached_last_phase,
        bool_or(first_ordered_at is not null) as has_ordered,
        max(last_touch_at) as last_touch_at,
        arg_max(last_touchpoint_id, visit_place) as last_touchpoint_id
    from newest
    where cycle = newest_cycle
    group by person_key, journey_model, cycle
),

reached as (
    select
        person_key,
        journey_model,
        cycle,
        phase,
        min(entered_at) as reached_at
    from fct_phase_visits
    group by person_key, journey_model, cycle, phase
)

select
    furthest.person_key,
    furthest.journey_model,
    furthest.phase,
    furthest.phase_order,
    reached.reached_at,
    furthest.last_touch_at,
    furthest.last_touchpoint_id
from furthest
inner join reached
    on
        furthest.person_key = reached.person_key
        and furthest.journey_model = reached.journey_model
        and furthest.cycle = reached.cycle
        and furthest.phase = reached.phase
where not furthest.has_reached_last_phase and not furthest.has_ordered
