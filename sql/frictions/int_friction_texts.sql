/*---
description: One row per friction, with titles and a measured statement in Dutch and English.
grain: [friction_key]
owner: marketing-analytics
reference: [dim_touchpoints, dim_segment_labels, dim_labels, dim_signals]
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
        coalesce(segments.segment_nl, verdicts.segment_value) as segment_nl,
        coalesce(segments.segment_en, verdicts.segment_value) as segment_en,
        case verdicts.segment_kind when 'all' then '' else ' (' || coalesce(segments.label_nl, verdicts.segment_value) || ')' end
            as narrowed_nl,
        case verdicts.segment_kind when 'all' then '' else ' (' || coalesce(segments.label_en, verdicts.segment_value) || ')' end
            as narrowed_en,
        -- below a hundred the counts are named, from a hundred on so many of every hundred
        case when verdicts.n < 100 then verdicts.x else cast(round(100 * verdicts.value) as bigint) end as part_count,
        case when verdicts.baseline_n < 100 then verdicts.baseline_x else cast(round(100 * verdicts.baseline_value) as bigint) end
            as rest_count
    from int_friction_verdicts as verdicts
    left join dim_touchpoints as touchpoints
        on verdicts.touchpoint_id = touchpoints.touchpoint_id
    left join dim_labels as details
        on details.enum = 'signal_detail' and verdicts.signal_detail = details.enum_value
    left join dim_segment_labels as segments
        on verdicts.segment_kind = segments.segment_kind and verdicts.segment_value = segments.segment_value
),

worded as (
    select
        named.*,
        cast(part_count as varchar) || case when n < 100 then ' van ' || cast(n as varchar) else ' van de 100' end as part_nl,
        cast(part_count as varchar) || case when n < 100 then ' of ' || cast(n as varchar) else ' of every 100' end as part_en,
        cast(rest_count as varchar)
        || case when baseline_n < 100 then ' van ' || cast(baseline_n as varchar) else ' van de 100' end as rest_nl,
        cast(rest_count as varchar)
        || case when baseline_n < 100 then ' of ' || cast(baseline_n as varchar) else ' of every 100' end as rest_en,
        -- the better of two is no ending of visits, but fewer endings
        case named.verdict when 'better' then signals.peak_title_nl else signals.title_nl end as pattern_title_nl,
        case named.verdict when 'better' then signals.peak_title_en else signals.title_en end as pattern_title_en,
        -- one visit ends, two end
        case part_count when 1 then signals.statement_one_nl else signals.statement_nl end as pattern_nl,
        case part_count when 1 then signals.statement_one_en else signals.statement_en end as pattern_en
    from named
    inner join dim_signals as signals
        on named.signal_id = signals.signal_id
),

counted as (
    select
        worded.* exclude (pattern_nl, pattern_en),
        replace(replace(pattern_nl, '{part}', part_nl), '{rest}', rest_nl) as pattern_nl,
        replace(replace(pattern_en, '{part}', part_en), '{rest}', rest_en) as pattern_en
    from worded
),

told as (
    select
        *,
        -- thousands marks: three digits at a time, from the right
        reverse(regexp_replace(reverse(cast(baseline_n as varchar)), '([0-9]{3})([0-9])', '\1.\2', 'g')) as baseline_n_nl,
        reverse(regexp_replace(reverse(cast(baseline_n as varchar)), '([0-9]{3})([0-9])', '\1,\2', 'g')) as baseline_n_en,
        replace(replace(replace(pattern_title_nl, '{place}', place_nl), '{detail}', detail_nl), '{segment}', narrowed_nl) as title_nl,
        replace(replace(replace(pattern_title_en, '{place}', place_en), '{detail}', detail_en), '{segment}', narrowed_en) as title_en,
        replace(replace(replace(pattern_nl, '{place}', place_nl), '{detail}', detail_nl), '{segment}', narrowed_nl) as measured_nl,
        replace(replace(replace(pattern_en, '{place}', place_en), '{detail}', detail_en), '{segment}', narrowed_en) as measured_en
    from counted
)

select
    friction_key,
    place_nl,
    place_en,
    segment_nl,
    segment_en,
    title_nl,
    title_en,
    case verdict
        when 'thin'
            then
                'Te weinig bezoeken om iets te zeggen over ' || place_nl || narrowed_nl || ' (n = ' || cast(n as varchar)
                || ', vergeleken met ' || baseline_n_nl || ').'
        when 'unclear' then measured_nl || ' Dat verschil kan toeval zijn.'
        else measured_nl
    end as statement_nl,
    case verdict
        when 'thin'
            then
                'Too few visits to say anything about ' || place_en || narrowed_en || ' (n = ' || cast(n as varchar)
                || ', compared with ' || baseline_n_en || ').'
        when 'unclear' then measured_en || ' That difference may be chance.'
        else measured_en
    end as statement_en
from told
