/*---
description: One row per KPI, journey model, phase, period and segment, with its denominator and its interval.
grain: [kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value]
owner: marketing-analytics
published: state
restates: value
rebuild_by: period_start
reference: [dim_property, dim_kpis, dim_phases, dim_journeys, dim_periods, dim_segment_labels]
order_by: [kpi, journey_model, phase_order, period_kind desc, min_sample_ok desc, period_start desc, segment_kind, segment_value]
columns:
  numerator: {doc: "Of a share: those of denominator that did it; null for what is no share"}
  denominator: {doc: "What the value is of: of a share all that could have done it, each time that they could; of anything else its units, n"}
  period_ends_on: {type: "date", doc: "Last date of the period; where it lies after the last complete date, the period is not over and its counts are still growing"}
checks:
  - {name: the_interval_contains_the_value, severity: fail, sql: 'coalesce(value between ci_low and ci_high, true)', why: an interval around another number}
  - {name: no_value_without_a_base, severity: fail, sql: 'value is null or n > 0', why: a value of nobody}
---*/
select
    kpis.kpi,
    titles.title_nl as kpi_title_nl,
    titles.title_en as kpi_title_en,
    kpis.journey_model,
    kpis.phase,
    phases.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    kpis.period_kind,
    kpis.period_start,
    periods.period_ends_on,
    kpis.segment_kind,
    kpis.segment_value,
    coalesce(segments.segment_nl, kpis.segment_value) as segment_nl,
    coalesce(segments.segment_en, kpis.segment_value) as segment_en,
    case when kpis.n > 0 then kpis.value end as value,
    case when kpis.unit = 'currency' then property.currency else kpis.unit end as unit,
    titles.direction,
    kpis.ci_low,
    kpis.ci_high,
    kpis.ci_level,
    kpis.ci_method,
    kpis.n,
    kpis.pending_n,
    -- only a share is made of two counts: a mean would look like 1
    case when kpis.unit = 'share' then kpis.numerator end as numerator,
    -- what is counted once a unit has more rows behind it than units: 1.2 views of 1,130 visitors, not of their 1,700 days
    case when kpis.unit = 'share' then kpis.denominator else kpis.n end as denominator,
    kpis.min_sample_ok,
    kpis.is_additive
from int_kpi_periods as kpis
inner join dim_kpis as titles
    on kpis.kpi = titles.kpi
inner join dim_periods as periods
    on kpis.period_kind = periods.period_kind and kpis.period_start = periods.calendar_date
left join dim_phases as phases
    on kpis.journey_model = phases.journey_model and kpis.phase = phases.phase
left join dim_segment_labels as segments
    on kpis.segment_kind = segments.segment_kind and kpis.segment_value = segments.segment_value
cross join dim_property as property
