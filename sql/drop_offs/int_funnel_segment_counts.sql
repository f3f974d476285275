/*---
description: One row per funnel, step and segment as it was measured, every country by its name, over all complete days.
grain: [funnel, step, segment_kind, measured_value]
owner: marketing-analytics
rebuild_by: funnel
adds_up_over: person_key
columns:
  measured_value: {type: varchar, doc: "Segment; unknown where the session does not tell, none where there is no session"}
  entered: {unit: units, doc: Units of the segment that came in at step 1}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  x: {unit: units, doc: Of n those that reached this step in an attempt whose window has passed}
  n: {unit: units, doc: "Mature units: those with an entry whose window has passed"}
---*/
with

segmented as (
    select
        units.funnel,
        units.person_key,
        units.unit_key,
        kinds.segment_kind,
        case
            when kinds.segment_kind = 'persona_id' then units.persona_id
            when units.attributed_session_key is null then 'none'
            when kinds.segment_kind = 'device_category' then coalesce(units.device_category, 'unknown')
            when kinds.segment_kind = 'channel_group' then coalesce(units.channel_group, 'unknown')
            when kinds.segment_kind = 'visitor_kind' then coalesce(units.visitor_kind, 'unknown')
            else coalesce(units.country, 'unknown')
        end as measured_value
    from fct_funnel_units as units
    inner join (
        values ('device_category'), ('country'), ('channel_group'), ('visitor_kind'), ('persona_id')
    ) as kinds (segment_kind)
        on kinds.segment_kind <> 'persona_id' or units.persona_id is not null    -- none fits: that is no persona
)

select
    unit_steps.funnel,
    unit_steps.step,
    unit_steps.step_order,
    segmented.segment_kind,
    segmented.measured_value,
    count(*) as entered,
    count(case when unit_steps.state = 'converted' then 1 end) as converted,
    count(case when unit_steps.state = 'dropped' then 1 end) as dropped,
    count(case when unit_steps.state = 'pending' then 1 end) as pending,
    count(case when unit_steps.has_reached_mature then 1 end) as x,
    count(case when unit_steps.is_mature then 1 end) as n
from fct_funnel_unit_steps as unit_steps
inner join segmented
    on
        unit_steps.funnel = segmented.funnel
        and unit_steps.person_key = segmented.person_key
        and unit_steps.unit_key = segmented.unit_key
where unit_steps.entry_week is null
group by unit_steps.funnel, unit_steps.step, unit_steps.step_order, segmented.segment_kind, segmented.measured_value
