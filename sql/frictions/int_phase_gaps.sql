/*---
description: One row per journey model, phase (the last apart) and kind of comparison, with how many went on in the newest four whole weeks whose window has passed, and in what that is held against.
grain: [journey_model, phase, counterfactual]
owner: marketing-analytics
estimate: [compare_shares, false_discovery]
reference: [dim_journeys]
columns:
  counterfactual: {doc: "segment_best: the device or channel that did best in the four weeks before, in the same four weeks as the others; previous_period: everybody in the four weeks before"}
  segment_kind: {doc: "Kind of the segment that is held up as an example; all for previous_period; null where no segment has 30 persons in both periods"}
  segment_value: {doc: "The segment that is held up as an example; all for previous_period"}
  x: {doc: "Of n those that went on within the window"}
  n: {doc: "Persons who entered the phase, once per cycle: of segment_best those outside the segment"}
  baseline_x: {doc: Of baseline_n those that went on within the window}
  baseline_n: {doc: Persons who entered the phase in what it is held against}
  date_from: {doc: First entry date of the four weeks}
  date_to: {doc: Last entry date of the four weeks}
---*/
with

newest as (
    select
        journeys.journey_model,
        -- an entry on this date has had its whole window at the end of as_of
        run_window.as_of - cast(ceil(journeys.window_seconds / 86400.0) as integer) as newest_date
    from dim_journeys as journeys
    cross join run_window
),

-- whole weeks, Monday to Sunday: those for which the KPI is stored
weeks as (
    select
        journey_model,
        newest_date - cast((newest_date - date '2001-01-01' + 1) % 7 as integer) as date_to
    from newest
),

counted as (
    select
        kpis.journey_model,
        kpis.phase,
        kpis.segment_kind,
        kpis.segment_value,
        weeks.date_to,
        cast(sum(case when kpis.period_start > weeks.date_to - 28 then kpis.numerator else 0 end) as bigint) as x,
        cast(sum(case when kpis.period_start > weeks.date_to - 28 then kpis.denominator else 0 end) as bigint) as n,
        cast(sum(case when kpis.period_start <= weeks.date_to - 28 then kpis.numerator else 0 end) as bigint) as previous_x,
        cast(sum(case when kpis.period_start <= weeks.date_to - 28 then kpis.denominator else 0 end) as bigint) as previous_n
    from int_kpi_periods as kpis
    inner join weeks
        on
            kpis.journey_model = weeks.journey_model
            and kpis.period_start > weeks.date_to - 56
            and kpis.period_start < weeks.date_to
    where
        kpis.kpi = 'progression_share'
        and kpis.period_kind = 'iso_week'
        and kpis.segment_kind in ('all', 'device_category', 'channel_group')
    group by kpis.journey_model, kpis.phase, kpis.segment_kind, kpis.segment_value, weeks.date_to
),

-- chosen by the weeks before and measured in the weeks after: the best of many is best by luck too, and that does not last
ranked as (
    select
        *,
        row_number() over (
            partition by journey_model, phase
            order by cast(previous_x as double) / previous_n desc, previous_n desc, segment_kind, segment_value
        ) as choice
    from counted
    where
        segment_kind <> 'all'
        and segment_value not in ('unknown', 'Unassigned')    -- nobody can do as those do
        and previous_n >= 30
        and n >= 30
),

compared as (
    select
        wholes.journey_model,
        wholes.phase,
        'segment_best' as counterfactual,
        best.segment_kind,
        best.segment_value,
        wholes.date_to,
        wholes.x - coalesce(best.x, 0) as x,
        wholes.n - coalesce(best.n, 0) as n,
        coalesce(best.x, 0) as baseline_x,
        coalesce(best.n, 0) as baseline_n
    from counted as wholes
    left join ranked as best
        on wholes.journey_model = best.journey_model and wholes.phase = best.phase and best.choice = 1
    where wholes.segment_kind = 'all'
    union all
    select
        journey_model,
        phase,
        'previous_period' as counterfactual,
        'all' as segment_kind,
        'all' as segment_value,
        date_to,
        x,
        n,
        previous_x as baseline_x,
        previous_n as baseline_n
    from counted
    where segment_kind = 'all'
)

select
    journey_model,
    phase,
    counterfactual,
    segment_kind,
    segment_value,
    date_to - 27 as date_from,
    date_to,
    x,
    n,
    baseline_x,
    baseline_n,
    journey_model || ' ' || counterfactual as family,
    n >= 30 and baseline_n >= 30 as is_tested
from compared
