/*---
description: One row per session and login in it, and one for a session without any login.
grain: [user_pseudo_id, session_key, login_timestamp, user_id]
owner: data-engineering
rebuild_by: session_key
columns:
  login_timestamp: {doc: Time at which this user_id begins in the session; of the first event where there is no user_id, unit: microseconds since 1970 UTC}
---*/
with

events as (
    select session_key, user_pseudo_id, user_id, event_timestamp, event_order
    from fct_events
    where user_pseudo_id is not null and source_identity = 'own'
),

known as (
    select
        session_key,
        user_pseudo_id,
        user_id,
        event_timestamp,
        lag(user_id) over (partition by session_key, user_pseudo_id order by event_order) as user_id_before
    from events
    where user_id is not null
),

logins as (
    select session_key, user_pseudo_id, user_id, min(event_timestamp) as login_timestamp
    from known
    where user_id_before is null or user_id_before <> user_id
    group by session_key, user_pseudo_id, user_id, event_timestamp
),

anonymous as (
    select session_key, user_pseudo_id, cast(null as varchar) as user_id, min(event_timestamp) as login_timestamp
    from events
    group by session_key, user_pseudo_id
    having count(user_id) = 0
)

select session_key, user_pseudo_id, user_id, login_timestamp from logins
union all
select session_key, user_pseudo_id, user_id, login_timestamp from anonymous
