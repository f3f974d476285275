/*---
description: One row per change, with how many did it in the whole weeks before and after, where it was made and in the control.
grain: [change_id]
owner: marketing-analytics
estimate: [compare_shares, difference_in_differences]
reference: [dim_changes, dim_periods]
columns:
  x: {doc: Of n those that did it after the change}
  n: {doc: Mature units of the weeks after the change}
  baseline_x: {doc: Of baseline_n those that did it before the change}
  baseline_n: {doc: Mature units of the weeks before the change}
  pending_n: {doc: "Units of the weeks after the change that still have time: shown, not counted"}
---*/
with

-- the week in which something changes is neither before nor after, unless it changes on its Monday
weeks as (
    select
        changes.*,
        periods.period_start as week_start,
        case when changes.changed_on = periods.period_start then periods.period_start else periods.period_start + 7 end
            as after_from
    from dim_changes as changes
    inner join dim_periods as periods
        on periods.period_kind = 'iso_week' and changes.changed_on = periods.calendar_date
),

stretches as (
    select
        *,
        week_start - 7 * weeks_compared as before_from,
        week_start - 1 as before_to,
        after_from + 7 * weeks_compared - 1 as after_to
    from weeks
),

-- those who met the change, and those who did not
counted as (
    select
        stretches.change_id,
        kpis.period_start >= stretches.after_from as is_after,
        kpis.segment_kind = stretches.segment_kind and kpis.segment_value = stretches.segment_value as is_reached,
        sum(kpis.numerator) as x,
        sum(kpis.denominator) as n,
        sum(kpis.pending_n) as pending_n
    from stretches
    inner join int_kpi_periods as kpis
        on
            stretches.kpi = kpis.kpi
            and stretches.journey_model = kpis.journey_model
            and stretches.phase = kpis.phase
            and kpis.period_kind = 'iso_week'
    cross join run_window
    where
        (
            kpis.period_start between stretches.before_from and stretches.before_to
            or kpis.period_start between stretches.after_from and stretches.after_to
        )
        and kpis.period_start + 6 <= run_window.as_of
        and (
            (kpis.segment_kind = stretches.segment_kind and kpis.segment_value = stretches.segment_value)
            or (kpis.segment_kind = stretches.control_kind and kpis.segment_value = stretches.control_value)
        )
    group by stretches.change_id, is_after, is_reached
)

select
    stretches.change_id,
    stretches.kpi,
    stretches.before_from,
    stretches.before_to,
    stretches.after_from,
    stretches.after_to,
    stretches.control_kind is not null as has_control,
    cast(sum(case when counted.is_after and counted.is_reached then counted.x else 0 end) as bigint) as x,
    cast(sum(case when counted.is_after and counted.is_reached then counted.n else 0 end) as bigint) as n,
    cast(sum(case when counted.is_after and counted.is_reached then counted.pending_n else 0 end) as bigint) as pending_n,
    cast(sum(case when not counted.is_after and counted.is_reached then counted.x else 0 end) as bigint) as baseline_x,
    cast(sum(case when not counted.is_after and counted.is_reached then counted.n else 0 end) as bigint) as baseline_n,
    -- null without a control, and then there is nothing to hold against
    cast(sum(case when counted.is_after and not counted.is_reached then counted.x end) as bigint) as control_x,
    cast(sum(case when counted.is_after and not counted.is_reached then counted.n end) as bigint) as control_n,
    cast(sum(case when not counted.is_after and not counted.is_reached then counted.x end) as bigint) as control_baseline_x,
    cast(sum(case when not counted.is_after and not counted.is_reached then counted.n end) as bigint) as control_baseline_n
from stretches
left join counted
    on stretches.change_id = counted.change_id
group by
    stretches.change_id, stretches.kpi, stretches.before_from, stretches.before_to, stretches.after_from, stretches.after_to,
    stretches.control_kind
