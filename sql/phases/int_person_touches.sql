/*---
description: One row per touch with its person and what that person was at that moment, prospect or customer.
grain: [event_key]
owner: marketing-analytics
materialize: view
---*/
with

people as (
    select
        people.person_key,
        touches.*
    from fct_touches as touches
    inner join dim_people as people
        on
            touches.user_pseudo_id = people.user_pseudo_id
            and touches.event_timestamp >= people.valid_from
            and touches.event_timestamp < people.valid_to
),

first_orders as (
    select person_key, min(event_order) as first_order
    from fct_orders
    group by person_key
)

select
    people.*,
    case when people.event_order > first_orders.first_order then 'customer' else 'prospect' end as person_state,
    orders.order_key is not null as is_order
from people
left join first_orders
    on people.person_key = first_orders.person_key
left join fct_orders as orders
    on people.person_key = orders.person_key and people.event_key = orders.order_key
