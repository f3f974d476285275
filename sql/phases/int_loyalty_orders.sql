/*---
description: One row per order and journey model that says where people weigh up, with whether its person did so before ordering again.
grain: [journey_model, order_key]
owner: marketing-analytics
rebuild_by: person_key
reference: [dim_phases]
order_by: [person_key]
columns:
  order_key: {doc: event_key of the order's first event}
  order_kind: {type: varchar, doc: "first for the person's first order, repeat for later ones"}
  next_ordered_at: {doc: "Time of the person's next order that is no probable repeat, UTC; null when none followed"}
  has_evaluated: {type: boolean, doc: "The person came into a phase of weighing up after this order and before the next one; null when none followed"}
---*/
with

models as (
    select journey_model from dim_phases
    where is_evaluation
    group by journey_model
),

evaluations as (
    select
        visits.person_key,
        visits.journey_model,
        visits.entered_at
    from fct_phase_visits as visits
    inner join dim_phases as phases
        on visits.journey_model = phases.journey_model and visits.phase = phases.phase and phases.is_evaluation
),

followed as (
    select
        orders.person_key,
        orders.order_key,
        orders.order_number,
        orders.ordered_at,
        orders.next_ordered_at,
        models.journey_model
    from fct_orders as orders
    cross join models
    where not orders.is_probable_repeat
)

select
    followed.journey_model,
    followed.order_key,
    followed.person_key,
    case when followed.order_number = 1 then 'first' else 'repeat' end as order_kind,
    followed.ordered_at,
    followed.next_ordered_at,
    case when followed.next_ordered_at is not null then count(evaluations.entered_at) > 0 end as has_evaluated
from followed
left join evaluations
    on
        followed.person_key = evaluations.person_key
        and followed.journey_model = evaluations.journey_model
        and evaluations.entered_at > followed.ordered_at
        and evaluations.entered_at < followed.next_ordered_at
group by
    followed.journey_model,
    followed.order_key,
    followed.person_key,
    followed.order_number,
    followed.ordered_at,
    followed.next_ordered_at
