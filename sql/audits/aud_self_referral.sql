/*---
description: One row per host that is no source of visits, and all, and date. How many sessions say that they came from our own site or from a payment page?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
materialize: view
audit:
  title_nl: "Verwezen door eigen site of betaalpagina: {detail}"
  title_en: "Referred by our own site or a payment page: {detail}"
  base_nl: sessies met toestemming
  base_en: sessions with consent
  effect_nl: "Halverwege begint een nieuwe sessie, zodat er te veel sessies zijn. Wij geven zulke sessies het kanaal van een eerdere, of Direct; in GA4 zelf staan zij als Referral, met de bestelling erbij. Is ook de browser een andere, dan telt één mens als twee bezoekers en is de conversie te laag."
  effect_en: "A new session begins halfway, so that there are too many sessions. We credit such sessions to an earlier one's channel, or to Direct; GA4 itself shows them as Referral, order included. Where the browser is another one too, one human counts as two visitors and conversion is too low."
  kpis: [sessions, reach, conversion_rate, engagement_rate]
  details:
    all: {nl: samen, en: together}
---*/
with

counted as (
    select
        session_date,
        self_referral_host,
        count(*) as sessions
    from fct_session_channels
    group by session_date, self_referral_host
),

days as (
    select
        session_date,
        sum(case when self_referral_host is not null then sessions else 0 end) as affected,
        sum(sessions) as sessions
    from counted
    group by session_date
),

hosts as (
    select distinct self_referral_host from counted
    where self_referral_host is not null
)

select
    'all' as detail,
    session_date as audit_date,
    cast(affected as bigint) as affected,
    cast(sessions as bigint) as base
from days
union all
-- a host has a row for each date, so that its share is of all sessions
select
    hosts.self_referral_host as detail,
    days.session_date as audit_date,
    cast(coalesce(counted.sessions, 0) as bigint) as affected,
    cast(days.sessions as bigint) as base
from days
cross join hosts
left join counted
    on days.session_date = counted.session_date and hosts.self_referral_host = counted.self_referral_host
