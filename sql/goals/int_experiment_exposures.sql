/*---
description: One row per event and variant of an experiment that its browser saw.
grain: [event_key, experiment_id, variant]
owner: marketing-analytics
rebuild_by: event_date
order_by: [event_date, event_timestamp]
---*/
select
    events.event_key,
    events.event_date,
    events.event_timestamp,
    events.user_pseudo_id,
    told.experiment_id,
    told.variant
from int_experiment_events as told
-- events that a filter leaves out, or that came twice, are not there
inner join fct_events as events
    on told.event_key = events.event_key and told.event_date = events.event_date
where events.user_pseudo_id is not null
