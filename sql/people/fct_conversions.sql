/*---
description: One row per key event that is no order, with its value. Orders stand in fct_orders, each once.
grain: [conversion_key]
owner: marketing-analytics
rebuild_by: person_key
via: {int_key_events: dim_people.user_pseudo_id}
columns:
  conversion_key: {doc: event_key of the key event}
  converted_at: {doc: "Time of the key event, UTC"}
  conversion_date: {doc: event_date of the key event}
  conversion_value: {doc: "Value of the key event, its own or that of the settings; null where neither gives one, or no rate is known", type: "decimal(18,4)", unit: property's currency}
checks:
  - {name: a_conversion_has_a_value_in_the_currency_of_the_property, severity: warn,
     sql: 'not (has_foreign_currency and conversion_value is null and amount is not null)', shows: [currency],
     why: 'its value is left out. If the property has that currency, say so with `currency:` in the settings; if not, give rates with `exchange_rates:`'}
---*/
select
    events.event_key as conversion_key,
    people.person_key,
    events.session_key,
    events.event_name,
    events.event_order,
    make_timestamp(events.event_timestamp) as converted_at,
    events.event_date as conversion_date,
    -- wider first: as they are, twelve decimals leave six digits before the point, and a million overflows
    try_cast(cast(events.amount as decimal(28, 4)) * events.exchange_rate as decimal(18, 4)) as conversion_value,
    events.amount,
    events.currency,
    events.has_foreign_currency
from int_key_events as events
inner join dim_people as people
    on
        events.user_pseudo_id = people.user_pseudo_id
        and events.event_timestamp >= people.valid_from
        and events.event_timestamp < people.valid_to
where events.event_role = 'key_event'
