/*---
description: One row per signal, place and headline segment, compared with its baseline and corrected for the number of comparisons.
grain: [signal_id, journey_model, phase, touchpoint_id, signal_detail, segment_kind, segment_value]
owner: marketing-analytics
reference: [dim_thresholds]
thresholds: {min_sample: 30}
estimate: [compare_shares, false_discovery]
checks:
  - {name: hits_are_part_of_the_base, severity: fail, sql: 'n >= x and x >= 0 and baseline_n >= baseline_x', why: a share would pass 100 %}
---*/
select
    -- one name for a finding, so that nobody joins by seven columns. It is the grain of the models that read it: two findings
    -- of one key would stop the night
    md5(
        coalesce(signals.signal_id, '') || '|' || coalesce(signals.journey_model, '') || '|' || coalesce(signals.phase, '') || '|'
        || coalesce(signals.touchpoint_id, '') || '|' || coalesce(signals.signal_detail, '') || '|'
        || coalesce(signals.segment_kind, '') || '|' || coalesce(signals.segment_value, '')
    ) as friction_key,
    signals.*,
    signals.signal_id || ' in ' || signals.journey_model as family,
    signals.n >= limits.limit_value and signals.baseline_n >= limits.limit_value as is_tested
from all_friction_signals as signals
cross join dim_thresholds as limits
where limits.model = 'fct_frictions' and limits.threshold = 'min_sample'
