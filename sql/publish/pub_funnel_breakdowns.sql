/*---
description: One row per funnel, step and segment, with what became of those who came in, and how their rate differs from that of all the others, over all complete days.
grain: [funnel, step, segment_kind, segment_value]
owner: marketing-analytics
published: state
reference: [dim_funnels, dim_funnel_steps, dim_segment_labels]
order_by: [funnel, q_value, segment_kind, segment_value, step_order]
columns:
  entered: {unit: units, doc: "Units of the segment that came in at step 1, whatever became of them; funnel_unit and funnel_count say what a unit is"}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  numerator: {unit: units, doc: Of denominator those that reached this step in an attempt whose window has passed}
  denominator: {unit: units, doc: "Mature units of the segment: those with an entry whose window has passed"}
  value: {unit: share, doc: "numerator / denominator, of those of the segment who came in and had the time; null when nobody had"}
  segment_kind: {doc: "device_category, country, channel_group, visitor_kind or persona_id: of the session in which the attempt that counts began"}
  segment_value: {doc: "The value of that property; other: a country beyond the ten with most units; unknown: the session does not tell; none: there is no session"}
  baseline_x: {unit: units, doc: Of baseline_n those that reached this step}
  baseline_n: {unit: units, doc: Mature units of the same funnel that are not in this segment}
  q_value: {doc: "p_value corrected for all comparisons of the funnel (Benjamini-Hochberg): every step and segment in which both sides have 30 mature units; null where it is no part of them"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = converted + dropped + pending, why: a unit would be in two states or in none}
  - {name: mature_units_came_in, severity: fail, sql: denominator <= entered, why: a unit would be mature without having come in}
  - {name: the_interval_contains_the_value, severity: fail, sql: 'coalesce(value between ci_low and ci_high, true)', why: an interval around another number}
---*/
select
    breakdowns.funnel,
    funnels.title_nl as funnel_title_nl,
    funnels.title_en as funnel_title_en,
    breakdowns.step,
    breakdowns.step_order,
    steps.title_nl as step_title_nl,
    steps.title_en as step_title_en,
    breakdowns.segment_kind,
    breakdowns.segment_value,
    coalesce(segments.segment_nl, breakdowns.segment_value) as segment_nl,
    coalesce(segments.segment_en, breakdowns.segment_value) as segment_en,
    funnels.funnel_unit,
    funnels.funnel_count,
    breakdowns.entered,
    breakdowns.converted,
    breakdowns.dropped,
    breakdowns.pending,
    breakdowns.x as numerator,
    breakdowns.n as denominator,
    breakdowns.value,
    'share' as unit,
    breakdowns.ci_low,
    breakdowns.ci_high,
    breakdowns.ci_level,
    breakdowns.ci_method,
    breakdowns.baseline_x,
    breakdowns.baseline_n,
    breakdowns.baseline_value,
    breakdowns.diff,
    breakdowns.diff_ci_low,
    breakdowns.diff_ci_high,
    breakdowns.p_value,
    breakdowns.q_value,
    breakdowns.test,
    breakdowns.min_sample_ok
from fct_funnel_breakdowns as breakdowns
inner join dim_funnels as funnels
    on breakdowns.funnel = funnels.funnel
inner join dim_funnel_steps as steps
    on breakdowns.funnel = steps.funnel and breakdowns.step = steps.step
left join dim_segment_labels as segments
    on breakdowns.segment_kind = segments.segment_kind and breakdowns.segment_value = segments.segment_value
