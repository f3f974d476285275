/*---
description: One row per funnel, step and entry week, over its weekdays that are mature and measured, beside the same weekdays of the week before.
grain: [funnel, step, entry_week]
owner: marketing-analytics
reference: [dim_thresholds, dim_funnel_steps]
thresholds: {min_sample: 30}
estimate: [compare_shares, false_discovery]
columns:
  entry_week: {type: date, doc: Monday of the week}
  compared_days: {type: bigint, unit: days, doc: "Weekdays compared: their windows have passed, and there are events of the date and of the date a week before"}
  x: {unit: units, doc: Of n those that reached the step}
  n: {unit: units, doc: Units that came in on those weekdays}
  baseline_x: {unit: units, doc: Of baseline_n those that reached the step}
  baseline_n: {unit: units, doc: Units that came in on those weekdays of the week before}
---*/
with

days as (
    select funnel, entry_week, count(*) as compared_days
    from int_funnel_compared_dates
    where is_of_the_week
    group by funnel, entry_week
),

-- also where nobody came in
sized as (
    select
        days.funnel,
        steps.step,
        steps.step_order,
        days.entry_week,
        days.compared_days,
        coalesce(counted.x, 0) as x,
        coalesce(counted.n, 0) as n,
        coalesce(counted.baseline_x, 0) as baseline_x,
        coalesce(counted.baseline_n, 0) as baseline_n
    from days
    inner join dim_funnel_steps as steps
        on days.funnel = steps.funnel
    left join int_funnel_week_counts as counted
        on days.funnel = counted.funnel and steps.step = counted.step and days.entry_week = counted.entry_week
)

select
    sized.funnel,
    sized.step,
    sized.step_order,
    sized.entry_week,
    sized.compared_days,
    sized.x,
    sized.n,
    sized.baseline_x,
    sized.baseline_n,
    sized.funnel || ' in the week of ' || cast(sized.entry_week as varchar) as family,
    -- all reach step 1
    sized.step_order > 1
    and sized.n >= limits.limit_value
    and sized.baseline_n >= limits.limit_value as is_tested
from sized
cross join dim_thresholds as limits
where limits.model = 'fct_funnel_week_comparisons' and limits.threshold = 'min_sample'
