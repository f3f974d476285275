/*---
description: One row per session. Share of sessions that saw one page at most.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: share_interval
measure:
  value: share
  unit: share
  direction: lower_better
  title_nl: Sessies met één pagina
  title_en: Sessions of one page
  base_nl: sessies met toestemming
  base_en: sessions with consent
  description_nl: "De klassieke bounce: sessies met hoogstens één paginaweergave, hoe lang die ook duurde. Niet hetzelfde als ‘Bounces volgens GA4’."
  description_en: "The classic bounce: sessions with one page view at most, however long it took. Not the same as ‘Bounces as GA4 counts them’."
  needs_nl: gebeurtenissen met een sessie
  needs_en: events with a session
---*/
select
    'all' as journey_model,
    'all' as phase,
    session_key as unit_key,
    1 as cycle,
    session_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(case when is_single_page then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_session_segments
