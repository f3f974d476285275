/*---
description: One row per driver of drop-off that is kept, the strongest of each kind, with its verdict, names and a sentence in Dutch and English.
grain: [scope_kind, scope, step, driver_direction, driver_kind, driver_value]
owner: marketing-analytics
reference: [dim_funnels, dim_funnel_steps, dim_journeys, dim_phases, dim_touchpoints, dim_channel_groups, dim_labels, dim_thresholds]
thresholds: {kept_of_a_kind: 10}
---*/
with

judged as (
    select
        drivers.*,
        case
            when not drivers.is_tested then 'no_verdict'
            when drivers.q_value <= 0.05 and drivers.diff > 0 then 'drops_more'
            when drivers.q_value <= 0.05 and drivers.diff < 0 then 'drops_less'
            else 'unclear'
        end as driver_verdict,
        row_number() over (
            partition by drivers.scope_kind, drivers.scope, drivers.step, drivers.driver_direction, drivers.driver_kind
            order by drivers.is_tested desc, abs(coalesce(drivers.phi, 0)) desc, drivers.n desc, drivers.driver_value
        ) as place_in_kind
    from fct_drop_off_drivers as drivers
),

kept as (
    select
        judged.* exclude (place_in_kind),
        row_number() over (
            partition by judged.scope_kind, judged.scope, judged.step
            order by
                judged.driver_verdict in ('drops_more', 'drops_less') desc,
                judged.is_tested desc,
                abs(coalesce(judged.phi, 0)) desc,
                judged.n desc,
                judged.driver_direction,
                judged.driver_kind,
                judged.driver_value
        ) as driver_rank,
        cast(boxes.limit_value as bigint) as box_minutes
    from judged
    inner join dim_thresholds as limits
        on limits.model = 'int_driver_texts' and limits.threshold = 'kept_of_a_kind' and judged.place_in_kind <= limits.limit_value
    cross join dim_thresholds as boxes
    where boxes.model = 'int_driver_units' and boxes.threshold = 'box_minutes'
),

named as (
    select
        kept.*,
        coalesce(funnels.title_nl, journeys.title_nl) as scope_title_nl,
        coalesce(funnels.title_en, journeys.title_en) as scope_title_en,
        coalesce(steps.title_nl, phases.title_nl) as step_title_nl,
        coalesce(steps.title_en, phases.title_en) as step_title_en,
        coalesce(touchpoints.title_nl, channels.title_nl, labels.label_nl, kept.driver_value) as driver_title_nl,
        coalesce(touchpoints.title_en, channels.title_en, labels.label_en, kept.driver_value) as driver_title_en,
        case
            when funnels.funnel_count = 'totals' then 'pogingen' when funnels.funnel_unit = 'session' then 'sessies' else 'bezoekers'
        end as units_nl,
        case
            when funnels.funnel_count = 'totals' then 'attempts' when funnels.funnel_unit = 'session' then 'sessions' else 'visitors'
        end as units_en,
        case kept.scope_kind when 'funnel' then 'bij de stap' else 'in de fase' end as step_word_nl,
        case kept.scope_kind when 'funnel' then 'at the step' else 'in the phase' end as step_word_en,
        -- what was next is told of those who dropped and of those who went on; all else of those who did it and of the others
        kept.x as part_x,
        case kept.driver_direction when 'next' then kept.x + kept.baseline_x else kept.n end as part_n,
        case kept.driver_direction when 'next' then kept.n - kept.x else kept.baseline_x end as rest_x,
        case
            when kept.driver_direction = 'next' then kept.n - kept.x + kept.baseline_n - kept.baseline_x else kept.baseline_n
        end as rest_n
    from kept
    left join dim_funnels as funnels
        on kept.scope_kind = 'funnel' and kept.scope = funnels.funnel
    left join dim_funnel_steps as steps
        on kept.scope_kind = 'funnel' and kept.scope = steps.funnel and kept.step = steps.step
    left join dim_journeys as journeys
        on kept.scope_kind = 'phase' and kept.scope = journeys.journey_model
    left join dim_phases as phases
        on kept.scope_kind = 'phase' and kept.scope = phases.journey_model and kept.step = phases.phase
    left join dim_touchpoints as touchpoints
        on kept.driver_kind in ('touchpoint', 'page_group') and kept.driver_value = touchpoints.touchpoint_id
    left join dim_channel_groups as channels
        on kept.driver_kind = 'channel_group' and kept.driver_value = channels.channel_group
    left join dim_labels as labels
        on
            labels.enum = case kept.driver_kind when 'friction_signal' then 'signal_detail' else kept.driver_kind end
            and kept.driver_value = labels.enum_value
),

