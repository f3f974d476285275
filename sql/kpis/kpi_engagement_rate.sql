/*---
description: One row per session. Share of sessions that GA4 calls engaged.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: share_interval
measure: {value: share, unit: share, direction: higher_better, title_nl: Betrokken sessies, title_en: Engaged sessions,
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
    cast(case when sessions.is_engaged then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from fct_sessions as sessions
left join fct_session_channels as channels
    on sessions.session_key = channels.session_key
where sessions.is_engaged is not null    -- plain event exports know nothing of engagement
