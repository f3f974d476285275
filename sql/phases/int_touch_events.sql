/*---
description: One row per touch, an event that says something about the journey, with what its session tells of it.
grain: [event_key]
owner: marketing-analytics
materialize: view
---*/
with

numbered as (
    select
        events.event_key,
        events.event_order,
        events.event_timestamp,
        events.event_date,
        events.user_pseudo_id,
        events.session_key,
        events.event_name,
        events.page_host,
        events.page_path,
        events.page_group,
        row_number() over (partition by events.session_key, events.user_pseudo_id order by events.event_order) as touch_number
    from fct_events as events
    left join dim_event_roles as roles
        on events.event_name = roles.event_name and roles.event_role in ('not_touch', 'friction_signal')
    where
        events.user_pseudo_id is not null
        and events.source_identity = 'own'
        and roles.event_name is null
)

select
    numbered.event_key,
    numbered.event_order,
    numbered.event_timestamp,
    numbered.event_date,
    numbered.user_pseudo_id,
    numbered.session_key,
    numbered.event_name,
    numbered.page_host,
    numbered.page_path,
    numbered.page_group,
    numbered.touch_number,
    numbered.touch_number = 1 and numbered.session_key is not null as is_landing,
    sessions.session_number,
    sessions.is_of_one_date,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    -- a direct visit stays one here, whichever session is credited for it
    case when channels.is_credited_from_earlier then 'Direct' else channels.channel_group end as channel_group,
    channels.channel_group as credited_channel_group,
    channels.channel_ownership
from numbered
left join fct_sessions as sessions
    on numbered.session_key = sessions.session_key
left join fct_session_channels as channels
    on numbered.session_key = channels.session_key
