/*---
description: One row per session. Share of sessions that GA4 calls engaged.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: share_interval
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Betrokken sessies
  title_en: Engaged sessions
  base_nl: sessies met toestemming
  base_en: sessions with consent
  description_nl: "Sessies die GA4 betrokken noemt: 10 seconden op de voorgrond, een key event of twee paginaweergaven. Het andere deel is ‘Bounces volgens GA4’."
  description_en: "Sessions that GA4 calls engaged: 10 seconds in the foreground, a key event or two page views. The rest is ‘Bounces as GA4 counts them’."
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
    cast(case when is_engaged then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_session_segments
where is_engaged is not null    -- plain event exports know nothing of engagement
