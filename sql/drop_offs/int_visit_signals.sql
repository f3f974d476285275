/*---
description: One row per phase visit, page group touched in it and kind of friction signal met there during the visit.
grain: [journey_model, visit_key, page_group, signal_name]
owner: marketing-analytics
rebuild_by: person_key
order_by: [entered_date]
---*/
with

places as (
    select
        person_key,
        journey_model,
        visit_key,
        entered_date,
        page_group,
        min(first_timestamp) as first_timestamp,
        max(last_timestamp) as last_timestamp
    from int_visit_touchpoints
    group by person_key, journey_model, visit_key, entered_date, page_group
)

select
    places.person_key,
    places.journey_model,
    places.visit_key,
    places.entered_date,
    places.page_group,
    signals.signal_name,
    count(*) as signals
from places
inner join int_person_signals as signals
    on
        places.person_key = signals.person_key
        and places.page_group = signals.page_group
        -- a signal follows the touch that opened the page; half an hour later the visit is over
        and signals.event_timestamp >= places.first_timestamp
        and signals.event_timestamp <= places.last_timestamp + 1800000000
group by
    places.person_key,
    places.journey_model,
    places.visit_key,
    places.entered_date,
    places.page_group,
    signals.signal_name
