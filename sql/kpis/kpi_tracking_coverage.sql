/*---
description: One row per session, journey model and date of its touches. Share of touches that a rule of the journey model puts in a phase.
grain: [journey_model, unit_key, kpi_date]
owner: marketing-analytics
contract: phase_kpi
reference: [dim_journeys]
estimate: share_interval_of_units
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Contacten die in een fase vallen
  title_en: Touches that fall in a phase
  base_nl: sessies met toestemming, en browsers met contacten zonder sessie; het aandeel is van al hun contacten
  base_en: sessions with consent, and browsers with touches without a session; the share is of all their touches
  description_nl: "Van alle contacten: die een regel van het reismodel in een fase zet. De andere zegt het model niets."
  description_en: "Of all touches: those that a rule of the journey model puts in a phase. Of the others the model says nothing."
  needs_nl: gebeurtenissen met een sessie
  needs_en: events with a session
---*/
with

-- by what all models make of a touch first: a row per touch and model would be eight times the touches
counted as (
    select
        coalesce(session_key, 'none:' || user_pseudo_id) as unit_key,
        event_date,
        credited_channel_group,
        device_category,
        country,
        visitor_kind,
        phase_pattern,
        is_of_one_date,
        count(*) as touches
    from int_phase_patterns
    group by
        coalesce(session_key, 'none:' || user_pseudo_id),
        event_date,
        credited_channel_group,
        device_category,
        country,
        visitor_kind,
        phase_pattern,
        is_of_one_date
)

select
    journeys.journey_model,
    'all' as phase,
    counted.unit_key,
    1 as cycle,
    counted.event_date as kpi_date,
    cast(null as timestamp) as matures_at,
    counted.credited_channel_group as channel_group,
    counted.device_category,
    counted.country,
    counted.visitor_kind,
    cast(null as varchar) as persona_id,    -- how well touches are told does not hang on who somebody is
    cast(
        sum(case when contains(counted.phase_pattern, ' ' || journeys.journey_model || ':') then counted.touches else 0 end)
        as bigint
    ) as numerator,
    cast(sum(counted.touches) as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value,
    counted.is_of_one_date as is_only_row
from counted
cross join dim_journeys as journeys
group by
    journeys.journey_model,
    counted.unit_key,
    counted.event_date,
    counted.credited_channel_group,
    counted.device_category,
    counted.country,
    counted.visitor_kind,
    counted.is_of_one_date
