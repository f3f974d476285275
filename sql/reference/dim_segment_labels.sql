/*---
description: One row per kind of segment and value that has a name, with the words that people read for it.
grain: [segment_kind, segment_value]
owner: marketing-analytics
columns:
  segment_value: {doc: "A value of the kind; all is the whole that the kind splits: of order_kind all orders"}
  label_nl: {type: varchar, doc: "The value alone in Dutch, such as mobiel"}
  label_en: {type: varchar, doc: "The value alone in English, such as mobile"}
---*/
with

kinds as (
    select
        enum_value as segment_kind,
        label_nl as kind_nl,
        label_en as kind_en
    from dim_labels
    where enum = 'segment_kind' and enum_value <> 'all'
),

named as (
    select
        kinds.segment_kind,
        labels.enum_value as segment_value,
        labels.label_nl,
        labels.label_en
    from kinds
    inner join dim_labels as labels
        on kinds.segment_kind = labels.enum
    union all
    select
        'channel_group' as segment_kind,
        channel_group as segment_value,
        title_nl as label_nl,
        title_en as label_en
    from dim_channel_groups
),

-- what may stand in the place of any value, unless the kind has a word of its own for it
with_rests as (
    select * from named
    union all
    select
        kinds.segment_kind,
        rests.enum_value as segment_value,
        rests.label_nl,
        rests.label_en
    from kinds
    inner join dim_labels as rests
        on rests.enum = 'segment_value'
    left join named
        on kinds.segment_kind = named.segment_kind and rests.enum_value = named.segment_value
    where named.segment_value is null
)

select
    with_rests.segment_kind,
    with_rests.segment_value,
    with_rests.label_nl,
    with_rests.label_en,
    -- the kind as well: somebody's channel may be unknown, and somebody's device
    case with_rests.segment_value when 'all' then '' else kinds.kind_nl || ': ' end || with_rests.label_nl as segment_nl,
    case with_rests.segment_value when 'all' then '' else kinds.kind_en || ': ' end || with_rests.label_en as segment_en
from with_rests
inner join kinds
    on with_rests.segment_kind = kinds.segment_kind
union all
select
    'all' as segment_kind,
    'all' as segment_value,
    label_nl,
    label_en,
    label_nl as segment_nl,
    label_en as segment_en
from dim_labels
where enum = 'segment_kind' and enum_value = 'all'
