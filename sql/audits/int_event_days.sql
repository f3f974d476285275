/*---
description: One row per event_date and event name of the main sources, with how many events there were and how many lack what they should bring. The one pass over all events that the audits share.
grain: [event_date, event_name]
owner: data-engineering
rebuild_by: event_date
order_by: [event_date, event_name]
columns:
  events: {doc: Number of events, unit: events}
  without_consent: {doc: Events for which analytics storage was refused, unit: events}
  of_known_browser: {doc: Events that name a browser, unit: events}
  without_session: {doc: "Events that name a browser and belong to no session", unit: events}
  without_page_location: {doc: Events without the address of a page, unit: events}
  without_search_term: {doc: Events without a search term, unit: events}
  without_transaction_id: {doc: "Events without a usable order number: null, empty or (not set)", unit: events}
  without_value: {doc: Events without a value, unit: events}
  without_currency: {doc: "Events without a usable currency: null, empty or (not set)", unit: events}
---*/
select
    event_date,
    event_name,
    count(*) as events,
    count(case when not has_consent then 1 end) as without_consent,
    count(user_pseudo_id) as of_known_browser,
    count(case when user_pseudo_id is not null and session_key is null then 1 end) as without_session,
    count(*) - count(nullif(page_location, '')) as without_page_location,
    count(*) - count(search_term) as without_search_term,
    count(case when coalesce(trim(transaction_id), '') in ('', '(not set)') then 1 end) as without_transaction_id,
    count(*) - count(event_value) as without_value,
    count(case when coalesce(lower(trim(currency)), '') in ('', '(not set)') then 1 end) as without_currency
from fct_events
where source_identity = 'own'
group by event_date, event_name
