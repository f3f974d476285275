/*---
description: One row per role and date. How many events that tell of an order or another key event name no browser, so that they are nobody's?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: "Zonder bezoeker: {detail}"
  title_en: "Without a visitor: {detail}"
  base_nl: gebeurtenissen die dat melden
  base_en: events that tell of one
  effect_nl: "Zonder id van de browser hoort de gebeurtenis bij niemand, of de bezoeker nu toestemming weigerde, de export daarover zwijgt, of een server haar stuurde. Zij telt in geen kengetal: bestellingen, omzet en belangrijke gebeurtenissen zijn er te laag door. Stuur `client_id` mee vanaf de server."
  effect_en: "Without the id of a browser the event is nobody's, whether the visitor refused, the export does not tell, or a server sent it. It is in no KPI: orders, revenue and key events are too low by it. Send `client_id` along from the server."
  kpis: [key_events, orders, conversion_rate, revenue, net_revenue, order_value]
  details:
    order: {nl: bestelling, en: order}
    key_event: {nl: andere belangrijke gebeurtenis, en: other key event}
---*/
select
    event_role as detail,
    event_date as audit_date,
    count(*) - count(user_pseudo_id) as affected,
    count(*) as base
from int_key_events
where event_role <> 'refund'    -- a refund finds its order by number, and counts also without a browser
group by event_role, event_date
