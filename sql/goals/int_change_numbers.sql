/*---
description: One row per change and number that its sentence names, as people read it.
grain: [change_id, number_kind]
owner: marketing-analytics
estimate: number_texts
---*/
select change_id, 'value' as number_kind, 'share' as unit, value as number from int_change_effects
union all
select change_id, 'baseline_value' as number_kind, 'share' as unit, baseline_value as number from int_change_effects
union all
select change_id, 'n' as number_kind, 'units' as unit, cast(n as double) as number from int_change_effects
union all
select change_id, 'baseline_n' as number_kind, 'units' as unit, cast(baseline_n as double) as number from int_change_effects
union all
select change_id, 'effect' as number_kind, 'points' as unit, effect as number from int_change_effects
union all
select change_id, 'effect_ci_low' as number_kind, 'points' as unit, effect_ci_low as number from int_change_effects
union all
select change_id, 'effect_ci_high' as number_kind, 'points' as unit, effect_ci_high as number from int_change_effects
union all
select
    change_id,
    'control' as number_kind,
    'points' as unit,
    control_x / cast(nullif(control_n, 0) as double) - control_baseline_x / cast(nullif(control_baseline_n, 0) as double) as number
from int_change_effects
