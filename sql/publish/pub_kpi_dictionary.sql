/*---
description: One row per KPI, with its unit, its direction, its name, how it is counted and of whom, and whether it is measured.
grain: [kpi]
owner: marketing-analytics
published: state
reference: [dim_kpis, dim_property]
order_by: [is_measured desc, kpi]
columns:
  is_measured: {type: boolean, doc: "pub_phase_kpis has a value of some month"}
  remark_nl: {type: varchar, doc: "Why there is no value, or that it never was another than 0, in Dutch; null where there is nothing to say"}
  remark_en: {type: varchar, doc: "The same in English"}
---*/
with

values_of_months as (
    select kpi, value, n
    from all_phase_kpis
    where period_kind = 'month' and segment_kind = 'all'
    union all
    select kpi, value, n
    from all_phase_kpi_periods
    where period_kind = 'month' and segment_kind = 'all'
),

measured as (
    select
        kpi,
        sum(case when value is not null then n else 0 end) as n,
        bool_or(coalesce(value, 0) <> 0) as is_ever_more
    from values_of_months
    group by kpi
)

select
    kpis.kpi,
    kpis.title_nl,
    kpis.title_en,
    case when kpis.unit = 'currency' then property.currency else kpis.unit end as unit,
    kpis.direction,
    kpis.base_nl,
    kpis.base_en,
    kpis.description_nl,
    kpis.description_en,
    coalesce(measured.n > 0, false) as is_measured,
    case
        when measured.kpi is null then 'Niet gemeten. Nodig: ' || kpis.needs_nl || '.'
        when measured.n = 0
            then 'Nog geen waarde: er moet een hele termijn voorbij zijn. Nodig: ' || kpis.needs_nl || '.'
        when not measured.is_ever_more
            then 'Altijd 0: het gebeurde nooit, of het wordt niet gestuurd. Nodig: ' || kpis.needs_nl || '.'
    end as remark_nl,
    case
        when measured.kpi is null then 'Not measured. Needed: ' || kpis.needs_en || '.'
        when measured.n = 0
            then 'No value yet: a whole window has to be over. Needed: ' || kpis.needs_en || '.'
        when not measured.is_ever_more
            then 'Always 0: either it never happened, or it is not sent. Needed: ' || kpis.needs_en || '.'
    end as remark_en
from dim_kpis as kpis
left join measured
    on kpis.kpi = measured.kpi
cross join dim_property as property
