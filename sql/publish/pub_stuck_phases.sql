/*---
description: One row per journey model and phase (the last apart), with how many of the persons who were seen in the last 30 days and have got this far are stuck there.
grain: [journey_model, phase]
owner: marketing-analytics
published: state
estimate: share_interval
reference: [dim_journeys, dim_phases, dim_property, dim_thresholds]
order_by: [journey_model, phase_order]
columns:
  numerator: {doc: "Persons who got to the phase at least stuck_days ago and no further; of the primary journey model they are those of pub_stuck"}
  denominator: {doc: "Persons whose newest cycle has got to this phase and no further, and who were seen in the last reach_days"}
  value: {doc: "numerator / denominator: of those who are at this phase, those who are stuck; null when nobody is there"}
  median_days: {type: bigint, unit: days, doc: Half of the stuck are so for this many whole days or fewer; null without any}
  value_if_all_went_on: {type: "decimal(18,2)", unit: property's currency, doc: "numerator x value_per_progressed_visit: the most that is at stake, for not all will go on. Null where no order with a value follows"}
checks:
  - {name: the_stuck_are_there, severity: fail, sql: numerator <= denominator, why: a share would pass 100 %}
---*/
with

limits as (
    select
        max(case when threshold = 'stuck_days' then cast(round(limit_value) as integer) end) as stuck_days,
        max(case when threshold = 'reach_days' then cast(round(limit_value) as integer) end) as reach_days
    from dim_thresholds
    where model = 'int_stuck'
),

placed as (
    select
        journey_model,
        phase,
        is_stuck,
        days_without_progress,
        row_number() over (
            partition by journey_model, phase, is_stuck order by days_without_progress, person_key
        ) as place,
        count(*) over (partition by journey_model, phase, is_stuck) as n
    from int_stuck
),

counted as (
    select
        journey_model,
        phase,
        count(case when is_stuck then 1 end) as stuck,
        count(*) as persons,
        min(case when is_stuck and 2 * place >= n then days_without_progress end) as median_days
    from placed
    group by journey_model, phase
)

select
    phases.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    phases.phase,
    phases.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    limits.stuck_days,
    limits.reach_days,
    coalesce(counted.stuck, 0) as numerator,
    coalesce(counted.persons, 0) as denominator,
    'share' as unit,
    counted.median_days,
    phase_values.value_per_progressed_visit,
    cast(coalesce(counted.stuck, 0) * phase_values.value_per_progressed_visit as decimal(18, 2)) as value_if_all_went_on,
    property.currency
from dim_phases as phases
cross join limits
cross join dim_property as property
inner join dim_journeys as journeys
    on phases.journey_model = journeys.journey_model
left join counted
    on phases.journey_model = counted.journey_model and phases.phase = counted.phase
left join int_phase_values as phase_values
    on phases.journey_model = phase_values.journey_model and phases.phase = phase_values.phase
where not phases.is_last_phase
