/*---
description: One row per period and segment of leads. Median of the hours until somebody took the lead up.
grain: [period_kind, period_start, segment_kind, segment_value]
owner: marketing-analytics
contract: phase_kpi_period
measure:
  value: median
  unit: hours
  direction: lower_better
  title_nl: Reactietijd op een lead
  title_en: Response time to a lead
  base_nl: "leads van bezoekers met toestemming, ook die nog wachten"
  base_en: "leads of visitors with consent, those too that are still waiting"
  description_nl: "De helft van de leads (generate_lead) is binnen zoveel hele uren opgepakt (working_lead van dezelfde bezoeker). Wie nog wacht telt mee zolang hij wacht (Kaplan-Meier); is minder dan de helft opgepakt, dan is er geen waarde. Uren van de klok, ook 's nachts en in het weekend. Per week en maand."
  description_en: "Half of the leads (generate_lead) were taken up within so many whole hours (working_lead of the same visitor). Who is still waiting counts for as long as they wait (Kaplan-Meier); where less than half were taken up there is no value. Hours of the clock, nights and weekends too. By week and month."
  needs_nl: gebeurtenissen generate_lead en working_lead van dezelfde bezoeker
  needs_en: generate_lead and working_lead events of the same visitor
---*/
with

medians as (
    select
        period_kind,
        period_start,
        segment_kind,
        segment_value,
        sum(reached) as reached,
        sum(reached + left_unreached) as waits,
        sum(left_unreached) as pending_n,
        min(case when unreached_share <= 0.5 then microseconds end) as median_microseconds,
        -- where the interval of the curve comes to a half
        min(case when coalesce(unreached_ci_low, unreached_share) <= 0.5 then microseconds end) as low_microseconds,
        min(case when coalesce(unreached_ci_high, unreached_share) <= 0.5 then microseconds end) as high_microseconds
    from int_wait_curves
    where wait = 'lead_response_time'
    group by period_kind, period_start, segment_kind, segment_value
)

select
    'all' as journey_model,
    'all' as phase,
    medians.period_kind,
    medians.period_start,
    medians.segment_kind,
    medians.segment_value,
    cast(medians.waits as bigint) as n,
    cast(medians.pending_n as bigint) as pending_n,
    cast(medians.reached as bigint) as numerator,
    cast(medians.waits as bigint) as denominator,
    medians.median_microseconds / 3600000000 as value,
    -- of five or fewer not even the least and the most hold the median in 95 of 100 samples
    case when medians.waits >= 6 then medians.low_microseconds / 3600000000 end as ci_low,
    case when medians.waits >= 6 then medians.high_microseconds / 3600000000 end as ci_high,
    case when medians.waits >= 6 and medians.median_microseconds is not null then cast(0.95 as double) end as ci_level,
    case when medians.waits >= 6 and medians.median_microseconds is not null then 'kaplan_meier' end as ci_method,
    medians.median_microseconds is not null and cast(medians.waits as bigint) >= 30 as min_sample_ok
from medians
