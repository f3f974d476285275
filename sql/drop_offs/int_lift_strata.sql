/*---
description: One row per touchpoint and stratum, persons who got equally far and did equally much, with how many of those who met it and of those who did not ordered after.
grain: [touchpoint_id, furthest_phase_order, touches_from]
owner: marketing-analytics
estimate: stratified_difference
columns:
  furthest_phase_order: {type: integer, doc: "Place of the furthest phase of the primary journey model in the first days; 0 for none"}
  touches_from: {type: integer, doc: "Least number of touches in the first days: 1, 3, 6, 11, 21 or 41"}
  family: {doc: "The touchpoint: its strata are taken together"}
  x: {doc: Of n those that ordered after}
  n: {doc: "Mature persons who met the touchpoint in their first days"}
  baseline_x: {doc: Of baseline_n those that ordered after}
  baseline_n: {doc: "Mature persons who did not, of the same stratum"}
---*/
with

mature as (
    select touchpoint_id, furthest_phase_order, touches_from, mature_n, ordered
    from int_lift_counts
    where mature_n > 0
),

met as (
    select touchpoint_id from mature where touchpoint_id is not null group by touchpoint_id
)

select
    met.touchpoint_id,
    strata.furthest_phase_order,
    strata.touches_from,
    met.touchpoint_id as family,
    coalesce(exposed.ordered, 0) as x,
    coalesce(exposed.mature_n, 0) as n,
    strata.ordered - coalesce(exposed.ordered, 0) as baseline_x,
    strata.mature_n - coalesce(exposed.mature_n, 0) as baseline_n
from met
inner join mature as strata
    on strata.touchpoint_id is null
left join mature as exposed
    on
        met.touchpoint_id = exposed.touchpoint_id
        and strata.furthest_phase_order = exposed.furthest_phase_order
        and strata.touches_from = exposed.touches_from
