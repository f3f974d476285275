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
        visits.entered_date,
        visits.journey_model,
        visits.visit_key,
        visits.phase,
        places.page_group,
        coalesce(signals.signal_name, 'none') as signal_name,
        visits.device_category,
        visits.channel_group,
        visits.persona_id,
        visits.state,
        visits.is_mature
    from int_visit_states as visits
    inner join places
        on
            visits.entered_date = places.entered_date
            and visits.journey_model = places.journey_model
            and visits.visit_key = places.visit_key
    left join int_visit_signals as signals
        on
            places.entered_date = signals.entered_date
            and places.journey_model = signals.journey_model
            and places.visit_key = signals.visit_key
            and places.page_group = signals.page_group
    -- persons, not visits: who comes back to a page goes on more often and meets fewer signals, which would look like harm
    where visits.visit_number = 1
),

segmented as (
    select
        met.*,
        segments.segment_kind,
        case segments.segment_kind
            when 'all' then 'all'
            when 'device_category' then met.device_category
            when 'channel_group' then met.channel_group
            when 'persona_id' then met.persona_id
        end as segment_value
    from met
    inner join (values ('all'), ('device_category'), ('channel_group'), ('persona_id')) as segments (segment_kind)
        on segments.segment_kind <> 'persona_id' or met.persona_id is not null    -- none fits: that is no persona
)

select
    entered_date,
    journey_model,
    phase,
    page_group,
    signal_name,
    segment_kind,
    segment_value,
    count(*) as entered,
    count(case when is_mature then 1 end) as mature_n,
    count(case when state = 'dropped' then 1 end) as dropped,
    count(case when state = 'pending' then 1 end) as pending
from segmented
group by entered_date, journey_model, phase, page_group, signal_name, segment_kind, segment_value
