/*---
description: One row per event as GA4 exports it to BigQuery, renamed and cast, with the export's oddities undone.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source: {reader: ga4, path: ga4/events_*, identity: own}
---*/
select
    event_key,
    event_timestamp,
    event_date,
    event_name,
    user_pseudo_id,
    user_id,
    -- ga_session_id is unique per user_pseudo_id only; null where either is null
    cast(ga_session_id as varchar) || '-' || user_pseudo_id as session_key,
    try_cast(ga_session_number as integer) as session_number,
    session_engaged = 1 as is_session_engaged,
    -- nobody looks at a page for less than nothing, or for more than a day at a stretch
    case when engagement_time_msec between 0 and 86400000 then engagement_time_msec end as engagement_milliseconds,
    page_location,
    page_title,
    page_referrer,
    coalesce(manual_source, param_source) as event_source,
    coalesce(manual_medium, param_medium) as event_medium,
    coalesce(manual_campaign_name, param_campaign) as event_campaign,
    coalesce(gclid, param_gclid) as google_click_id,
    case
        when coalesce(gclid, param_gclid) is not null then 'gclid'
        when dclid is not null then 'dclid'
        when srsltid is not null then 'srsltid'
    end as click_id_kind,
    session_source,
    session_medium,
    session_campaign,
    session_default_channel_group as google_channel_group,
    device_category,
    country,
    browser,
    traffic_type,
    debug_mode,
    search_term,
    -- the field of `ecommerce` is text; the parameter of that name may have lost leading zeros
    coalesce(nullif(transaction_id, '(not set)'), param_transaction_id) as transaction_id,
    -- NaN stands for "unknown" in some exports. `value` is an event's own value; that of a purchase or a refund stands in the
    -- field, and where the field was left empty `value` holds it. Anybody can send an event to a site: what is no amount
    -- of money is none, and stops no night
    try_cast(
        coalesce(
            case
                when event_name = 'refund' and not isnan(refund_value) then refund_value
                when event_name <> 'refund' and not isnan(purchase_revenue) then purchase_revenue
            end,
            case when not isnan(param_value) then param_value end
        ) as decimal(18, 4)
    ) as event_value,
    param_currency as currency,
    -- without consent GA4 leaves the ids away; an absent state means that no consent mode was in use
    coalesce(analytics_storage, 'Yes') <> 'No' as has_consent,
    batch_page_id,
    batch_ordering_id,
    batch_event_index,
    delivery,
    delivery_kind
from raw_ga4__events
