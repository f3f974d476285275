/*---
description: One row per key event, with the mean value of the orders that came after it.
grain: [event_name]
owner: marketing-analytics
estimate: mean_interval
columns:
  n: {doc: Persons whose horizon after their first such event has passed}
  own_values: {type: bigint, doc: Those of n whose event had a value of its own}
  own_value_sum: {type: "decimal(38,4)", unit: property's currency, doc: Sum of those values}
---*/
select
    actions.event_name,
    count(*) as n,
    cast(sum(actions.value_after) as decimal(38, 4)) as sum,
    cast(sum(actions.value_after * actions.value_after) as decimal(38, 8)) as sum_sq,
    count(actions.action_value) as own_values,
    cast(sum(actions.action_value) as decimal(38, 4)) as own_value_sum
from int_end_actions as actions
cross join run_window
where actions.matures_at < run_window.as_of_at
group by actions.event_name
