/*---
description: One row per experiment and person who saw a variant of it, with when they first did and whether they converted within the horizon.
grain: [experiment_id, person_key]
owner: marketing-analytics
rebuild_by: person_key
via: {int_experiment_exposures: dim_people.user_pseudo_id}
reference: [dim_experiments]
order_by: [experiment_id, person_key]
columns:
  variant: {doc: "The variant that the person saw; null for who saw more than one"}
  exposed_at: {type: timestamp, doc: "When the person first saw a variant, UTC"}
  horizon_ends_at: {type: timestamp, doc: "Until when a conversion counts, UTC: exposed_at and the horizon"}
  converted_at: {doc: "First conversion from exposed_at to horizon_ends_at, both included, UTC; null without one"}
---*/
with

seen as (
    select
        exposures.experiment_id,
        people.person_key,
        count(distinct exposures.variant) as variants,
        min(exposures.variant) as variant,
        min(exposures.event_timestamp) as exposed_timestamp
    from int_experiment_exposures as exposures
    inner join dim_people as people
        on
            exposures.user_pseudo_id = people.user_pseudo_id
            and exposures.event_timestamp >= people.valid_from
            and exposures.event_timestamp < people.valid_to
    group by exposures.experiment_id, people.person_key
),

timed as (
    select
        seen.experiment_id,
        seen.person_key,
        -- who saw two variants says nothing of either
        case when seen.variants = 1 then seen.variant end as variant,
        experiments.conversion,
        make_timestamp(seen.exposed_timestamp) as exposed_at,
        make_timestamp(seen.exposed_timestamp + experiments.horizon_seconds * 1000000) as horizon_ends_at
    from seen
    inner join dim_experiments as experiments
        on seen.experiment_id = experiments.experiment_id
),

conversions as (
    select person_key, event_name, ordered_at as converted_at from fct_orders
    union all
    select person_key, event_name, converted_at from fct_conversions
)

select
    timed.experiment_id,
    timed.person_key,
    timed.variant,
    timed.exposed_at,
    timed.horizon_ends_at,
    min(conversions.converted_at) as converted_at
from timed
left join conversions
    on
        timed.person_key = conversions.person_key
        and timed.conversion = conversions.event_name
        and conversions.converted_at >= timed.exposed_at
        and conversions.converted_at <= timed.horizon_ends_at
group by timed.experiment_id, timed.person_key, timed.variant, timed.exposed_at, timed.horizon_ends_at
