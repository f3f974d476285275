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

persons as (
    select
        persons.person_key,
        persons.furthest_phase_order,
        case
            when persons.touches >= 41 then 41
            when persons.touches >= 21 then 21
            when persons.touches >= 11 then 11
            when persons.touches >= 6 then 6
            when persons.touches >= 3 then 3
            else 1
        end as touches_from,
        case when persons.has_ordered then 1 else 0 end as ordered
    from int_landmark_persons as persons
    cross join run_window
    where not persons.has_ordered_early and persons.outcome_ends_at < run_window.as_of_at
),

strata as (
    select furthest_phase_order, touches_from, count(*) as persons, sum(ordered) as ordered
    from persons
    group by furthest_phase_order, touches_from
),

exposed as (
    select
        exposures.touchpoint_id,
        persons.furthest_phase_order,
        persons.touches_from,
        count(*) as n,
        sum(persons.ordered) as x
    from persons
    inner join int_landmark_exposures as exposures
        on persons.person_key = exposures.person_key
    group by exposures.touchpoint_id, persons.furthest_phase_order, persons.touches_from
),

met as (
    select touchpoint_id from exposed group by touchpoint_id
)

select
    met.touchpoint_id,
    strata.furthest_phase_order,
    strata.touches_from,
    met.touchpoint_id as family,
    cast(coalesce(exposed.x, 0) as bigint) as x,
    coalesce(exposed.n, 0) as n,
    cast(strata.ordered - coalesce(exposed.x, 0) as bigint) as baseline_x,
    strata.persons - coalesce(exposed.n, 0) as baseline_n
from met
cross join strata
left join exposed
    on
        met.touchpoint_id = exposed.touchpoint_id
        and strata.furthest_phase_order = exposed.furthest_phase_order
        and strata.touches_from = exposed.touches_from
