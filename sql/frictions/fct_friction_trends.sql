/*---
description: One row per friction, its current period compared with the equally long period before.
grain: [friction_key]
owner: marketing-analytics
reference: [dim_thresholds]
estimate: [compare_shares, false_discovery]
---*/
select
    friction_key,
    x,
    n,
    previous_x as baseline_x,
    previous_n as baseline_n,
    family,
    n >= limits.limit_value and previous_n >= limits.limit_value as is_tested
from fct_frictions
cross join dim_thresholds as limits
where limits.model = 'fct_frictions' and limits.threshold = 'min_sample'
