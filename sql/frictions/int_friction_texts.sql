/*---
description: One row per friction, with titles and a measured statement in Dutch and English.
grain: [friction_key]
owner: marketing-analytics
reference: [dim_touchpoints, dim_labels, dim_signals]
columns:
  place_nl: {doc: Name of the touchpoint or page group in Dutch}
  place_en: {doc: Name of the touchpoint or page group in English}
---*/
with

named as (
    select
        verdicts.*,
        coalesce(touchpoints.title_nl, verdicts.touchpoint_id) as place_nl,
        coalesce(touchpoints.title_en, verdicts.touchpoint_id) as place_en,
        coalesce(details.label_nl, verdicts.signal_detail) as detail_nl,
        coalesce(details.label_en, verdicts.signal_detail) as detail_en,
        case
            when verdicts.segment_kind = 'all' then ''
            else ' (' || coalesce(segments.label_nl, verdicts.segment_value) || ')'
        end as segment_nl,
        case
            when verdicts.segment_kind = 'all' then ''
            else ' (' || coalesce(segments.label_en, verdicts.segment_value) || ')'
        end as segment_en,
        -- below a hundred the counts are named, from a hundred on so many of every hundred
        case
            when verdicts.n < 100 then cast(verdicts.x as varchar) || ' van ' || cast(verdicts.n as varchar)
            else cast(cast(round(100 * verdicts.value) as integer) as varchar) || ' van de 100'
        end as part_nl,
        case
            when verdicts.n < 100 then cast(verdicts.x as varchar) || ' of ' || cast(verdicts.n as varchar)
            else cast(cast(round(100 * verdicts.value) as integer) as varchar) || ' of every 100'
        end as part_en,
        case
            when verdicts.baseline_n < 100
                then cast(verdicts.baseline_x as varchar) || ' van ' || cast(verdicts.baseline_n as varchar)
            else cast(cast(round(100 * verdicts.baseline_value) as integer) as varchar) || ' van de 100'
        end as rest_nl,
        case
            when verdicts.baseline_n < 100
                then cast(verdicts.baseline_x as varchar) || ' of ' || cast(verdicts.baseline_n as varchar)
            else cast(cast(round(100 * verdicts.baseline_value) as integer) as varchar) || ' of every 100'
        end as rest_en
    from int_friction_verdicts as verdicts
    left join dim_touchpoints as touchpoints
        on verdicts.touchpoint_id = touchpoints.touchpoint_id
    left join dim_labels as details
        on details.enum = 'signal_detail' and verdicts.signal_detail = details.enum_value
    left join dim_labels as segments
        on verdicts.segment_kind = segments.enum and verdicts.segment_value = segments.enum_value
),

worded as (
    select
        named.*,
        signals.title_nl as pattern_title_nl,
        signals.title_en as pattern_title_en,
        replace(replace(signals.statement_nl, '{part}', part_nl), '{rest}', rest_nl) as pattern_nl,
        replace(replace(signals.statement_en, '{part}', part_en), '{rest}', rest_en) as pattern_en
    from named
    inner join dim_signals as signals
        on named.signal_id = signals.signal_id
),

told as (
    select
        *,
        replace(replace(replace(pattern_title_nl, '{place}', place_nl), '{detail}', detail_nl), '{segment}', segment_nl) as title_nl,
        replace(replace(replace(pattern_title_en, '{place}', place_en), '{detail}', detail_en), '{segment}', segment_en) as title_en,
        replace(replace(replace(pattern_nl, '{place}', place_nl), '{detail}', detail_nl), '{segment}', segment_nl) as measured_nl,
        replace(replace(replace(pattern_en, '{place}', place_en), '{detail}', detail_en), '{segment}', segment_en) as measured_en
    from worded
)

select
    friction_key,
    place_nl,
    place_en,
    title_nl,
    title_en,
    case verdict
        when 'thin'
            then
                'Te weinig bezoeken om iets te zeggen over ' || place_nl || segment_nl || ' (n = ' || cast(n as varchar)
                || ', vergeleken met ' || cast(baseline_n as varchar) || ').'
        when 'unclear' then measured_nl || ' Dat verschil kan toeval zijn.'
        else measured_nl
    end as statement_nl,
    case verdict
        when 'thin'
            then
                'Too few visits to say anything about ' || place_en || segment_en || ' (n = ' || cast(n as varchar)
                || ', compared with ' || cast(baseline_n as varchar) || ').'
        when 'unclear' then measured_en || ' That difference may be chance.'
        else measured_en
    end as statement_en
from told
