/*---
description: One row per usable order number, with the persons and amounts that it came with. One order has one of each.
grain: [transaction_id]
owner: marketing-analytics
rebuild_by: transaction_id
columns:
  amounts: {doc: "Distinct amounts, each in its currency; an order without an amount contradicts none", unit: amounts}
---*/
select
    events.transaction_id,
    count(distinct people.person_key) as persons,
    count(distinct cast(events.amount as varchar) || ' ' || events.currency) as amounts
from int_key_events as events
inner join dim_people as people
    on
        events.user_pseudo_id = people.user_pseudo_id
        and events.event_timestamp >= people.valid_from
        and events.event_timestamp < people.valid_to
where events.event_role = 'order' and events.transaction_id is not null
group by events.transaction_id
