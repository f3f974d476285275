/*---
description: One row per session. How many sessions began.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure:
  value: count
  unit: sessions
  direction: higher_better
  is_additive: true
  title_nl: Sessies
  title_en: Sessions
  base_nl: sessies met toestemming
  base_en: sessions with consent
  description_nl: Sessies tellen op de datum waarop ze beginnen.
  description_en: Sessions count on the date on which they begin.
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
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_session_segments
