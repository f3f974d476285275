/*---
description: One row per refund with a value in the property's currency. Total value given back, on the dates of the refunds.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: total
measure: {value: sum, unit: currency, direction: lower_better, is_additive: true, title_nl: Terugbetaald, title_en: Refunded,
          base_nl: terugbetalingen met een waarde in de valuta van de site, base_en: refunds with a value in the site's currency}
---*/
select
    'all' as journey_model,
    'all' as phase,
    refunds.refund_key as unit_key,
    1 as cycle,
    refunds.refund_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    refunds.refund_value as unit_value
from fct_refunds as refunds
left join fct_sessions as sessions
    on refunds.session_key = sessions.session_key
left join fct_session_channels as channels
    on refunds.session_key = channels.session_key
where refunds.refund_value is not null
