/*---
description: One row per key event, with how many of those who did it ordered after.
grain: [event_name]
owner: marketing-analytics
estimate: share_interval
columns:
  numerator: {doc: Of denominator those that ordered after it within the horizon}
  denominator: {doc: Persons whose horizon after their first such event has passed}
  pending_n: {doc: Persons whose horizon has not passed}
---*/
select
    actions.event_name,
    count(case when actions.matures_at < run_window.as_of_at and actions.orders_after > 0 then 1 end) as numerator,
    count(case when actions.matures_at < run_window.as_of_at then 1 end) as denominator,
    count(case when actions.matures_at >= run_window.as_of_at then 1 end) as pending_n
from int_end_actions as actions
cross join run_window
group by actions.event_name
