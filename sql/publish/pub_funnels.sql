/*---
description: One row per funnel and step, with how many came in, how many of them reached the step, and what became of the others, over all complete days.
grain: [funnel, step]
owner: marketing-analytics
published: state
estimate: [share_interval, share_of_previous]
reference: [dim_funnels, dim_funnel_steps]
order_by: [entered desc, funnel, step_order]
columns:
  entered: {unit: units, doc: "Units that came in at step 1, whatever became of them; funnel_unit and funnel_count say what a unit is"}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  numerator: {unit: units, doc: Of denominator those that reached this step in an attempt whose window has passed}
  denominator: {unit: units, doc: "Mature units: those with an entry whose window has passed"}
  value: {unit: share, doc: "numerator / denominator, of all who came in and had the time; null when nobody had"}
  previous_numerator: {type: bigint, unit: units, doc: "Of previous_denominator those that reached this step as well; null at the first step"}
  previous_denominator: {type: bigint, unit: units, doc: "Mature units that reached the step before; null at the first step"}
  share_of_previous: {unit: share, doc: "previous_numerator / previous_denominator, of those who reached the step before; null at the first step"}
  previous_ci_low: {doc: Lower end of the interval of share_of_previous}
  previous_ci_high: {doc: Upper end of the interval of share_of_previous}
  previous_ci_method: {doc: How the interval of share_of_previous was made}
  previous_min_sample_ok: {doc: "previous_denominator is at least 30, else no verdict on share_of_previous"}
  median_seconds: {type: "decimal(18,3)", unit: seconds, doc: "Median of the time from entry to this step, of those in numerator only"}
  expected_share: {type: double, unit: share, doc: "Of entered those that reach this step within the window, estimated with those that are still open: where the curve ends"}
  time_p25_seconds: {type: "decimal(18,3)", unit: seconds, doc: "Time from entry after which 25 of every 100 of entered have reached this step, with those that are still open counted for as long as they were seen; null: not so many reach it"}
  time_p50_seconds: {type: "decimal(18,3)", unit: seconds, doc: The same for 50 of every 100}
  time_p50_low_seconds: {type: "decimal(18,3)", unit: seconds, doc: Lower end of the interval of time_p50_seconds}
  time_p50_high_seconds: {type: "decimal(18,3)", unit: seconds, doc: "Upper end of the interval of time_p50_seconds; null: beyond what was seen"}
  time_p75_seconds: {type: "decimal(18,3)", unit: seconds, doc: The same as time_p25_seconds for 75 of every 100}
  time_p90_seconds: {type: "decimal(18,3)", unit: seconds, doc: The same as time_p25_seconds for 90 of every 100}
  time_method: {type: varchar, doc: "How expected_share and the times were estimated: kaplan_meier; null when nobody came in"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = converted + dropped + pending, why: a unit would be in two states or in none}
  - {name: mature_units_came_in, severity: fail, sql: denominator <= entered, why: a unit would be mature without having come in}
  - {name: times_lie_within_the_window, severity: fail, sql: 'coalesce(greatest(time_p25_seconds, time_p50_seconds, time_p75_seconds, time_p90_seconds) <= funnel_window_seconds * greatest(step_order - 1, 1) + 1, true)', why: "a step would have been reached after the window; it may run from step to step, and a second may be one moment"}
---*/
with

unit_steps as (
    select
        *,
        lag(has_reached_mature) over (partition by funnel, person_key, unit_key order by step_order) as has_reached_previous
    from fct_funnel_unit_steps
    where entry_week is null
),

counted as (
    select
        funnel,
        step,
        count(*) as entered,
        count(case when state = 'converted' then 1 end) as converted,
        count(case when state = 'dropped' then 1 end) as dropped,
        count(case when state = 'pending' then 1 end) as pending,
        count(case when has_reached_mature then 1 end) as numerator,
        count(case when is_mature then 1 end) as denominator,
        count(case when has_reached_mature and has_reached_previous then 1 end) as previous_numerator,
        count(case when has_reached_previous then 1 end) as previous_denominator
    from unit_steps
    group by funnel, step
),

