/*---
description: One row per person's session on its way to an order, or to none. A path is the sessions between two orders of a person.
grain: [path_key, session_key]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_sessions: dim_people.user_pseudo_id, fct_session_channels: dim_people.user_pseudo_id}
reference: [dim_thresholds]
order_by: [person_key]
columns:
  path_key: {doc: "The order that the path led to; of a path that led to none, the order that it was too early for or the person, and -open"}
  order_key: {doc: "The order that the path led to; null where it led to none"}
  touched_at: {type: timestamp, doc: "Time of the session's first event, UTC"}
  touch_number: {type: bigint, doc: Place of the session in its path; 1 is the first}
  path_touches: {type: bigint, doc: Sessions of the path}
  path_ends_at: {type: timestamp, doc: "When the order was, or until when the last session of an open path can still lead to one, UTC"}
  path_ended_on: {type: date, doc: "Date of the order, or of the last session of an open path"}
---*/
with

look_back as (
    select cast(round(limit_value * 86400) as bigint) * 1000000 as microseconds
    from dim_thresholds
    where model = 'fct_session_channels' and threshold = 'look_back_days'
),

sessions as (
    select
        people.person_key,
        sessions.session_key,
        sessions.session_date,
        sessions.started_order,
        sessions.started_timestamp,
        -- its own: where it was direct, the credit of an earlier session is that session's
        case when channels.is_credited_from_earlier then 'Direct' else channels.channel_group end as channel_group
    from fct_sessions as sessions
    inner join dim_people as people
        on
            sessions.user_pseudo_id = people.user_pseudo_id
            and sessions.started_timestamp >= people.valid_from
            and sessions.started_timestamp < people.valid_to
    inner join fct_session_channels as channels
        on people.user_pseudo_id = channels.user_pseudo_id and sessions.session_key = channels.session_key
),

orders as (
    select person_key, order_key, session_key, event_order, event_timestamp, ordered_at, order_date, order_value
    from fct_orders
    where not is_probable_repeat
),

-- each session leads to the person's next order, if that is not too far off
led as (
    select
        sessions.*,
        orders.order_key as next_order_key,
        coalesce(orders.event_timestamp - sessions.started_timestamp <= look_back.microseconds, false) as is_in_time
    from sessions
    asof left join orders
        on sessions.person_key = orders.person_key and sessions.started_order <= orders.event_order
    cross join look_back
),

-- a second order in one session was led to by that session as well
same_session as (
    select
        sessions.*,
        orders.order_key as next_order_key,
        true as is_in_time
    from orders
    inner join sessions
        on orders.person_key = sessions.person_key and orders.session_key = sessions.session_key
    left join led
        on
            orders.person_key = led.person_key
            and orders.order_key = led.next_order_key
            and orders.session_key = led.session_key
    where led.session_key is null
),

paths as (
    select
        *,
        case when is_in_time then next_order_key end as order_key,
        case when is_in_time then next_order_key else coalesce(next_order_key, person_key) || '-open' end as path_key
    from (
        select * from led
        union all
        select * from same_session
    ) as touches
),

placed as (
    select
        paths.*,
        row_number() over path as touch_number,
        count(*) over whole as path_touches,
        max(paths.started_timestamp) over whole as last_timestamp,
        max(paths.session_date) over whole as last_date
    from paths
    window
        path as (partition by paths.person_key, paths.path_key order by paths.started_order, paths.session_key),
        whole as (partition by paths.person_key, paths.path_key)
)

select
    placed.path_key,
    placed.session_key,
    placed.person_key,
    placed.order_key,
    placed.channel_group,
    make_timestamp(placed.started_timestamp) as touched_at,
    placed.touch_number,
    placed.path_touches,
    coalesce(orders.ordered_at, make_timestamp(placed.last_timestamp + look_back.microseconds)) as path_ends_at,
    coalesce(orders.order_date, placed.last_date) as path_ended_on,
    orders.order_value
from placed
cross join look_back
left join orders
    on placed.person_key = orders.person_key and placed.order_key = orders.order_key
