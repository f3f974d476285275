/*---
description: One row per journey model and path of phases, with how many cycles and persons walked it, over all complete days.
grain: [journey_model, path]
owner: marketing-analytics
rebuild_by: path
adds_up_over: person_key
columns:
  path: {doc: "Phases in the order visited, joined by ' > '; the first twelve"}
  cycles: {doc: Cycles that took this path, unit: cycles}
  persons: {doc: Persons who took this path, unit: persons}
  ordered_cycles: {doc: Cycles on this path in which an order was made, unit: cycles}
---*/
select
    journey_model,
    path,
    count(*) as cycles,
    count(distinct person_key) as persons,
    count(case when has_ordered then 1 end) as ordered_cycles
from int_cycle_paths
group by journey_model, path
