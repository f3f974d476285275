/*---
description: One row per first date of a comparison, with the tracking audits that found something from then on and touch its shares, or its money as well.
grain: [date_from, has_money]
owner: marketing-analytics
reference: [run_window, dim_audits]
columns:
  has_money: {type: boolean, doc: "The flags are for a finding with a price, which revenue touches too"}
---*/
with

comparisons as (
    select distinct date_from from fct_frictions
),

kpis as (
    select 'progression_share' as kpi, false as has_money
    union all
    select 'progression_share' as kpi, true as has_money
    union all
    select 'revenue' as kpi, true as has_money
),

found as (
    select distinct
        comparisons.date_from,
        kpis.has_money,
        case when findings.detail = 'all' then findings.audit else findings.audit || ':' || findings.detail end as flag
    from comparisons
    cross join run_window
    -- who entered on the last date of the comparison may have gone on until as_of
    inner join all_tracking_findings as findings
        on
            findings.audit_date >= comparisons.date_from
            and findings.audit_date <= run_window.as_of
            and findings.affected > 0
    inner join dim_audits as audits
        on findings.audit = audits.audit
    inner join kpis
        on contains(', ' || audits.kpis || ',', ', ' || kpis.kpi || ',')
)

select
    date_from,
    has_money,
    '[' || string_agg('"' || replace(replace(flag, '\', '\\'), '"', '\"') || '"', ',' order by flag) || ']' as dq_flags
from found
group by date_from, has_money
