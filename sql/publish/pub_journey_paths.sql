/*---
description: One row per journey model and path of phases, the hundred most walked of each model, over all complete days.
grain: [journey_model, path]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_phases]
order_by: [journey_model, path_rank]
columns:
  path: {doc: "Phases in the order visited, joined by ' > '; the first twelve"}
  path_nl: {doc: The same phases by their names in Dutch}
  path_en: {doc: The same phases by their names in English}
  path_rank: {doc: "1 for the path that most cycles took"}
  cycles: {doc: Cycles that took this path, unit: cycles}
  persons: {doc: Persons who took this path, unit: persons}
  ordered_cycles: {doc: Cycles on this path in which an order was made, unit: cycles}
  share_of_cycles: {doc: "cycles / all cycles of the journey model", unit: share}
  ordered_share: {doc: "ordered_cycles / cycles; cycles that are still open may yet order", unit: share}
---*/
with

ranked as (
    select
        *,
        row_number() over (partition by journey_model order by cycles desc, path) as path_rank,
        sum(cycles) over (partition by journey_model) as all_cycles
    from int_path_counts
),

-- only what is shown is put into words
shown as (
    select * from ranked
    where path_rank <= 100
),

steps as (
    select
        journey_model,
        path,
        -- a '>' stands behind each phase but the last
        unnest(generate_series(1, length(regexp_replace(path, '[^>]+', '', 'g')) + 1)) as step
    from shown
),

named as (
    select
        steps.journey_model,
        steps.path,
        string_agg(coalesce(phases.title_nl, split_part(steps.path, ' > ', steps.step)), ' > ' order by steps.step) as path_nl,
        string_agg(coalesce(phases.title_en, split_part(steps.path, ' > ', steps.step)), ' > ' order by steps.step) as path_en
    from steps
    left join dim_phases as phases
        on steps.journey_model = phases.journey_model and split_part(steps.path, ' > ', steps.step) = phases.phase
    group by steps.journey_model, steps.path
)

select
    shown.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    cast(shown.path_rank as integer) as path_rank,
    shown.path,
    named.path_nl,
    named.path_en,
    shown.cycles,
    shown.persons,
    shown.ordered_cycles,
    round(shown.cycles / cast(shown.all_cycles as double), 12) as share_of_cycles,
    round(shown.ordered_cycles / cast(shown.cycles as double), 12) as ordered_share
from shown
inner join named
    on shown.journey_model = named.journey_model and shown.path = named.path
left join dim_journeys as journeys
    on shown.journey_model = journeys.journey_model
