/*---
description: One row per cohort, segment and number of periods since, with how many of the cohort were active in that period. Periods after the first, and over, only.
grain: [activity, cohort_kind, cohort_start, segment_kind, segment_value, periods_since]
owner: marketing-analytics
published: state
estimate: share_interval
reference: [dim_periods, dim_segment_labels]
order_by: [activity desc, cohort_kind desc, segment_kind, segment_value, cohort_start desc, periods_since]
columns:
  activity: {type: varchar, doc: "visit: came to the site, counted from a first visit; order: ordered, counted from a first order"}
  activity_nl: {type: varchar, doc: "What the cohort did and does again, in Dutch"}
  activity_en: {type: varchar, doc: "What the cohort did and does again, in English"}
  cohort_kind: {type: varchar, doc: "What a cohort and its periods are: iso_week (Monday to Sunday) or month"}
  cohort_start: {type: date, doc: First date of the period in which the cohort began}
  periods_since: {type: integer, unit: weeks or months, doc: "Periods after the one in which the cohort began, in which all were active: 1 is the next"}
  period_start: {type: date, doc: First date of the period that is told of}
  period_ends_on: {type: date, doc: Last date of the period that is told of}
  numerator: {type: bigint, unit: persons, doc: Persons of the cohort who were active in the period}
  denominator: {type: bigint, unit: persons, doc: "Persons of the cohort: whose first visit, or first order, was in its first period"}
  value: {type: double, unit: share, doc: "numerator / denominator: of the cohort's persons, those who were active in the period"}
checks:
  - {name: the_first_period_tells_nothing, severity: fail, sql: 'periods_since > 0', why: all of a cohort were active in its own period}
  - {name: a_part_is_not_more_than_the_cohort, severity: fail, sql: 'numerator <= denominator', why: a share would pass 100 %}
---*/
with

cohorts as (
    select
        activity,
        period_kind as cohort_kind,
        period_start as cohort_start,
        segment_kind,
        segment_value,
        persons
    from int_cohort_periods
    where active_period_start = period_start
),

-- a period that is not over says too little of everybody
periods as (
    select
        dim_periods.period_kind,
        dim_periods.period_start,
        dim_periods.period_ends_on
    from dim_periods
    cross join run_window
    where
        dim_periods.calendar_date = dim_periods.period_start
        and dim_periods.period_kind in ('iso_week', 'month')
        and dim_periods.period_ends_on <= run_window.as_of
),

grid as (
    select
        cohorts.*,
        periods.period_start,
        periods.period_ends_on,
        case cohorts.cohort_kind
            when 'iso_week' then cast(periods.period_start - cohorts.cohort_start as integer) // 7
            else
                12 * (extract(year from periods.period_start) - extract(year from cohorts.cohort_start))
                + extract(month from periods.period_start) - extract(month from cohorts.cohort_start)
        end as periods_since
    from cohorts
    inner join periods
        on cohorts.cohort_kind = periods.period_kind and periods.period_start > cohorts.cohort_start
)

select
    grid.activity,
    case grid.activity when 'visit' then 'bezoekt de site' else 'bestelt' end as activity_nl,
    case grid.activity when 'visit' then 'visits the site' else 'orders' end as activity_en,
    grid.cohort_kind,
    grid.cohort_start,
    grid.segment_kind,
    grid.segment_value,
    coalesce(segments.segment_nl, grid.segment_value) as segment_nl,
    coalesce(segments.segment_en, grid.segment_value) as segment_en,
    cast(grid.periods_since as integer) as periods_since,
    grid.period_start,
    grid.period_ends_on,
    coalesce(active.persons, 0) as numerator,
    grid.persons as denominator
from grid
left join int_cohort_periods as active
    on
        grid.activity = active.activity
        and grid.cohort_kind = active.period_kind
        and grid.cohort_start = active.period_start
        and grid.segment_kind = active.segment_kind
        and grid.segment_value = active.segment_value
        and grid.period_start = active.active_period_start
left join dim_segment_labels as segments
    on grid.segment_kind = segments.segment_kind and grid.segment_value = segments.segment_value
where grid.periods_since <= case grid.cohort_kind when 'iso_week' then 26 else 24 end
