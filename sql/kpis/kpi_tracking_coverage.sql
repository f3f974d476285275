/*---
description: One row per session, journey model and date of its touches. Share of touches that a rule of the journey model puts in a phase.
grain: [journey_model, unit_key, kpi_date]
owner: marketing-analytics
contract: phase_kpi
reference: [dim_journeys]
estimate: share_interval
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Contacten die in een fase vallen
  title_en: Touches that fall in a phase
  base_nl: sessies met toestemming; het aandeel is van al hun contacten
  base_en: sessions with consent; the share is of all their touches
  description_nl: "Van alle contacten: die een regel van het reismodel in een fase zet. De andere zegt het model niets."
  description_en: "Of all touches: those that a rule of the journey model puts in a phase. Of the others the model says nothing."
  needs_nl: gebeurtenissen met een sessie
  needs_en: events with a session
---*/
select
    journey_model,
    'all' as phase,
    coalesce(session_key, 'none:' || user_pseudo_id) as unit_key,
    1 as cycle,
    event_date as kpi_date,
    cast(null as timestamp) as matures_at,
    credited_channel_group as channel_group,
    device_category,
    country,
    visitor_kind,
    cast(null as varchar) as persona_id,    -- how well touches are told does not hang on who somebody is
    count(phase) as numerator,
    count(*) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_phase_touches
group by
    journey_model,
    coalesce(session_key, 'none:' || user_pseudo_id),
    event_date,
    credited_channel_group,
    device_category,
    country,
    visitor_kind
