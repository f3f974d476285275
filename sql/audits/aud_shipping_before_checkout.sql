/*---
description: One row per kind of disorder and session date. In how many sessions comes add_shipping_info before begin_checkout, or without it?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: "Verzendkeuze op de verkeerde plaats: {detail}"
  title_en: "Shipping step out of place: {detail}"
  base_nl: sessies met add_shipping_info
  base_en: sessions with add_shipping_info
  effect_nl: "Wie de stappen in hun volgorde telt mist deze sessies: het afrekenen lijkt later te beginnen, of nooit. Tijd en uitval in de fase van het afrekenen kloppen niet."
  effect_en: "Who counts the steps in their order misses these sessions: the checkout seems to begin later, or never. Time and drop-off in the phase of the checkout are wrong."
  kpis: [progression_share, time_in_phase]
  details:
    before_checkout: {nl: vóór begin_checkout, en: before begin_checkout}
    without_checkout: {nl: zonder begin_checkout, en: without begin_checkout}
---*/
with

days as (
    select
        session_date,
        count(case when checkout_order > shipping_order then 1 end) as before_checkout,
        count(case when checkout_order is null then 1 end) as without_checkout,
        count(*) as sessions
    from int_checkout_sessions
    where shipping_order is not null
    group by session_date
)

select
    'before_checkout' as detail,
    session_date as audit_date,
    before_checkout as affected,
    sessions as base
from days
union all
select
    'without_checkout' as detail,
    session_date as audit_date,
    without_checkout as affected,
    sessions as base
from days
