/*---
description: One row per session on the way to an order, with the part of that order that each attribution model gives to it.
grain: [path_key, session_key]
owner: marketing-analytics
rebuild_by: path_key
order_by: [path_ended_on, path_key]
columns:
  path_key: {doc: The order that the path led to}
  path_ended_on: {type: date, doc: Date of the order}
  first_credit: {type: bigint, unit: millionths of an order, doc: All to the first session}
  last_credit: {type: bigint, unit: millionths of an order, doc: All to the last session}
  last_non_direct_credit: {type: bigint, unit: millionths of an order, doc: "All to the last session that was not direct; to the last where all were"}
  linear_credit: {type: bigint, unit: millionths of an order, doc: As much to each session}
  position_credit: {type: bigint, unit: millionths of an order, doc: "40% to the first and to the last, 20% to those between; half each of two"}
  decay_credit: {type: bigint, unit: millionths of an order, doc: "Half as much for each 7 days before the order"}
  shapley_credit: {type: bigint, unit: millionths of an order, doc: "As much to each channel group of the path, to its last session there: the Shapley value where an order counts for every set of channel groups that holds its path"}
---*/
with

touches as (
    select
        path_key,
        session_key,
        person_key,
        order_key,
        channel_group,
        path_ended_on,
        order_value,
        touch_number,
        path_touches,
        row_number() over (partition by path_key, channel_group order by touch_number desc) as from_last_of_group,
        row_number() over (
            partition by path_key order by case when channel_group = 'Direct' then 1 else 0 end, touch_number desc
        ) as from_last_non_direct,
        -- whole numbers: sums of them are the same in any order
        cast(
            round(
                1000000000 * power(
                    cast(0.5 as double), (epoch_us(path_ends_at) - epoch_us(touched_at)) / cast(604800000000 as double)
                )
            ) as bigint
        ) as weight
    from fct_channel_touches
    where order_key is not null
),

weighed as (
    select
        *,
        sum(weight) over (partition by path_key) as path_weight,
        count(case when from_last_of_group = 1 then 1 end) over (partition by path_key) as path_groups
    from touches
),

-- whole millionths; what does not divide goes to the last session below
shared as (
    select
        *,
        cast(1000000 // path_touches as bigint) as linear_part,
        case
            when path_touches = 1 then 1000000
            when path_touches = 2 then 500000
            when touch_number in (1, path_touches) then 400000
            else cast(200000 // (path_touches - 2) as bigint)
        end as position_part,
        cast(cast(weight as hugeint) * 1000000 // greatest(path_weight, 1) as bigint) as decay_part,
        case when from_last_of_group = 1 then cast(1000000 // path_groups as bigint) else 0 end as shapley_part
    from weighed
)

select
    path_key,
    session_key,
    person_key,
    channel_group,
    path_ended_on,
    order_value,
    cast(case when touch_number = 1 then 1000000 else 0 end as bigint) as first_credit,
    cast(case when touch_number = path_touches then 1000000 else 0 end as bigint) as last_credit,
    cast(case when from_last_non_direct = 1 then 1000000 else 0 end as bigint) as last_non_direct_credit,
    cast(linear_part + case when touch_number = path_touches then 1000000 - sum(linear_part) over path else 0 end as bigint)
        as linear_credit,
    cast(position_part + case when touch_number = path_touches then 1000000 - sum(position_part) over path else 0 end as bigint)
        as position_credit,
    cast(decay_part + case when touch_number = path_touches then 1000000 - sum(decay_part) over path else 0 end as bigint)
        as decay_credit,
    cast(shapley_part + case when touch_number = path_touches then 1000000 - sum(shapley_part) over path else 0 end as bigint)
        as shapley_credit
from shared
window path as (partition by path_key)
