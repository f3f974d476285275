/*---
description: One row per phase visit, page group touched in it and kind of friction signal met there during the visit.
grain: [journey_model, visit_key, page_group, signal_name]
owner: marketing-analytics
rebuild_by: person_key
order_by: [entered_date]
---*/
with

-- of most persons and pages there is no signal, and their visits need not be put together
signalled as (
    select person_key, page_group from int_person_signals group by person_key, page_group
),

places as (
    select
        touched.person_key,
        touched.journey_model,
        touched.visit_key,
        touched.entered_date,
        touched.page_group,
        min(touched.first_timestamp) as first_timestamp,
        max(touched.last_timestamp) as last_timestamp
    from int_visit_touchpoints as touched
    inner join signalled
        on touched.person_key = signalled.person_key and touched.page_group = signalled.page_group
    group by touched.person_key, touched.journey_model, touched.visit_key, touched.entered_date, touched.page_group
),

followed as (
    select
        *,
        lead(first_timestamp) over (
            partition by person_key, journey_model, page_group order by first_timestamp, visit_key
        ) as next_timestamp
    from places
)

select
    followed.person_key,
    followed.journey_model,
    followed.visit_key,
    followed.entered_date,
    followed.page_group,
    signals.signal_name,
    count(*) as signals
from followed
inner join int_person_signals as signals
    on
        followed.person_key = signals.person_key
        and followed.page_group = signals.page_group
        -- a signal follows the touch that opened the page; half an hour later the visit is over
        and signals.event_timestamp >= followed.first_timestamp
        and signals.event_timestamp <= followed.last_timestamp + 1800000000
        -- what happens once the person is back on the page belongs to the visit that came back
        and (followed.next_timestamp is null or signals.event_timestamp < followed.next_timestamp)
group by
    followed.person_key,
    followed.journey_model,
    followed.visit_key,
    followed.entered_date,
    followed.page_group,
    signals.signal_name
