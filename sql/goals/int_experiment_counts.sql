/*---
description: One row per experiment and variant of the settings, seen or not, beside the control, and whether visitors were dealt out as they were to be.
grain: [experiment_id, variant]
owner: marketing-analytics
estimate: [compare_shares, sample_ratio]
reference: [dim_experiment_variants]
columns:
  deal: {type: varchar, doc: "What was dealt out over the rows: the experiment"}
  units: {doc: Persons who saw the variant}
  converted: {type: bigint, doc: "Of units those that converted within the horizon, also where it still lasts"}
  pending: {type: bigint, doc: "Of units those that did not convert and still have time"}
  open_persons: {type: bigint, doc: "Persons of all variants who did not convert and still have time"}
  x: {doc: Of n those that converted within the horizon}
  n: {doc: "Mature persons of the variant: those whose whole horizon has passed"}
  baseline_x: {doc: "Of baseline_n those that converted; null for the control itself"}
  baseline_n: {doc: "Mature persons of the control; null for the control itself"}
---*/
with

filled as (
    select
        variants.experiment_id,
        variants.variant,
        variants.is_control,
        variants.split_weight,
        coalesce(sums.persons, 0) as units,
        coalesce(sums.converted, 0) as converted,
        coalesce(sums.pending, 0) as pending,
        coalesce(sums.numerator, 0) as x,
        coalesce(sums.denominator, 0) as n
    from dim_experiment_variants as variants
    left join int_experiment_sums as sums
        on variants.experiment_id = sums.experiment_id and variants.variant = sums.variant
),

wholes as (
    select
        experiment_id,
        cast(sum(pending) as bigint) as open_persons,
        cast(sum(case when is_control then x end) as bigint) as control_x,
        cast(sum(case when is_control then n end) as bigint) as control_n,
        sum(cast(split_weight as decimal(18, 6))) as all_weight
    from filled
    group by experiment_id
)

select
    filled.experiment_id,
    filled.experiment_id as deal,
    filled.variant,
    filled.is_control,
    filled.split_weight,
    round(filled.split_weight / cast(wholes.all_weight as double), 12) as expected_share,
    filled.units,
    filled.converted,
    filled.pending,
    wholes.open_persons,
    coalesce(crossed.persons, 0) as crossed_persons,
    filled.x,
    filled.n,
    case when not filled.is_control then wholes.control_x end as baseline_x,
    case when not filled.is_control then wholes.control_n end as baseline_n
from filled
inner join wholes
    on filled.experiment_id = wholes.experiment_id
left join int_experiment_sums as crossed
    on filled.experiment_id = crossed.experiment_id and crossed.variant = 'none'
