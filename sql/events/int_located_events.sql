/*---
description: One row per delivered event, with the host and the path of its page. Rows of a source with ids of its own keep no ids.
grain: [event_key, delivery]
owner: data-engineering
materialize: view
---*/
with

events as (
    select
        *,
        split_part(split_part(page_location, '#', 1), '?', 1) as page_address
    from all_events
)

select
    event_key,
    event_timestamp,
    event_date,
    event_name,
    case when source_identity <> 'separate' then user_pseudo_id end as user_pseudo_id,
    case when source_identity <> 'separate' then user_id end as user_id,
    case when source_identity <> 'separate' then session_key end as session_key,
    session_number,
    is_session_engaged,
    engagement_milliseconds,
    page_location,
    lower(nullif(regexp_extract(page_address, '^[A-Za-z][A-Za-z0-9+.-]*://([^/:]*)', 1), '')) as page_host,
    -- /winkelwagen/ and /winkelwagen are one page
    case
        when page_location is not null
            then '/' || trim(regexp_replace(page_address, '^[A-Za-z][A-Za-z0-9+.-]*://[^/]*', ''), '/')
    end as page_path,
    page_title,
    page_referrer,
    event_source,
    event_medium,
    event_campaign,
    google_click_id,
    session_source,
    session_medium,
    session_campaign,
    google_channel_group,
    device_category,
    country,
    browser,
    traffic_type,
    debug_mode,
    search_term,
    transaction_id,
    event_value,
    currency,
    has_consent,
    batch_page_id,
    batch_ordering_id,
    batch_event_index,
    source,
    source_identity,
    session_rule,
    delivery,
    cast(case delivery_kind when 'intraday' then 3 when 'fresh' then 2 else 1 end as bigint) as delivery_priority
from events
