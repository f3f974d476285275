/*---
description: One row per KPI, with its unit, its direction, its name and of whom it speaks.
grain: [kpi]
owner: marketing-analytics
published: state
reference: [dim_kpis, dim_property]
order_by: [kpi]
---*/
select
    kpis.kpi,
    kpis.title_nl,
    kpis.title_en,
    case when kpis.unit = 'currency' then property.currency else kpis.unit end as unit,
    kpis.direction,
    kpis.base_nl,
    kpis.base_en
from dim_kpis as kpis
cross join dim_property as property
