/*---
description: One row per order with a value in the property's currency. Total value of orders.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: total
measure:
  value: sum
  unit: currency
  direction: higher_better
  is_additive: true
  title_nl: Omzet
  title_en: Revenue
  base_nl: orders met een waarde in de valuta van de site
  base_en: "orders with a value in the site's currency"
  description_nl: "Waarde van orders zoals ze geplaatst zijn; terugbetalingen gaan er niet af, zie ‘Omzet min terugbetalingen’."
  description_en: "Value of orders as they were placed; refunds are not taken off, see ‘Revenue net of refunds’."
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
