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

-- each visit once for every phase that it is later than: whoever waits in one of those has gone on
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
),

progressed as (
    select visits.*, reached.reached_timestamp
    from visits
    asof left join reached
        on
            visits.person_key = reached.person_key
            and visits.journey_model = reached.journey_model
            and visits.cycle = reached.cycle
            and visits.phase_order = reached.earlier_phase_order
            and visits.entered_order < reached.reached_order
),

walked as (
    select
        *,
        row_number() over walk as visit_place,
        row_number() over (partition by person_key, journey_model, cycle, phase order by entered_order) as visit_number,
        lead(phase) over within_cycle as next_phase,
        lead(phase_order) over within_cycle as next_phase_order,
        lead(entered_timestamp) over within_cycle as next_entered_timestamp,
        min(order_timestamp) over (
            partition by person_key, journey_model, cycle order by entered_order
            rows between current row and unbounded following
        ) as first_order_timestamp
    from progressed
    window
        walk as (partition by person_key, journey_model order by entered_order),
        within_cycle as (partition by person_key, journey_model, cycle order by entered_order)
)

select
    -- keys
    walked.journey_model,
    walked.visit_key,
    walked.person_key,
    walked.session_key,

    -- what
    walked.phase,
    walked.phase_order,
    phases.is_last_phase,
    walked.cycle,
    -- of where it began: in the visit with the first order it is still the path to purchase
    case walked.person_state when 'customer' then 'path_to_loyalty' else 'path_to_purchase' end as journey_scope,
    cast(walked.visit_place as integer) as visit_place,
    cast(walked.visit_number as integer) as visit_number,
    cast(walked.touches as bigint) as touches,
    walked.first_touchpoint_id,
    walked.last_touchpoint_id,

    -- when
    make_timestamp(walked.entered_timestamp) as entered_at,
    walked.entered_date,
    make_timestamp(walked.last_timestamp) as last_touch_at,
    make_timestamp(walked.entered_timestamp + journeys.window_seconds * 1000000) as window_ends_at,

    -- where to
    walked.next_phase,
    walked.next_phase_order,
    make_timestamp(walked.next_entered_timestamp) as next_entered_at,
    -- who orders has gone on, also when nothing was heard after the thank-you page
    case
        when not phases.is_last_phase
            then make_timestamp(least(walked.reached_timestamp, walked.first_order_timestamp))
    end as progressed_at,
    make_timestamp(walked.first_order_timestamp) as first_ordered_at,

    -- who
    walked.channel_group,
    walked.device_category,
    walked.country,
    walked.visitor_kind,
    personas.persona_id
from walked
inner join dim_phases as phases
    on walked.journey_model = phases.journey_model and walked.phase = phases.phase
inner join dim_journeys as journeys
    on walked.journey_model = journeys.journey_model
left join int_session_personas as personas
    on walked.person_key = personas.person_key and walked.session_key = personas.session_key
