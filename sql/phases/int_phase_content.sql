/*---
description: One row per date, journey model, phase that people had got to, and content, with how many of those who got there on that date saw it while they were no further.
grain: [reached_date, journey_model, phase_order, content_level, content]
owner: marketing-analytics
adds_up_over: person_key
reference: [dim_content_kinds]
columns:
  reached_date: {type: date, doc: "event_date of the first touch with which people got to the phase, in this cycle"}
  phase_order: {doc: "Place of the furthest phase that they had reached by then, in this cycle"}
  content_level: {type: varchar, doc: "all: anything; content_kind: what pages are for; page_group: each group"}
  content: {type: varchar, doc: "all, the kind, or the page group"}
  places: {type: bigint, unit: rows, doc: Rows of int_visit_touchpoints behind this one}
  persons: {doc: Persons who got to the phase on the date and met the content before they got further}
  touches: {doc: Touches with the content until they got further}
  earlier_touches: {type: bigint, unit: touches, doc: Those of them that the journey model puts in an earlier phase}
---*/
with

-- how far a person has got: a look back at a page of an earlier phase is no step back
placed as (
    select
        person_key,
        journey_model,
        cycle,
        page_group,
        entered_date,
        touches,
        phase_order as content_phase_order,
        max(phase_order) over (
            partition by person_key, journey_model, cycle
            order by first_order rows between unbounded preceding and current row
        ) as phase_order
    from int_visit_touchpoints
),

reached as (
    select
        placed.*,
        min(placed.entered_date) over (
            partition by placed.person_key, placed.journey_model, placed.cycle, placed.phase_order
        ) as reached_date
    from placed
),

named as (
    select
        reached.*,
        levels.content_level,
        case levels.content_level
            when 'all' then 'all'
            when 'content_kind' then coalesce(kinds.content_kind, 'other')
            else reached.page_group
        end as content
    from reached
    left join dim_content_kinds as kinds
        on reached.page_group = kinds.page_group
    cross join (values ('all'), ('content_kind'), ('page_group')) as levels (content_level)
)

select
    reached_date,
    journey_model,
    phase_order,
    content_level,
    content,
    count(*) as places,
    count(distinct person_key) as persons,
    cast(sum(coalesce(touches, 0)) as bigint) as touches,
    cast(sum(case when content_phase_order < phase_order then coalesce(touches, 0) else 0 end) as bigint) as earlier_touches
from named
group by reached_date, journey_model, phase_order, content_level, content
