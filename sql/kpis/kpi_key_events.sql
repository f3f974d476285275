/*---
description: One row per key event that is no order. How many there were.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure:
  value: count
  unit: key_events
  direction: higher_better
  is_additive: true
  title_nl: Key events buiten orders
  title_en: Key events other than orders
  base_nl: "key events van bezoekers met toestemming, orders niet meegeteld"
  base_en: "key events of visitors with consent, orders not counted"
  description_nl: "De key_events van journey.yml die geen order zijn, elke keer dat ze voorkomen."
  description_en: "The key_events of journey.yml that are no order, each time that they happen."
  needs_nl: key_events in journey.yml die geen order zijn
  needs_en: key_events in journey.yml that are no order
---*/
select
    'all' as journey_model,
    'all' as phase,
    conversions.conversion_key as unit_key,
    1 as cycle,
    conversions.conversion_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    conversions.conversion_value as unit_value
from fct_conversions as conversions
left join int_session_segments as segments
    on conversions.session_key = segments.session_key
