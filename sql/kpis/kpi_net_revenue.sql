/*---
description: One row per order and per refund with a value in the property's currency. Total value of orders less what was given back, each on its own date.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: total
measure:
  value: sum
  unit: currency
  direction: higher_better
  is_additive: true
  title_nl: Omzet min terugbetalingen
  title_en: Revenue net of refunds
  base_nl: orders en terugbetalingen met een waarde in de valuta van de site
  base_en: "orders and refunds with a value in the site's currency"
  description_nl: "Een terugbetaling verlaagt de periode waarin ze gedaan is, nooit die van de order."
  description_en: "A refund lowers the period in which it was made, never that of the order."
  needs_nl: orders met een waarde in de valuta van de site
  needs_en: "orders with a value in the site's currency"
---*/
select
    'all' as journey_model,
    'all' as phase,
    bookings.booking_key as unit_key,
    1 as cycle,
    bookings.booking_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    bookings.booked_value as unit_value
from int_bookings as bookings
left join int_session_segments as segments
    on bookings.session_key = segments.session_key
