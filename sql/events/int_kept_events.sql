/*---
description: One row per delivered event that no filter leaves out, of the best kind of delivery of its day. A day that came whole replaces what was streamed of it.
grain: [event_key, delivery]
owner: data-engineering
materialize: view
---*/
select paged.*
from int_paged_events as paged
inner join int_delivered_days as days
    on paged.source = days.source and paged.event_date = days.event_date
where
    paged.traffic_filter is null
    and (
        paged.delivery_priority = days.best_priority
        -- a fresh table lags behind: what was streamed after its newest event is all there is of the hours since
        or (
            days.best_priority = 2
            and paged.delivery_priority = 3
            and paged.event_timestamp > days.fresh_until
        )
    )
