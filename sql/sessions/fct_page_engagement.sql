/*---
description: One row per session and page, with the views of it and the time in the foreground that was spent there.
grain: [session_key, page_path]
owner: data-engineering
rebuild_by: session_key
order_by: [session_key, page_path]
columns:
  page_views: {doc: Number of page_view and screen_view events of the page, unit: page views}
  engagement_seconds: {doc: Seconds in the foreground that were spent on the page as the browser measured them, unit: seconds}
---*/
with

events as (
    select
        session_key,
        event_order,
        event_name,
        page_host,
        page_path,
        engagement_milliseconds,
        split_part(split_part(page_referrer, '#', 1), '?', 1) as referrer_address
    from fct_events
    where session_key is not null and source_identity = 'own'
),

located as (
    select
        *,
        lower(nullif(regexp_extract(referrer_address, '^[A-Za-z][A-Za-z0-9+.-]*://([^/:]*)', 1), '')) as referrer_host,
        '/' || trim(regexp_replace(referrer_address, '^[A-Za-z][A-Za-z0-9+.-]*://[^/]*', ''), '/') as referrer_path,
        last_value(page_path ignore nulls) over (
            partition by session_key order by event_order rows between unbounded preceding and 1 preceding
        ) as path_before
    from events
),

credited as (
    select
        session_key,
        case when event_name in ('page_view', 'screen_view') then page_path end as viewed_path,
        coalesce(engagement_milliseconds, 0) as engagement_milliseconds,
        case
            -- what a page_view brings along was spent on the page before it: the one that links here, else the last one seen
            when event_name in ('page_view', 'screen_view') and engagement_milliseconds > 0
                then case when referrer_host = page_host then referrer_path else path_before end
            else page_path
        end as engaged_path
    from located
),

parts as (
    select
        session_key,
        viewed_path as page_path,
        1 as page_views,
        0 as engagement_milliseconds
    from credited
    where viewed_path is not null
    union all
    select
        session_key,
        engaged_path as page_path,
        0 as page_views,
        engagement_milliseconds
    from credited
    where engaged_path is not null and engagement_milliseconds > 0
)

select
    session_key,
    page_path,
    cast(sum(page_views) as bigint) as page_views,
    cast(sum(engagement_milliseconds) / cast(1000 as decimal(18, 0)) as decimal(18, 3)) as engagement_seconds
from parts
group by session_key, page_path
