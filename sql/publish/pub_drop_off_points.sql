/*---
description: One row per journey model, phase, touchpoint and headline segment, with how many visits end there and how many do elsewhere in the phase.
grain: [journey_model, phase, touchpoint_id, segment_kind, segment_value]
owner: marketing-analytics
published: state
restates: value
reference: [dim_phases, dim_segment_labels, dim_touchpoints]
order_by: [journey_model, phase_order, segment_kind, segment_value, x desc, touchpoint_id]
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = progressed + dropped + pending, why: a visit would be in two states or in none}
  - {name: the_interval_contains_the_value, severity: fail, sql: 'coalesce(value between ci_low and ci_high, true)', why: an interval around another number}
---*/
select
    points.journey_model,
    points.phase,
    points.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    points.touchpoint_id,
    coalesce(touchpoints.title_nl, points.touchpoint_id) as touchpoint_title_nl,
    coalesce(touchpoints.title_en, points.touchpoint_id) as touchpoint_title_en,
    points.segment_kind,
    points.segment_value,
    coalesce(segments.segment_nl, points.segment_value) as segment_nl,
    coalesce(segments.segment_en, points.segment_value) as segment_en,
    points.date_from,
    points.date_to,
    points.entered,
    points.progressed,
    points.dropped,
    points.pending,
    points.n,
    points.x,
    points.value,
    'share' as unit,
    'lower_better' as direction,
    points.ci_low,
    points.ci_high,
    points.ci_level,
    points.ci_method,
    'rest' as baseline_kind,
    points.baseline_x,
    points.baseline_n,
    points.baseline_value,
    points.diff,
    points.diff_ci_low,
    points.diff_ci_high,
    points.p_value,
    frictions.q_value,
    points.test,
    points.previous_x,
    points.previous_n,
    points.min_sample_ok
from fct_touchpoint_drop_offs as points
-- this table is the published face of one detector, with the states that its findings leave out; a point is no finding
-- yet, so it finds its q-value by its place
left join fct_frictions as frictions
    on
        frictions.signal_id = 'touchpoint_drop_off'
        and points.journey_model = frictions.journey_model
        and points.phase = frictions.phase
        and points.touchpoint_id = frictions.touchpoint_id
        and points.segment_kind = frictions.segment_kind
        and points.segment_value = frictions.segment_value
left join dim_phases as phases
    on points.journey_model = phases.journey_model and points.phase = phases.phase
left join dim_segment_labels as segments
    on points.segment_kind = segments.segment_kind and points.segment_value = segments.segment_value
left join dim_touchpoints as touchpoints
    on points.touchpoint_id = touchpoints.touchpoint_id
