/*---
description: One row per experiment and variant, with its difference to the control and why that cannot be told yet.
grain: [experiment_id, variant]
owner: marketing-analytics
estimate: false_discovery
reference: [dim_experiments, run_window]
columns:
  is_tested: {doc: "A variant that can be told of: the comparison belongs to the family"}
  family: {doc: "All variants of all experiments of the settings are one family"}
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

judged as (
    select
        counts.* exclude (deal, min_sample_ok),
        case when counts.is_control then counts.n >= 30 else counts.min_sample_ok end as min_sample_ok,
        -- one in a thousand: a deal is looked at each night, and a false alarm throws an experiment away
        coalesce(counts.sample_ratio_p_value < 0.001, false) as has_ratio_alarm,
        case
            when counts.is_control then null
            when run_window.as_of < experiments.starts_on then 'not_started'
            when coalesce(counts.sample_ratio_p_value < 0.001, false) then 'sample_ratio'
            -- who looks each night and stops at the first difference finds one by chance: there is one look
            when run_window.as_of < experiments.ends_on or run_window.as_of is null then 'running'
            when counts.open_persons > 0 then 'still_open'
            when not counts.min_sample_ok then 'too_few'
        end as experiment_reason
    from int_experiment_counts as counts
    inner join dim_experiments as experiments
        on counts.experiment_id = experiments.experiment_id
    cross join run_window
)

select
    *,
    'experiments' as family,
    experiment_reason is null and not is_control as is_tested
from judged
