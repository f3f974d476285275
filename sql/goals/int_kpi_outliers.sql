/*---
description: One row per headline KPI and newest final day or week, with how likely chance is as far from what was expected, over all KPIs of that day or week.
grain: [kpi, journey_model, phase, period_kind, period_start]
owner: marketing-analytics
estimate: false_discovery
columns:
  value: {doc: "The KPI in the period, in its unit"}
  expected: {type: double, doc: "Median of the same weekday in the weeks before, or of the weeks before, in the KPI's unit"}
  compared_points: {type: bigint, doc: "Values that the median is of: dates of the same weekday, or weeks"}
  expected_n: {type: double, doc: Median number of units of those values}
  family: {doc: "All headline KPIs of one day, or of one week"}
  is_tested: {doc: "Every row: what holds too few is not here"}
---*/
select
    kpi,
    journey_model,
    phase,
    period_kind,
    period_start,
    period_ends_on,
    unit,
    is_counted,
    is_measured,
    value,
    n,
    compared_points,
    expected_n,
    expected,
    -- no share passes 0 or 1, and no count, amount or time passes 0
    case when expected >= 0 then greatest(expected_low, 0) else expected_low end as expected_low,
    case when unit = 'share' then least(expected_high, 1) else expected_high end as expected_high,
    robust_z,
    outlier_p_value as p_value,
    period_kind || ' ' || cast(period_start as varchar) as family,
    true as is_tested
from int_kpi_expectations
