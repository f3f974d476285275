/*---
description: One row per refund with a value in the property's currency. Total value given back, on the dates of the refunds.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: total
measure:
  value: sum
  unit: currency
  direction: lower_better
  is_additive: true
  title_nl: Terugbetaald
  title_en: Refunded
  base_nl: terugbetalingen met een waarde in de valuta van de site
  base_en: "refunds with a value in the site's currency"
  description_nl: "Wat teruggegeven is, op de datum van de terugbetaling en in het segment van de order."
  description_en: "What was given back, on the date of the refund and in the segment of the order."
  needs_nl: gebeurtenissen refund met een waarde
  needs_en: refund events with a value
---*/
select
    'all' as journey_model,
    'all' as phase,
    refunds.refund_key as unit_key,
    1 as cycle,
    refunds.refund_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    refunds.refund_value as unit_value
from fct_refunds as refunds
left join int_session_segments as segments
    on refunds.session_key = segments.session_key
where refunds.refund_value is not null
