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
),

met as (
    select
        visits.entered_date,
        visits.journey_model,
        visits.visit_key,
        visits.phase,
        visits.phase_order,
        places.touchpoint_id,
        visits.device_category,
        visits.channel_group,
        visits.persona_id,
        visits.state,
        visits.is_mature,
        visits.state = 'dropped' and visits.last_touchpoint_id = places.touchpoint_id as is_dropped_here
    from int_visit_states as visits
    inner join places
        on
            visits.entered_date = places.entered_date
            and visits.journey_model = places.journey_model
            and visits.visit_key = places.visit_key
),

-- after the join: it costs by the row, and there are several segments to a visit
segmented as (
    select
        met.*,
        segments.segment_kind,
        case segments.segment_kind
            when 'all' then 'all'
            when 'device_category' then met.device_category
            when 'channel_group' then met.channel_group
            when 'persona_id' then met.persona_id
        end as segment_value
    from met
    inner join (values ('all'), ('device_category'), ('channel_group'), ('persona_id')) as segments (segment_kind)
        on segments.segment_kind <> 'persona_id' or met.persona_id is not null    -- none fits: that is no persona
)

select
    entered_date,
    journey_model,
    phase,
    phase_order,
    touchpoint_id,
    segment_kind,
    segment_value,
    count(*) as entered,
    count(case when state = 'progressed' then 1 end) as progressed,
    count(case when state = 'dropped' then 1 end) as dropped,
    count(case when state = 'pending' then 1 end) as pending,
    count(case when is_mature then 1 end) as mature_n,
    count(case when is_dropped_here then 1 end) as dropped_here
from segmented
group by entered_date, journey_model, phase, phase_order, touchpoint_id, segment_kind, segment_value
