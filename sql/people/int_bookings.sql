/*---
description: One row per order and per refund whose value is known, each on its own date. A refund takes away.
grain: [booking_key]
owner: marketing-analytics
rebuild_by: booking_key
columns:
  booking_key: {doc: order_key or refund_key}
  booking_date: {doc: Date of the order or of the refund}
  booked_value: {doc: Value of the order; of a refund what it takes away, type: "decimal(18,4)", unit: property's currency}
---*/
select order_key as booking_key, session_key, order_date as booking_date, order_value as booked_value
from fct_orders
where order_value is not null
union all
select refund_key as booking_key, session_key, refund_date as booking_date, -refund_value as booked_value
from fct_refunds
where refund_value is not null
