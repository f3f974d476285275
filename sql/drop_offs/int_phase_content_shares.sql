/*---
description: One row per journey model, phase that people had got to, and content, with the share of them who saw it, over the newest 28 entry dates whose window has passed.
grain: [journey_model, phase_order, content_level, content]
owner: marketing-analytics
estimate: share_interval
reference: [int_comparison_periods]
columns:
  phase_order: {doc: Place of the furthest phase that people had reached by then}
  content_level: {type: varchar, doc: "all, content_kind or page_group"}
  content: {type: varchar, doc: "all, the kind, or the page group; those that nobody saw at this phase too"}
  numerator: {doc: "Persons who saw the content, once per date on which they got to the phase"}
  denominator: {doc: "Persons who got to the phase, once per date"}
  phase_touches: {type: bigint, unit: touches, doc: All touches of those people before they got further}
  earlier_touches: {type: bigint, unit: touches, doc: Those of touches that the journey model puts in an earlier phase}
  first_phase_order: {type: integer, doc: "Place of the earliest phase that the journey model put a touch with the content in; null where nobody met it"}
---*/
with

recent as (
    select
        content.journey_model,
        content.phase_order,
        content.content_level,
        content.content,
        periods.date_from,
        periods.date_to,
        cast(sum(content.persons) as bigint) as persons,
        cast(sum(content.touches) as bigint) as touches,
        cast(sum(content.earlier_touches) as bigint) as earlier_touches
    from int_phase_content as content
    inner join int_comparison_periods as periods
        on
            content.journey_model = periods.journey_model
            and content.reached_date between periods.date_from and periods.date_to
            and periods.comparison = 'current'
    group by
        content.journey_model, content.phase_order, content.content_level, content.content, periods.date_from, periods.date_to
),

-- a touch that is no look back is in the phase that people have got to
belonging as (
    select
        journey_model,
        content_level,
        content,
        min(case when touches > earlier_touches then phase_order end) as first_phase_order
    from recent
    group by journey_model, content_level, content
),

-- content that somebody saw at some phase, or that pages are for: where it is missing is told too
contents as (
    select journey_model, content_level, content from recent
    where content_level <> 'content_kind' or content = 'other'
    group by journey_model, content_level, content
    union all
    select journeys.journey_model, 'content_kind' as content_level, kinds.content
    from (select journey_model from recent group by journey_model) as journeys
    cross join (values ('inspire'), ('compare'), ('prove'), ('order'), ('follow_up')) as kinds (content)
)

select
    wholes.journey_model,
    wholes.phase_order,
    contents.content_level,
    contents.content,
    wholes.date_from,
    wholes.date_to,
    coalesce(recent.persons, 0) as numerator,
    wholes.persons as denominator,
    coalesce(recent.touches, 0) as touches,
    wholes.touches as phase_touches,
    coalesce(recent.earlier_touches, 0) as earlier_touches,
    belonging.first_phase_order
from recent as wholes
inner join contents
    on wholes.journey_model = contents.journey_model
left join recent
    on
        wholes.journey_model = recent.journey_model
        and wholes.phase_order = recent.phase_order
        and contents.content_level = recent.content_level
        and contents.content = recent.content
left join belonging
    on
        wholes.journey_model = belonging.journey_model
        and contents.content_level = belonging.content_level
        and contents.content = belonging.content
where wholes.content_level = 'all'
