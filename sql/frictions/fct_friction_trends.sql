/*---
description: One row per friction, its current period compared with the equally long period before.
grain: [signal_id, journey_model, phase, touchpoint_id, signal_detail, segment_kind, segment_value]
owner: marketing-analytics
estimate: [compare_shares, false_discovery]
---*/
select
    signal_id,
    journey_model,
    phase,
    touchpoint_id,
    signal_detail,
    segment_kind,
    segment_value,
    x,
    n,
    previous_x as baseline_x,
    previous_n as baseline_n,
    family,
    n >= 30 and previous_n >= 30 as is_tested
from fct_frictions
