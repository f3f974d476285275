/*---
description: One row per session that filled a cart, began a checkout, chose how to have it sent or bought, with when it first did each.
grain: [session_key]
owner: data-engineering
rebuild_by: session_key
columns:
  cart_order: {doc: event_order of the session's first add_to_cart; null where there is none}
  checkout_order: {doc: event_order of the session's first begin_checkout}
  shipping_order: {doc: event_order of the session's first add_shipping_info}
  purchase_order: {doc: event_order of the session's first purchase}
---*/
with

steps as (
    select
        session_key,
        min(case when event_name = 'add_to_cart' then event_order end) as cart_order,
        min(case when event_name = 'begin_checkout' then event_order end) as checkout_order,
        min(case when event_name = 'add_shipping_info' then event_order end) as shipping_order,
        min(case when event_name = 'purchase' then event_order end) as purchase_order
    from fct_events
    where
        event_name in ('add_to_cart', 'begin_checkout', 'add_shipping_info', 'purchase')
        and source_identity = 'own'
        and session_key is not null
    group by session_key
)

select
    steps.session_key,
    sessions.session_date,
    steps.cart_order,
    steps.checkout_order,
    steps.shipping_order,
    steps.purchase_order
from steps
inner join fct_sessions as sessions
    on steps.session_key = sessions.session_key
