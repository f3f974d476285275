/*---
description: One row per journey model, phase that people had got to, and content (all, its kind, or a page group), with how many saw it while they were no further, of those who got there in the newest 28 entry dates whose window has passed.
grain: [journey_model, phase, content_level, content]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_phases, dim_touchpoints, dim_labels, dim_thresholds, int_comparison_periods]
thresholds: {rare_below: 0.1}
order_by: [journey_model, phase_order, content_level desc, value desc, content]
columns:
  phase: {doc: "The furthest phase that people had reached by then in their cycle: a look back at a page of an earlier phase is no step back"}
  content_level: {type: varchar, doc: "all: anything; content_kind: what pages are for; page_group: each group. Persons see several, so their shares do not add up; touches do"}
  content: {type: varchar, doc: "all; inspire, compare, prove, order, follow_up or other; or the page group, none for touches without a page"}
  content_nl: {type: varchar, doc: The content in Dutch words}
  content_en: {type: varchar, doc: The content in English words}
  date_from: {doc: First date on which people got to the phase}
  date_to: {doc: Last date on which people got to the phase}
  numerator: {doc: "Persons who saw the content before they got further, once per date on which they got there"}
  denominator: {doc: "Persons who got to the phase, once per date on which they did"}
  value: {doc: "numerator / denominator: of those who got to the phase, those who saw the content; null when nobody did"}
  touches: {doc: Touches with the content before they got further}
  phase_touches: {type: bigint, unit: touches, doc: All touches of those people before they got further}
  share_of_touches: {type: double, unit: share, doc: "touches / phase_touches: counted, not estimated; over the contents of one level it is 1"}
  earlier_touches: {type: bigint, unit: touches, doc: "Those of touches that the journey model puts in an earlier phase: looking back"}
  content_verdict: {type: varchar, doc: "later_phase: whoever sees it has got further by that, so it cannot be seen here; missing: nobody saw it; rare: fewer than the threshold rare_below, beyond chance; seen; cannot_tell: fewer than 30 persons"}
  content_verdict_nl: {type: varchar, doc: Verdict in Dutch words}
  content_verdict_en: {type: varchar, doc: Verdict in English words}
checks:
  - {name: who_saw_it_was_there, severity: fail, sql: numerator <= denominator, why: a share would pass 100 %}
  - {name: touches_with_it_are_touches, severity: fail, sql: touches <= phase_touches and earlier_touches <= touches, why: a share would pass 100 %}
---*/
with

judged as (
    select
        *,
        case
            when not shares.min_sample_ok then 'cannot_tell'
            when shares.first_phase_order > shares.phase_order then 'later_phase'
            when shares.numerator = 0 then 'missing'
            when shares.ci_high < (
                select limit_value from dim_thresholds
                where model = 'pub_phase_content' and threshold = 'rare_below'
            ) then 'rare'
            else 'seen'
        end as content_verdict
    from int_phase_content_shares as shares
)

select
    judged.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    phases.phase,
    judged.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    judged.content_level,
    judged.content,
    coalesce(labels.label_nl, touchpoints.title_nl, replace(judged.content, '_', ' ')) as content_nl,
    coalesce(labels.label_en, touchpoints.title_en, replace(judged.content, '_', ' ')) as content_en,
    judged.date_from,
    judged.date_to,
    judged.numerator,
    judged.denominator,
    judged.value,
    'share' as unit,
    judged.ci_low,
    judged.ci_high,
    judged.ci_level,
    judged.ci_method,
    judged.min_sample_ok,
    judged.touches,
    judged.phase_touches,
    round(judged.touches / cast(nullif(judged.phase_touches, 0) as double), 12) as share_of_touches,
    judged.earlier_touches,
    judged.content_verdict,
    verdicts.label_nl as content_verdict_nl,
    verdicts.label_en as content_verdict_en
from judged
inner join dim_journeys as journeys
    on judged.journey_model = journeys.journey_model
inner join dim_phases as phases
    on judged.journey_model = phases.journey_model and judged.phase_order = phases.phase_order
inner join dim_labels as verdicts
    on verdicts.enum = 'content_verdict' and judged.content_verdict = verdicts.enum_value
left join dim_labels as labels
    on judged.content_level = labels.enum and judged.content = labels.enum_value
left join dim_touchpoints as touchpoints
    on judged.content_level = 'page_group' and judged.content = touchpoints.touchpoint_id
