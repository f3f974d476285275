/*---
description: One row per refund, on the date on which it was made. The order that it gives back keeps its own date.
grain: [refund_key]
owner: marketing-analytics
rebuild_by: transaction_key
columns:
  refund_key: {doc: event_key of the refund}
  order_key: {doc: "The order that is refunded; null where no known order has that order number"}
  person_key: {doc: "The person who ordered; whose browser told of the refund where the order is unknown; null where neither is known"}
  session_key: {doc: "The session of the order; that of the refund where the order is unknown"}
  refunded_at: {doc: "Time of the refund, UTC"}
  refund_date: {doc: event_date of the refund}
  refund_value: {doc: "What was given back, at the rate of the refund's own date; null where no value or no rate is known", type: "decimal(18,4)", unit: property's currency}
  is_more_than_ordered: {doc: "With it more has been given back than the order was worth, in the currency of both"}
checks:
  - {name: a_refund_has_a_value, severity: warn, sql: amount is not null, why: 'net revenue is too high by what it gave back: send `value` with the event'}
  - {name: a_refund_has_a_value_in_the_currency_of_the_property, severity: warn,
     sql: 'not (has_foreign_currency and refund_value is null and amount is not null)', shows: [currency],
     why: 'its value is left out. If the property has that currency, say so with `currency:` in the settings; if not, give rates with `exchange_rates:`'}
  - {name: a_refund_is_not_negative, severity: warn, sql: 'coalesce(amount, 0) >= 0', why: 'a refund is sent as a positive value; this one raises net revenue'}
  - {name: a_refund_has_an_order, severity: warn, sql: order_key is not null,
     why: 'the order is older than the exports, or the refund names another order number; it counts in net revenue all the same'}
  - {name: refunds_are_not_more_than_their_order, severity: warn, sql: not is_more_than_ordered, why: a refund was told twice}
---*/
with

refunds as (
    select
        events.*,
        people.person_key as own_person_key
    from int_key_events as events
    left join dim_people as people
        on
            events.user_pseudo_id = people.user_pseudo_id
            and events.event_timestamp >= people.valid_from
            and events.event_timestamp < people.valid_to
    where events.event_role = 'refund'
),

-- an order number may stand for several orders: the refunding person's own goes first, then the earliest
matched as (
    select
        refunds.*,
        orders.order_key,
        orders.person_key as order_person_key,
        orders.session_key as order_session_key,
        orders.amount as order_amount,
        orders.currency as order_currency,
        row_number() over (
            partition by refunds.transaction_key, refunds.event_key
            order by
                case when orders.person_key = refunds.own_person_key then 0 else 1 end,
                orders.event_order
        ) as match_number
    from refunds
    left join fct_orders as orders
        on refunds.transaction_key = orders.transaction_key
),

summed as (
    select
        *,
        sum(amount) over (
            partition by transaction_key, order_key, currency order by event_order rows between unbounded preceding and current row
        ) as amount_so_far
    from matched
    where match_number = 1
)

select
    event_key as refund_key,
    order_key,
    transaction_key,
    coalesce(order_person_key, own_person_key) as person_key,
    coalesce(order_session_key, session_key) as session_key,
    make_timestamp(event_timestamp) as refunded_at,
    event_date as refund_date,
    -- wider first: as they are, twelve decimals leave six digits before the point, and a million overflows
    try_cast(cast(amount as decimal(28, 4)) * exchange_rate as decimal(18, 4)) as refund_value,
    amount,
    currency,
    has_foreign_currency,
    coalesce(currency = order_currency and amount_so_far > order_amount, false) as is_more_than_ordered
from summed
