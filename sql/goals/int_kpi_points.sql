/*---
description: One row per headline KPI (of no journey model, or of the primary one) and day or ISO week that is over, of all visitors. What is counted has a row of 0 where nothing was.
grain: [kpi, journey_model, phase, period_kind, period_start]
owner: marketing-analytics
reference: [dim_journeys, dim_periods, run_window]
columns:
  is_final: {doc: "Nobody of the period still has time: the value will not change by waiting"}
  is_measured: {type: boolean, doc: "There is an event on every date of the period"}
  half_width: {type: double, doc: "Half the interval of a mean or a median, in its unit; null for a share and for what is counted"}
---*/
with

told as (
    select kpis.*
    from int_kpi_periods as kpis
    cross join run_window
    left join dim_journeys as journeys
        on kpis.journey_model = journeys.journey_model
    where
        kpis.segment_kind = 'all'
        and kpis.period_kind <> 'month'
        -- 90 days to ripen, a quarter before it to compare with, and 28 days to tell of
        and kpis.period_start > run_window.as_of - 260
        and (kpis.journey_model = 'all' or coalesce(journeys.is_primary, false))
),

series as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        unit,
        max(case when ci_method = 'none' then 1 else 0 end) = 1 as is_counted,
        min(period_start) as first_start
    from told
    group by kpi, journey_model, phase, period_kind, unit
),

dates as (
    select event_date from int_event_days
    group by event_date
),

measured as (
    select lookup.period_kind, lookup.period_start, count(*) as measured_days
    from dates
    inner join dim_periods as lookup
        on dates.event_date = lookup.calendar_date
    where lookup.period_kind <> 'month'
    group by lookup.period_kind, lookup.period_start
)

select
    series.kpi,
    series.journey_model,
    series.phase,
    series.period_kind,
    periods.period_start,
    periods.period_ends_on,
    series.unit,
    series.is_counted,
    coalesce(told.pending_n, 0) = 0 as is_final,
    coalesce(measured.measured_days = periods.period_ends_on - periods.period_start + 1, false) as is_measured,
    case when series.is_counted then coalesce(told.value, 0) when told.n > 0 then told.value end as value,
    coalesce(told.n, 0) as n,
    -- nobody counts as more than one, as in int_kpi_change_pairs
    case when series.unit = 'share' then least(told.denominator, told.n) else coalesce(told.n, 0) end as draws,
    case when not series.is_counted and series.unit <> 'share' then round((told.ci_high - told.ci_low) / 2, 12) end as half_width
from series
cross join run_window
inner join dim_periods as periods
    on
        series.period_kind = periods.period_kind
        and periods.calendar_date = periods.period_start
        and periods.period_start >= series.first_start
        and periods.period_ends_on <= run_window.as_of
left join told
    on
        series.kpi = told.kpi
        and series.journey_model = told.journey_model
        and series.phase = told.phase
        and series.period_kind = told.period_kind
        and periods.period_start = told.period_start
left join measured
    on series.period_kind = measured.period_kind and periods.period_start = measured.period_start
where told.kpi is not null or series.is_counted
