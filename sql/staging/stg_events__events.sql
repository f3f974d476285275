/*---
description: One row per event of a plain export, one event a row, whose ids are its own. For other column names copy this file and change the mapping.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source:
  reader: events
  path: events/events_*
  identity: own
  mapping:
    event_timestamp: timestamp
    event_name: event
    user_pseudo_id: user_id
    session_id: session_id
    page_location: page_url
---*/
select
    event_key,
    event_timestamp,
    event_date,
    event_name,
    user_pseudo_id,
    user_id,
    session_id || '-' || user_pseudo_id as session_key,
    page_location,
    page_title,
    page_referrer,
    device_category,
    country,
    try_cast(value as decimal(18, 4)) as event_value,
    true as has_consent,
    delivery,
    delivery_kind
from raw_events__events
