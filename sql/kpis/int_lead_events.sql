/*---
description: One row per event of a lead, that it came in (generate_lead) or that somebody of ours took it up (working_lead).
grain: [event_key]
owner: marketing-analytics
rebuild_by: event_date
order_by: [event_date, event_timestamp]
---*/
select
    event_key,
    event_order,
    event_timestamp,
    event_date,
    event_name,
    user_pseudo_id,
    session_key
from fct_events
where
    event_name in ('generate_lead', 'working_lead')
    and user_pseudo_id is not null
    and source_identity = 'own'
