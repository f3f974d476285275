/*---
description: One row per session. Share of sessions that GA4 does not call engaged.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: share_interval
measure:
  value: share
  unit: share
  direction: lower_better
  title_nl: Bounces volgens GA4
  title_en: Bounces as GA4 counts them
  base_nl: sessies met toestemming
  base_en: sessions with consent
  description_nl: "Sessies die GA4 niet betrokken noemt: korter dan 10 seconden op de voorgrond, zonder key event en met hoogstens één paginaweergave. Niet hetzelfde als ‘Sessies met één pagina’."
  description_en: "Sessions that GA4 does not call engaged: under 10 seconds in the foreground, no key event and one page view at most. Not the same as ‘Sessions of one page’."
  needs_nl: de parameter session_engaged van GA4
  needs_en: "GA4's parameter session_engaged"
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
    cast(case when is_bounce then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_session_segments
where is_bounce is not null    -- plain event exports know nothing of engagement
