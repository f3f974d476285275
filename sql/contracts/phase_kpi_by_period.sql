/*---
description: One row per journey model, phase, period and segment of one KPI, with what its value is computed from.
grain: [journey_model, phase, period_kind, period_start, segment_kind, segment_value]
owner: marketing-analytics
rebuild_by: period_start
adds_up_over: unit_key
through: dim_periods(kpi_date -> period_start)
reference: [dim_periods]
matures_at: matures_at
order_by: [period_start]
columns:
  units: {doc: "Units behind the row, mature or not; one with a mature and an immature part counts once here and in both n and pending_n"}
checks:
  - {name: a_part_is_not_more_than_the_whole, severity: fail, sql: 'numerator <= denominator', why: a share would pass 100 %}
---*/
with

units as not materialized (
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
        unit_rows.persona_id,
        coalesce(unit_rows.is_only_row, false) as is_only_row,
        periods.period_kind,
        periods.period_start,
        periods.has_segments,
        unit_rows.matures_at is null or unit_rows.matures_at < run_window.as_of_at as is_mature
    from unit_rows
    inner join dim_periods as periods
        on unit_rows.kpi_date = periods.calendar_date
    cross join run_window
),

-- read twice, and many times the rows that it is made of: not kept in between
segmented as not materialized (
    select
        units.*,
        segments.segment_kind,
        case segments.segment_kind
            when 'all' then 'all'
            when 'channel_group' then units.channel_group
            when 'device_category' then units.device_category
            when 'country' then units.country
            when 'visitor_kind' then units.visitor_kind
            when 'persona_id' then units.persona_id
        end as segment_value
    from units
    inner join (
        values ('all'), ('channel_group'), ('device_category'), ('country'), ('visitor_kind'), ('persona_id')
    ) as segments (segment_kind)
        on
            (segments.segment_kind = 'all' or units.has_segments)
            and (segments.segment_kind <> 'persona_id' or units.persona_id is not null)    -- none fits: that is no persona
),

-- a unit counts once in a period and segment, however many rows it has there; whose only row it is does so anyway, and
-- putting rows together is what costs
counted as (
    select
        journey_model,
        phase,
        period_kind,
        period_start,
        segment_kind,
        segment_value,
        unit_key,
        is_mature as is_counted,
        not is_mature as is_pending,
        case when is_mature then numerator end as numerator,
        case when is_mature then denominator end as denominator,
        case when is_mature then unit_value end as unit_value
    from segmented
    where is_only_row
    union all
    select
        journey_model,
        phase,
        period_kind,
        period_start,
        segment_kind,
        segment_value,
        unit_key,
        bool_or(is_mature) as is_counted,
        bool_or(not is_mature) as is_pending,
        sum(case when is_mature then numerator end) as numerator,
        sum(case when is_mature then denominator end) as denominator,
        sum(case when is_mature then unit_value end) as unit_value
    from segmented
    where not is_only_row
    group by journey_model, phase, period_kind, period_start, segment_kind, segment_value, unit_key
)

select
    journey_model,
    phase,
    period_kind,
    period_start,
    segment_kind,
    segment_value,
    count(*) as units,
    count(case when is_counted then 1 end) as n,
    count(case when is_pending then 1 end) as pending_n,
    cast(sum(coalesce(numerator, 0)) as bigint) as numerator,
    cast(sum(coalesce(denominator, 0)) as bigint) as denominator,
    cast(sum(coalesce(unit_value, 0)) as decimal(38, 4)) as sum,
    -- of the unit as a whole: a person with two rows has one value, their sum
    cast(
        sum(cast(coalesce(unit_value, 0) as decimal(38, 4)) * cast(coalesce(unit_value, 0) as decimal(38, 4)))
        as decimal(38, 8)
    ) as sum_sq
from counted
group by journey_model, phase, period_kind, period_start, segment_kind, segment_value
