/*---
description: One row per touchpoint, with the difference over its strata held against those of all touchpoints.
grain: [touchpoint_id]
owner: marketing-analytics
estimate: false_discovery
columns:
  x: {doc: Of n those that ordered after}
  n: {doc: "Mature persons who met the touchpoint in their first days"}
  baseline_x: {doc: Of baseline_n those that ordered after}
  baseline_n: {doc: "Mature persons who did not"}
  compared_n: {type: bigint, doc: "Of n those in a stratum where somebody did not meet it"}
  compared_baseline_n: {type: bigint, doc: "Of baseline_n those in a stratum where somebody met it"}
  expected_x: {type: "decimal(38,6)", doc: "Orders of compared_n, had both sides of each stratum ordered equally often"}
  family: {doc: "All touchpoints are one family"}
  is_tested: {doc: "At least 30 persons on either side can be compared, and 5 orders of those who met it were to be expected"}
---*/
select
    lifts.* exclude (p_value),
    adjusted_p_value as p_value,
    'touchpoints' as family,
    -- below five the approximation behind the test is not to be trusted (Cochran)
    compared_n >= 30 and compared_baseline_n >= 30 and expected_x >= 5 as is_tested
from int_touchpoint_lifts as lifts
