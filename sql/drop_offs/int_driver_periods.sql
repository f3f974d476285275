/*---
description: One row per funnel, and for the primary journey model, with the period that its drivers are measured over, the newest entry dates whose whole window has passed.
grain: [scope_kind, scope]
owner: marketing-analytics
reference: [dim_funnels, dim_journeys, dim_thresholds]
thresholds: {period_days: 84}
---*/
with

scopes as (
    select 'funnel' as scope_kind, funnel as scope, funnel_window_seconds as window_seconds from dim_funnels
    union all
    -- each journey model walks through all touches again; people act on one
    select 'phase' as scope_kind, journey_model as scope, window_seconds from dim_journeys where is_primary
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
)

select
    newest.scope_kind,
    newest.scope,
    newest.date_to - cast(limits.limit_value as integer) + 1 as date_from,
    newest.date_to
from newest
cross join dim_thresholds as limits
where limits.model = 'int_driver_periods' and limits.threshold = 'period_days'
