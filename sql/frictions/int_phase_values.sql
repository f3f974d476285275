/*---
description: One row per journey model and phase, with the mean order value that a visit which goes on brings within the window.
grain: [journey_model, phase]
owner: marketing-analytics
columns:
  progressed_visits: {doc: Mature visits that went on, unit: visits}
  ordered_value: {doc: "Value of the first order that those visits led to within the window, in the property's currency"}
  value_per_progressed_visit: {doc: "ordered_value / progressed_visits; null without orders"}
---*/
select
    journey_model,
    phase,
    progressed_visits,
    case when valued_visits > 0 then ordered_value end as ordered_value,
    case when valued_visits > 0 then cast(ordered_value / progressed_visits as decimal(18, 4)) end as value_per_progressed_visit
from int_phase_value_sums
