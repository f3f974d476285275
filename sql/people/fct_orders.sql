/*---
description: One row per order, the first event of each transaction of a person. Leads and filed forms count as orders where the settings say so.
grain: [order_key]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_events: dim_people.user_pseudo_id}
reference: [dim_event_roles, dim_property]
columns:
  order_key: {doc: event_key of the order's first event}
  order_events: {doc: "Events that told of this order; more than 1 where the thank-you page was loaded again"}
  order_number: {doc: "1 for a person's first order"}
  next_ordered_at: {doc: "Time of the person's next order, UTC; null when none followed"}
  has_foreign_currency: {doc: "The order is in another currency than the property's; its value is left out of sums"}
checks:
  - {name: an_order_is_in_the_currency_of_the_property, severity: warn, sql: not has_foreign_currency,
     why: its value is left out of revenue until a rate is known}
  - {name: an_order_is_not_negative, severity: warn, sql: 'coalesce(order_value, 0) >= 0', why: a refund was sent as a purchase}
---*/
with

order_events as (
    select
        people.person_key,
        events.event_key,
        events.event_order,
        events.event_timestamp,
        events.event_date,
        events.event_name,
        events.session_key,
        events.currency,
        coalesce(events.event_value, roles.fixed_value) as event_value,
        -- an unusable id is no key: such orders are each kept
        coalesce(nullif(nullif(events.transaction_id, ''), '(not set)'), 'event:' || events.event_key) as transaction_key
    from fct_events as events
    inner join dim_people as people
        on
            events.user_pseudo_id = people.user_pseudo_id
            and events.event_timestamp >= people.valid_from
            and events.event_timestamp < people.valid_to
    inner join dim_event_roles as roles
        on events.event_name = roles.event_name and roles.event_role = 'order'
    where events.source_identity = 'own'
),

counted as (
    select
        *,
        row_number() over (partition by person_key, transaction_key order by event_order) as repeat_number,
        count(*) over (partition by person_key, transaction_key) as order_events
    from order_events
),

orders as (
    select counted.*, property.currency as property_currency
    from counted
    cross join dim_property as property
    where repeat_number = 1
)

select
    event_key as order_key,
    person_key,
    session_key,
    event_order,
    event_timestamp,
    make_timestamp(event_timestamp) as ordered_at,
    event_date as order_date,
    event_name,
    case when coalesce(currency, property_currency) = property_currency then event_value end as order_value,
    coalesce(currency, property_currency) <> property_currency as has_foreign_currency,
    order_events,
    row_number() over (partition by person_key order by event_order) as order_number,
    make_timestamp(lead(event_timestamp) over (partition by person_key order by event_order)) as next_ordered_at
from orders
