/*---
description: One row per person's first order. What a first-time buyer was worth in 90 days, refunds taken off.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: mean_interval_from_zero
measure:
  value: mean
  unit: currency
  direction: higher_better
  title_nl: Waarde van een koper in 90 dagen
  title_en: Value of a buyer in 90 days
  base_nl: kopers van wie de eerste order 90 dagen of langer geleden is
  base_en: buyers whose first order is 90 days old or older
  description_nl: "Alle orders van een koper in de 90 dagen vanaf de eerste, min wat in die tijd is terugbetaald. Gemeten, niet voorspeld: wat een koper later besteedt staat er niet in."
  description_en: "All orders of a buyer in the 90 days from the first, less what was paid back in that time. Observed, not predicted: what a buyer spends later is not in it."
  needs_nl: orders met een waarde in de valuta van de site
  needs_en: "orders with a value in the site's currency"
---*/
select
    'all' as journey_model,
    'all' as phase,
    person_key as unit_key,
    1 as cycle,
    order_date as kpi_date,
    ordered_at + interval 90 day as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    value_90_days as unit_value
from int_buyers
where value_90_days is not null
