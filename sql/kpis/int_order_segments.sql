/*---
description: One row per order, with the segments of the session in which it was made.
grain: [order_key]
owner: marketing-analytics
rebuild_by: session_key
order_by: [order_date, order_key]
columns:
  order_key: {doc: event_key of the order's first event}
  next_ordered_at: {doc: "Time of the person's next order that is no probable repeat, UTC; null when none followed"}
  is_first_order: {doc: "The person's first order that the exports hold; a probable repeat of it is not"}
---*/
select
    orders.order_key,
    orders.person_key,
    orders.session_key,
    orders.order_date,
    orders.ordered_at,
    orders.order_value,
    orders.order_number = 1 and not orders.is_probable_repeat as is_first_order,    -- a repeat has the number of what it repeats
    orders.next_ordered_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id
from fct_orders as orders
left join int_session_segments as segments
    on orders.session_key = segments.session_key
