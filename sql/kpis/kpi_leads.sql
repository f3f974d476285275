/*---
description: One row per lead. How many leads came in.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure:
  value: count
  unit: leads
  direction: higher_better
  is_additive: true
  title_nl: Leads
  title_en: Leads
  base_nl: leads van bezoekers met toestemming
  base_en: leads of visitors with consent
  description_nl: "Gebeurtenissen generate_lead, elke keer dat ze voorkomen."
  description_en: "Events generate_lead, each time that they happen."
  needs_nl: gebeurtenissen generate_lead
  needs_en: generate_lead events
---*/
select
    'all' as journey_model,
    'all' as phase,
    leads.lead_key as unit_key,
    1 as cycle,
    leads.lead_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_leads as leads
left join int_session_segments as segments
    on leads.session_key = segments.session_key
