/*---
description: One row per order and per refund with a value in the property's currency. Total value of orders less what was given back, each on its own date.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: total
measure: {value: sum, unit: currency, direction: higher_better, is_additive: true, title_nl: Omzet min terugbetalingen,
          title_en: Revenue net of refunds, base_nl: orders en terugbetalingen met een waarde in de valuta van de site,
          base_en: orders and refunds with a value in the site's currency}
---*/
select
    'all' as journey_model,
    'all' as phase,
    bookings.booking_key as unit_key,
    1 as cycle,
    bookings.booking_date as kpi_date,
    cast(null as timestamp) as matures_at,
    channels.channel_group,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    cast(null as varchar) as persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    bookings.booked_value as unit_value
from int_bookings as bookings
left join fct_sessions as sessions
    on bookings.session_key = sessions.session_key
left join fct_session_channels as channels
    on bookings.session_key = channels.session_key
