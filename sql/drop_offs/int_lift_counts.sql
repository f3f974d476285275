/*---
description: One row per touchpoint (and all persons together) and stratum, persons who got equally far and did equally much, with how many of those who met it ordered after.
grain: [touchpoint_id, furthest_phase_order, touches_from]
owner: marketing-analytics
rebuild_by: furthest_phase_order
adds_up_over: person_key
matures_at: outcome_ends_at
columns:
  touchpoint_id: {doc: "Touchpoint that was met in the first days; null for all persons, whatever they met"}
  furthest_phase_order: {type: integer, doc: "Place of the furthest phase of the primary journey model in the first days; 0 for none"}
  touches_from: {type: integer, doc: "Least number of touches in the first days: 1, 3, 6, 11, 21 or 41"}
  persons: {type: bigint, unit: persons, doc: "Persons who had not ordered in their first days, mature or not"}
  mature_n: {type: bigint, unit: persons, doc: Of persons those whose days to order in have passed}
  ordered: {type: bigint, unit: persons, doc: Of mature_n those that ordered after}
---*/
with

persons as (
    select
        person_key,
        furthest_phase_order,
        case
            when touches >= 41 then 41
            when touches >= 21 then 21
            when touches >= 11 then 11
            when touches >= 6 then 6
            when touches >= 3 then 3
            else 1
        end as touches_from,
        has_ordered,
        outcome_ends_at
    from int_landmark_persons
    where not has_ordered_early
),

met as (
    select cast(null as varchar) as touchpoint_id, persons.* from persons
    union all
    select exposures.touchpoint_id, persons.*
    from persons
    inner join int_landmark_exposures as exposures
        on persons.person_key = exposures.person_key
)

select
    met.touchpoint_id,
    met.furthest_phase_order,
    met.touches_from,
    count(*) as persons,
    count(case when met.outcome_ends_at < run_window.as_of_at then 1 end) as mature_n,
    count(case when met.outcome_ends_at < run_window.as_of_at and met.has_ordered then 1 end) as ordered
from met
cross join run_window
group by met.touchpoint_id, met.furthest_phase_order, met.touches_from
