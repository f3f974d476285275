/*---
description: One row per touchpoint, with how many of those who met it in their first days ordered after, beside those who got as far, did as much and did not meet it.
grain: [touchpoint_id]
owner: marketing-analytics
published: state
reference: [dim_touchpoints, dim_labels, dim_thresholds]
order_by: [min_sample_ok desc, adjusted_diff desc, touchpoint_id]
columns:
  x: {doc: Of n those that ordered in the days after}
  n: {doc: "Mature persons who met the touchpoint in their first days and had not ordered by then"}
  baseline_x: {doc: Of baseline_n those that ordered in the days after}
  baseline_n: {doc: "Mature persons who did not meet it, and had not ordered by then"}
  compared_n: {type: bigint, doc: "Of n those in a stratum where somebody did not meet it"}
  compared_baseline_n: {type: bigint, doc: "Of baseline_n those in a stratum where somebody met it"}
  exposure_days: {type: integer, unit: days, doc: Days from the first touch in which the touchpoint was met or not}
  outcome_days: {type: integer, unit: days, doc: Days after those in which an order counts}
  pending_n: {doc: Persons who met it and whose days are not over}
  lift_verdict: {type: varchar, doc: "more, less, no_difference or cannot_tell"}
  lift_verdict_nl: {type: varchar, doc: Verdict in Dutch words}
  lift_verdict_en: {type: varchar, doc: Verdict in English words}
  min_sample_ok: {doc: "At least 30 persons on either side can be compared, and 5 orders of those who met it were to be expected"}
  expected_x: {type: "decimal(38,6)", unit: orders, doc: "Orders of compared_n, had both sides of each stratum ordered equally often"}
checks:
  - {name: the_interval_contains_the_difference, severity: fail, sql: 'coalesce(adjusted_diff between adjusted_ci_low and adjusted_ci_high, true)', why: an interval around another number}
  - {name: who_is_compared_is_there, severity: fail, sql: compared_n <= n and compared_baseline_n <= baseline_n, why: somebody was compared twice}
---*/
with

limits as (
    select
        max(case when threshold = 'exposure_days' then cast(round(limit_value) as integer) end) as exposure_days,
        max(case when threshold = 'outcome_days' then cast(round(limit_value) as integer) end) as outcome_days
    from dim_thresholds
    where model = 'int_landmark_persons'
),

waiting as (
    select touchpoint_id, cast(sum(persons - mature_n) as bigint) as pending_n
    from int_lift_counts
    where touchpoint_id is not null
    group by touchpoint_id
),

judged as (
    select
        *,
        case
            when not is_tested or adjusted_diff is null then 'cannot_tell'
            when coalesce(q_value, 1) > 0.05 then 'no_difference'
            when adjusted_diff > 0 then 'more'
            else 'less'
        end as lift_verdict
    from int_lift_tests
)

select
    judged.touchpoint_id,
    touchpoints.title_nl as touchpoint_title_nl,
    touchpoints.title_en as touchpoint_title_en,
    touchpoints.owner,
    judged.lift_verdict,
    labels.label_nl as lift_verdict_nl,
    labels.label_en as lift_verdict_en,
    judged.adjusted_diff,
    judged.adjusted_ci_low,
    judged.adjusted_ci_high,
    judged.p_value,
    judged.q_value,
    judged.value,
    judged.ci_low,
    judged.ci_high,
    judged.x,
    judged.n,
    judged.baseline_value,
    judged.baseline_x,
    judged.baseline_n,
    judged.diff,
    judged.compared_n,
    judged.compared_baseline_n,
    judged.expected_x,
    judged.is_tested as min_sample_ok,
    coalesce(waiting.pending_n, 0) as pending_n,
    limits.exposure_days,
    limits.outcome_days,
    'indicated' as evidence_level
from judged
cross join limits
left join waiting
    on judged.touchpoint_id = waiting.touchpoint_id
left join dim_touchpoints as touchpoints
    on judged.touchpoint_id = touchpoints.touchpoint_id
inner join dim_labels as labels
    on labels.enum = 'lift_verdict' and judged.lift_verdict = labels.enum_value
