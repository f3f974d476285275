/*---
description: One row per order with a value in the property's currency. Mean value of an order.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: mean_interval
measure: {value: mean, unit: currency, direction: higher_better, title_nl: Gemiddelde orderwaarde, title_en: Average order value,
          base_nl: orders met een waarde in de valuta van de site, base_en: orders with a value in the site's currency}
---*/
select
    'all' as journey_model,
    'all' as phase,
    orders.order_key as unit_key,
    1 as cycle,
    orders.order_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    orders.order_value as unit_value
from fct_orders as orders
left join fct_sessions as sessions
    on orders.session_key = sessions.session_key
left join fct_session_channels as channels
    on orders.session_key = channels.session_key
where orders.order_value is not null
