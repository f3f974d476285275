/*---
description: One row per funnel, step and ISO week of entry, with what became of those who came in, and how the rate differs from that of the same weekdays a week before. A funnel that nobody ever came in to has no row.
grain: [funnel, step, entry_week]
owner: marketing-analytics
published: state
reference: [dim_funnels, dim_funnel_steps]
estimate: share_interval
order_by: [funnel, is_open, entry_week desc, step_order]
columns:
  entry_week: {doc: Monday of the week in which units came in}
  iso_week: {type: varchar, doc: "The same week as year and number, such as 2026-W22"}
  week_ends_on: {doc: Sunday of that week}
  measured_days: {type: bigint, doc: "Dates of the week with an event, 0 to 7: below 7 the week is not over, or was measured in part"}
  is_open: {type: boolean, doc: "The week is not over, or somebody who came in may still have time: the figures will change"}
  entered: {unit: units, doc: "Units that came in at step 1 in this week; who comes in in two weeks counts in both"}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  numerator: {unit: units, doc: Of denominator those that reached this step in an attempt whose window has passed}
  denominator: {unit: units, doc: "Mature units: those with an entry in this week whose window has passed"}
  value: {unit: share, doc: "numerator / denominator, of those of the week who had the time; null when nobody had"}
  baseline_kind: {doc: "previous_period: the same weekdays of the week before; null where nothing can be compared"}
  compared_days: {type: bigint, doc: "Weekdays that are compared, 0 to 7: their windows have passed, and there are events of the date and of the date a week before"}
  compared_x: {type: bigint, unit: units, doc: Of compared_n those that reached this step}
  compared_n: {type: bigint, unit: units, doc: Units that came in on those weekdays of this week}
  compared_value: {type: double, unit: share, doc: compared_x / compared_n}
  baseline_x: {unit: units, doc: Of baseline_n those that reached this step}
  baseline_n: {unit: units, doc: Units that came in on those weekdays of the week before}
  diff: {doc: "compared_value - baseline_value, in points of a share"}
  q_value: {doc: "p_value corrected for the steps of this funnel and week (Benjamini-Hochberg); null where one side has fewer than 30 units"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = converted + dropped + pending, why: a unit would be in two states or in none}
  - {name: mature_units_came_in, severity: fail, sql: denominator <= entered, why: a unit would be mature without having come in}
  - {name: who_is_compared_is_mature, severity: fail, sql: compared_n <= denominator, why: somebody would be compared who can still convert}
  - {name: a_closed_week_has_nobody_pending, severity: fail, sql: is_open or pending = 0, why: a week would be called final while it changes}
---*/
with

counted as (
    select
        funnel,
        step,
        entry_week,
        count(*) as entered,
        count(case when state = 'converted' then 1 end) as converted,
        count(case when state = 'dropped' then 1 end) as dropped,
        count(case when state = 'pending' then 1 end) as pending,
        count(case when has_reached_mature then 1 end) as numerator,
        count(case when is_mature then 1 end) as denominator
    from fct_funnel_unit_steps
    where entry_week is not null
    group by funnel, step, entry_week
),

-- of a funnel that nobody ever came in to there is nothing to tell by week; pub_funnels says so
weeks as (
    select weeks.*, weeks.entry_week + 3 as thursday
    from int_funnel_weeks as weeks
    inner join (select counted.funnel from counted group by counted.funnel) as entered
        on weeks.funnel = entered.funnel
)

select
    weeks.funnel,
    funnels.title_nl as funnel_title_nl,
    funnels.title_en as funnel_title_en,
    steps.step,
    steps.step_order,
    steps.title_nl as step_title_nl,
    steps.title_en as step_title_en,
    weeks.entry_week,
    -- a week belongs to the year of its Thursday
    cast(year(weeks.thursday) as varchar) || '-W'
    || lpad(cast((weeks.thursday - make_date(year(weeks.thursday), 1, 1)) // 7 + 1 as varchar), 2, '0') as iso_week,
    weeks.week_ends_on,
    weeks.measured_days,
    coalesce(weeks.newest_mature_date < weeks.week_ends_on, true) or coalesce(counted.pending, 0) > 0 as is_open,
    funnels.funnel_unit,
    funnels.funnel_count,
    coalesce(counted.entered, 0) as entered,
    coalesce(counted.converted, 0) as converted,
    coalesce(counted.dropped, 0) as dropped,
    coalesce(counted.pending, 0) as pending,
    coalesce(counted.numerator, 0) as numerator,
    coalesce(counted.denominator, 0) as denominator,
    'share' as unit,
    case when comparisons.diff is not null then 'previous_period' end as baseline_kind,
    coalesce(comparisons.compared_days, 0) as compared_days,
    coalesce(comparisons.x, 0) as compared_x,
    coalesce(comparisons.n, 0) as compared_n,
    comparisons.value as compared_value,
    coalesce(comparisons.baseline_x, 0) as baseline_x,
    coalesce(comparisons.baseline_n, 0) as baseline_n,
    comparisons.baseline_value,
    comparisons.diff,
    comparisons.diff_ci_low,
    comparisons.diff_ci_high,
    comparisons.p_value,
    comparisons.q_value,
    comparisons.test
from weeks
inner join dim_funnels as funnels
    on weeks.funnel = funnels.funnel
inner join dim_funnel_steps as steps
    on weeks.funnel = steps.funnel
left join counted
    on weeks.funnel = counted.funnel and steps.step = counted.step and weeks.entry_week = counted.entry_week
left join fct_funnel_week_comparisons as comparisons
    on weeks.funnel = comparisons.funnel and steps.step = comparisons.step and weeks.entry_week = comparisons.entry_week
