/*---
description: One row per event of a CSV with no more than a user, a time and an event. Without a session id its events count, its sessions do not.
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
    cast(null as integer) as session_number,
    cast(null as boolean) as is_session_engaged,
    cast(null as bigint) as engagement_milliseconds,
    page_location,
    page_title,
    page_referrer,
    cast(null as varchar) as event_source,
    cast(null as varchar) as event_medium,
    cast(null as varchar) as event_campaign,
    cast(null as varchar) as google_click_id,
    cast(null as varchar) as click_id_kind,
    cast(null as varchar) as session_source,
    cast(null as varchar) as session_medium,
    cast(null as varchar) as session_campaign,
    cast(null as varchar) as google_channel_group,
    device_category,
    country,
    cast(null as varchar) as search_term,
    cast(null as varchar) as transaction_id,
    cast(value as decimal(18, 4)) as event_value,
    cast(null as varchar) as currency,
    true as has_consent,
    cast(null as bigint) as batch_page_id,
    cast(null as bigint) as batch_ordering_id,
    cast(null as bigint) as batch_event_index,
    delivery,
    delivery_kind
from raw_plain__events
