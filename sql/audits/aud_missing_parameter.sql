/*---
description: One row per event name and parameter, and date. How many events lack a parameter that figures rest on?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: "Ontbrekende parameter: {detail}"
  title_en: "Missing parameter: {detail}"
  base_nl: gebeurtenissen van die naam; voor de sessie alle gebeurtenissen van een browser met toestemming
  base_en: events of that name; for the session all events of a browser with consent
  effect_nl: "Zonder adres heeft een paginaweergave geen paginagroep en valt zij in geen contactmoment. Zonder bestelnummer is een herhaling niet te herkennen en telt zij als bestelling. Zonder bedrag is de omzet te laag; zonder valuta geldt die van de instellingen. Zonder zoekterm is niet te zien wat mensen zochten. Zonder sessie telt een gebeurtenis in geen sessie en heeft zij geen kanaal."
  effect_en: "Without an address a page view has no page group and no touchpoint. Without an order number a repeat cannot be told and counts as an order. Without a value revenue is too low; without a currency that of the settings holds. Without a search term nobody sees what people looked for. Without a session an event counts in no session and has no channel."
  kpis: [sessions, engagement_rate, revenue, order_value, tracking_coverage]
  details:
    page_view.page_location: {nl: paginaweergave zonder adres, en: page view without an address}
    purchase.transaction_id: {nl: aankoop zonder bestelnummer, en: purchase without an order number}
    purchase.value: {nl: aankoop zonder bedrag, en: purchase without a value}
    purchase.currency: {nl: aankoop zonder valuta, en: purchase without a currency}
    view_search_results.search_term: {nl: zoekresultaten zonder zoekterm, en: search results without a search term}
    all.session_id: {nl: gebeurtenis zonder sessie, en: event without a session}
---*/
select
    'page_view.page_location' as detail,
    event_date as audit_date,
    without_page_location as affected,
    events as base
from int_event_days
where event_name = 'page_view'
union all
select
    'purchase.transaction_id' as detail,
    event_date as audit_date,
    without_transaction_id as affected,
    events as base
from int_event_days
where event_name = 'purchase'
union all
select
    'purchase.value' as detail,
    event_date as audit_date,
    without_value as affected,
    events as base
from int_event_days
where event_name = 'purchase'
union all
select
    'purchase.currency' as detail,
    event_date as audit_date,
    without_currency as affected,
    events as base
from int_event_days
where event_name = 'purchase'
union all
select
    'view_search_results.search_term' as detail,
    event_date as audit_date,
    without_search_term as affected,
    events as base
from int_event_days
where event_name = 'view_search_results'
union all
select
    'all.session_id' as detail,
    event_date as audit_date,
    cast(sum(without_session) as bigint) as affected,
    cast(sum(of_known_browser) as bigint) as base
from int_event_days
where of_known_browser > 0
group by event_date
