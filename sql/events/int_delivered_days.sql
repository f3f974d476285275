/*---
description: One row per source and event_date that was delivered, with the best kind of delivery that it came in.
grain: [source, event_date]
owner: data-engineering
rebuild_by: event_date
columns:
  best_priority: {doc: "1 when the day came whole, 2 when only as fresh, 3 when only as intraday"}
  delivered_rows: {doc: Rows delivered for the date in all kinds}
  fresh_until: {doc: 'Time of the newest event of a fresh delivery, microseconds UTC; null where there is none'}
---*/
select
    source,
    event_date,
    min(delivery_priority) as best_priority,
    count(*) as delivered_rows,
    max(case when delivery_priority = 2 then event_timestamp end) as fresh_until
from int_located_events
group by source, event_date
