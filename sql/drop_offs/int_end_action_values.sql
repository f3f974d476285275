/*---
description: One row per key event, with the mean value of the orders that came after it.
grain: [event_name]
owner: marketing-analytics
estimate: mean_interval_from_zero
columns:
  n: {doc: Persons whose horizon after their first such event has passed}
  sum: {doc: "Value of the orders after it, of all n; null where no order has a value"}
  sum_sq: {doc: "Sum of its squares over persons; null where no order has a value"}
  own_values: {type: bigint, doc: Those of n whose event had a value of its own}
  own_value_sum: {type: "decimal(38,4)", unit: property's currency, doc: Sum of those values}
---*/
select
    actions.event_name,
    count(*) as n,
    -- where no order has a value, 0 would say that people brought in nothing
    cast(sum(case when valued.orders > 0 then actions.value_after end) as decimal(38, 4)) as sum,
    cast(sum(case when valued.orders > 0 then actions.value_after * actions.value_after end) as decimal(38, 8)) as sum_sq,
    count(actions.action_value) as own_values,
    cast(sum(actions.action_value) as decimal(38, 4)) as own_value_sum
from int_end_actions as actions
cross join run_window
cross join (select count(orders.order_value) as orders from fct_orders as orders) as valued
where actions.matures_at < run_window.as_of_at
group by actions.event_name
