/*---
description: One row per order, refund or other key event of a main source, with its amount and what its currency was worth on that day.
grain: [event_key]
owner: marketing-analytics
rebuild_by: event_date
reference: [dim_event_roles, dim_property, dim_exchange_rates]
order_by: [event_date, event_timestamp]
columns:
  event_role: {doc: "What the event counts as here: order, refund or key_event"}
  is_currency_told: {doc: "The currency is the event's own, or the settings give its value; false where that of the property holds by default"}
  is_rate_missing: {doc: "The settings name exchange rates, and none of them holds for this currency on this date"}
checks:
  - {name: a_currency_has_a_rate_on_the_day, severity: fail, sql: not is_rate_missing, shows: [currency, event_date],
     why: 'add a line for that currency to the file of `exchange_rates:` in the settings, valid from that date or before'}
---*/
with

-- an order is a key event too: it has one role here, and that is order
roles as (
    select
        event_name,
        bool_or(event_role = 'order') as is_order,
        max(fixed_value) as fixed_value
    from dim_event_roles
    where event_role in ('order', 'key_event')
    group by event_name
),

told as (
    select
        * exclude (currency),
        -- gbp is GBP, and what says "no currency" is none
        nullif(nullif(upper(trim(currency)), ''), '(NOT SET)') as currency
    from fct_events
),

key_events as (
    select
        events.event_key,
        events.event_order,
        events.event_timestamp,
        events.event_date,
        events.event_name,
        events.user_pseudo_id,
        events.session_key,
        -- a refund is one whatever the settings say of it
        case when events.event_name = 'refund' then 'refund' when roles.is_order then 'order' else 'key_event' end as event_role,
        nullif(nullif(trim(events.transaction_id), ''), '(not set)') as transaction_id,
        events.event_value,
        -- the settings give a value in the property's currency
        case when events.event_name <> 'refund' then roles.fixed_value end as fixed_value,
        property.currency as property_currency,
        case
            when events.event_value is null and events.event_name <> 'refund' and roles.fixed_value is not null then property.currency
            else coalesce(events.currency, property.currency)
        end as currency,
        events.currency is not null
        or (events.event_value is null and events.event_name <> 'refund' and roles.fixed_value is not null) as is_currency_told
    from told as events
    left join roles
        on events.event_name = roles.event_name
    cross join dim_property as property
    where
        events.source_identity = 'own'
        and (events.event_name = 'refund' or roles.event_name is not null)
),

rated as (
    select
        key_events.*,
        coalesce(key_events.event_value, key_events.fixed_value) as amount,
        key_events.currency <> key_events.property_currency as has_foreign_currency,
        case when key_events.currency = key_events.property_currency then 1 else rates.exchange_rate end as exchange_rate
    from key_events
    left join dim_exchange_rates as rates
        on
            key_events.currency = rates.currency
            and key_events.event_date >= rates.rate_valid_from
            and key_events.event_date < rates.rate_valid_to
)

select
    event_key,
    event_order,
    event_timestamp,
    event_date,
    event_name,
    event_role,
    user_pseudo_id,
    session_key,
    transaction_id,
    -- an unusable order number is no key: each such event stands alone
    coalesce(transaction_id, 'event:' || event_key) as transaction_key,
    amount,
    currency,
    is_currency_told,
    has_foreign_currency,
    exchange_rate,
    has_foreign_currency
    and amount is not null
    and exchange_rate is null
    -- no line of the file could hold for a text that is no code: it is left out with a warning, as without rates
    and regexp_matches(currency, '^[A-Z]{3}$')
    and exists (select 1 from dim_exchange_rates) as is_rate_missing
from rated
