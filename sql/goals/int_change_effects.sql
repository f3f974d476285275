/*---
description: One row per change, with its effect, against the control where there is one, and what that says.
grain: [change_id]
owner: marketing-analytics
estimate: false_discovery
reference: [dim_kpis, run_window]
columns:
  is_tested: {doc: "Enough units on all sides, the weeks are over and nobody is still open: the comparison belongs to the family"}
  family: {doc: "All changes of the settings are one family"}
---*/
with

judged as (
    select
        counts.*,
        kpis.direction,
        case when counts.has_control then counts.did else counts.diff end as effect,
        case when counts.has_control then counts.did_ci_low else counts.diff_ci_low end as effect_ci_low,
        case when counts.has_control then counts.did_ci_high else counts.diff_ci_high end as effect_ci_high,
        case when counts.has_control then 'difference_in_differences' else 'before_after' end as effect_method,
        case
            when counts.after_to > run_window.as_of then 'weeks_missing'
            when not counts.min_sample_ok then 'too_few'
            when counts.has_control and coalesce(least(counts.control_n, counts.control_baseline_n), 0) < 30 then 'too_few'
            when counts.pending_n > 0 then 'still_open'
        end as change_reason
    from int_change_counts as counts
    inner join dim_kpis as kpis
        on counts.kpi = kpis.kpi
    cross join run_window
)

select
    judged.* exclude (p_value),
    case when has_control then did_p_value else p_value end as p_value,
    'changes' as family,
    change_reason is null as is_tested
from judged
