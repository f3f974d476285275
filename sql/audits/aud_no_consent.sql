/*---
description: One row per date. How many events came from people who did not consent to analytics?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: Gebeurtenissen zonder toestemming
  title_en: Events without consent
  base_nl: gebeurtenissen
  base_en: events
  effect_nl: "Wie geen toestemming gaf telt in geen enkel kengetal mee, want zulke gebeurtenissen horen bij geen bezoeker en geen sessie. Bezoekers, sessies, bestellingen en omzet zijn daardoor te laag. Een aandeel klopt alleen als wie weigerde zich net zo gedraagt."
  effect_en: "Who did not consent is in no KPI, because such events belong to no visitor and no session. Visitors, sessions, orders and revenue are too low by it. A share is right only if those who refused behave alike."
  kpis: [reach, unique_persons, sessions, key_events, orders, revenue, net_revenue]
---*/
select
    'all' as detail,
    event_date as audit_date,
    cast(sum(without_consent) as bigint) as affected,
    cast(sum(events) as bigint) as base
from int_event_days
group by event_date
