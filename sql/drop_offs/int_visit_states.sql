/*---
description: One row per phase visit (the last phase apart), with its state at as_of_at.
grain: [journey_model, visit_key]
owner: marketing-analytics
materialize: view
columns:
  is_mature: {doc: "The whole window has passed: the visit counts in rates"}
---*/
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
