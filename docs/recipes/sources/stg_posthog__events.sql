/*---
description: One row per event of a PostHog batch export (JSON lines or Parquet), by PostHog's own sessions.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source:
  reader: events
  path: posthog/?*
  identity: own
  mapping:
    event_timestamp: timestamp
    event_name: event
    # the browser's id stays what it was when somebody logs in; events of a server have a distinct_id only
    user_pseudo_id: [properties.$device_id, distinct_id]
    user_id: properties.$user_id
    session_id: properties.$session_id
    page_location: properties.$current_url
    page_title: properties.title
    page_referrer: properties.$referrer
    device_category: properties.$device_type
    country: properties.$geoip_country_name
    element: properties.$el_text
    value: [properties.revenue, properties.value]
---*/
select
    event_key,
    event_timestamp,
    event_date,
    -- PostHog's own events by the names that the journeys know
    case event_name
        when '$pageview' then 'page_view'
        when '$pageleave' then 'user_engagement'
        when '$screen' then 'screen_view'
        when '$autocapture' then 'click'
        when '$rageclick' then 'rage_click'
        when '$dead_click' then 'dead_click'
        when '$exception' then 'script_error'
        else event_name
    end as event_name,
    user_pseudo_id,
    -- an event of a server has no session, and names the person where a browser names itself
    coalesce(user_id, case when session_id is null then user_pseudo_id end) as user_id,
    session_id || '-' || user_pseudo_id as session_key,
    page_location,
    page_title,
    -- PostHog writes $direct where there is none
    nullif(page_referrer, '$direct') as page_referrer,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'properties.utm_source'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_source,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'properties.utm_medium'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_medium,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'properties.utm_campaign'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_campaign,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'properties.gclid'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as google_click_id,
    lower(device_category) as device_category,
    country,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'properties.order_id'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as transaction_id,
    try_cast(value as decimal(18, 4)) as event_value,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'properties.currency'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as currency,
    true as has_consent,
    delivery,
    delivery_kind
from raw_posthog__events
