/*---
description: One row per usable order number, with the persons and amounts that it came with. One order has one of each.
grain: [transaction_id]
owner: marketing-analytics
rebuild_by: transaction_id
columns:
  amounts: {doc: "Distinct amounts, each in its currency; an event without an amount contradicts none, and one without a currency none of the same amount", unit: amounts}
---*/
with

told as (
    select
        events.transaction_id,
        people.person_key,
        events.amount,
        case when events.is_currency_told then events.currency end as told_currency
    from int_key_events as events
    inner join dim_people as people
        on
            events.user_pseudo_id = people.user_pseudo_id
            and events.event_timestamp >= people.valid_from
            and events.event_timestamp < people.valid_to
    where events.event_role = 'order' and events.transaction_id is not null
),

-- 25 without a currency and 25 in pounds are one amount; 25 in euros and 25 in pounds are two
amounts as (
    select transaction_id, amount, greatest(count(distinct told_currency), 1) as currencies
    from told
    where amount is not null
    group by transaction_id, amount
),

counted as (
    select transaction_id, sum(currencies) as amounts
    from amounts
    group by transaction_id
),

persons as (
    select transaction_id, count(distinct person_key) as persons
    from told
    group by transaction_id
)

select
    persons.transaction_id,
    persons.persons,
    cast(coalesce(counted.amounts, 0) as bigint) as amounts
from persons
left join counted
    on persons.transaction_id = counted.transaction_id