counted as (
    select
        *,
        -- below a hundred the counts are named, from a hundred on so many of every hundred
        case when part_n < 100 then part_x else cast(round(100 * part_x / cast(part_n as double)) as bigint) end as part_count,
        case when part_n < 100 then ' van ' || cast(part_n as varchar) else ' van de 100' end as part_of_nl,
        case when part_n < 100 then ' of ' || cast(part_n as varchar) else ' of every 100' end as part_of_en,
        case when rest_n < 100 then rest_x else cast(round(100 * rest_x / cast(rest_n as double)) as bigint) end as rest_count,
        case when rest_n < 100 then ' van ' || cast(rest_n as varchar) else ' van de 100' end as rest_of_nl,
        case when rest_n < 100 then ' of ' || cast(rest_n as varchar) else ' of every 100' end as rest_of_en
    from named
),

placed as (
    select
        *,
        step_word_nl || ' ‘' || step_title_nl || '’' as place_nl,
        step_word_en || ' ‘' || step_title_en || '’' as place_en,
        case
            when driver_direction = 'next' and driver_kind = 'event_name' then ' als eerste gebeurtenis daarna ‘'
            when driver_direction = 'next' and driver_kind = 'page_group' then ' als eerste pagina daarna een in de groep ‘'
            when driver_direction = 'next' then ' als eerste contact daarna ‘'
            when driver_kind = 'event_name' then ' met de gebeurtenis ‘'
            when driver_kind = 'page_group' then ' met een pagina in de groep ‘'
            when driver_kind = 'touchpoint' then ' met contact bij ‘'
            when driver_kind = 'channel_group' then ' via het kanaal ‘'
            when driver_kind = 'device_category' then ' met het apparaat ‘'
            else ' met het signaal ‘'
        end
        || driver_title_nl || '’' as who_nl,
        case
            when driver_direction = 'next' and driver_kind = 'event_name' then ' as their next event ‘'
            when driver_direction = 'next' and driver_kind = 'page_group' then ' as their next page one in the group ‘'
            when driver_direction = 'next' then ' as their next touch ‘'
            when driver_kind = 'event_name' then ' with the event ‘'
            when driver_kind = 'page_group' then ' with a page in the group ‘'
            when driver_kind = 'touchpoint' then ' with a touch at ‘'
            when driver_kind = 'channel_group' then ' by the channel ‘'
            when driver_kind = 'device_category' then ' with the device ‘'
            else ' with the signal ‘'
        end
        || driver_title_en || '’' as who_en,
        case
            when driver_kind in ('channel_group', 'device_category') or driver_direction = 'next' then ''
            when driver_direction = 'before' and box_minutes = 1 then ' in de minuut ervoor'
            when driver_direction = 'before' then ' in de ' || cast(box_minutes as varchar) || ' minuten ervoor'
            when box_minutes = 1 then ' in de eerste minuut daar'
            else ' in de eerste ' || cast(box_minutes as varchar) || ' minuten daar'
        end as when_nl,
        case
            when driver_kind in ('channel_group', 'device_category') or driver_direction = 'next' then ''
            when driver_direction = 'before' and box_minutes = 1 then ' in the minute before'
            when driver_direction = 'before' then ' in the ' || cast(box_minutes as varchar) || ' minutes before'
            when box_minutes = 1 then ' in the first minute there'
            else ' in the first ' || cast(box_minutes as varchar) || ' minutes there'
        end as when_en,
        case when driver_direction = 'next' then ' met' else '' end as with_nl,
        case when driver_direction = 'next' then ' with' else '' end as with_en,
        case when driver_verdict = 'unclear' then ' Dat verschil kan toeval zijn.' else '' end
        || ' Dit is samenhang: of het de oorzaak is, is niet getoetst.' as caveat_nl,
        case when driver_verdict = 'unclear' then ' That difference may be chance.' else '' end
        || ' This is correlation: whether it is the cause has not been tested.' as caveat_en
    from counted
),

