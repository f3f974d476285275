/*---
description: One row per delivered event, with what its address and its referrer tell. Rows of a source with ids of its own keep no ids.
grain: [event_key, delivery]
owner: data-engineering
materialize: view
---*/
with

events as (
    select
        *,
        split_part(split_part(page_location, '#', 1), '?', 1) as told_address,
        -- GA4 tells the source by itself, and is not second-guessed; an export of another tool may have addresses only
        source_reader = 'events'
        and coalesce(event_source, event_medium, event_campaign, google_click_id, click_id_kind) is null as asks_address,
        -- a click opens a page. What follows on that page bears the same address, also hours later in a next session
        (event_name = 'page_view' or source_reader = 'events')
        and coalesce(batch_ordering_id, 1) <= 1
        and contains(page_location, 'id=') as may_be_click
    from all_events
),

-- scheme://host/path, however it was written, and without the name and password that some addresses carry
written as (
    select
        *,
        case
            when contains(told_address, '://') and not contains(told_address, '@') then told_address    -- nearly all of them
            when regexp_matches(told_address, '^([A-Za-z][A-Za-z0-9+.-]*:)?//')
                then regexp_replace(told_address, '^(([A-Za-z][A-Za-z0-9+.-]*:)?)//([^/]*@)?', '\1//')
            when starts_with(told_address, '/') or told_address = '' then told_address
            -- www.shop.example/a and 10.0.0.1:8080/a begin with a host; index.html begins no host
            when
                regexp_matches(
                    told_address,
                    '^([^/]*@)?(([A-Za-z0-9-]+[.])+[A-Za-z]{2,}|[0-9]+([.][0-9]+){3}|[A-Za-z0-9.-]+:[0-9]+)(:[0-9]+)?(/|$)'
                )
                and not regexp_matches(
                    lower(told_address),
                    '^[^/]*[.](s?html?|xhtml|php[0-9]?|aspx?|jsp|cfm|cgi|pdf|xml|txt|json|js|css|png|jpe?g|gif|svg|webp)(/|$)'
                )
                then '//' || regexp_replace(told_address, '^[^/]*@', '')
            -- a name and password of which redaction took the host for a part of an e-mail address
            when regexp_matches(told_address, '^[^/]*(@|\[email\])') then regexp_replace(told_address, '^[^/]*', '')
            else told_address
        end as page_address
    from events
),

addressed as (
    select
        *,
        lower(nullif(regexp_extract(page_address, '^([A-Za-z][A-Za-z0-9+.-]*:)?//(\[[^/]*\]|[^/:[]*)', 2), '')) as page_host,
        -- few events need it; without www, as GA4 names a source
        case
            when asks_address or may_be_click
                then nullif(
                    regexp_replace(
                        lower(regexp_extract(page_referrer, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*@)?([^/:?#]*)', 2)), '^www[.]', ''
                    ), ''
                )
        end as referrer_host
    from written
),

referred as (
    select
        *,
        -- some sites carry the parameters of the click along from page to page
        coalesce(page_host in (referrer_host, 'www.' || referrer_host), false) as comes_from_same_host
    from addressed
),

clicked as (
    select
        *,
        case
            when click_id_kind is not null then click_id_kind
            when google_click_id is not null then 'gclid'
            when may_be_click and not comes_from_same_host
                then coalesce(
                    nullif(regexp_extract(page_location, '[?&;](gclid|gbraid|wbraid|dclid|msclkid)=[^&#;]', 1), ''),
                    nullif(regexp_extract(page_location, '[?&;](srsltid)=[^&#;]', 1), '')
                )
        end as told_click_id_kind,
        case when asks_address then contains(page_location, 'utm_') end as has_utm
    from referred
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
    page_host,
    -- /winkelwagen/ and /winkelwagen are one page
    case
        when page_location <> ''
            then '/' || trim(regexp_replace(page_address, '^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*', ''), '/')
    end as page_path,
    page_title,
    page_referrer,
    case
        when has_utm
            then nullif(replace(replace(regexp_extract(page_location, '[?&;]utm_source=([^&#;]*)', 1), '+', ' '), '%20', ' '), '')
        when asks_address and not comes_from_same_host then referrer_host
        else event_source
    end as event_source,
    case
        when has_utm
            then nullif(replace(replace(regexp_extract(page_location, '[?&;]utm_medium=([^&#;]*)', 1), '+', ' '), '%20', ' '), '')
        when asks_address and not comes_from_same_host and referrer_host is not null then 'referral'
        else event_medium
    end as event_medium,
    case
        when has_utm
            then nullif(replace(replace(regexp_extract(page_location, '[?&;]utm_campaign=([^&#;]*)', 1), '+', ' '), '%20', ' '), '')
        else event_campaign
    end as event_campaign,
    google_click_id,
    told_click_id_kind as click_id_kind,
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
from clicked
