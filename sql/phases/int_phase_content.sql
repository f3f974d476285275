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
  persons: {doc: Persons who got to the phase on the date and met the content before they got further}
  touches: {doc: Touches with the content until they got further}
  earlier_touches: {type: bigint, unit: touches, doc: Those of them that the journey model puts in an earlier phase}
---*/
with

-- how far a person has got, and since when: a look back at a page of an earlier phase is no step back. One number, of which
-- the largest so far is the furthest phase of the newest cycle, and of that phase the first date
placed as (
    select
        person_key,
        journey_model,
        page_group,
        touches,
        phase_order as content_phase_order,
        max(cast(cycle as bigint) * 1000000000 + phase_order * 10000000 + 9999999 - (entered_date - date '0001-01-01')) over (
            partition by person_key, journey_model
            order by first_order rows between unbounded preceding and current row
        ) as furthest
    from int_visit_touchpoints
),

reached as (
    select
        person_key,
        journey_model,
        page_group,
        date '0001-01-01' + cast(9999999 - furthest % 10000000 as integer) as reached_date,
        cast(furthest // 10000000 % 100 as integer) as phase_order,
        content_phase_order,
        touches
    from placed
),

-- each person once: what is counted then are rows, which costs far less than to tell persons apart at every level
groups_met as (
    select
        person_key,
        journey_model,
        reached_date,
        phase_order,
        page_group,
        sum(touches) as touches,
        sum(case when content_phase_order < phase_order then touches end) as earlier_touches
    from reached
    group by person_key, journey_model, reached_date, phase_order, page_group
),

kinds_met as (
    select
        met.person_key,
        met.journey_model,
        met.reached_date,
        met.phase_order,
        coalesce(kinds.content_kind, 'other') as content_kind,
        sum(met.touches) as touches,
        sum(met.earlier_touches) as earlier_touches
    from groups_met as met
    left join dim_content_kinds as kinds
        on met.page_group = kinds.page_group
    group by met.person_key, met.journey_model, met.reached_date, met.phase_order, coalesce(kinds.content_kind, 'other')
),

anything_met as (
    select
        person_key,
        journey_model,
        reached_date,
        phase_order,
        sum(touches) as touches,
        sum(earlier_touches) as earlier_touches
    from kinds_met
    group by person_key, journey_model, reached_date, phase_order
),

met as (
    select
        person_key,
        journey_model,
        reached_date,
        phase_order,
        'all' as content_level,
        'all' as content,
        touches,
        earlier_touches
    from anything_met
    union all
    select
        person_key,
        journey_model,
        reached_date,
        phase_order,
        'content_kind' as content_level,
        content_kind as content,
        touches,
        earlier_touches
    from kinds_met
    union all
    select
        person_key,
        journey_model,
        reached_date,
        phase_order,
        'page_group' as content_level,
        page_group as content,
        touches,
        earlier_touches
    from groups_met
)

select
    reached_date,
    journey_model,
    phase_order,
    content_level,
    content,
    count(*) as persons,
    cast(sum(coalesce(touches, 0)) as bigint) as touches,
    cast(sum(coalesce(earlier_touches, 0)) as bigint) as earlier_touches
from met
group by reached_date, journey_model, phase_order, content_level, content
