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

-- the pages that a session was on, each with the place of the first event there
seen as (
    select session_key, page_host, page_path, min(event_order) as first_order
    from events
    where page_path is not null
    group by session_key, page_host, page_path
),

-- GA4 sends the time in the foreground since the event before. So what a page_view brings along was spent before it: on the
-- page that links here where the session was on that one, else on the last one that it was on. Where it was on none, the
-- time is that of loading this page: a few milliseconds, which would be lost otherwise
credited as (
    select
        located.session_key,
        case when located.event_name in ('page_view', 'screen_view') then located.page_path end as viewed_path,
        coalesce(located.engagement_milliseconds, 0) as engagement_milliseconds,
        case
            when located.event_name in ('page_view', 'screen_view') and located.engagement_milliseconds > 0
                then coalesce(seen.page_path, located.path_before, located.page_path)
            else located.page_path
        end as engaged_path
    from located
    left join seen
        on
            located.session_key = seen.session_key
            and located.referrer_host = seen.page_host
            and located.referrer_path = seen.page_path
            and located.event_order > seen.first_order
            and located.engagement_milliseconds > 0
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
