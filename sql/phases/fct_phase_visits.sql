/*---
description: One row per phase visit, from a person's first touch in a phase to the next phase or a silence as long as the model's window.
grain: [journey_model, visit_key]
owner: marketing-analytics
rebuild_by: person_key
reference: [dim_journeys, dim_phases]
order_by: [entered_date, person_key]
checks:
  - {name: progress_comes_after_entry, severity: fail, sql: 'coalesce(progressed_at >= entered_at, true)', why: the order of touches was lost}
  - {name: nobody_progresses_from_the_last_phase, severity: fail, sql: not (is_last_phase and progressed_at is not null),
     why: there is no later phase}
---*/
with

visits as (
    select
        person_key,
        journey_model,
        visit_key,
        phase,
        phase_order,
        cycle,
        entered_date,
        sum(touches) as touches,
        min(first_order) as entered_order,
        min(first_timestamp) as entered_timestamp,
        max(last_timestamp) as last_timestamp,
        min(order_timestamp) as order_timestamp,
        arg_min(touchpoint_id, first_order) as first_touchpoint_id,
        arg_max(touchpoint_id, last_order) as last_touchpoint_id,
        arg_min(session_key, first_order) filter (where session_key is not null) as session_key,
        arg_min(channel_group, first_order) as channel_group,
        arg_min(device_category, first_order) as device_category,
        arg_min(country, first_order) as country,
        arg_min(visitor_kind, first_order) as visitor_kind,
        arg_min(person_state, first_order) as person_state
    from int_visit_touchpoints
    group by person_key, journey_model, visit_key, phase, phase_order, cycle, entered_date
),

walked as (
    select
        *,
        row_number() over walk as visit_place,
        row_number() over (partition by person_key, journey_model, cycle, phase order by entered_order) as visit_number,
        max(cycle) over (walk rows between unbounded preceding and unbounded following) as cycles,
        lead(phase) over walk as phase_behind,
        lead(phase_order) over walk as phase_order_behind,
        lead(entered_timestamp) over walk as entered_timestamp_behind,
        lead(cycle) over walk as cycle_behind,
        -- orders come one after the other, so the first one that follows is the earliest
        first_value(order_timestamp ignore nulls) over following as order_timestamp_behind,
        first_value(case when order_timestamp is not null then cycle end ignore nulls) over following as order_cycle_behind
    from visits
    window
        walk as (partition by person_key, journey_model order by entered_order),
        following as (
            partition by person_key, journey_model order by entered_order rows between current row and unbounded following
        )
),

-- what lies behind a visit counts within its cycle
followed as (
    select
        *,
        case when cycle_behind = cycle then phase_behind end as next_phase,
        case when cycle_behind = cycle then phase_order_behind end as next_phase_order,
        case when cycle_behind = cycle then entered_timestamp_behind end as next_entered_timestamp,
        case when order_cycle_behind = cycle then order_timestamp_behind end as first_order_timestamp,
        -- whose next visit is no later phase, and has to be looked for further on: most go on with the next one, or with none
        coalesce(cycle_behind = cycle and phase_order_behind <= phase_order, false) as has_gone_back
    from walked
),

-- each visit of those who went back, once for every phase that it is later than: who waits in one of those has gone on
reached as (
    select
        visits.person_key,
        visits.journey_model,
        visits.cycle,
        phases.phase_order as earlier_phase_order,
        visits.entered_order as reached_order,
        visits.entered_timestamp as reached_timestamp
    from visits
    inner join dim_phases as phases
        on visits.journey_model = phases.journey_model and phases.phase_order < visits.phase_order
    where visits.person_key in (select person_key from followed where has_gone_back)
),

reached_later as (
    select
        waiting.person_key,
        waiting.journey_model,
        waiting.entered_order,
        reached.reached_timestamp
    from followed as waiting
    asof inner join reached
        on
            waiting.person_key = reached.person_key
            and waiting.journey_model = reached.journey_model
            and waiting.cycle = reached.cycle
            and waiting.phase_order = reached.earlier_phase_order
            and waiting.entered_order < reached.reached_order
    where waiting.has_gone_back
),

progressed as (
    select
        followed.*,
        case
            when followed.next_phase_order > followed.phase_order then followed.next_entered_timestamp
            else reached_later.reached_timestamp
        end as later_phase_timestamp
    from followed
    left join reached_later
        on
            followed.person_key = reached_later.person_key
            and followed.journey_model = reached_later.journey_model
            and followed.entered_order = reached_later.entered_order
)

select
    -- keys
    visits.journey_model,
    visits.visit_key,
    visits.person_key,
    visits.session_key,

    -- what
    visits.phase,
    visits.phase_order,
    phases.is_last_phase,
    visits.cycle,
    -- of where it began: in the visit with the first order it is still the path to purchase
    case visits.person_state when 'customer' then 'path_to_loyalty' else 'path_to_purchase' end as journey_scope,
    cast(visits.cycles as integer) as cycles,
    cast(visits.visit_place as integer) as visit_place,
    cast(visits.visit_number as integer) as visit_number,
    cast(visits.touches as bigint) as touches,
    visits.first_touchpoint_id,
    visits.last_touchpoint_id,

    -- when
    make_timestamp(visits.entered_timestamp) as entered_at,
    visits.entered_date,
    make_timestamp(visits.last_timestamp) as last_touch_at,
    make_timestamp(visits.entered_timestamp + journeys.window_seconds * 1000000) as window_ends_at,

    -- where to
    visits.next_phase,
    visits.next_phase_order,
    make_timestamp(visits.next_entered_timestamp) as next_entered_at,
    -- who orders has gone on, also when nothing was heard after the thank-you page
    case
        when not phases.is_last_phase
            then make_timestamp(least(visits.later_phase_timestamp, visits.first_order_timestamp))
    end as progressed_at,
    make_timestamp(visits.first_order_timestamp) as first_ordered_at,

    -- who
    visits.channel_group,
    visits.device_category,
    visits.country,
    visits.visitor_kind,
    personas.persona_id
from progressed as visits
inner join dim_phases as phases
    on visits.journey_model = phases.journey_model and visits.phase = phases.phase
inner join dim_journeys as journeys
    on visits.journey_model = journeys.journey_model
left join int_session_personas as personas
    on visits.person_key = personas.person_key and visits.session_key = personas.session_key
