/*---
description: One row per journey model and phase, with the mean order value that a visit which goes on brings within the window.
grain: [journey_model, phase]
owner: marketing-analytics
columns:
  progressed_visits: {doc: Mature visits that went on, unit: visits}
  ordered_value: {doc: "Value of the first order that those visits led to within the window, in the property's currency"}
  value_per_progressed_visit: {doc: "ordered_value / progressed_visits; null without orders"}
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
    cast(sum(order_values.order_value) as decimal(38, 4)) as ordered_value,
    cast(sum(order_values.order_value) / count(*) as decimal(18, 4)) as value_per_progressed_visit
from visits
left join order_values
    on visits.person_key = order_values.person_key and visits.ordered_at = order_values.ordered_at
group by visits.journey_model, visits.phase
