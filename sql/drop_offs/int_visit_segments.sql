/*---
description: One row per phase visit (the last phase apart) and headline segment, with its state at as_of_at.
grain: [journey_model, visit_key, segment_kind]
owner: marketing-analytics
materialize: view
columns:
  is_mature: {doc: "The whole window has passed: the visit counts in rates"}
---*/
with

visits as (
    select
        visits.*,
        visits.window_ends_at < run_window.as_of_at as is_mature,
        case
            when visits.progressed_at <= visits.window_ends_at then 'progressed'
            when visits.window_ends_at < run_window.as_of_at then 'dropped'
            else 'pending'
        end as state
    from fct_phase_visits as visits
    cross join run_window
    where not visits.is_last_phase    -- the last phase is never dropped
)

select *, 'all' as segment_kind, 'all' as segment_value from visits
union all
select *, 'device_category' as segment_kind, device_category as segment_value from visits
union all
select *, 'channel_group' as segment_kind, channel_group as segment_value from visits
union all
select *, 'persona_id' as segment_kind, persona_id as segment_value from visits
where persona_id is not null
