/*---
description: One row per KPI, with its unit, its direction, its name, how it is counted and of whom, and whether it is measured.
grain: [kpi]
owner: marketing-analytics
published: state
reference: [dim_kpis, dim_property]
order_by: [kpi]
columns:
  is_measured: {type: boolean, doc: "pub_phase_kpis has a value of some month"}
  not_measured_nl: {type: varchar, doc: "Why there is no value, in Dutch; null where there is one"}
  not_measured_en: {type: varchar, doc: "Why there is no value, in English; null where there is one"}
---*/
with

measured as (
    select kpi, sum(n) as n
    from all_phase_kpis
    where period_kind = 'month' and segment_kind = 'all'
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
        when measured.n = 0 then 'Nog te vroeg: van niemand is de hele termijn voorbij.'
    end as not_measured_nl,
    case
        when measured.kpi is null then 'Not measured. Needed: ' || kpis.needs_en || '.'
        when measured.n = 0 then 'Too early: nobody has had the whole window yet.'
    end as not_measured_en
from dim_kpis as kpis
left join measured
    on kpis.kpi = measured.kpi
cross join dim_property as property
