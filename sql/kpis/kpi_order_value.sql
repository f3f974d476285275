/*---
description: One row per order with a value in the property's currency. Mean value of an order.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: mean_interval_from_zero
measure:
  value: mean
  unit: currency
  direction: higher_better
  title_nl: Gemiddelde orderwaarde
  title_en: Average order value
  base_nl: orders met een waarde in de valuta van de site
  base_en: "orders with a value in the site's currency"
  description_nl: "Waarde van orders, gedeeld door het aantal daarvan. Orders zonder waarde tellen niet mee."
  description_en: "Value of orders, divided by their number. Orders without a value do not count."
  needs_nl: orders met een waarde in de valuta van de site
  needs_en: "orders with a value in the site's currency"
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
    order_value as unit_value
from int_order_segments
where order_value is not null
