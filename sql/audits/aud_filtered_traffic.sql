/*---
description: One row per traffic filter, and all, and date. How many delivered events did the filters of the settings leave out?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
materialize: view
audit:
  title_nl: "Weggefilterd verkeer: {detail}"
  title_en: "Filtered traffic: {detail}"
  base_nl: geleverde gebeurtenissen van alle bronnen
  base_en: delivered events of all sources
  effect_nl: "Wat een filter weglaat telt in geen enkel kengetal. Een te ruim filter maakt alles te laag; een filter dat opeens meer weglaat verdient een blik."
  effect_en: "What a filter leaves out is in no KPI. A filter that is too wide makes everything too low; one that suddenly leaves out more deserves a look."
  kpis: [reach, unique_persons, sessions, key_events, orders, revenue, net_revenue]
  details:
    all: {nl: alle filters samen, en: all filters together}
---*/
with

days as (
    select
        event_date,
        sum(delivered_rows) as delivered_events
    from int_delivered_days
    group by event_date
),

counted as (
    select
        event_date,
        traffic_filter,
        sum(events) as events
    from fct_filtered_events
    group by event_date, traffic_filter
),

filters as (
    select traffic_filter from counted
    group by traffic_filter
),

parts as (
    -- a filter has a row for each date, so that its share is of all that was delivered
    select
        filters.traffic_filter,
        days.event_date,
        coalesce(counted.events, 0) as events,
        days.delivered_events
    from days
    cross join filters
    left join counted
        on days.event_date = counted.event_date and filters.traffic_filter = counted.traffic_filter
)

select
    'all' as detail,
    days.event_date as audit_date,
    cast(coalesce(sum(counted.events), 0) as bigint) as affected,
    cast(days.delivered_events as bigint) as base
from days
left join counted
    on days.event_date = counted.event_date
group by days.event_date, days.delivered_events
union all
select
    traffic_filter as detail,
    event_date as audit_date,
    cast(events as bigint) as affected,
    cast(delivered_events as bigint) as base
from parts
