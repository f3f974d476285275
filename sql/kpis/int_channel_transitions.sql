/*---
description: One row per pair of channel groups that follow one another on paths that ended in the period of the attribution, with the share of orders that would be lost without the first.
grain: [from_state, to_state]
owner: marketing-analytics
estimate: removal_effect
reference: [dim_thresholds]
columns:
  from_state: {type: varchar, doc: "Channel group, or (start)"}
  to_state: {type: varchar, doc: "Channel group that came next, (converted) or (lost); the same group again is no transition"}
  transitions: {doc: Paths that went this way}
  removal_share: {unit: share, doc: "Share of the orders that the chain loses when all who come to from_state are lost"}
---*/
with

steps as (
    select
        touches.path_key,
        touches.order_key,
        touches.channel_group,
        touches.touch_number,
        lag(touches.channel_group) over (partition by touches.path_key order by touches.touch_number) as group_before
    from fct_channel_touches as touches
    inner join int_attribution_paths as ended
        on touches.path_key = ended.path_key
    where ended.path_state in ('converted', 'dropped')
),

-- the same group again is no transition
moved as (
    select
        path_key,
        order_key,
        channel_group,
        coalesce(group_before, '(start)') as from_state,
        lead(channel_group) over (partition by path_key order by touch_number) as next_group
    from steps
    where group_before is null or group_before <> channel_group
),

transitions as (
    select from_state, channel_group as to_state from moved
    union all
    select
        channel_group as from_state,
        case when order_key is null then '(lost)' else '(converted)' end as to_state
    from moved
    where next_group is null
)

select from_state, to_state, count(*) as transitions
from transitions
group by from_state, to_state
