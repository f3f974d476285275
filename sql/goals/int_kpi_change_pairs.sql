/*---
description: One row per KPI, segment, newest whole period and period that it is held against, with both sides and why they cannot be compared.
grain: [kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value, baseline_kind]
owner: marketing-analytics
estimate: [compare_shares, compare_intervals]
reference: [dim_periods, dim_thresholds, run_window]
thresholds: {newest_weeks: 8, newest_months: 6}
columns:
  kpi_value: {type: double, doc: "The KPI in the period, in its unit"}
  kpi_ci_low: {type: double, doc: Lower end of its interval}
  kpi_ci_high: {type: double, doc: Upper end of its interval}
  before_value: {type: double, doc: "The KPI in the period that it is held against, in its unit"}
  before_ci_low: {type: double, doc: Lower end of its interval}
  before_ci_high: {type: double, doc: Upper end of its interval}
  x: {doc: "Of n those that did it: of a share whose units count several times as many as the share makes of the units; null where the KPI is no share"}
  n: {doc: "Denominator of a share in the period, at most the number of its units; null where the KPI is no share"}
  baseline_x: {doc: "The same of the period that it is held against"}
  baseline_n: {doc: "The same of the period that it is held against"}
---*/
with

limits as (
    select
        max(case when threshold = 'newest_weeks' then cast(limit_value as bigint) end) as newest_weeks,
        max(case when threshold = 'newest_months' then cast(limit_value as bigint) end) as newest_months
    from dim_thresholds
    where model = 'int_kpi_change_pairs'
),

periods as (
    select period_kind, period_start, period_ends_on
    from dim_periods
    where calendar_date = period_start and period_kind <> 'day'
),

over as (
    select
        periods.*,
        row_number() over (partition by periods.period_kind order by periods.period_start desc) as place
    from periods
    cross join run_window
    where periods.period_ends_on <= run_window.as_of
),

newest as (
    select over.period_kind, over.period_start
    from over
    cross join limits
    where over.place <= case over.period_kind when 'iso_week' then limits.newest_weeks else limits.newest_months end
),

-- a year before has the same weekdays: 52 weeks
pairs as (
    select
        period_kind,
        period_start,
        'previous_period' as baseline_kind,
        case period_kind when 'iso_week' then period_start - 7 else cast(period_start - interval 1 month as date) end as baseline_start
    from newest
    union all
    select
        period_kind,
        period_start,
        'same_period_last_year' as baseline_kind,
        case period_kind when 'iso_week' then period_start - 364 else cast(period_start - interval 12 month as date) end
            as baseline_start
    from newest
),

dates as (
    select event_date from int_event_days
    group by event_date
),

measured as (
    select
        lookup.period_kind,
        lookup.period_start,
        count(*) = max(lookup.period_ends_on) - lookup.period_start + 1 as is_whole
    from dates
    inner join dim_periods as lookup
        on dates.event_date = lookup.calendar_date
    where lookup.period_kind <> 'day'
    group by lookup.period_kind, lookup.period_start
),

-- what nobody did in one of the two periods has no row there
sides as (
    select pairs.*, kpis.* exclude (period_kind, period_start), true as is_here
    from pairs
    inner join measured as before
        on pairs.period_kind = before.period_kind and pairs.baseline_start = before.period_start
    inner join int_kpi_periods as kpis
        on pairs.period_kind = kpis.period_kind and pairs.period_start = kpis.period_start
    union all
    select pairs.*, kpis.* exclude (period_kind, period_start), false as is_here
    from pairs
    inner join int_kpi_periods as kpis
        on pairs.period_kind = kpis.period_kind and pairs.baseline_start = kpis.period_start
),

beside as (
    select
        kpi,
        journey_model,
        phase,
        period_kind,
        period_start,
        segment_kind,
        segment_value,
        baseline_kind,
        baseline_start,
        unit,
        max(case when ci_method = 'none' then 1 else 0 end) = 1 as is_counted,
        max(case when is_here and n > 0 then value end) as value_here,
        max(case when is_here then ci_low end) as kpi_ci_low,
        max(case when is_here then ci_high end) as kpi_ci_high,
        max(case when not is_here and n > 0 then value end) as value_before,
        max(case when not is_here then ci_low end) as before_ci_low,
        max(case when not is_here then ci_high end) as before_ci_high,
        max(case when is_here then n else 0 end) as units,
        max(case when not is_here then n else 0 end) as units_before,
        max(pending_n) as pending_n,
        max(case when is_here then numerator else 0 end) as numerator,
        max(case when is_here then denominator else 0 end) as denominator,
        max(case when not is_here then numerator else 0 end) as numerator_before,
        max(case when not is_here then denominator else 0 end) as denominator_before,
        count(case when min_sample_ok then 1 end) = 2 as has_enough
    from sides
    group by
        kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value, baseline_kind, baseline_start, unit
),

told as (
    select
        beside.*,
        case
            when not coalesce(here.is_whole and before.is_whole, false) then 'not_measured'
            when beside.pending_n > 0 then 'still_open'
            when not beside.has_enough and not beside.is_counted then 'too_few'
        end as kpi_change_reason
    from beside
    left join measured as here
        on beside.period_kind = here.period_kind and beside.period_start = here.period_start
    left join measured as before
        on beside.period_kind = before.period_kind and beside.baseline_start = before.period_start
)

select
    told.kpi,
    told.journey_model,
    told.phase,
    told.period_kind,
    told.period_start,
    told.segment_kind,
    told.segment_value,
    told.baseline_kind,
    told.baseline_start,
    told.is_counted,
    -- what is counted and has no row was not there: 0
    case when told.is_counted then coalesce(told.value_here, 0) else told.value_here end as kpi_value,
    told.kpi_ci_low,
    told.kpi_ci_high,
    case when told.is_counted then coalesce(told.value_before, 0) else told.value_before end as before_value,
    told.before_ci_low,
    told.before_ci_high,
    told.units,
    told.units_before,
    told.pending_n,
    -- ten touches of one session are not ten draws: nobody counts as more than one
    case
        when told.unit = 'share' and told.denominator > told.units
            then cast(round(cast(told.numerator as double) * told.units / told.denominator) as bigint)
        when told.unit = 'share' then told.numerator
    end as x,
    case when told.unit = 'share' then least(told.denominator, told.units) end as n,
    case
        when told.unit = 'share' and told.denominator_before > told.units_before
            then cast(round(cast(told.numerator_before as double) * told.units_before / told.denominator_before) as bigint)
        when told.unit = 'share' then told.numerator_before
    end as baseline_x,
    case when told.unit = 'share' then least(told.denominator_before, told.units_before) end as baseline_n,
    told.kpi_change_reason
from told
-- of a segment only what can be told stands here
where told.segment_kind = 'all' or told.kpi_change_reason is null
