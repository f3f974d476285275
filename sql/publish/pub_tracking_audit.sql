/*---
description: One row per tracking audit and detail that could be measured, with how many were measured wrongly, since when, and what that does to which KPI. About the measuring, never about people.
grain: [audit, detail]
owner: data-engineering
published: state
reference: [run_window, dim_audits, dim_audit_details, dim_labels, dim_thresholds]
thresholds: {recent_days: 28}
order_by: [affected_share desc, audit, detail]
columns:
  kind: {doc: "data_quality: what is wrong is the measuring, so it is no friction"}
  date_from: {doc: First date of the newest complete days}
  date_to: {doc: "Last date of the newest complete days: as_of"}
  affected: {doc: How many of the base were measured wrongly in the newest complete days; 0 where it was looked at and nothing was wrong}
  base: {doc: "How many there were in the newest complete days, of what base_nl and base_en say"}
  affected_share: {type: double, unit: share, doc: affected / base; null where there was nothing to look at in the newest complete days}
  all_time_affected: {type: bigint, doc: The same over all dates}
  all_time_base: {type: bigint, doc: The base over all dates}
  all_time_share: {type: double, unit: share, doc: all_time_affected / all_time_base}
  first_date: {type: date, doc: First date on which one was affected; null where none was}
  since_date: {type: date, doc: "First affected date of the stretch that still lasts: it ends when so many days as the newest ones (28) pass without one. Null where it is over"}
  last_date: {type: date, doc: Last date on which one was affected}
  base_nl: {doc: "Of what base is the number, in Dutch"}
  base_en: {doc: "Of what base is the number, in English"}
checks:
  - {name: no_more_are_affected_than_there_are, severity: fail, sql: all_time_affected <= all_time_base, why: a share would pass 100 %}
---*/
with

recent as (
    select
        run_window.as_of as date_to,
        cast(limits.limit_value as integer) as recent_days,
        run_window.as_of - cast(limits.limit_value as integer) + 1 as date_from
    from run_window
    cross join dim_thresholds as limits
    where limits.model = 'pub_tracking_audit' and limits.threshold = 'recent_days'
),

findings as (
    select
        found.audit,
        found.detail,
        found.audit_date,
        found.affected,
        found.base,
        recent.date_from,
        recent.date_to,
        recent.recent_days,
        found.audit_date >= recent.date_from as is_recent
    from all_tracking_findings as found
    inner join recent
        on found.audit_date <= recent.date_to
),

affected_days as (
    select
        audit,
        detail,
        audit_date,
        date_from,
        audit_date - lag(audit_date) over (partition by audit, detail order by audit_date) > recent_days as is_after_quiet
    from findings
    where affected > 0
),

stretches as (
    select
        audit,
        detail,
        min(audit_date) as first_date,
        max(audit_date) as last_date,
        -- the newest stretch begins after the last quiet time, and is over when a quiet time follows it
        case
            when max(audit_date) >= max(date_from)
                then max(case when coalesce(is_after_quiet, true) then audit_date end)
        end as since_date
    from affected_days
    group by audit, detail
),

summed as (
    select
        audit,
        detail,
        date_from,
        date_to,
        cast(sum(case when is_recent then affected else 0 end) as bigint) as affected,
        cast(sum(case when is_recent then base else 0 end) as bigint) as base,
        cast(sum(affected) as bigint) as all_time_affected,
        cast(sum(base) as bigint) as all_time_base
    from findings
    group by audit, detail, date_from, date_to
)

select
    summed.audit,
    summed.detail,
    replace(audits.title_nl, '{detail}', coalesce(details.label_nl, summed.detail)) as title_nl,
    replace(audits.title_en, '{detail}', coalesce(details.label_en, summed.detail)) as title_en,
    'data_quality' as kind,
    kinds.label_nl as kind_nl,
    kinds.label_en as kind_en,
    summed.date_from,
    summed.date_to,
    summed.affected,
    summed.base,
    audits.base_nl,
    audits.base_en,
    round(summed.affected / cast(nullif(summed.base, 0) as double), 12) as affected_share,
    summed.all_time_affected,
    summed.all_time_base,
    round(summed.all_time_affected / cast(summed.all_time_base as double), 12) as all_time_share,
    stretches.first_date,
    stretches.since_date,
    stretches.last_date,
    audits.effect_nl,
    audits.effect_en,
    audits.kpis
from summed
inner join dim_audits as audits
    on summed.audit = audits.audit
left join dim_audit_details as details
    on summed.audit = details.audit and summed.detail = details.detail
left join stretches
    on summed.audit = stretches.audit and summed.detail = stretches.detail
left join dim_labels as kinds
    on kinds.enum = 'kind' and kinds.enum_value = 'data_quality'
where summed.all_time_base > 0
