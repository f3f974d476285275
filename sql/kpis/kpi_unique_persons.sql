/*---
description: One row per person, date and combination of segments. How many persons came.
grain: [unit_key, kpi_date, channel_group, device_category, country, visitor_kind]
owner: marketing-analytics
contract: phase_kpi
estimate: unit_count
measure:
  value: count
  unit: persons
  direction: higher_better
  title_nl: Unieke bezoekers
  title_en: Unique visitors
  base_nl: bezoekers met toestemming
  base_en: visitors with consent
  description_nl: Wie in een periode vaker komt telt daarin één keer; bezoekers van dagen of segmenten tellen dus niet op. Wie inlogt is op elk apparaat dezelfde.
  description_en: "Who comes more often in a period counts once in it, so visitors of days or segments do not add up. Who logs in is the same person on every device."
  needs_nl: gebeurtenissen met een sessie
  needs_en: events with a session
---*/
select
    'all' as journey_model,
    'all' as phase,
    person_key as unit_key,
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
where person_key is not null
group by person_key, session_date, channel_group, device_category, country, visitor_kind, persona_id
