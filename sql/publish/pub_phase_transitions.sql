/*---
description: One row per journey model, phase, phase that followed and state, over the newest 28 entry dates whose window has passed.
grain: [journey_model, from_phase, to_phase, state]
owner: marketing-analytics
published: state
reference: [dim_phases, int_comparison_periods]
order_by: [journey_model, from_phase_order, to_phase_order, state]
columns:
  from_phase: {doc: The phase that a visit was in}
  from_phase_order: {doc: Place of from_phase in its journey model}
  to_phase: {doc: "The phase of the next visit in the same cycle; 'none' where no visit followed"}
  to_phase_order: {doc: "Place of to_phase in its journey model; 0 where none followed"}
  is_backward: {doc: The next visit was in an earlier phase}
  is_skip: {doc: The next visit left out at least one phase}
  share_of_visits: {doc: "visits / all visits to from_phase in the period", unit: share}
---*/
with

moves as (
    select
        visits.journey_model,
        visits.phase as from_phase,
        visits.phase_order as from_phase_order,
        coalesce(visits.next_phase, 'none') as to_phase,
        coalesce(visits.next_phase_order, 0) as to_phase_order,
        case
            when visits.is_last_phase then 'completed'
            when visits.progressed_at <= visits.window_ends_at then 'progressed'
            when visits.window_ends_at < run_window.as_of_at then 'dropped'
            else 'pending'
        end as state,
        visits.person_key,
        periods.date_from,
        periods.date_to
    from fct_phase_visits as visits
    inner join int_comparison_periods as periods
        on
            visits.journey_model = periods.journey_model
            and visits.entered_date between periods.date_from and periods.date_to
            and periods.comparison = 'current'
    cross join run_window
),

counted as (
    select
        journey_model,
        from_phase,
        from_phase_order,
        to_phase,
        to_phase_order,
        state,
        date_from,
        date_to,
        count(*) as visits,
        count(distinct person_key) as persons
    from moves
    group by journey_model, from_phase, from_phase_order, to_phase, to_phase_order, state, date_from, date_to
)

select
    journey_model,
    from_phase,
    from_phase_order,
    to_phase,
    to_phase_order,
    state,
    date_from,
    date_to,
    visits,
    persons,
    round(visits / cast(sum(visits) over (partition by journey_model, from_phase) as double), 12) as share_of_visits,
    to_phase_order > 0 and to_phase_order < from_phase_order as is_backward,
    to_phase_order > from_phase_order + 1 as is_skip
from counted
