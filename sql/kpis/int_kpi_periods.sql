/*---
description: One row per KPI, journey model, phase, period and segment, whichever way its periods are written.
grain: [kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value]
owner: marketing-analytics
materialize: view
---*/
select
    kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value,
    value, ci_low, ci_high, ci_level, ci_method, n, pending_n, numerator, denominator, min_sample_ok, unit, is_additive
from all_phase_kpis
union all
select
    kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value,
    value, ci_low, ci_high, ci_level, ci_method, n, pending_n, numerator, denominator, min_sample_ok, unit, is_additive
from all_phase_kpi_periods
