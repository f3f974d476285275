/*---
description: One row per event, without its copies, of a source that has people but no session ids.
grain: [event_key, event_date]
owner: data-engineering
rebuild_by: event_date
order_by: [event_date, event_timestamp, event_key]
---*/
select distinct
    event_key,
    event_date,
    event_timestamp,
    user_pseudo_id
from int_kept_events
where session_rule = 'gap' and session_key is null and user_pseudo_id is not null
