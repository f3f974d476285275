/*---
description: One row per event of a CSV with no more than a user, a time and an event. It has no session ids, so a pause of more than 30 minutes ends a session.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source:
  reader: events
  path: plain/?*
  identity: own
  mapping:
    event_timestamp: time
    event_name: event
    user_pseudo_id: user
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
from raw_plain__events
