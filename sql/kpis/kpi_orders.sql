/*---
description: One row per order. How many orders there were.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure:
  value: count
  unit: orders
  direction: higher_better
  is_additive: true
  title_nl: Orders
  title_en: Orders
  base_nl: orders van bezoekers met toestemming
  base_en: orders of visitors with consent
  description_nl: "Elke order één keer, ook als de bedankpagina opnieuw geladen is, en ook zonder waarde. Wat een order is zegt journey.yml: bij een aanvraag of lead kan dat die zijn."
  description_en: "Each order once, also where the thank-you page was loaded again, and also without a value. What an order is journey.yml says: it may be an application or a lead."
  needs_nl: orders
  needs_en: orders
---*/
select
    'all' as journey_model,
    'all' as phase,
    order_key as unit_key,
    1 as cycle,
    order_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_order_segments
