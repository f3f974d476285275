/*---
description: One row per KPI, segment, newest whole period and period that it is held against, with the difference and what chance has to say of it.
grain: [kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value, baseline_kind]
owner: marketing-analytics
estimate: false_discovery
columns:
  kpi_value: {type: double, doc: "The KPI in the period, in its unit"}
  before_value: {type: double, doc: "The KPI in the period that it is held against, in its unit"}
  diff: {doc: "kpi_value - before_value, in the KPI's unit; of a share as a share: 0.03 is three points"}
  is_tested: {doc: "An estimate with enough units on both sides, all of them mature: the comparison belongs to the family"}
  family: {doc: "All KPIs in one period, beside one other, of one kind of segment"}
---*/
with

differences as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        period_start,
        segment_kind,
        segment_value,
        baseline_kind,
        baseline_start,
        is_counted,
        kpi_value,
        before_value,
        units,
        units_before,
        pending_n,
        kpi_change_reason,
        kpi_value - before_value as diff,
        -- x of n may be rounded: the interval goes with the difference itself
        case when n is null then value_diff_low else kpi_value - before_value - (diff - diff_ci_low) end as diff_ci_low,
        case when n is null then value_diff_high else kpi_value - before_value + (diff_ci_high - diff) end as diff_ci_high,
        case when n is null then value_p else p_value end as p_value,
        case when n is not null then test when value_p is not null then 'mover' end as test
    from int_kpi_change_pairs
)

select
    kpi,
    journey_model,
    phase,
    period_kind,
    period_start,
    segment_kind,
    segment_value,
    baseline_kind,
    baseline_start,
    is_counted,
    kpi_value,
    before_value,
    units,
    units_before,
    pending_n,
    kpi_change_reason,
    -- what is not final or was not measured on both sides has no difference
    case when coalesce(kpi_change_reason, 'too_few') = 'too_few' then round(diff, 12) end as diff,
    case when coalesce(kpi_change_reason, 'too_few') = 'too_few' then round(diff_ci_low, 12) end as diff_ci_low,
    case when coalesce(kpi_change_reason, 'too_few') = 'too_few' then round(diff_ci_high, 12) end as diff_ci_high,
    case when kpi_change_reason is null then p_value end as p_value,
    case when kpi_change_reason is null then test end as test,
    kpi_change_reason is null and not is_counted and p_value is not null as is_tested,
    period_kind || ' ' || cast(period_start as varchar) || ' ' || baseline_kind || ' ' || segment_kind as family
from differences
