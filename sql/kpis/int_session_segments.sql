/*---
description: One row per session, with its person and the segments by which KPIs are told.
grain: [session_key]
owner: marketing-analytics
rebuild_by: user_pseudo_id
order_by: [session_key]
columns:
  person_key: {doc: "The person at the start of the session; null where none is known"}
  is_engaged: {doc: "GA4's engaged session; null where the source does not tell"}
  is_bounce: {doc: "GA4's bounce: not engaged; null where the source does not tell"}
  is_single_page: {doc: The session saw at most one page}
---*/
select
    sessions.session_key,
    sessions.user_pseudo_id,
    people.person_key,
    sessions.session_date,
    sessions.started_timestamp,
    sessions.started_order,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    personas.persona_id,
    sessions.is_engaged,
    sessions.is_bounce,
    sessions.is_single_page
from fct_sessions as sessions
left join fct_session_channels as channels
    on
        sessions.user_pseudo_id = channels.user_pseudo_id
        and sessions.session_key = channels.session_key
left join dim_people as people
    on
        sessions.user_pseudo_id = people.user_pseudo_id
        and sessions.started_timestamp >= people.valid_from
        and sessions.started_timestamp < people.valid_to
left join int_session_personas as personas
    on
        sessions.user_pseudo_id = personas.user_pseudo_id
        and sessions.session_key = personas.session_key