told as (
    select
        *,
        units_nl || with_nl || who_nl || when_nl as they_nl,
        units_en || with_en || who_en || when_en as they_en,
        cast(part_count as varchar) || part_of_nl || ' ' || units_nl as part_nl,
        cast(part_count as varchar) || part_of_en || ' ' || units_en as part_en,
        cast(rest_count as varchar) || rest_of_nl || '.' || caveat_nl as rest_nl,
        cast(rest_count as varchar) || rest_of_en || '.' || caveat_en as rest_en,
        -- thousands marks: three digits at a time, from the right
        reverse(regexp_replace(reverse(cast(n as varchar)), '([0-9]{3})([0-9])', '\1.\2', 'g')) as n_nl,
        reverse(regexp_replace(reverse(cast(n as varchar)), '([0-9]{3})([0-9])', '\1,\2', 'g')) as n_en,
        reverse(regexp_replace(reverse(cast(baseline_n as varchar)), '([0-9]{3})([0-9])', '\1.\2', 'g')) as others_nl,
        reverse(regexp_replace(reverse(cast(baseline_n as varchar)), '([0-9]{3})([0-9])', '\1,\2', 'g')) as others_en,
        reverse(regexp_replace(reverse(cast(x + baseline_x as varchar)), '([0-9]{3})([0-9])', '\1.\2', 'g')) as dropped_nl,
        reverse(regexp_replace(reverse(cast(x + baseline_x as varchar)), '([0-9]{3})([0-9])', '\1,\2', 'g')) as dropped_en
    from placed
)

select
    scope_kind,
    scope,
    step,
    driver_direction,
    driver_kind,
    driver_value,
    driver_rank,
    driver_verdict,
    box_minutes * 60 as box_seconds,
    scope_title_nl,
    scope_title_en,
    step_title_nl,
    step_title_en,
    driver_title_nl,
    driver_title_en,
    case
        when guards is null and driver_direction = 'next'
            then
                part_nl || ' die afhaken ' || place_nl || case part_count when 1 then ' heeft' else ' hebben' end || who_nl
                || '. Van wie verder gaan: ' || rest_nl
        when guards is null
            then
                part_nl || who_nl || when_nl || case part_count when 1 then ' haakt' else ' haken' end || ' af ' || place_nl
                || '. Van de andere ' || units_nl || ' daar: ' || rest_nl
        when guards like '%few_%'
            then
                'Te weinig om te vergelijken ' || place_nl || ': ' || n_nl || ' ' || they_nl || ' en '
                || others_nl || ' andere; ' || dropped_nl || case x + baseline_x when 1 then ' haakte af.' else ' haakten af.' end
        when guards like '%on_the_way%'
            then
                'Dit hoort bij de weg van wie verder gaat ' || place_nl || ', en zegt niets over afhaken: ' || they_nl || '.'
        else
            'Er valt niets te vergelijken ' || place_nl || ': ' || n_nl || ' ' || they_nl || ' en '
            || others_nl || ' andere.'
    end as statement_nl,
    case
        when guards is null and driver_direction = 'next'
            then
                part_en || ' who drop off ' || place_en || case part_count when 1 then ' has' else ' have' end || who_en
                || '. Of those who go on: ' || rest_en
        when guards is null
            then
                part_en || who_en || when_en || case part_count when 1 then ' drops' else ' drop' end || ' off ' || place_en
                || '. Of the other ' || units_en || ' there: ' || rest_en
        when guards like '%few_%'
            then
                'Too few to compare ' || place_en || ': ' || n_en || ' ' || they_en || ' and '
                || others_en || case baseline_n when 1 then ' other; ' else ' others; ' end || dropped_en || ' dropped off.'
        when guards like '%on_the_way%'
            then
                'This belongs to the way of those who go on ' || place_en || ', and says nothing about dropping off: ' || they_en || '.'
        else
            'There is nothing to compare ' || place_en || ': ' || n_en || ' ' || they_en || ' and '
            || others_en || case baseline_n when 1 then ' other.' else ' others.' end
    end as statement_en
from told
