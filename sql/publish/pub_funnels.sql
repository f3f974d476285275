/*---
description: One row per funnel and step, with how many came in, how many of them reached the step, and what became of the others, over all complete days.
grain: [funnel, step]
owner: marketing-analytics
published: state
estimate: share_interval
reference: [dim_funnels, dim_funnel_steps]
order_by: [funnel, step_order]
columns:
  entered: {unit: units, doc: "Units that came in at step 1, whatever became of them; funnel_unit and funnel_count say what a unit is"}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  numerator: {unit: units, doc: Of denominator those that reached this step in an attempt whose window has passed}
  denominator: {unit: units, doc: "Mature units: those with an entry whose window has passed"}
  value: {unit: share, doc: "numerator / denominator, of all who came in and had the time; null when nobody had"}
  share_of_previous: {type: double, unit: share, doc: "numerator / the numerator of the step before; null at the first step"}
  median_seconds: {type: "decimal(18,3)", unit: seconds, doc: "Median of the time from entry to this step, of those in numerator"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = converted + dropped + pending, why: a unit would be in two states or in none}
  - {name: mature_units_came_in, severity: fail, sql: denominator <= entered, why: a unit would be mature without having come in}
---*/
with

attempts as (
    select
        attempts.funnel,
        case
            when funnels.funnel_count = 'totals' then attempts.attempt_key
            when funnels.funnel_unit = 'session' then attempts.session_key
            else attempts.person_key
        end as unit_key,
        attempts.attempt_key,
        attempts.entered_at,
        attempts.steps_reached,
        coalesce(attempts.window_ends_at < run_window.as_of_at, false) as is_mature,
        attempts.step_1_at, attempts.step_2_at, attempts.step_3_at, attempts.step_4_at, attempts.step_5_at,
        attempts.step_6_at, attempts.step_7_at, attempts.step_8_at, attempts.step_9_at, attempts.step_10_at,
        funnels.funnel_attempt
    from fct_funnel_attempts as attempts
    inner join dim_funnels as funnels
        on attempts.funnel = funnels.funnel
    cross join run_window
),

numbered as (
    select *, row_number() over (partition by funnel, unit_key order by entered_at, attempt_key) as attempt_number
    from attempts
),

-- with `attempt: first` a unit has one attempt, also where it came in on several dates
attempt_steps as (
    select
        numbered.funnel,
        numbered.unit_key,
        numbered.attempt_key,
        numbered.entered_at,
        numbered.is_mature,
        steps.step,
        case steps.step_order
            when 1 then numbered.step_1_at
            when 2 then numbered.step_2_at
            when 3 then numbered.step_3_at
            when 4 then numbered.step_4_at
            when 5 then numbered.step_5_at
            when 6 then numbered.step_6_at
            when 7 then numbered.step_7_at
            when 8 then numbered.step_8_at
            when 9 then numbered.step_9_at
            when 10 then numbered.step_10_at
        end as reached_at
    from numbered
    inner join dim_funnel_steps as steps
        on numbered.funnel = steps.funnel
    where numbered.attempt_number = 1 or numbered.funnel_attempt = 'best'
),

unit_steps as (
    select
        funnel,
        step,
        unit_key,
        count(reached_at) > 0 as has_reached,
        count(case when is_mature then reached_at end) > 0 as has_reached_mature,
        count(case when is_mature then 1 end) > 0 as is_mature,
        count(case when not is_mature then 1 end) > 0 as is_open,
        min(case when is_mature then epoch_us(reached_at) - epoch_us(entered_at) end) as microseconds
    from attempt_steps
    group by funnel, step, unit_key
),

-- the middle one, or the two around the middle
timed as (
    select
        funnel,
        step,
        microseconds,
        row_number() over (partition by funnel, step order by microseconds, unit_key) as place,
        count(*) over (partition by funnel, step) as places
    from unit_steps
    where microseconds is not null
),

medians as (
    select funnel, step, min(microseconds) as lower_microseconds, max(microseconds) as upper_microseconds
    from timed
    where place * 2 between places and places + 2
    group by funnel, step
),

counted as (
    select
        funnel,
        step,
        count(*) as entered,
        count(case when has_reached then 1 end) as converted,
        count(case when not has_reached and not is_open then 1 end) as dropped,
        count(case when not has_reached and is_open then 1 end) as pending,
        count(case when has_reached_mature then 1 end) as numerator,
        count(case when is_mature then 1 end) as denominator
    from unit_steps
    group by funnel, step
),

unknown as (
    select funnel, step_order, cast(sum(unknown_events) as bigint) as unknown_events
    from int_funnel_unknown_events
    group by funnel, step_order
),

shown as (
    select
        steps.funnel,
        steps.step,
        steps.step_order,
        steps.title_nl,
        steps.title_en,
        coalesce(counted.entered, 0) as entered,
        coalesce(counted.converted, 0) as converted,
        coalesce(counted.dropped, 0) as dropped,
        coalesce(counted.pending, 0) as pending,
        coalesce(counted.numerator, 0) as numerator,
        coalesce(counted.denominator, 0) as denominator,
        lag(coalesce(counted.numerator, 0)) over (partition by steps.funnel order by steps.step_order) as previous_numerator,
        medians.lower_microseconds,
        medians.upper_microseconds,
        coalesce(unknown.unknown_events, 0) as unknown_events
    from dim_funnel_steps as steps
    left join counted
        on steps.funnel = counted.funnel and steps.step = counted.step
    left join medians
        on steps.funnel = medians.funnel and steps.step = medians.step
    left join unknown
        on steps.funnel = unknown.funnel and steps.step_order = unknown.step_order
)

select
    shown.funnel,
    funnels.title_nl as funnel_title_nl,
    funnels.title_en as funnel_title_en,
    shown.step,
    shown.step_order,
    shown.title_nl as step_title_nl,
    shown.title_en as step_title_en,
    funnels.funnel_unit,
    funnels.funnel_count,
    funnels.funnel_attempt,
    funnels.funnel_order,
    funnels.funnel_window_seconds,
    shown.entered,
    shown.converted,
    shown.dropped,
    shown.pending,
    shown.numerator,
    shown.denominator,
    round(shown.numerator / cast(nullif(shown.previous_numerator, 0) as double), 12) as share_of_previous,
    cast(
        cast(shown.lower_microseconds + shown.upper_microseconds as decimal(18, 0)) / 2000000 as decimal(18, 3)
    ) as median_seconds,
    shown.unknown_events
from shown
inner join dim_funnels as funnels
    on shown.funnel = funnels.funnel
