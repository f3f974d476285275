/*---
description: One row per person, date and combination of segments. How often persons looked at a product.
grain: [unit_key, kpi_date, channel_group, device_category, country, visitor_kind]
owner: marketing-analytics
contract: phase_kpi
estimate: mean_interval_from_zero
measure:
  value: mean
  unit: product_views
  direction: higher_better
  title_nl: Productweergaven per bezoeker
  title_en: Product views per visitor
  base_nl: "bezoekers met toestemming, ook wie geen product bekeek"
  base_en: "visitors with consent, those too who looked at no product"
  description_nl: "Gebeurtenissen view_item, gedeeld door alle bezoekers van de periode. Wie een product tweemaal opent telt het tweemaal."
  description_en: "Events view_item, divided by all visitors of the period. Who opens a product twice counts it twice."
  needs_nl: gebeurtenissen view_item
  needs_en: view_item events
---*/
select
    'all' as journey_model,
    'all' as phase,
    segments.person_key as unit_key,
    1 as cycle,
    segments.session_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(sum(coalesce(views.product_views, 0)) as decimal(18, 4)) as unit_value
from int_session_segments as segments
left join int_product_views as views
    on segments.session_key = views.session_key
where segments.person_key is not null
group by
    segments.person_key,
    segments.session_date,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id
