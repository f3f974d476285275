/*---
description: One row per journey model and phase, with the mature visits that went on and the orders they led to within the window.
grain: [journey_model, phase]
owner: marketing-analytics
adds_up_over: person_key
matures_at: window_ends_at
columns:
  progressed_visits: {doc: Mature visits that went on, unit: visits}
  valued_visits: {doc: Those of them that led to an order with a value, unit: visits}
  ordered_value: {doc: "Value of the first order that those visits led to within the window, in the property's currency; 0 for none"}
---*/
with

visits as (
    select
        visits.journey_model,
        visits.phase,
        visits.person_key,
        case when visits.first_ordered_at <= visits.window_ends_at then visits.first_ordered_at end as ordered_at
    from fct_phase_visits as visits
    cross join run_window
    where
        visits.window_ends_at < run_window.as_of_at
        and visits.progressed_at <= visits.window_ends_at
),

order_values as (
    select person_key, ordered_at, sum(order_value) as order_value
    from fct_orders
    group by person_key, ordered_at
)

select
    visits.journey_model,
    visits.phase,
    count(*) as progressed_visits,
    count(order_values.order_value) as valued_visits,
    cast(sum(coalesce(order_values.order_value, 0)) as decimal(38, 4)) as ordered_value
from visits
left join order_values
    on visits.person_key = order_values.person_key and visits.ordered_at = order_values.ordered_at
group by visits.journey_model, visits.phase
