/*---
description: One row per phase visit and touchpoint (and page group) that it touched.
grain: [journey_model, visit_key, touchpoint_id, page_group]
owner: marketing-analytics
rebuild_by: person_key
reference: [dim_journeys, dim_phases]
order_by: [entered_date, person_key]
columns:
  first_order: {doc: event_order of the visit's first touch there}
  last_order: {doc: event_order of the visit's last touch there}
  first_timestamp: {doc: Time of the visit's first touch there, unit: microseconds since 1970 UTC}
  last_timestamp: {doc: Time of the visit's last touch there, unit: microseconds since 1970 UTC}
  order_timestamp: {doc: Time of the first order made there, unit: microseconds since 1970 UTC}
---*/
with

phases as (
    select
        phases.journey_model,
        phases.phase,
        phases.phase_order,
        phases.journey_model || ':' || phases.phase as pattern_part,
        journeys.window_seconds * 1000000 as window_microseconds
    from dim_phases as phases
    inner join dim_journeys as journeys
        on phases.journey_model = journeys.journey_model
),

-- each run once for every journey model that puts it in a phase; numbers only, texts come back when visits are made
parts as (
    select
        person_key,
        event_order,
        last_order,
        event_timestamp,
        last_timestamp,
        touches,
        touchpoint_id,
        page_group,
        is_order,
        session_key is not null as has_session,
        unnest(str_split(phase_pattern, ' ')) as pattern_part
    from int_touch_runs
),

runs as (
    select
        parts.person_key,
        parts.event_order,
        parts.last_order,
        parts.event_timestamp,
        parts.last_timestamp,
        parts.touches,
        parts.touchpoint_id,
        parts.page_group,
        parts.is_order,
        parts.has_session,
        phases.journey_model,
        phases.phase_order,
        phases.window_microseconds
    from parts
    inner join phases
        on parts.pattern_part = phases.pattern_part
),

buyers as (
    select person_key from int_touch_runs where is_order group by person_key
),

buyer_parts as (
    select
        runs.person_key,
        runs.event_order,
        runs.is_order,
        coalesce(runs.session_key, '') as session_key,
        unnest(str_split(runs.phase_pattern, ' ')) as pattern_part
    from int_touch_runs as runs
    inner join buyers
        on runs.person_key = buyers.person_key
),

buyer_runs as (
    select
        parts.person_key,
        parts.event_order,
        parts.is_order,
        parts.session_key,
        phases.journey_model,
        phases.phase_order
    from buyer_parts as parts
    inner join phases
        on parts.pattern_part = phases.pattern_part
),

-- a new cycle starts with the first touch, in a later session than the order, in a phase not later than the order's
starts as (
    select orders.person_key, orders.journey_model, min(runs.event_order) as event_order
    from buyer_runs as orders
    inner join buyer_runs as runs
        on
            orders.person_key = runs.person_key
            and orders.journey_model = runs.journey_model
            and runs.event_order > orders.event_order
            and runs.phase_order <= orders.phase_order
            and runs.session_key <> orders.session_key
    where orders.is_order
    group by orders.person_key, orders.journey_model, orders.event_order
),

distinct_starts as (
    select person_key, journey_model, event_order from starts group by person_key, journey_model, event_order
),

cycled as (
    select
        runs.*,
        1 + count(distinct_starts.event_order) over walk as cycle,
        distinct_starts.event_order is not null as starts_cycle,
        lag(runs.phase_order) over walk as phase_order_before,
        lag(runs.last_timestamp) over walk as timestamp_before
    from runs
    left join distinct_starts
        on
            runs.person_key = distinct_starts.person_key
            and runs.journey_model = distinct_starts.journey_model
            and runs.event_order = distinct_starts.event_order
    window walk as (partition by runs.person_key, runs.journey_model order by runs.event_order)
),

placed as (
    select
        *,
        max(
            case
                when
                    starts_cycle or phase_order_before is null or phase_order_before <> phase_order
                    or event_timestamp - timestamp_before > window_microseconds then event_order
            end
        ) over (partition by person_key, journey_model order by event_order) as visit_order
    from cycled
),

touched as (
    select
        person_key,
        journey_model,
        visit_order,
        phase_order,
        cycle,
        touchpoint_id,
        page_group,
        cast(sum(touches) as bigint) as touches,
        min(event_order) as first_order,
        max(last_order) as last_order,
        min(event_timestamp) as first_timestamp,
        max(last_timestamp) as last_timestamp,
        min(case when is_order then event_timestamp end) as order_timestamp,
        min(case when has_session then event_order end) as session_order
    from placed
    group by person_key, journey_model, visit_order, phase_order, cycle, touchpoint_id, page_group
),

-- kept in between, else the engine joins the runs of a person with each other first
described as materialized (
    select
        touched.*,
        runs.session_key,
        runs.channel_group,
        runs.device_category,
        runs.country,
        runs.visitor_kind,
        runs.person_state
    from touched
    inner join int_touch_runs as runs
        on touched.person_key = runs.person_key and touched.first_order = runs.event_order
)

select
    described.journey_model,
    begun.event_key as visit_key,
    described.touchpoint_id,
    described.page_group,
    described.person_key,
    phases.phase,
    described.phase_order,
    cast(described.cycle as integer) as cycle,
    begun.event_date as entered_date,
    described.touches,
    described.first_order,
    described.last_order,
    described.first_timestamp,
    described.last_timestamp,
    described.order_timestamp,
    coalesce(described.session_key, with_session.session_key) as session_key,
    described.channel_group,
    described.device_category,
    described.country,
    described.visitor_kind,
    described.person_state
from described
inner join phases
    on described.journey_model = phases.journey_model and described.phase_order = phases.phase_order
inner join int_touch_runs as begun
    on described.person_key = begun.person_key and described.visit_order = begun.event_order
-- of a touch without a session: the first session in which the visit touched there
left join int_touch_runs as with_session
    on
        described.person_key = with_session.person_key
        and described.session_order = with_session.event_order
        and described.session_key is null
