/*---
description: One row per phase visit (the last phase apart) and headline segment, with its state at as_of_at. For detectors, which look at some visits; who joins all of them does so before they are told apart by segment.
grain: [journey_model, visit_key, segment_kind]
owner: marketing-analytics
materialize: view
columns:
  is_mature: {doc: "The whole window has passed: the visit counts in rates"}
---*/
select *, 'all' as segment_kind, 'all' as segment_value from int_visit_states
union all
select *, 'device_category' as segment_kind, device_category as segment_value from int_visit_states
union all
select *, 'channel_group' as segment_kind, channel_group as segment_value from int_visit_states
union all
select *, 'persona_id' as segment_kind, persona_id as segment_value from int_visit_states
where persona_id is not null
