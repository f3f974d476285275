/*---
description: One row per person, cycle and phase that the person left for a later one within the window. Seconds from entering the phase to the later one.
grain: [journey_model, phase, unit_key, cycle]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: mean_interval
measure: {value: mean, unit: seconds, direction: lower_better, title_nl: Tijd tot een latere fase, title_en: Time to a later phase,
          base_nl: bezoekers die binnen de termijn doorgingen, base_en: visitors who went on within the window}
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
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(cast(epoch_us(progressed_at) - epoch_us(entered_at) as decimal(18, 0)) / 1000000 as decimal(18, 4)) as unit_value
from fct_phase_visits
where
    visit_number = 1
    and progressed_at <= window_ends_at
