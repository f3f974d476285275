/*---
description: One row per entry date, journey model, phase, touchpoint and segment, with what became of the visits that touched it.
grain: [entered_date, journey_model, phase, touchpoint_id, segment_kind, segment_value]
owner: marketing-analytics
rebuild_by: entered_date
adds_up_over: visit_key
matures_at: window_ends_at
order_by: [entered_date]
columns:
  dropped_here: {doc: "Mature visits that dropped and whose last touch was at this touchpoint", unit: visits}
checks:
  - {name: entered_is_progressed_dropped_and_pending, severity: fail, sql: entered = progressed + dropped + pending,
     why: a visit would be in two states or in none}
  - {name: who_dropped_here_dropped, severity: fail, sql: dropped_here <= dropped, why: a visit cannot end where it did not}
---*/
with

places as (
    select entered_date, journey_model, visit_key, touchpoint_id
    from int_visit_touchpoints
    group by entered_date, journey_model, visit_key, touchpoint_id
)

select
    visits.entered_date,
    visits.journey_model,
    visits.phase,
    visits.phase_order,
    places.touchpoint_id,
    visits.segment_kind,
    visits.segment_value,
    count(*) as entered,
    count(case when visits.state = 'progressed' then 1 end) as progressed,
    count(case when visits.state = 'dropped' then 1 end) as dropped,
    count(case when visits.state = 'pending' then 1 end) as pending,
    count(case when visits.is_mature then 1 end) as mature_n,
    count(case when visits.state = 'dropped' and visits.last_touchpoint_id = places.touchpoint_id then 1 end) as dropped_here
from int_visit_segments as visits
inner join places
    on
        visits.entered_date = places.entered_date
        and visits.journey_model = places.journey_model
        and visits.visit_key = places.visit_key
group by
    visits.entered_date,
    visits.journey_model,
    visits.phase,
    visits.phase_order,
    places.touchpoint_id,
    visits.segment_kind,
    visits.segment_value
