/*---
description: One row per headline KPI (of no journey model, or of the primary one) and newest final day, or week where days hold fewer than 30, beside what was to be expected, and whether it strays by more than chance.
grain: [kpi, journey_model, phase, period_kind, period_start]
owner: marketing-analytics
published: state
reference: [dim_kpis, dim_labels, dim_phases, dim_property, dim_audits, dim_audit_details]
order_by: [is_usual, period_start desc, period_kind, q_value, kpi, journey_model, phase]
columns:
  value: {doc: "The KPI in the period, in its unit"}
  expected: {type: double, doc: "What was to be expected, in the KPI's unit: median of the same weekday in the 8 weeks before; of a week, of the 13 weeks before"}
  n: {doc: "Units of the period, all of them mature"}
  compared_points: {type: bigint, doc: "Values that the median is of: dates of the same weekday, or weeks"}
  expected_n: {type: double, doc: "Median number of units of those values: at least 30"}
  p_value: {doc: "How likely chance is as far from expected, in one KPI and period: Student's t of robust_z"}
  q_value: {doc: "The same over all KPIs of this day or week (Benjamini-Hochberg): at most 0.05 is an anomaly"}
  tracking_nl: {type: varchar, doc: "What was wrong with the measuring in the period, in Dutch; null where nothing was found"}
  tracking_en: {type: varchar, doc: "What was wrong with the measuring in the period, in English; null where nothing was found"}
checks:
  - {name: a_period_has_enough_to_compare_with, severity: fail, sql: expected_n >= 30 and compared_points >= 6, why: an expectation of a handful}
  - {name: what_is_expected_lies_within_its_bounds, severity: fail, sql: 'coalesce(expected between expected_low and expected_high, true)', why: bounds around another number}
---*/
with

numbers as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        period_start,
        max(case when number_kind = 'value' then number_nl end) as value_nl,
        max(case when number_kind = 'value' then number_en end) as value_en,
        max(case when number_kind = 'expected' then number_nl end) as expected_nl,
        max(case when number_kind = 'expected' then number_en end) as expected_en,
        max(case when number_kind = 'expected_low' then number_nl end) as low_nl,
        max(case when number_kind = 'expected_low' then number_en end) as low_en,
        max(case when number_kind = 'expected_high' then number_nl end) as high_nl,
        max(case when number_kind = 'expected_high' then number_en end) as high_en
    from int_outlier_numbers
    group by kpi, journey_model, phase, period_kind, period_start
),

-- one name for each audit and detail that shifted within the period and touches the KPI
shifts as (
    select distinct
        outliers.kpi,
        outliers.journey_model,
        outliers.phase,
        outliers.period_kind,
        outliers.period_start,
        replace(audits.title_nl, '{detail}', coalesce(details.label_nl, shifts.detail)) as title_nl,
        replace(audits.title_en, '{detail}', coalesce(details.label_en, shifts.detail)) as title_en
    from int_kpi_outliers as outliers
    inner join int_tracking_shifts as shifts
        on
            shifts.audit_date between outliers.period_start and outliers.period_ends_on
            and contains(', ' || shifts.kpis || ',', ', ' || outliers.kpi || ',')
    inner join dim_audits as audits
        on shifts.audit = audits.audit
    left join dim_audit_details as details
        on shifts.audit = details.audit and shifts.detail = details.detail
),

tracking as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        period_start,
        string_agg(title_nl, '; ' order by title_nl) as tracking_nl,
        string_agg(title_en, '; ' order by title_en) as tracking_en
    from shifts
    group by kpi, journey_model, phase, period_kind, period_start
),

explained as (
    select
        outliers.*,
        case when outliers.is_measured then tracking.tracking_nl else 'dagen zonder gebeurtenissen' end as tracking_nl,
        case when outliers.is_measured then tracking.tracking_en else 'days without events' end as tracking_en
    from int_kpi_outliers as outliers
    left join tracking
        on
            outliers.kpi = tracking.kpi
            and outliers.journey_model = tracking.journey_model
            and outliers.phase = tracking.phase
            and outliers.period_kind = tracking.period_kind
            and outliers.period_start = tracking.period_start
),

judged as (
    select
        explained.*,
        case
            when coalesce(q_value, 1) > 0.05 then 'usual'
            when tracking_nl is not null then 'tracking'
            when value > expected then 'higher'
            else 'lower'
        end as anomaly_verdict
    from explained
)

select
    judged.kpi,
    kpis.title_nl as kpi_title_nl,
    kpis.title_en as kpi_title_en,
    judged.journey_model,
    judged.phase,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    judged.period_kind,
    judged.period_start,
    judged.period_ends_on,
    judged.anomaly_verdict,
    judged.anomaly_verdict = 'usual' as is_usual,
    verdicts.label_nl as anomaly_verdict_nl,
    verdicts.label_en as anomaly_verdict_en,
    kpis.title_nl || coalesce(' (' || phases.title_nl || ')', '') || ', '
    || case
        when judged.period_kind = 'day' then strftime(judged.period_start, '%d-%m-%Y')
        else strftime(judged.period_start, '%d-%m-%Y') || ' t/m ' || strftime(judged.period_ends_on, '%d-%m-%Y')
    end || ': ' || numbers.value_nl || '; te verwachten was ' || numbers.expected_nl
    || coalesce(', tussen ' || numbers.low_nl || ' en ' || numbers.high_nl, '') || '.'
    || case
        when judged.anomaly_verdict = 'tracking' then ' Er ging toen iets mis met het meten: ' || judged.tracking_nl || '.'
        else ''
    end as anomaly_nl,
    kpis.title_en || coalesce(' (' || phases.title_en || ')', '') || ', '
    || case
        when judged.period_kind = 'day' then cast(judged.period_start as varchar)
        else cast(judged.period_start as varchar) || ' to ' || cast(judged.period_ends_on as varchar)
    end || ': ' || numbers.value_en || '; ' || numbers.expected_en || ' was to be expected'
    || coalesce(', between ' || numbers.low_en || ' and ' || numbers.high_en, '') || '.'
    || case
        when judged.anomaly_verdict = 'tracking' then ' Something was wrong with the measuring then: ' || judged.tracking_en || '.'
        else ''
    end as anomaly_en,
    judged.value,
    judged.expected,
    judged.expected_low,
    judged.expected_high,
    case when judged.unit = 'currency' then property.currency else judged.unit end as unit,
    kpis.direction,
    kpis.base_nl,
    kpis.base_en,
    judged.n,
    judged.expected_n,
    judged.compared_points,
    judged.robust_z,
    judged.p_value,
    judged.q_value,
    judged.tracking_nl,
    judged.tracking_en
from judged
inner join dim_kpis as kpis
    on judged.kpi = kpis.kpi
inner join dim_labels as verdicts
    on verdicts.enum = 'anomaly_verdict' and judged.anomaly_verdict = verdicts.enum_value
left join numbers
    on
        judged.kpi = numbers.kpi
        and judged.journey_model = numbers.journey_model
        and judged.phase = numbers.phase
        and judged.period_kind = numbers.period_kind
        and judged.period_start = numbers.period_start
left join dim_phases as phases
    on judged.journey_model = phases.journey_model and judged.phase = phases.phase
cross join dim_property as property
