/*---
description: One row per touchpoint, with all its strata, and the difference over them.
grain: [touchpoint_id]
owner: marketing-analytics
estimate: compare_shares
columns:
  x: {doc: Of n those that ordered after}
  n: {doc: "Mature persons who met the touchpoint in their first days"}
  baseline_x: {doc: Of baseline_n those that ordered after}
  baseline_n: {doc: "Mature persons who did not"}
  compared_n: {type: bigint, doc: "Of n those in a stratum where somebody did not meet it"}
  compared_baseline_n: {type: bigint, doc: "Of baseline_n those in a stratum where somebody met it"}
  expected_x: {type: "decimal(38,6)", doc: "Orders of compared_n, had both sides of each stratum ordered equally often"}
---*/
select
    touchpoint_id,
    cast(sum(x) as bigint) as x,
    cast(sum(n) as bigint) as n,
    cast(sum(baseline_x) as bigint) as baseline_x,
    cast(sum(baseline_n) as bigint) as baseline_n,
    cast(sum(case when baseline_n > 0 then n else 0 end) as bigint) as compared_n,
    cast(sum(case when n > 0 then baseline_n else 0 end) as bigint) as compared_baseline_n,
    sum(
        case
            when n > 0 and baseline_n > 0
                then cast(round(n * (x + baseline_x) / cast(n + baseline_n as double), 6) as decimal(38, 6))
            else 0
        end
    ) as expected_x,
    max(adjusted_diff) as adjusted_diff,
    max(adjusted_ci_low) as adjusted_ci_low,
    max(adjusted_ci_high) as adjusted_ci_high,
    max(adjusted_p_value) as adjusted_p_value
from int_lift_strata
group by touchpoint_id
