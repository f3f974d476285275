/*---
description: One row per session of somebody whose persona is known when it begins. The persona is the one that the person's first fitting touch showed, and it stays; whoever shows it within a session has it from the next one on, whoever lands with it from that session on.
grain: [session_key]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id, fct_sessions: dim_people.user_pseudo_id}
order_by: [session_key]
---*/
with

shown as (
    select
        person_key,
        min(event_order) as shown_order,
        arg_min(persona_id, event_order) as persona_id,
        -- a landing shows it before anything else is done: the whole session is of that persona
        arg_min(case when is_landing then session_key else '' end, event_order) as landing_session_key
    from int_persona_touches
    where persona_id is not null
    group by person_key
),

sessions as (
    select
        people.person_key,
        people.user_pseudo_id,
        sessions.session_key,
        sessions.started_order
    from fct_sessions as sessions
    inner join dim_people as people
        on
            sessions.user_pseudo_id = people.user_pseudo_id
            and sessions.started_timestamp >= people.valid_from
            and sessions.started_timestamp < people.valid_to
)

select
    sessions.session_key,
    sessions.user_pseudo_id,
    sessions.person_key,
    shown.persona_id
from shown
inner join sessions
    on shown.person_key = sessions.person_key
where
    sessions.started_order > shown.shown_order
    or sessions.session_key = shown.landing_session_key
