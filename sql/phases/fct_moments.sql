/*---
description: One row per person and moment of truth, the first of its kind. zmot is the person's first touch, fmot the first at a touchpoint where the offer is met, umot the first with which others are told (share, review, referral).
grain: [person_key, moment_of_truth]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
reference: [dim_touchpoints]
order_by: [person_key]
columns:
  moment_of_truth: {doc: "zmot, fmot or umot: of a person here, not of a touchpoint"}
  moment_at: {type: timestamp, doc: "When the moment was, UTC"}
  moment_date: {type: date, doc: "Date of the moment: property time"}
---*/
with

touches as (
    select
        person_touches.person_key,
        person_touches.event_key,
        person_touches.event_order,
        person_touches.event_timestamp,
        person_touches.event_date,
        person_touches.touchpoint_id,
        person_touches.channel_group,
        person_touches.person_state,
        touchpoints.moment_of_truth
    from int_person_touches as person_touches
    left join dim_touchpoints as touchpoints
        on person_touches.touchpoint_id = touchpoints.touchpoint_id
),

-- a first touch on a product page is both: the moment of the person and that of the place
moments as (
    select
        person_key, event_key, event_order, event_timestamp, event_date, touchpoint_id, channel_group, person_state,
        'zmot' as moment_of_truth
    from touches
    union all
    select
        person_key, event_key, event_order, event_timestamp, event_date, touchpoint_id, channel_group, person_state,
        moment_of_truth
    from touches
    where moment_of_truth in ('fmot', 'umot')
)

select
    person_key,
    moment_of_truth,
    arg_min(event_key, event_order) as event_key,
    make_timestamp(min(event_timestamp)) as moment_at,
    arg_min(event_date, event_order) as moment_date,
    arg_min(touchpoint_id, event_order) as touchpoint_id,
    arg_min(channel_group, event_order) as channel_group,
    case arg_min(person_state, event_order)
        when 'customer' then 'path_to_loyalty' else 'path_to_purchase'
    end as journey_scope
from moments
group by person_key, moment_of_truth
