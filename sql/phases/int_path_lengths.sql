/*---
description: One row per path of sessions to an order, or to none, with how long it was.
grain: [path_key]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
order_by: [person_key]
columns:
  path_key: {doc: "The order that the path led to; of a path that led to none, the order that it was too early for or the person, and -open"}
  order_key: {doc: "The order that the path led to; null where it led to none"}
  path_ends_at: {type: timestamp, doc: "When the order was, or until when the last session of an open path can still lead to one, UTC"}
  path_started_at: {type: timestamp, doc: "Time of the first session of the path, UTC"}
  sessions: {type: bigint, doc: Sessions of the path}
  channel_groups: {type: bigint, doc: Different channel groups by which they began}
  touches: {type: bigint, doc: "Touches in those sessions, up to the order"}
  touchpoints: {type: bigint, doc: "Different touchpoints in those sessions, up to the order"}
  days: {type: bigint, unit: days, doc: "Whole days of 24 hours from the first session to the order; of an open path to its last session"}
---*/
with

paths as (
    select
        person_key,
        path_key,
        max(order_key) as order_key,
        max(order_value) as order_value,
        max(path_ends_at) as path_ends_at,
        min(touched_at) as path_started_at,
        max(touched_at) as last_touched_at,
        count(*) as sessions,
        count(distinct channel_group) as channel_groups
    from fct_channel_touches
    group by person_key, path_key
),

touched as (
    select
        paths.person_key,
        paths.path_key,
        count(*) as touches,
        count(distinct touches.touchpoint_id) as touchpoints
    from fct_channel_touches as paths
    inner join int_person_touches as touches
        on paths.person_key = touches.person_key and paths.session_key = touches.session_key
    where paths.order_key is null or make_timestamp(touches.event_timestamp) <= paths.path_ends_at
    group by paths.person_key, paths.path_key
)

select
    paths.path_key,
    paths.person_key,
    paths.order_key,
    paths.order_value,
    paths.path_started_at,
    paths.path_ends_at,
    paths.sessions,
    paths.channel_groups,
    coalesce(touched.touches, 0) as touches,
    coalesce(touched.touchpoints, 0) as touchpoints,
    cast(
        (
            epoch_us(case when paths.order_key is null then paths.last_touched_at else paths.path_ends_at end)
            - epoch_us(paths.path_started_at)
        ) // 86400000000 as bigint
    ) as days
from paths
left join touched
    on paths.person_key = touched.person_key and paths.path_key = touched.path_key