-- the middle one, or the two around the middle
timed as (
    select
        funnel,
        step,
        mature_microseconds,
        row_number() over (partition by funnel, step order by mature_microseconds, person_key, unit_key) as place,
        count(*) over (partition by funnel, step) as places
    from unit_steps
    where mature_microseconds is not null
),

medians as (
    select
        funnel,
        step,
        min(mature_microseconds) as lower_microseconds,
        max(mature_microseconds) as upper_microseconds
    from timed
    where place * 2 between places and places + 2
    group by funnel, step
),

-- where the curve first is at or below what is left of every 100
curves as (
    select
        funnel,
        step,
        min(unreached_share) as least_share,
        min(case when unreached_share <= 0.75 then microseconds end) as p25,
        min(case when unreached_share <= 0.5 then microseconds end) as p50,
        min(case when unreached_ci_low <= 0.5 then microseconds end) as p50_low,
        min(case when unreached_ci_high <= 0.5 then microseconds end) as p50_high,
        min(case when unreached_share <= 0.25 then microseconds end) as p75,
        min(case when unreached_share <= 0.1 then microseconds end) as p90,
        max(curve_method) as time_method
    from int_funnel_times
    group by funnel, step
),

unknown as (
    select funnel, step_order, cast(sum(unknown_events) as bigint) as unknown_events
    from int_funnel_unknown_events
    group by funnel, step_order
)

select
    steps.funnel,
    funnels.title_nl as funnel_title_nl,
    funnels.title_en as funnel_title_en,
    steps.step,
    steps.step_order,
    steps.title_nl as step_title_nl,
    steps.title_en as step_title_en,
    funnels.funnel_unit,
    funnels.funnel_count,
    funnels.funnel_attempt,
    funnels.funnel_order,
    funnels.funnel_window_seconds,
    coalesce(counted.entered, 0) as entered,
    coalesce(counted.converted, 0) as converted,
    coalesce(counted.dropped, 0) as dropped,
    coalesce(counted.pending, 0) as pending,
    coalesce(counted.numerator, 0) as numerator,
    coalesce(counted.denominator, 0) as denominator,
    case when steps.step_order > 1 then coalesce(counted.previous_numerator, 0) end as previous_numerator,
    case when steps.step_order > 1 then coalesce(counted.previous_denominator, 0) end as previous_denominator,
    cast(
        cast(medians.lower_microseconds + medians.upper_microseconds as decimal(18, 0)) / 2000000 as decimal(18, 3)
    ) as median_seconds,
    round(1 - curves.least_share, 12) as expected_share,
    cast(cast(curves.p25 as decimal(18, 0)) / 1000000 as decimal(18, 3)) as time_p25_seconds,
    cast(cast(curves.p50 as decimal(18, 0)) / 1000000 as decimal(18, 3)) as time_p50_seconds,
    cast(cast(curves.p50_low as decimal(18, 0)) / 1000000 as decimal(18, 3)) as time_p50_low_seconds,
    cast(cast(curves.p50_high as decimal(18, 0)) / 1000000 as decimal(18, 3)) as time_p50_high_seconds,
    cast(cast(curves.p75 as decimal(18, 0)) / 1000000 as decimal(18, 3)) as time_p75_seconds,
    cast(cast(curves.p90 as decimal(18, 0)) / 1000000 as decimal(18, 3)) as time_p90_seconds,
    curves.time_method,
    coalesce(unknown.unknown_events, 0) as unknown_events
from dim_funnel_steps as steps
inner join dim_funnels as funnels
    on steps.funnel = funnels.funnel
left join counted
    on steps.funnel = counted.funnel and steps.step = counted.step
left join medians
    on steps.funnel = medians.funnel and steps.step = medians.step
left join curves
    on steps.funnel = curves.funnel and steps.step = curves.step
left join unknown
    on steps.funnel = unknown.funnel and steps.step_order = unknown.step_order
