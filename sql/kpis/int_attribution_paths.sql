/*---
description: One row per path of channels that ended in the newest 90 dates, or can still lead to an order.
grain: [path_key]
owner: marketing-analytics
thresholds: {days: 90}
reference: [dim_thresholds]
columns:
  path_key: {doc: "The order that the path led to; of a path that led to none, the order that it was too early for or the person, and -open"}
  path_state: {type: varchar, doc: "converted, dropped (the last session can no longer lead to an order) or pending (it still can)"}
  path_ends_at: {type: timestamp, doc: "When the order was, or until when the last session of an open path can still lead to one, UTC"}
---*/
with

period as (
    select
        run_window.as_of_at,
        run_window.as_of_at - cast(round(limits.limit_value) as integer) * interval 1 day as begins_at
    from run_window
    inner join dim_thresholds as limits
        on limits.model = 'int_attribution_paths' and limits.threshold = 'days'
)

select
    touches.path_key,
    touches.path_ends_at,
    case
        when touches.order_key is not null then 'converted'
        when touches.path_ends_at < period.as_of_at then 'dropped'
        else 'pending'
    end as path_state
from fct_channel_touches as touches
cross join period
where
    touches.touch_number = 1
    and touches.path_ends_at >= period.begins_at
    -- an order of an incomplete day is not told yet
    and (touches.order_key is null or touches.path_ends_at < period.as_of_at)
