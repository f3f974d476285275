/*---
description: One row per order, the first event of each transaction of a person. Leads and filed forms count as orders where the settings say so.
grain: [order_key]
owner: marketing-analytics
rebuild_by: person_key
via: {int_key_events: dim_people.user_pseudo_id, int_transactions: int_key_events.transaction_id}
reference: [dim_thresholds]
thresholds: {repeat_seconds: 10}
columns:
  order_key: {doc: event_key of the order's first event}
  order_events: {doc: "Events that told of this order; more than 1 where the thank-you page was loaded again"}
  order_number: {doc: "1 for a person's first order; a probable repeat has the number of the order that it repeats"}
  next_ordered_at: {doc: "Time of the person's next order that is no probable repeat, UTC; null when none followed"}
  has_conflict: {doc: "The order number also came with another person or another amount; each of them is an order of its own"}
  conflict_reason: {doc: "other_person, other_amount or other_person_and_amount; null without a conflict"}
  is_probable_repeat: {doc: "The same person ordered for the same amount within the threshold repeat_seconds before, and one of the two has no usable order number. It counts in revenue"}
checks:
  - {name: an_order_has_a_value_in_the_currency_of_the_property, severity: warn,
     sql: 'not (has_foreign_currency and order_value is null and amount is not null)', shows: [currency],
     why: 'its value is left out of revenue. If the property has that currency, say so with `currency:` in the settings; if not, give rates with `exchange_rates:`'}
  - {name: an_order_is_not_negative, severity: warn, sql: 'coalesce(amount, 0) >= 0', why: a refund was sent as a purchase}
  - {name: an_order_number_is_one_order, severity: warn, sql: not has_conflict,
     why: it came with several persons or amounts. Nothing is merged and each counts in revenue}
  - {name: an_order_does_not_come_again_within_seconds, severity: warn, sql: not is_probable_repeat,
     why: 'the same person and amount, and no order number to tell them apart. It counts in revenue, and may be one order told twice'}
---*/
with

told as (
    select
        people.person_key,
        events.*,
        -- an amount that was not told is that of the same order's other events
        coalesce(
            events.amount,
            first_value(events.amount ignore nulls) over (
                partition by people.person_key, events.transaction_key
                order by events.event_order
                rows between unbounded preceding and unbounded following
            )
        ) as order_amount,
        case
            when not events.is_currency_told then 3
            when events.amount is null then 2
            else 1
        end as currency_rank
    from int_key_events as events
    inner join dim_people as people
        on
            events.user_pseudo_id = people.user_pseudo_id
            and events.event_timestamp >= people.valid_from
            and events.event_timestamp < people.valid_to
    where events.event_role = 'order'
),

-- nor is a currency: only one that came with an amount tells two orders of the same amount apart
priced as (
    select
        * exclude (currency, has_foreign_currency, exchange_rate),
        case when currency_rank = 1 then currency else first_value(currency) over surest end as currency,
        case when currency_rank = 1 then has_foreign_currency else first_value(has_foreign_currency) over surest end
            as has_foreign_currency,
        case when currency_rank = 1 then exchange_rate else first_value(exchange_rate) over surest end as exchange_rate
    from told
    window surest as (partition by person_key, transaction_key, order_amount order by currency_rank, event_order)
),

counted as (
    select
        *,
        row_number() over (partition by person_key, transaction_key, currency, order_amount order by event_order) as repeat_number,
        count(*) over (partition by person_key, transaction_key, currency, order_amount) as order_events
    from priced
),

followed as (
    select
        *,
        event_timestamp - lag(event_timestamp) over same_amount as microseconds_since,
        transaction_id is null or lag(transaction_id) over same_amount is null as is_one_without_number
    from counted
    where repeat_number = 1
    window same_amount as (partition by person_key, currency, order_amount order by event_order)
),

flagged as (
    select
        *,
        coalesce(
            is_one_without_number
            and microseconds_since <= 1000000 * (
                select cast(limit_value as bigint) from dim_thresholds
                where model = 'fct_orders' and threshold = 'repeat_seconds'
            ),
            false
        ) as is_probable_repeat
    from followed
),

numbered as (
    select
        *,
        count(case when not is_probable_repeat then 1 end) over (
            partition by person_key order by event_order rows between unbounded preceding and current row
        ) as order_number,
        min(case when not is_probable_repeat then event_timestamp end) over (
            partition by person_key order by event_order rows between 1 following and unbounded following
        ) as next_timestamp
    from flagged
)

select
    -- keys
    orders.event_key as order_key,
    orders.transaction_key,
    orders.person_key,
    orders.session_key,

    -- when
    orders.event_order,
    orders.event_timestamp,
    make_timestamp(orders.event_timestamp) as ordered_at,
    orders.event_date as order_date,

    -- what
    orders.event_name,
    -- wider first: as they are, twelve decimals leave six digits before the point, and a million overflows
    try_cast(cast(orders.order_amount as decimal(28, 4)) * orders.exchange_rate as decimal(18, 4)) as order_value,
    orders.order_amount as amount,
    orders.currency,
    orders.has_foreign_currency,

    -- how sure
    orders.order_events,
    orders.is_probable_repeat,
    coalesce(transactions.persons > 1 or transactions.amounts > 1, false) as has_conflict,
    case
        when transactions.persons > 1 and transactions.amounts > 1 then 'other_person_and_amount'
        when transactions.persons > 1 then 'other_person'
        when transactions.amounts > 1 then 'other_amount'
    end as conflict_reason,

    -- which of the person's
    orders.order_number,
    make_timestamp(orders.next_timestamp) as next_ordered_at
from numbered as orders
left join int_transactions as transactions
    on orders.transaction_id = transactions.transaction_id
