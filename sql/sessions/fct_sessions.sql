/*---
description: One row per session. A session belongs to the date of its first event, also when it crosses midnight.
grain: [session_key]
owner: data-engineering
rebuild_by: session_key
order_by: [session_key]
columns:
  page_views: {doc: Number of page_view and screen_view events}
  events: {doc: Number of events}
  session_seconds: {doc: Seconds between first and last event; 0 for one event, unit: seconds}
  engagement_seconds: {doc: Seconds in the foreground as the browser measured them, unit: seconds}
  is_engaged: {doc: "GA4's engaged session: 10 seconds in the foreground, a key event or two page views; null where the source does not tell"}
  is_bounce: {doc: "GA4's bounce: a session that was not engaged; null where the source does not tell"}
  is_single_page: {doc: "The session saw at most one page: the classic bounce"}
  exit_page_path: {doc: Path of the last page_view that has one}
  first_source: {doc: "Source on the first event that names a source, a medium, a campaign or a click id"}
  first_medium: {doc: Medium on that same event}
  first_campaign: {doc: Campaign on that same event}
  first_click_id_kind: {doc: "Click id that came with that same event: gclid, gbraid, wbraid, dclid, msclkid or srsltid"}
  google_source: {doc: Session source as GA4 itself attributed it; null in older exports}
  google_medium: {doc: Session medium as GA4 itself attributed it}
  google_campaign: {doc: Session campaign as GA4 itself attributed it}
checks:
  - {name: a_session_does_not_end_before_it_starts, severity: fail, sql: session_seconds >= 0,
     why: a negative length means the event order was lost}
---*/
with

-- An order that is null where an event does not count for a column: arg_min and arg_max pass over it. A `filter` on each of
-- them says the same, and takes half as long again
events as (
    select
        *,
        case when event_name = 'page_view' and page_path is not null then event_order end as path_order,
        case when event_name = 'page_view' and page_group is not null then event_order end as group_order,
        case when device_category is not null then event_order end as device_order,
        case when country is not null then event_order end as country_order,
        case
            when
                -- session_start and first_visit carry no source of their own
                event_name not in ('session_start', 'first_visit')
                and (
                    event_source is not null
                    or event_medium is not null
                    or event_campaign is not null
                    or click_id_kind is not null
                )
                then event_order
        end as named_order,
        case when session_source is not null then event_order end as google_source_order,
        case when session_medium is not null then event_order end as google_medium_order,
        case when session_campaign is not null then event_order end as google_campaign_order,
        case when google_channel_group is not null then event_order end as google_channel_order,
        -- session_start and first_visit say 1 whatever became of the session
        case
            when is_session_engaged is not null
                then is_session_engaged and event_name not in ('session_start', 'first_visit')
        end as tells_engaged
    from fct_events
    where
        session_key is not null    -- no consent, no session; counted by aud_no_consent
        and source_identity = 'own'
),

sessions as (
    select
        session_key,
        user_pseudo_id,
        min(event_timestamp) as started_timestamp,
        max(event_timestamp) as ended_timestamp,
        min(event_order) as started_order,
        arg_min(event_date, event_order) as session_date,
        min(event_date) = max(event_date) as is_of_one_date,
        min(session_number) as session_number,
        count(*) as events,
        sum(case when event_name in ('page_view', 'screen_view') then 1 else 0 end) as page_views,
        sum(coalesce(engagement_milliseconds, 0)) as engagement_milliseconds,
        bool_or(tells_engaged) as is_engaged,
        arg_min(page_path, path_order) as landing_page_path,
        arg_min(page_group, group_order) as landing_page_group,
        arg_max(page_path, path_order) as exit_page_path,
        arg_min(device_category, device_order) as device_category,
        arg_min(country, country_order) as country,
        arg_min(
            struct_pack(
                source := coalesce(event_source, '(not set)'),
                medium := coalesce(event_medium, '(not set)'),
                campaign := coalesce(event_campaign, '(not set)'),
                click_id_kind := click_id_kind
            ), named_order
        ) as named,
        arg_min(session_source, google_source_order) as google_source,
        arg_min(session_medium, google_medium_order) as google_medium,
        arg_min(session_campaign, google_campaign_order) as google_campaign,
        arg_min(google_channel_group, google_channel_order) as google_channel_group,
        bool_or(event_name = 'first_visit') as has_first_visit
    from events
    group by session_key, user_pseudo_id
)

select
    -- keys
    session_key,
    user_pseudo_id,

    -- when
    make_timestamp(started_timestamp) as session_started_at,
    make_timestamp(ended_timestamp) as session_ended_at,
    started_timestamp,
    started_order,
    session_date,                        -- event_date of the first event: property time, not UTC
    is_of_one_date,
    session_number,

    -- who
    device_category,
    country,
    case
        when has_first_visit or session_number = 1 then 'new'
        when session_number > 1 then 'returning'
        else 'unknown'    -- the source does not count sessions
    end as visitor_kind,

    -- where from and where to
    landing_page_path,
    landing_page_group,
    exit_page_path,
    named.source as first_source,
    named.medium as first_medium,
    named.campaign as first_campaign,
    named.click_id_kind as first_click_id_kind,
    google_source,
    google_medium,
    google_campaign,
    google_channel_group,

    -- measures
    cast(events as bigint) as events,
    cast(page_views as bigint) as page_views,
    cast((ended_timestamp - started_timestamp) / cast(1000000 as decimal(18, 0)) as decimal(18, 6)) as session_seconds,
    cast(engagement_milliseconds / cast(1000 as decimal(18, 0)) as decimal(18, 3)) as engagement_seconds,
    is_engaged,
    not is_engaged as is_bounce,
    page_views <= 1 as is_single_page
from sessions
