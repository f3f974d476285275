/*---
description: One row per phase of a journey model, other journey model and phase of that one, with how many of the phase's touches the other model puts there, over all complete days.
grain: [journey_model, phase, other_journey_model, other_phase]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_phases, dim_labels]
order_by: [journey_model, phase_order, other_journey_model, other_phase_rank]
columns:
  other_journey_model: {type: varchar, doc: The journey model that it is held against}
  other_journey_model_title_nl: {type: varchar, doc: Name of the other journey model in Dutch}
  other_journey_model_title_en: {type: varchar, doc: Name of the other journey model in English}
  other_phase: {type: varchar, doc: "Phase of the other model; none for touches that it puts in no phase"}
  other_phase_order: {type: integer, doc: "Place of other_phase in its journey model; 0 for none"}
  other_phase_title_nl: {type: varchar, doc: Name of other_phase in Dutch}
  other_phase_title_en: {type: varchar, doc: Name of other_phase in English}
  other_phase_rank: {type: integer, doc: "1 for the phase of the other model that holds most of this phase's touches"}
  touches: {doc: "Touches that are in both phases: the same touches of the same people"}
  phase_touches: {type: bigint, unit: touches, doc: All touches in phase}
  share_of_phase: {type: double, unit: share, doc: "touches / phase_touches. Counted, not estimated: no interval. Over the phases of one other model, none included, it is 1"}
  min_sample_ok: {doc: "At least 30 touches in phase: below that a rule may not have met its case yet"}
checks:
  - {name: touches_in_both_are_touches_of_the_phase, severity: fail, sql: touches <= phase_touches, why: a share would pass 100 %}
---*/
with

placed as (
    select
        phases.journey_model,
        phases.phase,
        patterns.phase_pattern,
        patterns.touches
    from int_phase_pattern_counts as patterns
    inner join dim_phases as phases
        on contains(patterns.phase_pattern, ' ' || phases.journey_model || ':' || phases.phase || ' ')
),

phase_sums as (
    select journey_model, phase, cast(sum(touches) as bigint) as phase_touches
    from placed
    group by journey_model, phase
),

pairs as (
    select
        placed.journey_model,
        placed.phase,
        others.journey_model as other_journey_model,
        coalesce(other_places.phase, 'none') as other_phase,
        cast(sum(placed.touches) as bigint) as touches
    from placed
    inner join dim_journeys as others
        on placed.journey_model <> others.journey_model
    left join placed as other_places
        on placed.phase_pattern = other_places.phase_pattern and others.journey_model = other_places.journey_model
    group by placed.journey_model, placed.phase, others.journey_model, coalesce(other_places.phase, 'none')
),

ranked as (
    select
        *,
        row_number() over (
            partition by journey_model, phase, other_journey_model
            order by case when other_phase = 'none' then 1 else 0 end, touches desc, other_phase
        ) as other_phase_rank
    from pairs
)

select
    ranked.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    ranked.phase,
    phases.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    ranked.other_journey_model,
    others.title_nl as other_journey_model_title_nl,
    others.title_en as other_journey_model_title_en,
    ranked.other_phase,
    coalesce(other_phases.phase_order, 0) as other_phase_order,
    coalesce(other_phases.title_nl, labels.label_nl) as other_phase_title_nl,
    coalesce(other_phases.title_en, labels.label_en) as other_phase_title_en,
    cast(ranked.other_phase_rank as integer) as other_phase_rank,
    ranked.touches,
    phase_sums.phase_touches,
    round(ranked.touches / cast(phase_sums.phase_touches as double), 12) as share_of_phase,
    phase_sums.phase_touches >= 30 as min_sample_ok
from ranked
inner join phase_sums
    on ranked.journey_model = phase_sums.journey_model and ranked.phase = phase_sums.phase
inner join dim_journeys as journeys
    on ranked.journey_model = journeys.journey_model
inner join dim_phases as phases
    on ranked.journey_model = phases.journey_model and ranked.phase = phases.phase
inner join dim_journeys as others
    on ranked.other_journey_model = others.journey_model
left join dim_phases as other_phases
    on ranked.other_journey_model = other_phases.journey_model and ranked.other_phase = other_phases.phase
left join dim_labels as labels
    on labels.enum = 'other_phase' and ranked.other_phase = labels.enum_value
