/*---
description: One row per session date. How many sessions name no source at all?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: Sessies zonder bron
  title_en: Sessions without a source
  base_nl: sessies met toestemming
  base_en: sessions with consent
  effect_nl: "Zulke sessies krijgen het kanaal van een eerdere sessie van de browser, en anders Direct. Wie het adres zelf intikte hoort daarbij; is het aandeel groot, dan ontbreken campagnetags of verwijzers en is Direct te groot ten koste van andere kanalen."
  effect_en: "Such sessions are credited to the channel of an earlier session of the browser, else to Direct. Who typed the address belongs there; where the share is large, campaign tags or referrers are missing, and Direct is too large at the cost of other channels."
  kpis: [reach, sessions, conversion_rate, revenue]
---*/
select
    'all' as detail,
    session_date as audit_date,
    -- (direct), told by GA4, is an answer; none at all is not
    count(
        case when coalesce(first_source, google_source, google_medium, google_campaign, google_channel_group) is null then 1 end
    ) as affected,
    count(*) as base
from fct_sessions
group by session_date
