/*---
description: One row per prediction target and number that its sentence names, as people read it.
grain: [target, number_kind]
owner: marketing-analytics
only_with: predict
estimate: number_texts
---*/
select target, 'trained_n' as number_kind, 'persons' as unit, cast(trained_n as double) as number from int_prediction_quality
union all
select target, 'trained_x' as number_kind, 'persons' as unit, cast(trained_x as double) as number from int_prediction_quality
union all
select target, 'n' as number_kind, 'persons' as unit, cast(n as double) as number from int_prediction_quality
union all
select target, 'x' as number_kind, 'persons' as unit, cast(x as double) as number from int_prediction_quality
union all
select target, 'value' as number_kind, 'share' as unit, x / cast(nullif(n, 0) as double) as number from int_prediction_quality
union all
select target, 'top' as number_kind, 'share' as unit, top_x / cast(nullif(top_n, 0) as double) as number
from int_prediction_quality
union all
select target, 'skill' as number_kind, 'share' as unit, skill as number from int_prediction_quality
union all
select target, 'skill_ci_low' as number_kind, 'share' as unit, skill_ci_low as number from int_prediction_quality
union all
select target, 'skill_ci_high' as number_kind, 'share' as unit, skill_ci_high as number from int_prediction_quality
