/*---
description: One row per journey model, phase and touchpoint, with how many persons met it in the newest 28 entry dates whose window has passed.
grain: [journey_model, phase, touchpoint_id]
owner: marketing-analytics
published: state
reference: [dim_phases, dim_touchpoints, int_comparison_periods]
order_by: [journey_model, phase_order, persons desc, touchpoint_id]
columns:
  channel: {doc: "Lane on the map: web, app, store, e-mail, phone"}
  touches_per_visit: {doc: "touches / visits", unit: touches}
---*/
with

-- counted before the names are joined: wide groups cost three times as much
counted as (
    select
        places.journey_model,
        places.phase,
        places.phase_order,
        places.touchpoint_id,
        periods.date_from,
        periods.date_to,
        count(distinct places.person_key) as persons,
        count(distinct places.visit_key) as visits,
        cast(sum(places.touches) as bigint) as touches
    from int_visit_touchpoints as places
    inner join int_comparison_periods as periods
        on
            places.journey_model = periods.journey_model
            and places.entered_date between periods.date_from and periods.date_to
            and periods.comparison = 'current'
    group by
        places.journey_model, places.phase, places.phase_order, places.touchpoint_id, periods.date_from, periods.date_to
)

select
    counted.journey_model,
    counted.phase,
    counted.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    counted.touchpoint_id,
    coalesce(touchpoints.title_nl, counted.touchpoint_id) as touchpoint_title_nl,
    coalesce(touchpoints.title_en, counted.touchpoint_id) as touchpoint_title_en,
    coalesce(touchpoints.channel, 'web') as channel,
    coalesce(touchpoints.touchpoint_ownership, 'owned') as touchpoint_ownership,
    touchpoints.moment_of_truth,
    touchpoints.owner,
    counted.date_from,
    counted.date_to,
    counted.persons,
    counted.visits,
    counted.touches,
    round(counted.touches / cast(counted.visits as double), 12) as touches_per_visit
from counted
left join dim_phases as phases
    on counted.journey_model = phases.journey_model and counted.phase = phases.phase
left join dim_touchpoints as touchpoints
    on counted.touchpoint_id = touchpoints.touchpoint_id
