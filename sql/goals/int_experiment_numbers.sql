/*---
description: One row per experiment, variant and number that its sentence names, as people read it.
grain: [experiment_id, variant, number_kind]
owner: marketing-analytics
estimate: number_texts
---*/
select experiment_id, variant, 'value' as number_kind, 'share' as unit, value as number from int_experiment_effects
union all
select experiment_id, variant, 'n' as number_kind, 'persons' as unit, cast(n as double) as number from int_experiment_effects
union all
select experiment_id, variant, 'baseline_value' as number_kind, 'share' as unit, baseline_value as number from int_experiment_effects
union all
select experiment_id, variant, 'baseline_n' as number_kind, 'persons' as unit, cast(baseline_n as double) as number
from int_experiment_effects
union all
select experiment_id, variant, 'diff' as number_kind, 'points' as unit, diff as number from int_experiment_effects
union all
select experiment_id, variant, 'diff_ci_low' as number_kind, 'points' as unit, diff_ci_low as number from int_experiment_effects
union all
select experiment_id, variant, 'diff_ci_high' as number_kind, 'points' as unit, diff_ci_high as number from int_experiment_effects
union all
select experiment_id, variant, 'persons' as number_kind, 'persons' as unit, cast(units as double) as number from int_experiment_effects
union all
select experiment_id, variant, 'crossed_persons' as number_kind, 'persons' as unit, cast(crossed_persons as double) as number
from int_experiment_effects
union all
select
    effects.experiment_id,
    effects.variant,
    'expected_persons' as number_kind,
    'persons' as unit,
    round(effects.expected_share * sum(effects.units) over (partition by effects.experiment_id)) as number
from int_experiment_effects as effects
