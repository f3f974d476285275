/*---
description: One row per person and key event, orders included, with the first of them and the orders of the 90 days after.
grain: [person_key, event_name]
owner: marketing-analytics
rebuild_by: person_key
thresholds: {horizon_days: 90}
reference: [dim_thresholds]
order_by: [person_key]
columns:
  action_at: {type: timestamp, doc: "Time of the person's first event of this kind, UTC"}
  matures_at: {doc: "horizon_days after it, UTC: from then on what came after is known"}
  action_value: {type: "decimal(18,4)", unit: property's currency, doc: Value of that event itself; null where it has none}
  orders_after: {type: bigint, doc: Orders of the person after it and until matures_at}
  value_after: {type: "decimal(38,4)", unit: property's currency, doc: Value of those orders}
---*/
with

actions as (
    select person_key, event_name, event_order, converted_at as action_at, conversion_value as action_value
    from fct_conversions
    union all
    select person_key, event_name, event_order, ordered_at as action_at, order_value as action_value
    from fct_orders
    where not is_probable_repeat
),

numbered as (
    select *, row_number() over (partition by person_key, event_name order by event_order) as action_number
    from actions
),

horizons as (
    select
        numbered.*,
        numbered.action_at + cast(round(limits.limit_value) as integer) * interval 1 day as matures_at
    from numbered
    inner join dim_thresholds as limits
        on limits.model = 'int_end_actions' and limits.threshold = 'horizon_days'
    where numbered.action_number = 1
)

select
    horizons.person_key,
    horizons.event_name,
    max(horizons.action_at) as action_at,
    max(horizons.matures_at) as matures_at,
    max(horizons.action_value) as action_value,
    count(orders.order_key) as orders_after,
    cast(coalesce(sum(orders.order_value), 0) as decimal(38, 4)) as value_after
from horizons
left join fct_orders as orders
    on
        horizons.person_key = orders.person_key
        and orders.event_order > horizons.event_order
        and orders.ordered_at <= horizons.matures_at
        and not orders.is_probable_repeat
group by horizons.person_key, horizons.event_name
