/*---
description: One row per entry date, journey model, phase, page group, friction signal and segment, with what became of the persons who met it on their first visit to the phase.
grain: [entered_date, journey_model, phase, page_group, signal_name, segment_kind, segment_value]
owner: marketing-analytics
rebuild_by: entered_date
adds_up_over: visit_key
matures_at: window_ends_at
order_by: [entered_date]
---*/
with

places as (
    select entered_date, journey_model, visit_key, page_group
    from int_visit_touchpoints
    group by entered_date, journey_model, visit_key, page_group
),

met as (
    select
        places.entered_date,
        places.journey_model,
        places.visit_key,
        places.page_group,
        coalesce(signals.signal_name, 'none') as signal_name
    from places
    left join int_visit_signals as signals
        on
            places.entered_date = signals.entered_date
            and places.journey_model = signals.journey_model
            and places.visit_key = signals.visit_key
            and places.page_group = signals.page_group
)

select
    visits.entered_date,
    visits.journey_model,
    visits.phase,
    met.page_group,
    met.signal_name,
    visits.segment_kind,
    visits.segment_value,
    count(*) as entered,
    count(case when visits.is_mature then 1 end) as mature_n,
    count(case when visits.state = 'dropped' then 1 end) as dropped,
    count(case when visits.state = 'pending' then 1 end) as pending
from int_visit_segments as visits
inner join met
    on
        visits.entered_date = met.entered_date
        and visits.journey_model = met.journey_model
        and visits.visit_key = met.visit_key
-- persons, not visits: who comes back to a page goes on more often and meets fewer signals, which would look like harm
where visits.visit_number = 1
group by
    visits.entered_date,
    visits.journey_model,
    visits.phase,
    met.page_group,
    met.signal_name,
    visits.segment_kind,
    visits.segment_value
