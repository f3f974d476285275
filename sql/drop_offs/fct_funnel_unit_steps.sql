/*---
description: One row per funnel, unit, step and entry week (and all weeks together), with the unit's state at as_of_at.
grain: [funnel, person_key, unit_key, step, entry_week]
owner: marketing-analytics
rebuild_by: person_key
reference: [dim_funnels, dim_funnel_steps]
matures_at: window_ends_at
order_by: [funnel, entry_week, step_order, person_key]
columns:
  unit_key: {doc: "Who is counted: the person, the session, or with totals the attempt"}
  entry_week: {type: date, doc: "Monday of the ISO week of the entries that count here; null for all weeks together"}
  state: {doc: "converted: reached the step; pending: did not, and a window is open; dropped: did not, and none is"}
  has_reached_mature: {type: boolean, doc: Reached the step in an attempt whose window has passed}
  is_mature: {type: boolean, doc: "Has an entry whose window has passed: counts in rates"}
  reached_microseconds: {type: bigint, unit: microseconds, doc: "Shortest time from entry to the step, never negative; null where it was not reached"}
  mature_microseconds: {type: bigint, unit: microseconds, doc: The same of attempts whose window has passed}
  last_entered_at: {type: timestamp, doc: "When the last attempt began, UTC"}
  window_ends_at: {doc: "When the last window ends, UTC; null: no limit"}
---*/
with

scoped as (
    select
        *,
        -- 1 January 2001 was a Monday
        entry_date - cast((entry_date - date '2001-01-01') % 7 as integer) as entry_week
    from int_funnel_attempt_steps
    union all
    select *, cast(null as date) as entry_week from int_funnel_attempt_steps
),

numbered as (
    select
        scoped.*,
        coalesce(scoped.window_ends_at < run_window.as_of_at, false) as is_over,
        -- where all that happens within a second is one moment, a step may stand before the entry
        case
            when scoped.reached_at is not null then greatest(epoch_us(scoped.reached_at) - epoch_us(scoped.entered_at), 0)
        end as microseconds,
        row_number() over (
            partition by scoped.funnel, scoped.person_key, scoped.unit_key, scoped.step, scoped.entry_week
            order by scoped.entered_at, scoped.attempt_key
        ) as attempt_number
    from scoped
    cross join run_window
),

-- with `attempt: first` a unit has one attempt, also where it came in on several dates
counted as (
    select
        funnel,
        person_key,
        unit_key,
        step,
        step_order,
        entry_week,
        count(reached_at) > 0 as has_reached,
        count(case when is_over then reached_at end) > 0 as has_reached_mature,
        count(case when is_over then 1 end) > 0 as is_mature,
        count(case when not is_over then 1 end) > 0 as is_open,
        min(microseconds) as reached_microseconds,
        min(case when is_over then microseconds end) as mature_microseconds,
        max(entered_at) as last_entered_at,
        max(window_ends_at) as window_ends_at
    from numbered
    where attempt_number = 1 or funnel_attempt = 'best'
    group by funnel, person_key, unit_key, step, step_order, entry_week
)

select
    funnel,
    person_key,
    unit_key,
    step,
    step_order,
    entry_week,
    case when has_reached then 'converted' when is_open then 'pending' else 'dropped' end as state,
    has_reached_mature,
    is_mature,
    reached_microseconds,
    mature_microseconds,
    last_entered_at,
    window_ends_at
from counted
