/*---
description: One row per person's first order. Share of first-time buyers who ordered again within 90 days.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: share_interval
measure: {value: share, unit: share, direction: higher_better, title_nl: Bestelt binnen 90 dagen opnieuw, title_en: Orders again within 90 days,
          base_nl: kopers van wie de eerste order 90 dagen of langer geleden is, base_en: buyers whose first order is 90 days old or older}
---*/
with

first_orders as (
    select
        orders.*,
        lead(orders.ordered_at) over (partition by orders.person_key order by orders.event_order) as next_ordered_at
    from fct_orders as orders
)

select
    'all' as journey_model,
    'all' as phase,
    first_orders.person_key as unit_key,
    1 as cycle,
    first_orders.order_date as kpi_date,
    first_orders.ordered_at + interval 90 day as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(
        case when first_orders.next_ordered_at <= first_orders.ordered_at + interval 90 day then 1 else 0 end as bigint
    ) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from first_orders
left join fct_sessions as sessions
    on first_orders.session_key = sessions.session_key
left join fct_session_channels as channels
    on first_orders.session_key = channels.session_key
where first_orders.order_number = 1
