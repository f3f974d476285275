/*---
description: One row per session date. In how many sessions with a purchase was nothing put in a cart before it?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
rebuild_by: audit_date
audit:
  title_nl: Aankoop zonder winkelwagen
  title_en: Purchase without a cart
  base_nl: sessies met een aankoop
  base_en: sessions with a purchase
  effect_nl: "De stap winkelwagen telt te weinig mensen, en de doorstroom ernaartoe is te laag. Een deel kan kloppen: wie de winkelwagen in een eerdere sessie vulde telt hier ook."
  effect_en: "The cart step counts too few people, and going on to it is too low. Some may be right: who filled the cart in an earlier session counts here as well."
  kpis: [progression_share, time_in_phase]
---*/
select
    'all' as detail,
    session_date as audit_date,
    count(case when cart_order is null or cart_order > purchase_order then 1 end) as affected,
    count(*) as base
from int_checkout_sessions
where purchase_order is not null
group by session_date
