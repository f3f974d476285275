/*---
description: One row per source, event_date and traffic filter that left events out.
grain: [source, event_date, traffic_filter]
owner: data-engineering
rebuild_by: event_date
order_by: [event_date, source, traffic_filter]
columns:
  events: {doc: Delivered events that the filter left out, unit: events}
  delivered_events: {doc: All delivered events of the source and date, unit: events}
---*/
select
    paged.source,
    paged.event_date,
    paged.traffic_filter,
    count(*) as events,
    days.delivered_rows as delivered_events
from int_paged_events as paged
inner join int_delivered_days as days
    on paged.source = days.source and paged.event_date = days.event_date
where paged.traffic_filter is not null
group by paged.source, paged.event_date, paged.traffic_filter, days.delivered_rows
