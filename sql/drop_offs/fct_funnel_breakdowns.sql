/*---
description: One row per funnel, step and segment, beside all the other units of the funnel, over all complete days.
grain: [funnel, step, segment_kind, segment_value]
owner: marketing-analytics
reference: [dim_thresholds]
thresholds: {countries: 10, min_sample: 30}
estimate: [compare_shares, false_discovery]
columns:
  entered: {unit: units, doc: Units of the segment that came in at step 1}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  x: {unit: units, doc: Of n those that reached this step in an attempt whose window has passed}
  n: {unit: units, doc: "Mature units: those with an entry whose window has passed"}
  baseline_x: {unit: units, doc: Of baseline_n those that reached this step}
  baseline_n: {unit: units, doc: Mature units of the same funnel that are not in this segment}
  whole_entered: {type: bigint, unit: units, doc: "Units of the funnel that came in, whatever their segment"}
  segments_entered: {type: bigint, unit: units, doc: "Sum of entered over the segments of this kind, none among them"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = converted + dropped + pending, why: a unit would be in two states or in none}
  - {name: segments_make_the_whole, severity: fail, sql: 'segments_entered = whole_entered or (segment_kind = ''persona_id'' and segments_entered < whole_entered)', why: a unit would be in two segments of a kind or in none (who fits no persona is in none)}
---*/
with

countries as (
    select
        funnel,
        measured_value,
        row_number() over (partition by funnel order by max(entered) desc, measured_value) as country_rank
    from int_funnel_segment_counts
    where segment_kind = 'country' and measured_value not in ('none', 'unknown')
    group by funnel, measured_value
),

named as (
    select
        counts.*,
        -- the countries with most units; the others are one
        case when countries.country_rank > limits.limit_value then 'other' else counts.measured_value end as segment_value
    from int_funnel_segment_counts as counts
    cross join dim_thresholds as limits
    left join countries
        on
            counts.segment_kind = 'country'
            and counts.funnel = countries.funnel
            and counts.measured_value = countries.measured_value
    where limits.model = 'fct_funnel_breakdowns' and limits.threshold = 'countries'
),

counted as (
    select
        funnel,
        step,
        step_order,
        segment_kind,
        segment_value,
        cast(sum(entered) as bigint) as entered,
        cast(sum(converted) as bigint) as converted,
        cast(sum(dropped) as bigint) as dropped,
        cast(sum(pending) as bigint) as pending,
        cast(sum(x) as bigint) as x,
        cast(sum(n) as bigint) as n
    from named
    group by funnel, step, step_order, segment_kind, segment_value
),

-- every kind holds every unit once
wholes as (
    select
        funnel,
        step,
        cast(sum(entered) as bigint) as whole_entered,
        cast(sum(x) as bigint) as whole_x,
        cast(sum(n) as bigint) as whole_n
    from int_funnel_segment_counts
    where segment_kind = 'device_category'
    group by funnel, step
)

select
    counted.funnel,
    counted.step,
    counted.step_order,
    counted.segment_kind,
    counted.segment_value,
    counted.entered,
    counted.converted,
    counted.dropped,
    counted.pending,
    counted.x,
    counted.n,
    wholes.whole_x - counted.x as baseline_x,
    wholes.whole_n - counted.n as baseline_n,
    wholes.whole_entered,
    cast(
        sum(counted.entered) over (partition by counted.funnel, counted.step, counted.segment_kind) as bigint
    ) as segments_entered,
    'breakdown of ' || counted.funnel as family,
    -- all reach step 1, and nobody can act on a group that is no group
    counted.step_order > 1
    and counted.segment_value not in ('none', 'unknown', 'other')
    and counted.n >= limits.limit_value
    and wholes.whole_n - counted.n >= limits.limit_value as is_tested
from counted
inner join wholes
    on counted.funnel = wholes.funnel and counted.step = wholes.step
cross join dim_thresholds as limits
where limits.model = 'fct_funnel_breakdowns' and limits.threshold = 'min_sample'
