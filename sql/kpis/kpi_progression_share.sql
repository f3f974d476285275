/*---
description: One row per person, cycle and phase entered. Share of the phase's persons who reached a later phase within the window.
grain: [journey_model, phase, unit_key, cycle]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: share_interval
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Gaat door naar een latere fase
  title_en: Goes on to a later phase
  base_nl: bezoekers die de fase instapten en de hele termijn hadden
  base_en: visitors who entered the phase and have had the whole window
  description_nl: "Van wie de fase instapt: bereikt een latere fase of bestelt, binnen de termijn van het reismodel. De laatste fase heeft er geen."
  description_en: "Of those who enter the phase: reaches a later phase or orders, within the window of the journey model. The last phase has none."
  needs_nl: gebeurtenissen die een regel van het reismodel in een fase zet
  needs_en: events that a rule of the journey model puts in a phase
---*/
select
    journey_model,
    phase,
    person_key as unit_key,
    cycle,
    entered_date as kpi_date,
    window_ends_at as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(case when progressed_at <= window_ends_at then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value,
    cycles = 1 as is_only_row    -- a person has one row in each cycle
from fct_phase_visits
where
    visit_number = 1
    and not is_last_phase    -- nobody can go on from there
