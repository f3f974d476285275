/*---
description: One row per person and day of a visit, from the third on. Share of such days after which a person stayed away much longer than usual.
grain: [unit_key, kpi_date]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: share_interval_of_units
measure:
  value: share
  unit: share
  direction: lower_better
  title_nl: Blijft weg na een bezoek (churn)
  title_en: Stays away after a visit (churn)
  base_nl: bezoekdagen van bezoekers die al op twee andere dagen kwamen en de hele termijn hadden
  base_en: days of visits of visitors who had come on two other days before and have had the whole window
  description_nl: "Wie regelmatig komt heeft een eigen tussenpoos: de gemiddelde tijd tussen zijn bezoekdagen tot dan toe. Blijft hij na een bezoekdag langer dan 3 keer die tussenpoos weg, dan telt die dag als weggebleven, ook als hij later terugkomt. Drempel churn_intervals van int_visit_days in journey.yml zet een ander aantal. Bij een abonnement zegt opzegging meer."
  description_en: "Who comes regularly has an interval of his own: the mean time between his days of visits until then. Where he stays away for longer than 3 times that interval after such a day, the day counts as stayed away, also if he comes back later. The threshold churn_intervals of int_visit_days in journey.yml sets another number. With a subscription its end says more."
  needs_nl: bezoekers die op drie of meer dagen kwamen
  needs_en: visitors who came on three days or more
---*/
select
    'all' as journey_model,
    'all' as phase,
    person_key as unit_key,
    1 as cycle,
    visit_date as kpi_date,
    make_timestamp(awaited_until) as matures_at,
    channel_group,
    device_category,
    country,
    visitor_kind,
    persona_id,
    cast(case when next_started_timestamp <= awaited_until then 0 else 1 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_visit_days
where awaited_until is not null    -- from the third day on: until then nobody has an interval of their own
