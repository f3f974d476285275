/*---
description: One row per tracking audit, detail and date on which more was measured wrongly than on any of the 56 dates before, by five points of a share or more.
grain: [audit, detail, audit_date]
owner: data-engineering
reference: [dim_audits, dim_thresholds]
thresholds: {more_points: 0.05}
columns:
  affected_share: {type: double, unit: share, doc: affected / base on that date}
  usual_share: {type: double, unit: share, doc: "Median of the same over the 56 dates before; 0 where there are none"}
---*/
with

told as (
    select
        audit,
        detail,
        audit_date,
        affected / cast(base as double) as affected_share,
        median(affected / cast(base as double)) over before as usual_share,
        max(affected / cast(base as double)) over before as highest_share
    from all_tracking_findings
    where base > 0
    window before as (partition by audit, detail order by audit_date rows between 56 preceding and 1 preceding)
)

select
    told.audit,
    told.detail,
    told.audit_date,
    round(told.affected_share, 12) as affected_share,
    round(coalesce(told.usual_share, 0), 12) as usual_share,
    audits.kpis
from told
inner join dim_audits as audits
    on told.audit = audits.audit
cross join dim_thresholds as limits
where
    limits.model = 'int_tracking_shifts'
    and limits.threshold = 'more_points'
    and told.affected_share > coalesce(told.highest_share, 0)
    and told.affected_share >= coalesce(told.usual_share, 0) + limits.limit_value
