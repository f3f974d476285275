/*---
description: One row per kind of repeat and order date. How many events told of an order that was told before, or may have been?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: "Dubbele bestelling: {detail}"
  title_en: "Duplicate order: {detail}"
  base_nl: gebeurtenissen die een bestelling melden van een bezoeker met toestemming
  base_en: events that tell of an order of a visitor with consent
  effect_nl: "Wat opnieuw is gemeld telt in onze kengetallen één keer, en in GA4 zelf vaak dubbel. Een bestelnummer met meer personen of bedragen, en een waarschijnlijke herhaling, tellen wel mee in de omzet: die kan te hoog zijn."
  effect_en: "What was told again counts once in our KPIs, and often twice in GA4 itself. An order number with several persons or amounts, and a probable repeat, do count in revenue, which may be too high."
  kpis: [orders, revenue, net_revenue, order_value, conversion_rate]
  details:
    told_again: {nl: opnieuw gemeld, en: told again}
    conflict: {nl: zelfde nummer met een andere persoon of een ander bedrag, en: same number with another person or amount}
    probable_repeat: {nl: waarschijnlijk een herhaling zonder nummer, en: probably a repeat without a number}
---*/
with

days as (
    select
        order_date,
        sum(order_events) as order_events,
        sum(order_events - 1) as told_again,
        sum(case when has_conflict then order_events else 0 end) as in_conflict,
        sum(case when is_probable_repeat then order_events else 0 end) as probable_repeats
    from fct_orders
    group by order_date
)

select
    'told_again' as detail,
    order_date as audit_date,
    cast(told_again as bigint) as affected,
    cast(order_events as bigint) as base
from days
union all
select
    'conflict' as detail,
    order_date as audit_date,
    cast(in_conflict as bigint) as affected,
    cast(order_events as bigint) as base
from days
union all
select
    'probable_repeat' as detail,
    order_date as audit_date,
    cast(probable_repeats as bigint) as affected,
    cast(order_events as bigint) as base
from days
