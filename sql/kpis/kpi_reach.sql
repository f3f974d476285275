/*---
description: One row per person, cycle and phase entered. How many persons entered a phase.
grain: [journey_model, phase, unit_key, cycle]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure:
  value: count
  unit: persons
  direction: higher_better
  title_nl: Bezoekers die instappen
  title_en: Visitors who enter
  base_nl: bezoekers met toestemming die de fase instappen
  base_en: visitors with consent who enter the phase
  description_nl: "Bezoekers die in de periode een fase instappen, elk één keer. Bezoekers van dagen of segmenten tellen niet op. Bereik in advertenties en op social media staat apart, als ‘Bereik op social media’."
  description_en: "Visitors who enter a phase in the period, each once. Visitors of days or segments do not add up. Reach in ads and on social media stands apart, as ‘Reach on social media’."
  needs_nl: gebeurtenissen die een regel van het reismodel in een fase zet
  needs_en: events that a rule of the journey model puts in a phase
---*/
select
    journey_model,
    phase,
    person_key as unit_key,
    cycle,
    entered_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value,
    cycles = 1 as is_only_row    -- a person has one row in each cycle
from fct_phase_visits
where visit_number = 1
