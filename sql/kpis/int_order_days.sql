/*---
description: One row per person and date of an order, with that of the first order that the exports hold.
grain: [person_key, order_date]
owner: marketing-analytics
rebuild_by: person_key
order_by: [order_date, person_key]
columns:
  first_order_date: {type: date, doc: Date of the person's first order}
---*/
select
    orders.person_key,
    orders.order_date,
    buyers.order_date as first_order_date,
    buyers.channel_group,
    buyers.device_category,
    buyers.country,
    buyers.persona_id
from int_order_segments as orders
inner join int_buyers as buyers
    on orders.person_key = buyers.person_key
group by
    orders.person_key,
    orders.order_date,
    buyers.order_date,
    buyers.channel_group,
    buyers.device_category,
    buyers.country,
    buyers.persona_id
