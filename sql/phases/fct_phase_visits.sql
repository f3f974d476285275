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

-- numbers and keys only: at the end the entry, the run of touches that the visit began with, tells the rest
visits as (
    select
        person_key,
        journey_model,
        visit_key,
        cycle,
        phase_order,
        sum(touches) as touches,
        min(first_order) as entered_order,
        min(first_timestamp) as entered_timestamp,
        max(last_timestamp) as last_timestamp,
        min(order_timestamp) as order_timestamp,
        arg_max(touchpoint_id, last_order) as last_touchpoint_id,
        arg_min(session_key, first_order) filter (where session_key is not null) as session_key
    from int_visit_touchpoints
    group by person_key, journey_model, visit_key, cycle, phase_order
),

walked as (
    select
        * exclude (visit_key),
        row_number() over walk as visit_place,
        row_number() over (partition by person_key, journey_model, cycle, phase_order order by entered_order) as visit_number,
        max(cycle) over (partition by person_key, journey_model) as cycles,
        lead(cycle) over walk as cycle_behind,
        lead(phase_order) over walk as phase_order_behind,
        lead(entered_timestamp) over walk as entered_timestamp_behind,
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

-- whose next visit in the cycle is no later phase, so that a later one has to be looked for further on: most go on with the
-- next one, or with none
gone_back as (
    select person_key, journey_model, cycle, phase_order, entered_order
    from walked
    where cycle_behind = cycle and phase_order_behind <= phase_order
),

cycles_with_a_way_back as (
    select person_key, journey_model, cycle from gone_back group by person_key, journey_model, cycle
),

-- each visit of those cycles, once for every phase that it is later than: who waits in one of those has gone on
reached as (
    select
        walked.person_key,
        walked.journey_model,
        walked.cycle,
        phases.phase_order as earlier_phase_order,
        walked.entered_order as reached_order,
        walked.entered_timestamp as reached_timestamp
    from walked
    inner join cycles_with_a_way_back as cycles
        on walked.person_key = cycles.person_key and walked.journey_model = cycles.journey_model and walked.cycle = cycles.cycle
    inner join dim_phases as phases
        on walked.journey_model = phases.journey_model and phases.phase_order < walked.phase_order
),

reached_later as (
    select
        gone_back.person_key,
        gone_back.journey_model,
        gone_back.entered_order,
        reached.reached_timestamp
    from gone_back
    asof inner join reached
        on
            gone_back.person_key = reached.person_key
            and gone_back.journey_model = reached.journey_model
            and gone_back.cycle = reached.cycle
            and gone_back.phase_order = reached.earlier_phase_order
            and gone_back.entered_order < reached.reached_order
),

-- what lies behind a visit counts within its cycle
progressed as (
    select
        walked.*,
        case when walked.cycle_behind = walked.cycle then walked.phase_order_behind end as next_phase_order,
        case when walked.cycle_behind = walked.cycle then walked.entered_timestamp_behind end as next_entered_timestamp,
        case when walked.order_cycle_behind = walked.cycle then walked.order_timestamp_behind end as first_order_timestamp,
        case
            when walked.cycle_behind = walked.cycle and walked.phase_order_behind > walked.phase_order
                then walked.entered_timestamp_behind
            else reached_later.reached_timestamp
        end as later_phase_timestamp
    from walked
    left join reached_later
        on
            walked.person_key = reached_later.person_key
            and walked.journey_model = reached_later.journey_model
            and walked.entered_order = reached_later.entered_order
)

select
    -- keys
    visits.journey_model,
    entries.event_key as visit_key,
    visits.person_key,
    visits.session_key,

    -- what
    phases.phase,
    visits.phase_order,
    phases.is_last_phase,
    visits.cycle,
    -- of where it began: in the visit with the first order it is still the path to purchase
    case entries.person_state when 'customer' then 'path_to_loyalty' else 'path_to_purchase' end as journey_scope,
    cast(visits.cycles as integer) as cycles,
    cast(visits.visit_place as integer) as visit_place,
    cast(visits.visit_number as integer) as visit_number,
    cast(visits.touches as bigint) as touches,
    entries.touchpoint_id as first_touchpoint_id,
    visits.last_touchpoint_id,

    -- when
    make_timestamp(visits.entered_timestamp) as entered_at,
    entries.event_date as entered_date,
    make_timestamp(visits.last_timestamp) as last_touch_at,
    make_timestamp(visits.entered_timestamp + journeys.window_seconds * 1000000) as window_ends_at,

    -- where to
    next_phases.phase as next_phase,
    visits.next_phase_order,
    make_timestamp(visits.next_entered_timestamp) as next_entered_at,
    -- who orders has gone on, also when nothing was heard after the thank-you page
    case
        when not phases.is_last_phase
            then make_timestamp(least(visits.later_phase_timestamp, visits.first_order_timestamp))
    end as progressed_at,
    make_timestamp(visits.first_order_timestamp) as first_ordered_at,

    -- who
    entries.channel_group,
    entries.device_category,
    entries.country,
    entries.visitor_kind,
    personas.persona_id
from progressed as visits
inner join int_touch_runs as entries
    on visits.person_key = entries.person_key and visits.entered_order = entries.event_order
inner join dim_phases as phases
    on visits.journey_model = phases.journey_model and visits.phase_order = phases.phase_order
left join dim_phases as next_phases
    on visits.journey_model = next_phases.journey_model and visits.next_phase_order = next_phases.phase_order
inner join dim_journeys as journeys
    on visits.journey_model = journeys.journey_model
left join int_session_personas as personas
    on visits.person_key = personas.person_key and visits.session_key = personas.session_key
