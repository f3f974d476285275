/*---
description: One row per person who got to a phase of the primary journey model a week or more ago, came no further and was seen in the last 30 days. A list of people, by keys that are no ids.
grain: [person_key]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_phases, dim_touchpoints, dim_property]
order_by: [phase_order desc, days_without_progress, person_key]
columns:
  person_key: {doc: "The person: a salted digest, as in the working database. No id of a browser or user, and nobody without the salt can make it from one"}
  phase: {doc: "The furthest phase of the person's newest cycle; the primary journey model's"}
  reached_at: {type: timestamp, doc: "When the person got to the phase, UTC"}
  days_without_progress: {type: bigint, unit: days, doc: "Whole days of 24 hours since then, at the end of the last complete date"}
  last_touch_at: {doc: "Time of the person's last touch in the cycle, UTC"}
  last_touchpoint_id: {doc: Where that was}
  last_touchpoint_title_nl: {type: varchar, doc: Name of that touchpoint in Dutch}
  last_touchpoint_title_en: {type: varchar, doc: Name of that touchpoint in English}
  value_per_progressed_visit: {doc: "What a visit that goes on from this phase brings on average: what is at stake if this person does. Null where no order with a value follows"}
---*/
select
    stuck.journey_model,
    stuck.phase,
    stuck.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    stuck.days_without_progress,
    stuck.last_touchpoint_id,
    coalesce(touchpoints.title_nl, stuck.last_touchpoint_id) as last_touchpoint_title_nl,
    coalesce(touchpoints.title_en, stuck.last_touchpoint_id) as last_touchpoint_title_en,
    stuck.reached_at,
    stuck.last_touch_at,
    phase_values.value_per_progressed_visit,
    property.currency,
    stuck.person_key
from int_stuck as stuck
inner join dim_journeys as journeys
    on stuck.journey_model = journeys.journey_model and journeys.is_primary
cross join dim_property as property
inner join dim_phases as phases
    on stuck.journey_model = phases.journey_model and stuck.phase = phases.phase
left join dim_touchpoints as touchpoints
    on stuck.last_touchpoint_id = touchpoints.touchpoint_id
left join int_phase_values as phase_values
    on stuck.journey_model = phase_values.journey_model and stuck.phase = phase_values.phase
where stuck.is_stuck
