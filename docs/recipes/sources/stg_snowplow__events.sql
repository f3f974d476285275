/*---
description: One row per event of Snowplow's enriched stream (tab-separated, 131 fields, no header), by Snowplow's own sessions.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source:
  reader: events
  path: snowplow/?*
  identity: own
  is_quoted: false
  columns: [
    app_id, platform, etl_tstamp, collector_tstamp, dvce_created_tstamp, event, event_id, txn_id, name_tracker,
    v_tracker, v_collector, v_etl, user_id, user_ipaddress, user_fingerprint, domain_userid, domain_sessionidx,
    network_userid, geo_country, geo_region, geo_city, geo_zipcode, geo_latitude, geo_longitude,
    geo_region_name, ip_isp, ip_organization, ip_domain, ip_netspeed, page_url, page_title, page_referrer,
    page_urlscheme, page_urlhost, page_urlport, page_urlpath, page_urlquery, page_urlfragment, refr_urlscheme,
    refr_urlhost, refr_urlport, refr_urlpath, refr_urlquery, refr_urlfragment, refr_medium, refr_source,
    refr_term, mkt_medium, mkt_source, mkt_term, mkt_content, mkt_campaign, contexts, se_category, se_action,
    se_label, se_property, se_value, unstruct_event, tr_orderid, tr_affiliation, tr_total, tr_tax, tr_shipping,
    tr_city, tr_state, tr_country, ti_orderid, ti_sku, ti_name, ti_category, ti_price, ti_quantity,
    pp_xoffset_min, pp_xoffset_max, pp_yoffset_min, pp_yoffset_max, useragent, br_name, br_family, br_version,
    br_type, br_renderengine, br_lang, br_features_pdf, br_features_flash, br_features_java,
    br_features_director, br_features_quicktime, br_features_realplayer, br_features_windowsmedia,
    br_features_gears, br_features_silverlight, br_cookies, br_colordepth, br_viewwidth, br_viewheight, os_name,
    os_family, os_manufacturer, os_timezone, dvce_type, dvce_ismobile, dvce_screenwidth, dvce_screenheight,
    doc_charset, doc_width, doc_height, tr_currency, tr_total_base, tr_tax_base, tr_shipping_base, ti_currency,
    ti_price_base, base_currency, geo_timezone, mkt_clickid, mkt_network, etl_tags, dvce_sent_tstamp,
    refr_domain_userid, refr_dvce_tstamp, derived_contexts, domain_sessionid, derived_tstamp, event_vendor,
    event_name, event_format, event_version, event_fingerprint, true_tstamp
  ]
  mapping:
    # corrected for a clock that is wrong on the device
    event_timestamp: [derived_tstamp, collector_tstamp]
    # of a structured event its action, of a self-describing one its name
    event_name: [se_action, event_name, event]
    user_pseudo_id: [domain_userid, network_userid]
    user_id: user_id
    session_id: domain_sessionid
    page_location: page_url
    page_title: page_title
    page_referrer: page_referrer
    device_category: dvce_type
    country: geo_country
    element: se_label
    value: [tr_total, se_value]
---*/
select
    event_key,
    event_timestamp,
    event_date,
    -- Snowplow's own events by the names that the journeys know
    case event_name
        when 'page_ping' then 'user_engagement'
        when 'link_click' then 'click'
        when 'submit_form' then 'form_submit'
        when 'transaction' then 'purchase'
        when 'application_error' then 'script_error'
        else event_name
    end as event_name,
    user_pseudo_id,
    user_id,
    session_id || '-' || user_pseudo_id as session_key,
    page_location,
    page_title,
    page_referrer,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'mkt_source'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_source,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'mkt_medium'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_medium,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'mkt_campaign'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_campaign,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'mkt_clickid'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as google_click_id,
    case
        when device_category = 'Computer' then 'desktop'
        else lower(device_category)
    end as device_category,
    country,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'tr_orderid'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as transaction_id,
    try_cast(value as decimal(18, 4)) as event_value,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'tr_currency'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as currency,
    true as has_consent,
    delivery,
    delivery_kind
from raw_snowplow__events
