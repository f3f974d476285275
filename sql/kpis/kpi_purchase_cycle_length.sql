/*---
description: One row per period and segment of first visits. Median of the days from the first visit to the first order, of those who order within the limit.
grain: [period_kind, period_start, segment_kind, segment_value]
owner: marketing-analytics
contract: phase_kpi_period
measure:
  value: median
  unit: days
  direction: lower_better
  title_nl: Tijd van eerste bezoek tot eerste order
  title_en: Time from first visit to first order
  base_nl: "nieuwe bezoekers die binnen 90 dagen bestellen, geteld in de periode van hun eerste bezoek"
  base_en: "new visitors who order within 90 days, counted in the period of their first visit"
  description_nl: "De helft van wie binnen 90 dagen bestelt doet dat binnen zoveel dagen (Kaplan-Meier: wie nog onderweg is telt mee zolang we hem zien). Een waarde is er pas als de eersten van de periode 90 dagen gehad hebben. Drempel purchase_days van int_wait_curves in journey.yml zet een andere grens. Per week en maand."
  description_en: "Half of those who order within 90 days do so within so many days (Kaplan-Meier: who is still on the way counts for as long as we see them). There is no value before the first of the period have had 90 days. The threshold purchase_days of int_wait_curves in journey.yml sets another limit. By week and month."
  needs_nl: orders van nieuwe bezoekers
  needs_en: orders of new visitors
---*/
with

curves as (
    select
        *,
        1 - unreached_share as reached_share,
        max(microseconds) over whole >= longest_microseconds as is_complete,
        1 - min(unreached_share) over whole as whole_share,
        sum(reached) over whole as reached_in_all
    from int_wait_curves
    where wait = 'purchase_cycle_length'
    window whole as (partition by curve)
),

-- of those who order: half, and half an interval's width before and after it, as in a sample of so many orders
shared as (
    select
        *,
        case when is_complete and reached_in_all > 0 then reached_share / whole_share end as share_of_reached,
        0.98 / sqrt(nullif(reached_in_all, 0)) as reach
    from curves
),

medians as (
    select
        period_kind,
        period_start,
        segment_kind,
        segment_value,
        sum(reached) as reached,
        sum(reached + left_unreached) as waits,
        sum(case when microseconds < longest_microseconds then left_unreached else 0 end) as pending_n,
        -- the shares are rounded to twelve digits
        min(case when share_of_reached >= 0.5 - 1e-9 then microseconds end) as median_microseconds,
        min(case when share_of_reached >= 0.5 - reach - 1e-9 and reached > 0 then microseconds end) as low_microseconds,
        min(case when share_of_reached >= least(0.5 + reach, 1) - 1e-9 then microseconds end) as high_microseconds
    from shared
    group by period_kind, period_start, segment_kind, segment_value
)

select
    'all' as journey_model,
    'all' as phase,
    medians.period_kind,
    medians.period_start,
    medians.segment_kind,
    medians.segment_value,
    cast(medians.reached as bigint) as n,
    cast(medians.pending_n as bigint) as pending_n,
    cast(medians.reached as bigint) as numerator,
    cast(medians.waits as bigint) as denominator,
    medians.median_microseconds / 86400000000 as value,
    -- of five or fewer not even the least and the most hold the median in 95 of 100 samples
    case when medians.reached >= 6 then medians.low_microseconds / 86400000000 end as ci_low,
    case when medians.reached >= 6 then medians.high_microseconds / 86400000000 end as ci_high,
    case when medians.reached >= 6 and medians.median_microseconds is not null then cast(0.95 as double) end as ci_level,
    case when medians.reached >= 6 and medians.median_microseconds is not null then 'order_statistic' end as ci_method,
    medians.median_microseconds is not null and cast(medians.reached as bigint) >= 30 as min_sample_ok
from medians
