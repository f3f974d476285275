/*---
description: One row per event of a source that has people but no session ids, with the session it falls in. More than 30 minutes without an event begin a new one.
grain: [event_key, event_date]
owner: data-engineering
rebuild_by: user_pseudo_id
reference: [dim_thresholds]
thresholds: {gap_minutes: 30}
order_by: [event_date, event_timestamp, event_key]
columns:
  session_key: {doc: "Second of the session's first event since 1970 UTC || '-' || user_pseudo_id"}
  session_number: {doc: "1 for the first session of a browser among the events that are stored"}
---*/
with

paused as (
    select
        *,
        event_timestamp - lag(event_timestamp) over (partition by user_pseudo_id order by event_timestamp) as pause_microseconds
    from int_gap_events
),

begun as (
    select
        *,
        -- a pause of exactly the limit goes on with the session
        case
            when
                pause_microseconds <= 60000000 * (
                    select cast(limit_value as bigint) from dim_thresholds
                    where model = 'int_gap_sessions' and threshold = 'gap_minutes'
                )
                then 0
            else 1
        end as begins_a_session
    from paused
),

numbered as (
    select
        *,
        sum(begins_a_session) over (
            partition by user_pseudo_id order by event_timestamp, begins_a_session desc, event_key rows unbounded preceding
        ) as session_number
    from begun
),

placed as (
    select
        *,
        min(event_timestamp) over (partition by user_pseudo_id, session_number) as started_timestamp
    from numbered
)

select
    event_key,
    event_date,
    event_timestamp,
    user_pseudo_id,
    cast(started_timestamp // 1000000 as varchar) || '-' || user_pseudo_id as session_key,
    cast(session_number as integer) as session_number
from placed
