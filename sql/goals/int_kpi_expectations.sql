/*---
description: One row per headline KPI and newest final day, or week where days hold fewer than 30, with what was to be expected by the weeks before.
grain: [kpi, journey_model, phase, period_kind, period_start]
owner: marketing-analytics
estimate: robust_outlier
reference: [dim_thresholds]
thresholds: {newest_days: 28, newest_weeks: 8, weeks_before_day: 8, weeks_before_week: 13, least_weeks_day: 6, least_weeks_week: 8, min_sample: 30}
columns:
  value: {doc: "The KPI in the period, in its unit"}
  expected: {type: double, doc: "Median of the same weekday in the weeks before, or of the weeks before, in the KPI's unit"}
  spread: {type: double, doc: "Standard deviation of value around expected: of chance alone, times the overdispersion, and of the median itself"}
  overdispersion: {type: double, doc: "How many times wider than chance alone the KPI moves: from the median absolute deviation of the weeks before; at least 1"}
  freedom: {type: double, doc: Degrees of freedom of the spread}
  compared_points: {type: bigint, doc: "Values that the median is of: dates of the same weekday, or weeks"}
  expected_n: {type: double, doc: Median number of units of those values}
---*/
with

limits as (
    select
        max(case when threshold = 'newest_days' then cast(limit_value as bigint) end) as newest_days,
        max(case when threshold = 'newest_weeks' then cast(limit_value as bigint) end) as newest_weeks,
        max(case when threshold = 'weeks_before_day' then cast(limit_value as integer) end) as weeks_before_day,
        max(case when threshold = 'weeks_before_week' then cast(limit_value as integer) end) as weeks_before_week,
        max(case when threshold = 'least_weeks_day' then cast(limit_value as bigint) end) as least_weeks_day,
        max(case when threshold = 'least_weeks_week' then cast(limit_value as bigint) end) as least_weeks_week,
        max(case when threshold = 'min_sample' then limit_value end) as min_sample
    from dim_thresholds
    where model = 'int_kpi_expectations'
),

placed as (
    select
        *,
        -- 0 for Monday, on every engine; weeks have one
        (period_start - date '2001-01-01') % 7 as weekday,
        row_number() over (partition by kpi, journey_model, phase, period_kind order by period_start desc) as place
    from int_kpi_points
    where is_final and value is not null
),

-- the weeks before each period that is judged, whatever their weekday
windows as (
    select
        judged.kpi,
        judged.journey_model,
        judged.phase,
        judged.period_kind,
        judged.period_start,
        judged.weekday = past.weekday as is_same_weekday,
        past.weekday,
        past.value,
        past.n,
        past.draws,
        past.half_width,
        past.unit,
        past.is_counted
    from placed as judged
    cross join limits
    inner join placed as past
        on
            judged.kpi = past.kpi
            and judged.journey_model = past.journey_model
            and judged.phase = past.phase
            and judged.period_kind = past.period_kind
            and past.period_start < judged.period_start
            and past.period_start >= judged.period_start
            - 7 * case judged.period_kind when 'day' then limits.weeks_before_day else limits.weeks_before_week end
    where
        judged.place <= case judged.period_kind when 'day' then limits.newest_days else limits.newest_weeks end
        -- a date without events says nothing of what is usual
        and past.is_measured
),

medians as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        period_start,
        weekday,
        is_same_weekday,
        median(value) as expected,
        median(n) as expected_n,
        median(half_width) as half_width,
        count(*) as points
    from windows
    group by kpi, journey_model, phase, period_kind, period_start, weekday, is_same_weekday
),

-- how far each value of the weeks before lay from its weekday's median, in standard deviations of chance alone
strayed as (
    select
        windows.kpi,
        windows.journey_model,
        windows.phase,
        windows.period_kind,
        windows.period_start,
        median(
            abs(windows.value - medians.expected) / nullif(
                case
                    when windows.is_counted then medians.expected / sqrt(greatest(medians.expected_n, 1))
                    when windows.unit = 'share' then sqrt(medians.expected * (1 - medians.expected) / greatest(windows.draws, 1))
                    else coalesce(windows.half_width, medians.half_width) / 1.959964
                end, 0
            )
        ) as stray,
        count(*) as window_points,
        count(distinct windows.weekday) as weekdays
    from windows
    inner join medians
        on
            windows.kpi = medians.kpi
            and windows.journey_model = medians.journey_model
            and windows.phase = medians.phase
            and windows.period_kind = medians.period_kind
            and windows.period_start = medians.period_start
            and windows.weekday = medians.weekday
    group by windows.kpi, windows.journey_model, windows.phase, windows.period_kind, windows.period_start
),

-- 1.4826 makes a standard deviation of a median absolute deviation. Values lie nearer to a median of their own than to what
-- it stands for, of few more so
scaled as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        period_start,
        window_points,
        weekdays,
        greatest(1, 1.4826 * coalesce(stray, 0) / (1 - weekdays / cast(greatest(window_points, 2 * weekdays) as double))) as overdispersion
    from strayed
),

-- a series whose days hold few is told by the week
usual_days as (
    select points.kpi, points.journey_model, points.phase, median(points.n) >= max(limits.min_sample) as has_enough
    from placed as points
    cross join limits
    where points.period_kind = 'day' and points.place <= limits.newest_days
    group by points.kpi, points.journey_model, points.phase
)

select
    judged.kpi,
    judged.journey_model,
    judged.phase,
    judged.period_kind,
    judged.period_start,
    judged.period_ends_on,
    judged.unit,
    judged.is_counted,
    judged.is_measured,
    judged.value,
    judged.n,
    medians.points as compared_points,
    medians.expected_n,
    medians.expected,
    round(scaled.overdispersion, 12) as overdispersion,
    round(
        scaled.overdispersion
        * case
            when judged.is_counted then medians.expected / sqrt(greatest(medians.expected_n, 1))
            when judged.unit = 'share' then sqrt(medians.expected * (1 - medians.expected) / greatest(judged.draws, 1))
            -- values that are all equal have no interval
            else coalesce(judged.half_width, medians.half_width, 0) / 1.959964
        end
        -- a median of k values strays itself, by pi / 2k
        * sqrt(1 + 1.5708 / medians.points), 12
    ) as spread,
    -- a median absolute deviation of so many values is known as badly as a standard deviation of a quarter of them; of few it
    -- is known better than that, for it is never below 1. Fitted to draws: tests/test_anomalies.py
    cast(
        case judged.period_kind when 'day' then 0.25 else 0.5 end * (scaled.window_points - scaled.weekdays) as double
    ) as freedom
from placed as judged
cross join limits
inner join medians
    on
        judged.kpi = medians.kpi
        and judged.journey_model = medians.journey_model
        and judged.phase = medians.phase
        and judged.period_kind = medians.period_kind
        and judged.period_start = medians.period_start
        and medians.is_same_weekday
inner join scaled
    on
        judged.kpi = scaled.kpi
        and judged.journey_model = scaled.journey_model
        and judged.phase = scaled.phase
        and judged.period_kind = scaled.period_kind
        and judged.period_start = scaled.period_start
left join usual_days
    on judged.kpi = usual_days.kpi and judged.journey_model = usual_days.journey_model and judged.phase = usual_days.phase
where
    medians.points >= case judged.period_kind when 'day' then limits.least_weeks_day else limits.least_weeks_week end
    and medians.expected_n >= limits.min_sample
    -- of an estimate the period itself needs as many; what is counted may be 0
    and (judged.is_counted or judged.n >= limits.min_sample)
    and (judged.period_kind = 'day') = coalesce(usual_days.has_enough, false)
