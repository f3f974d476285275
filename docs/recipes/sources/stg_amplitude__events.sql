/*---
description: One row per event of Amplitude's Export API (the .json.gz files of its zip), by Amplitude's own sessions.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source:
  reader: events
  path: amplitude/?*
  identity: own
  mapping:
    event_timestamp: event_time
    event_name: event_type
    # events of a server may have no device
    user_pseudo_id: [device_id, user_id]
    user_id: user_id
    session_id: session_id
    page_location:
      - "event_properties.[Amplitude] Page Location"
      - "event_properties.[Amplitude] Page URL"
      - event_properties.page_url
    page_title: "event_properties.[Amplitude] Page Title"
    page_referrer: event_properties.referrer
    device_category: [device_type, device_family]
    country: country
    element: "event_properties.[Amplitude] Element Text"
    value: [event_properties.$revenue, event_properties.revenue]
---*/
select
    event_key,
    event_timestamp,
    event_date,
    -- Amplitude's own events by the names that the journeys know
    case event_name
        when '[Amplitude] Page Viewed' then 'page_view'
        when '[Amplitude] Element Clicked' then 'click'
        when '[Amplitude] Form Started' then 'form_start'
        when '[Amplitude] Form Submitted' then 'form_submit'
        when '[Amplitude] File Downloaded' then 'file_download'
        when '[Amplitude] Rage Click' then 'rage_click'
        when '[Amplitude] Dead Click' then 'dead_click'
        else event_name
    end as event_name,
    user_pseudo_id,
    user_id,
    -- -1 says that the event is of no session
    nullif(session_id, '-1') || '-' || user_pseudo_id as session_key,
    page_location,
    page_title,
    page_referrer,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'event_properties.utm_source'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_source,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'event_properties.utm_medium'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_medium,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'event_properties.utm_campaign'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_campaign,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'event_properties.gclid'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as google_click_id,
    -- Amplitude names the model of a device, not its kind
    case
        when lower(device_category) like '%ipad%' or lower(device_category) like '%tablet%' then 'tablet'
        when lower(device_category) like '%mac%' or lower(device_category) like '%windows%' then 'desktop'
        when lower(device_category) like '%linux%' or lower(device_category) like '%chrome os%' then 'desktop'
        when device_category is not null then 'mobile'
    end as device_category,
    country,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'event_properties.order_id'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as transaction_id,
    try_cast(value as decimal(18, 4)) as event_value,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'event_properties.currency'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as currency,
    true as has_consent,
    delivery,
    delivery_kind
from raw_amplitude__events
