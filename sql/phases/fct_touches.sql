/*---
description: One row per touch with the one touchpoint at which it took place.
grain: [event_key]
owner: marketing-analytics
rebuild_by: session_key
reference: [dim_event_roles]
order_by: [event_date, user_pseudo_id]
---*/
select
    event_key,
    event_order,
    event_timestamp,
    event_date,
    user_pseudo_id,
    session_key,
    session_number,
    coalesce(is_of_one_date, false) as is_of_one_date,    -- none without a session
    event_name,
    page_host,
    page_path,
    page_group,
    coalesce(touchpoint_id, 'other') as touchpoint_id,
    is_landing,
    coalesce(device_category, 'unknown') as device_category,
    coalesce(country, 'unknown') as country,
    coalesce(visitor_kind, 'unknown') as visitor_kind,
    coalesce(channel_group, 'Unassigned') as channel_group,
    coalesce(credited_channel_group, 'Unassigned') as credited_channel_group
from int_touchpoint_events
