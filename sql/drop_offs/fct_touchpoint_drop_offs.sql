/*---
description: One row per journey model, phase, touchpoint and segment over its comparison period, beside the other touchpoints of the phase. Those that are met after the order are left out.
grain: [journey_model, phase, touchpoint_id, segment_kind, segment_value]
owner: marketing-analytics
reference: [int_comparison_periods, dim_touchpoints]
estimate: compare_shares
---*/
with

summed as (
    select
        drop_offs.journey_model,
        drop_offs.phase,
        drop_offs.phase_order,
        drop_offs.touchpoint_id,
        drop_offs.segment_kind,
        drop_offs.segment_value,
        periods.comparison,
        periods.date_from,
        periods.date_to,
        sum(drop_offs.entered) as entered,
        sum(drop_offs.progressed) as progressed,
        sum(drop_offs.dropped) as dropped,
        sum(drop_offs.pending) as pending,
        sum(drop_offs.mature_n) as n,
        sum(drop_offs.dropped_here) as x
    from fct_drop_offs as drop_offs
    inner join int_comparison_periods as periods
        on
            drop_offs.journey_model = periods.journey_model
            and drop_offs.entered_date between periods.date_from and periods.date_to
    left join dim_touchpoints as touchpoints
        on drop_offs.touchpoint_id = touchpoints.touchpoint_id
    -- who sees the thank-you page has ordered. Held against it, every other touchpoint of the phase would look bad
    where not coalesce(touchpoints.after_order, false)
    group by
        drop_offs.journey_model,
        drop_offs.phase,
        drop_offs.phase_order,
        drop_offs.touchpoint_id,
        drop_offs.segment_kind,
        drop_offs.segment_value,
        periods.comparison,
        periods.date_from,
        periods.date_to
),

phase_sums as (
    select
        *,
        sum(x) over (partition by journey_model, phase, segment_kind, segment_value) as phase_x,
        sum(n) over (partition by journey_model, phase, segment_kind, segment_value) as phase_n
    from summed
    where comparison = 'current'
)

select
    here.journey_model,
    here.phase,
    here.phase_order,
    here.touchpoint_id,
    here.segment_kind,
    here.segment_value,
    here.date_from,
    here.date_to,
    cast(here.entered as bigint) as entered,
    cast(here.progressed as bigint) as progressed,
    cast(here.dropped as bigint) as dropped,
    cast(here.pending as bigint) as pending,
    cast(here.x as bigint) as x,
    cast(here.n as bigint) as n,
    cast(here.phase_x - here.x as bigint) as baseline_x,
    cast(here.phase_n - here.n as bigint) as baseline_n,
    cast(coalesce(before.x, 0) as bigint) as previous_x,
    cast(coalesce(before.n, 0) as bigint) as previous_n
from phase_sums as here
left join summed as before
    on
        here.journey_model = before.journey_model
        and here.phase = before.phase
        and here.touchpoint_id = before.touchpoint_id
        and here.segment_kind = before.segment_kind
        and here.segment_value = before.segment_value
        and before.comparison = 'baseline'
