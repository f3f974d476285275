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
select
    'all' as journey_model,
    'all' as phase,
    orders.person_key as unit_key,
    1 as cycle,
    orders.order_date as kpi_date,
    orders.ordered_at + interval 90 day as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(
        case when orders.next_ordered_at <= orders.ordered_at + interval 90 day then 1 else 0 end as bigint
    ) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from fct_orders as orders
left join fct_sessions as sessions
    on orders.session_key = sessions.session_key
left join fct_session_channels as channels
    on orders.session_key = channels.session_key
where orders.order_number = 1 and not orders.is_probable_repeat    -- a repeat has the number of what it repeats
