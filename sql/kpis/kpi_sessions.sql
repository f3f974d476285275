/*---
description: One row per session. How many sessions began.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure: {value: count, unit: sessions, direction: higher_better, is_additive: true, title_nl: Sessies, title_en: Sessions,
          base_nl: sessies met toestemming, base_en: sessions with consent}
---*/
select
    'all' as journey_model,
    'all' as phase,
    sessions.session_key as unit_key,
    1 as cycle,
    sessions.session_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from fct_sessions as sessions
left join fct_session_channels as channels
    on sessions.session_key = channels.session_key
