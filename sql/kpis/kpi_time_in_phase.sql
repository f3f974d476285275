/*---
description: One row per person's first visit to a phase in a cycle that went on to a later phase within the window. Seconds from entering the phase to the later one.
grain: [journey_model, phase, unit_key, cycle]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: positive_mean_interval
measure:
  value: mean
  unit: seconds
  direction: lower_better
  title_nl: Tijd tot een latere fase
  title_en: Time to a later phase
  base_nl: eerste bezoeken die binnen de termijn doorgingen
  base_en: first visits that went on within the window
  description_nl: "Seconden van het instappen tot het doorgaan, alleen van wie doorging."
  description_en: "Seconds from entering to going on, only of those who went on."
  needs_nl: gebeurtenissen die een regel van het reismodel in een fase zet
  needs_en: events that a rule of the journey model puts in a phase
---*/
select
    journey_model,
    phase,
    visit_key as unit_key,    -- not the person: who went on in two cycles has two times, and both are in the mean
    cycle,
    entered_date as kpi_date,
    window_ends_at as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(cast(epoch_us(progressed_at) - epoch_us(entered_at) as decimal(18, 0)) / 1000000 as decimal(18, 4)) as unit_value,
    true as is_only_row
from fct_phase_visits
where
    visit_number = 1
    and progressed_at <= window_ends_at
