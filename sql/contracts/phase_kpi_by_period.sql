/*---
description: One row per journey model, phase, period and segment of one KPI, with what its value is computed from.
grain: [journey_model, phase, period_kind, period_start, segment_kind, segment_value]
owner: marketing-analytics
rebuild_by: period_start
through: dim_periods(kpi_date -> period_start)
reference: [dim_periods]
matures_at: matures_at
order_by: [period_start]
checks:
  - {name: a_part_is_not_more_than_the_whole, severity: fail, sql: 'numerator <= denominator', why: a share would pass 100 %}
---*/
with

units as (
    select
        unit_rows.journey_model,
        unit_rows.phase,
        unit_rows.unit_key,
        unit_rows.numerator,
        unit_rows.denominator,
        unit_rows.unit_value,
        coalesce(unit_rows.channel_group, 'unknown') as channel_group,
        coalesce(unit_rows.device_category, 'unknown') as device_category,
        coalesce(unit_rows.country, 'unknown') as country,
        coalesce(unit_rows.visitor_kind, 'unknown') as visitor_kind,
        coalesce(unit_rows.persona_id, 'unknown') as persona_id,
        periods.period_kind,
        periods.period_start,
        unit_rows.matures_at is null or unit_rows.matures_at < run_window.as_of_at as is_mature
    from unit_rows
    inner join dim_periods as periods
        on unit_rows.kpi_date = periods.calendar_date
    cross join run_window
),

segmented as (
    select
        journey_model,
        phase,
        period_kind,
        period_start,
        case
            when grouping(channel_group) = 0 then 'channel_group'
            when grouping(device_category) = 0 then 'device_category'
            when grouping(country) = 0 then 'country'
            when grouping(visitor_kind) = 0 then 'visitor_kind'
            when grouping(persona_id) = 0 then 'persona_id'
            else 'all'
        end as segment_kind,
        -- the columns that do not belong to the grouping are null
        coalesce(channel_group, device_category, country, visitor_kind, persona_id, 'all') as segment_value,
        count(distinct case when is_mature then unit_key end) as n,
        count(distinct case when not is_mature then unit_key end) as pending_n,
        sum(case when is_mature then numerator else 0 end) as numerator,
        sum(case when is_mature then denominator else 0 end) as denominator,
        sum(case when is_mature then unit_value end) as sum_of_values,
        sum(case when is_mature then cast(unit_value as decimal(38, 4)) * cast(unit_value as decimal(38, 4)) end) as sum_of_squares
    from units
    group by grouping sets (
        (journey_model, phase, period_kind, period_start),
        (journey_model, phase, period_kind, period_start, channel_group),
        (journey_model, phase, period_kind, period_start, device_category),
        (journey_model, phase, period_kind, period_start, country),
        (journey_model, phase, period_kind, period_start, visitor_kind),
        (journey_model, phase, period_kind, period_start, persona_id)
    )
)

select
    journey_model,
    phase,
    period_kind,
    period_start,
    segment_kind,
    segment_value,
    n,
    pending_n,
    cast(numerator as bigint) as numerator,
    cast(denominator as bigint) as denominator,
    cast(sum_of_values as decimal(38, 4)) as sum,
    cast(sum_of_squares as decimal(38, 8)) as sum_sq
from segmented
where not (segment_kind = 'persona_id' and segment_value = 'unknown')    -- no persona fits: that is no persona
