/*---
description: One row per key event that is no order. How many there were.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure: {value: count, unit: key_events, direction: higher_better, is_additive: true, title_nl: Key events buiten orders,
          title_en: Key events other than orders, base_nl: 'key events van bezoekers met toestemming, orders niet meegeteld',
          base_en: 'key events of visitors with consent, orders not counted'}
---*/
select
    'all' as journey_model,
    'all' as phase,
    conversions.conversion_key as unit_key,
    1 as cycle,
    conversions.conversion_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    conversions.conversion_value as unit_value
from fct_conversions as conversions
left join fct_sessions as sessions
    on conversions.session_key = sessions.session_key
left join fct_session_channels as channels
    on conversions.session_key = channels.session_key
