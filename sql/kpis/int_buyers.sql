/*---
description: One row per person who ordered, with the first order that the exports hold and what all orders of the 90 days from it brought in.
grain: [person_key]
owner: marketing-analytics
rebuild_by: person_key
order_by: [order_date, person_key]
columns:
  next_ordered_at: {doc: "Time of the person's second order, UTC; null when none followed"}
  value_90_days: {type: "decimal(18,4)", unit: property's currency, doc: "Value of the orders in the 90 days from the first, less what was paid back in that time; null where no value is known"}
---*/
with

firsts as (
    select * from int_order_segments
    where is_first_order
),

bookings as (
    select person_key, ordered_at as booked_at, order_value as booked_value
    from int_order_segments
    where order_value is not null
    union all
    select person_key, refunded_at as booked_at, -refund_value as booked_value
    from fct_refunds
    where refund_value is not null
),

summed as (
    select firsts.person_key, cast(sum(bookings.booked_value) as decimal(18, 4)) as value_90_days
    from firsts
    inner join bookings
        on
            firsts.person_key = bookings.person_key
            and bookings.booked_at between firsts.ordered_at and firsts.ordered_at + interval 90 day
    group by firsts.person_key
)

select
    firsts.person_key,
    firsts.order_date,
    firsts.ordered_at,
    firsts.next_ordered_at,
    summed.value_90_days,
    firsts.channel_group,
    firsts.device_category,
    firsts.country,
    firsts.visitor_kind,
    firsts.persona_id
from firsts
left join summed
    on firsts.person_key = summed.person_key
