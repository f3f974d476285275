/*---
description: One row per person's first order. Share of first-time buyers who ordered again within 30 days.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: share_interval
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Bestelt binnen 30 dagen opnieuw
  title_en: Orders again within 30 days
  base_nl: kopers van wie de eerste order 30 dagen of langer geleden is
  base_en: buyers whose first order is 30 days old or older
  description_nl: Kopers tellen in de periode van hun eerste order die in de exports staat. Wie nog geen 30 dagen heeft gehad telt als openstaand.
  description_en: Buyers count in the period of their first order that the exports hold. Who has not had 30 days yet is pending.
  needs_nl: orders
  needs_en: orders
---*/
select
    'all' as journey_model,
    'all' as phase,
    person_key as unit_key,
    1 as cycle,
    order_date as kpi_date,
    ordered_at + interval 30 day as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(case when next_ordered_at <= ordered_at + interval 30 day then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_buyers
