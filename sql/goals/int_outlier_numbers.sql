/*---
description: One row per headline KPI, day or week and number that its sentence names, as people read it.
grain: [kpi, journey_model, phase, period_kind, period_start, number_kind]
owner: marketing-analytics
estimate: number_texts
reference: [dim_property]
---*/
with

named as (
    select
        outliers.kpi,
        outliers.journey_model,
        outliers.phase,
        outliers.period_kind,
        outliers.period_start,
        case when outliers.unit = 'currency' then property.currency else outliers.unit end as unit,
        outliers.value,
        outliers.expected,
        outliers.expected_low,
        outliers.expected_high
    from int_kpi_outliers as outliers
    cross join dim_property as property
)

select kpi, journey_model, phase, period_kind, period_start, 'value' as number_kind, unit, value as number from named
union all
select kpi, journey_model, phase, period_kind, period_start, 'expected' as number_kind, unit, expected as number from named
union all
select kpi, journey_model, phase, period_kind, period_start, 'expected_low' as number_kind, unit, expected_low as number from named
union all
select kpi, journey_model, phase, period_kind, period_start, 'expected_high' as number_kind, unit, expected_high as number from named
