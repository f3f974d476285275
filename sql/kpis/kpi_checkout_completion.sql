/*---
description: One row per attempt of the funnel checkout. Share of attempts that reached the last step within the window.
grain: [unit_key, kpi_date]
owner: marketing-analytics
contract: phase_kpi
matures_at: matures_at
estimate: share_interval
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Rondt het afrekenen af
  title_en: Completes the checkout
  base_nl: "bezoekers die begonnen met afrekenen en de hele termijn hadden, per begindatum"
  base_en: "visitors who began the checkout and have had the whole window, by date of beginning"
  description_nl: "Van wie begint met afrekenen: haalt de laatste stap van de trechter checkout binnen de termijn daarvan (7 dagen). Dezelfde definitie als in pub_funnels; wie op twee dagen begint telt hier op beide."
  description_en: "Of those who begin the checkout: reaches the last step of the funnel checkout within its window (7 days). The same definition as in pub_funnels; who begins on two days counts here on both."
  needs_nl: gebeurtenissen begin_checkout
  needs_en: begin_checkout events
---*/
select
    'all' as journey_model,
    'all' as phase,
    attempts.person_key as unit_key,
    1 as cycle,
    attempts.entry_date as kpi_date,
    attempts.window_ends_at as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(case when attempts.converted_at is not null then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from fct_funnel_attempts as attempts
left join int_session_segments as segments
    on attempts.session_key = segments.session_key
where attempts.funnel = 'checkout'
