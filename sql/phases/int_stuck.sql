/*---
description: One row per person who was seen in the last days, and journey model in whose phases they have not got to the end, with whether they are stuck.
grain: [journey_model, person_key]
owner: marketing-analytics
materialize: view
thresholds: {stuck_days: 7, reach_days: 30}
columns:
  phase: {doc: The furthest phase of the person's newest cycle}
  reached_at: {type: timestamp, doc: "Time of the first touch with which the person got to it, UTC"}
  last_touch_at: {doc: "Time of the person's last touch in the cycle, UTC"}
  days_without_progress: {type: bigint, unit: days, doc: "Whole days of 24 hours since the person got to the phase"}
  is_stuck: {type: boolean, doc: "The person got to the phase at least stuck_days ago, and no further"}
---*/
with

limits as (
    select
        max(case when threshold = 'stuck_days' then cast(round(limit_value) as integer) end) as stuck_days,
        max(case when threshold = 'reach_days' then cast(round(limit_value) as integer) end) as reach_days
    from dim_thresholds
    where model = 'int_stuck'
)

select
    positions.person_key,
    positions.journey_model,
    positions.phase,
    positions.phase_order,
    positions.reached_at,
    positions.last_touch_at,
    positions.last_touchpoint_id,
    limits.stuck_days,
    limits.reach_days,
    cast((epoch_us(run_window.as_of_at) - epoch_us(positions.reached_at)) // 86400000000 as bigint) as days_without_progress,
    positions.reached_at <= run_window.as_of_at - limits.stuck_days * interval 1 day as is_stuck
from int_person_positions as positions
cross join limits
cross join run_window
where
    -- who was not seen for longer has left; a list of people is kept no longer than it is of use
    positions.last_touch_at >= run_window.as_of_at - limits.reach_days * interval 1 day
