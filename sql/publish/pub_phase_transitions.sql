/*---
description: One row per journey model, phase, phase that followed and state, over the newest 28 entry dates whose window has passed.
grain: [journey_model, from_phase, to_phase, state]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_phases, dim_labels, int_comparison_periods]
order_by: [journey_model, from_phase_order, visits desc, to_phase_order, state]
columns:
  from_phase: {doc: The phase that a visit was in}
  from_phase_order: {doc: Place of from_phase in its journey model}
  from_phase_title_nl: {doc: Name of from_phase in Dutch}
  from_phase_title_en: {doc: Name of from_phase in English}
  to_phase: {doc: "The phase of the next visit in the same cycle; 'none' where no visit followed"}
  to_phase_order: {doc: "Place of to_phase in its journey model; 0 where none followed"}
  to_phase_title_nl: {doc: "Name of to_phase in Dutch; geen volgende fase where no visit followed"}
  to_phase_title_en: {doc: "Name of to_phase in English; no next phase where no visit followed"}
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
    moves.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    moves.from_phase,
    moves.from_phase_order,
    from_phases.title_nl as from_phase_title_nl,
    from_phases.title_en as from_phase_title_en,
    moves.to_phase,
    moves.to_phase_order,
    coalesce(nowhere.label_nl, to_phases.title_nl) as to_phase_title_nl,
    coalesce(nowhere.label_en, to_phases.title_en) as to_phase_title_en,
    moves.state,
    states.label_nl as state_nl,
    states.label_en as state_en,
    moves.date_from,
    moves.date_to,
    moves.visits,
    moves.persons,
    round(moves.visits / cast(sum(moves.visits) over (partition by moves.journey_model, moves.from_phase) as double), 12)
        as share_of_visits,
    moves.to_phase_order > 0 and moves.to_phase_order < moves.from_phase_order as is_backward,
    moves.to_phase_order > moves.from_phase_order + 1 as is_skip
from counted as moves
left join dim_journeys as journeys
    on moves.journey_model = journeys.journey_model
left join dim_phases as from_phases
    on moves.journey_model = from_phases.journey_model and moves.from_phase = from_phases.phase
left join dim_phases as to_phases
    on moves.journey_model = to_phases.journey_model and moves.to_phase = to_phases.phase
left join dim_labels as nowhere
    on nowhere.enum = 'to_phase' and moves.to_phase = nowhere.enum_value and moves.to_phase_order = 0
left join dim_labels as states
    on states.enum = 'state' and moves.state = states.enum_value
