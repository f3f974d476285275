/*---
description: One row per person, journey model and cycle, with the phases in the order in which they were visited.
grain: [journey_model, person_key, cycle]
owner: marketing-analytics
rebuild_by: person_key
columns:
  path: {doc: "Phases in the order visited, joined by ' > '; the first twelve"}
  path_visits: {doc: Number of phase visits in the cycle, unit: visits}
  path_started_at: {doc: Time of the cycle's first touch}
  path_ended_at: {doc: Time of the cycle's last touch}
  has_ordered: {doc: An order was made in the cycle}
---*/
with

placed as (
    select
        *,
        row_number() over (partition by person_key, journey_model, cycle order by visit_place) as place_in_cycle
    from fct_phase_visits
)

select
    journey_model,
    person_key,
    cycle,
    string_agg(case when place_in_cycle <= 12 then phase end, ' > ' order by visit_place) as path,
    count(*) as path_visits,
    min(entered_at) as path_started_at,
    max(last_touch_at) as path_ended_at,
    bool_or(first_ordered_at is not null) as has_ordered
from placed
group by journey_model, person_key, cycle
