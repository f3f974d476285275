/*---
description: One row per KPI, segment, newest whole week or month and period that it is held against, with the difference, its interval and what that says.
grain: [kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value, baseline_kind]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_kpis, dim_labels, dim_periods, dim_phases, dim_property, dim_segment_labels]
order_by: [baseline_kind, period_kind, period_start desc, segment_kind, kpi_change_rank]
columns:
  period_start: {doc: "First date of the period; only whole periods that are over stand here"}
  baseline_ends_on: {type: date, doc: Last date of the period that it is held against}
  kpi_change_rank: {type: integer, doc: "1 for the row to read first, among those of the same period, period beside it and kind of segment, of the primary journey model and of no model (the other models have ranks of their own): differences beyond chance, then what is counted, with counts that are below 30 in both periods behind the others, and of each the difference first that stands out most from what counts of that size vary by themselves, then what may be chance, the surest first, then what cannot be told"}
  value: {doc: "The KPI in the period, in its unit"}
  baseline_value: {doc: "The KPI in the period that it is held against, in its unit"}
  diff: {doc: "value - baseline_value, in the KPI's unit; of a share as a share: 0.03 is three points. Null where a side was not measured whole or is still open"}
  relative_diff: {type: double, unit: share, doc: "diff / baseline_value: 0.1 is a tenth more; null beside 0"}
  n: {doc: Distinct mature units of the period}
  baseline_n: {type: bigint, doc: Distinct mature units of the period that it is held against}
  pending_n: {doc: "Distinct units of one of the two periods that still have time, the larger number"}
checks:
  - {name: the_interval_contains_the_difference, severity: fail, sql: 'coalesce(diff between diff_ci_low and diff_ci_high, true)', why: an interval around another number}
  - {name: a_verdict_or_a_reason, severity: fail, sql: "(kpi_change_verdict = 'cannot_tell') = (kpi_change_reason is not null)", why: a change without verdict would not say why}
  - {name: only_final_periods_are_judged, severity: fail, sql: "kpi_change_verdict = 'cannot_tell' or pending_n = 0", why: a verdict would change by waiting}
---*/
with

judged as (
    select
        tests.*,
        kpis.title_nl as kpi_title_nl,
        kpis.title_en as kpi_title_en,
        kpis.unit,
        kpis.direction,
        case
            when tests.kpi_change_reason is not null then 'cannot_tell'
            when tests.is_counted then 'counted'
            when coalesce(tests.q_value, 1) > 0.05 then 'no_difference'
            when (tests.diff > 0) = (kpis.direction = 'higher_better') then 'better'
            else 'worse'
        end as kpi_change_verdict,
        -- in standard deviations of a difference of two counts: 4 fewer than 67 is less than 11 fewer than 198. A sum of money
        -- strays as the orders that it is made of
        round(
            abs(tests.diff) / nullif(abs(tests.kpi_value) + abs(tests.before_value), 0) * sqrt(tests.units + tests.units_before), 12
        ) as strays
    from int_kpi_change_tests as tests
    inner join dim_kpis as kpis
        on tests.kpi = kpis.kpi
),

-- what a reader looks for first has ranks of its own: the primary journey model, and what belongs to all of them
ranked as (
    select
        judged.*,
        row_number() over (
            partition by
                judged.period_kind,
                judged.period_start,
                judged.baseline_kind,
                judged.segment_kind,
                judged.journey_model = 'all' or coalesce(journeys.is_primary, false)
            order by
                case judged.kpi_change_verdict when 'cannot_tell' then 4 when 'no_difference' then 3 when 'counted' then 2 else 1 end,
                judged.q_value nulls last,
                greatest(judged.units, judged.units_before) >= 30 desc,
                case when judged.is_counted then judged.strays end desc nulls last,
                abs(judged.diff / nullif(judged.before_value, 0)) desc nulls last,
                judged.kpi,
                judged.journey_model,
                judged.phase,
                judged.segment_value
        ) as kpi_change_rank
    from judged
    left join dim_journeys as journeys
        on judged.journey_model = journeys.journey_model
)

select
    judged.kpi,
    judged.kpi_title_nl,
    judged.kpi_title_en,
    judged.journey_model,
    judged.phase,
    phases.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    judged.period_kind,
    judged.period_start,
    here.period_ends_on,
    judged.segment_kind,
    judged.segment_value,
    coalesce(segments.segment_nl, judged.segment_value) as segment_nl,
    coalesce(segments.segment_en, judged.segment_value) as segment_en,
    judged.baseline_kind,
    judged.baseline_start,
    before.period_ends_on as baseline_ends_on,
    cast(judged.kpi_change_rank as integer) as kpi_change_rank,
    judged.kpi_change_verdict,
    verdicts.label_nl as kpi_change_verdict_nl,
    verdicts.label_en as kpi_change_verdict_en,
    judged.kpi_value as value,
    judged.before_value as baseline_value,
    case when judged.unit = 'currency' then property.currency else judged.unit end as unit,
    judged.direction,
    judged.diff,
    judged.diff_ci_low,
    judged.diff_ci_high,
    round(judged.diff / nullif(abs(judged.before_value), 0), 12) as relative_diff,
    judged.p_value,
    judged.q_value,
    judged.test,
    judged.units as n,
    judged.units_before as baseline_n,
    judged.pending_n,
    judged.kpi_change_reason,
    reasons.label_nl as kpi_change_reason_nl,
    reasons.label_en as kpi_change_reason_en
from ranked as judged
inner join dim_labels as verdicts
    on verdicts.enum = 'kpi_change_verdict' and judged.kpi_change_verdict = verdicts.enum_value
left join dim_labels as reasons
    on reasons.enum = 'kpi_change_reason' and judged.kpi_change_reason = reasons.enum_value
inner join dim_periods as here
    on judged.period_kind = here.period_kind and judged.period_start = here.calendar_date
inner join dim_periods as before
    on judged.period_kind = before.period_kind and judged.baseline_start = before.calendar_date
left join dim_phases as phases
    on judged.journey_model = phases.journey_model and judged.phase = phases.phase
left join dim_segment_labels as segments
    on judged.segment_kind = segments.segment_kind and judged.segment_value = segments.segment_value
cross join dim_property as property
