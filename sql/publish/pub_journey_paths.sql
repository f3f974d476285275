/*---
description: One row per journey model and path of phases, the hundred most walked of each model, over all complete days.
grain: [journey_model, path]
owner: marketing-analytics
published: state
order_by: [journey_model, path_rank]
columns:
  path: {doc: "Phases in the order visited, joined by ' > '; the first twelve"}
  path_rank: {doc: "1 for the path that most cycles took"}
  cycles: {doc: Cycles that took this path, unit: cycles}
  persons: {doc: Persons who took this path, unit: persons}
  ordered_cycles: {doc: Cycles on this path in which an order was made, unit: cycles}
  share_of_cycles: {doc: "cycles / all cycles of the journey model", unit: share}
  ordered_share: {doc: "ordered_cycles / cycles; cycles that are still open may yet order", unit: share}
---*/
with

ranked as (
    select
        *,
        row_number() over (partition by journey_model order by cycles desc, path) as path_rank,
        sum(cycles) over (partition by journey_model) as all_cycles
    from int_path_counts
)

select
    journey_model,
    cast(path_rank as integer) as path_rank,
    path,
    cycles,
    persons,
    ordered_cycles,
    round(cycles / cast(all_cycles as double), 12) as share_of_cycles,
    round(ordered_cycles / cast(cycles as double), 12) as ordered_share
from ranked
where path_rank <= 100
