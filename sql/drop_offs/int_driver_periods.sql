/*---
description: One row per funnel, and for the primary journey model, with the period that its drivers are measured over, the newest entry dates whose whole window has passed.
grain: [scope_kind, scope]
owner: marketing-analytics
reference: [dim_funnels, dim_journeys, dim_thresholds]
# 28 dates where they hold enough, since last month says more than last quarter and a night pays for each; at most 84
thresholds: {least_days: 28, period_days: 84, enough_units: 20000}
---*/
with

scopes as (
    select 'funnel' as scope_kind, funnel as scope, funnel_window_seconds as window_seconds from dim_funnels
    union all
    -- each journey model walks through all touches again; people act on one
    select 'phase' as scope_kind, journey_model as scope, window_seconds from dim_journeys where is_primary
),

limits as (
    select
        max(case when threshold = 'least_days' then cast(limit_value as integer) end) as least_days,
        max(case when threshold = 'period_days' then cast(limit_value as integer) end) as period_days,
        max(case when threshold = 'enough_units' then limit_value end) as enough_units
    from dim_thresholds
    where model = 'int_driver_periods'
),

newest as (
    select
        scopes.scope_kind,
        scopes.scope,
        -- an entry on this date has had its whole window at the end of as_of
        run_window.as_of - cast(ceil(scopes.window_seconds / 86400.0) as integer) as date_to
    from scopes
    cross join run_window
    where scopes.window_seconds is not null    -- without a window nobody ever drops
),

entries as (
    select 'funnel' as scope_kind, funnel as scope, entry_date as entered_date, count(*) as entered
    from fct_funnel_attempts
    group by funnel, entry_date
    union all
    select 'phase' as scope_kind, visits.journey_model as scope, visits.entered_date, count(*) as entered
    from fct_phase_visits as visits
    inner join dim_journeys as journeys
        on visits.journey_model = journeys.journey_model and journeys.is_primary
    group by visits.journey_model, visits.entered_date
),

summed as (
    select
        newest.scope_kind,
        newest.scope,
        entries.entered_date,
        sum(entries.entered) over (
            partition by newest.scope_kind, newest.scope order by entries.entered_date desc
        ) as entered_since
    from newest
    inner join entries
        on newest.scope_kind = entries.scope_kind and newest.scope = entries.scope and entries.entered_date <= newest.date_to
),

enough as (
    select summed.scope_kind, summed.scope, max(summed.entered_date) as date_from
    from summed
    cross join limits
    where summed.entered_since >= limits.enough_units
    group by summed.scope_kind, summed.scope
)

select
    newest.scope_kind,
    newest.scope,
    greatest(
        newest.date_to - limits.period_days + 1,
        least(coalesce(enough.date_from, newest.date_to - limits.period_days + 1), newest.date_to - limits.least_days + 1)
    ) as date_from,
    newest.date_to
from newest
cross join limits
left join enough
    on newest.scope_kind = enough.scope_kind and newest.scope = enough.scope
