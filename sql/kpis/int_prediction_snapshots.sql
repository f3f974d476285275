/*---
description: One row per prediction target and date at whose end people are looked at. The last is scored, the one before is tested, those before that are learnt from.
grain: [target, snapshot_date]
owner: marketing-analytics
only_with: predict
reference: [dim_prediction_targets, dim_periods, dim_clock, dim_thresholds, run_window]
thresholds: {training_snapshots: 3}
columns:
  snapshot_date: {doc: "Only what was until the end of this date is known of anybody: as_of, and dates a horizon, two horizons … before it"}
  part: {doc: "score: the newest, of which nothing has come out yet; test: the one before, whose horizon ends with as_of; train: the training_snapshots before that"}
  outcome_ends_on: {doc: "Last date of the horizon: a train snapshot's ends with the next snapshot, so that nothing that is tested was learnt"}
  snapshot_timestamp: {doc: "End of snapshot_date on the property's clock", type: bigint, unit: microseconds since 1970 UTC}
  outcome_timestamp: {doc: "End of outcome_ends_on on the property's clock", type: bigint, unit: microseconds since 1970 UTC}
---*/
with

steps as (
    select
        targets.target,
        targets.horizon_days,
        dates.calendar_date as snapshot_date,
        dates.calendar_date + targets.horizon_days as outcome_ends_on,
        (run_window.as_of - dates.calendar_date) // targets.horizon_days as horizons_before
    from dim_prediction_targets as targets
    cross join run_window
    inner join dim_periods as dates
        on
            dates.period_kind = 'day'
            and dates.calendar_date <= run_window.as_of
            and (run_window.as_of - dates.calendar_date) % targets.horizon_days = 0
),

ends as (
    select
        *,
        epoch_us(cast(snapshot_date + 1 as timestamp)) as snapshot_local,
        epoch_us(cast(outcome_ends_on + 1 as timestamp)) as outcome_local
    from steps
    where
        horizons_before <= (
            select 1 + cast(round(limit_value) as bigint) from dim_thresholds
            where model = 'int_prediction_snapshots' and threshold = 'training_snapshots'
        )
)

select
    ends.target,
    ends.horizon_days,
    ends.snapshot_date,
    case ends.horizons_before when 0 then 'score' when 1 then 'test' else 'train' end as part,
    ends.outcome_ends_on,
    ends.snapshot_local - snapshot_clock.utc_offset_microseconds as snapshot_timestamp,
    ends.outcome_local - outcome_clock.utc_offset_microseconds as outcome_timestamp
from ends
-- midnight is on the clock that it is midnight on
inner join dim_clock as snapshot_clock
    on
        ends.snapshot_local - snapshot_clock.utc_offset_microseconds >= snapshot_clock.clock_from
        and ends.snapshot_local - snapshot_clock.utc_offset_microseconds < snapshot_clock.clock_to
inner join dim_clock as outcome_clock
    on
        ends.outcome_local - outcome_clock.utc_offset_microseconds >= outcome_clock.clock_from
        and ends.outcome_local - outcome_clock.utc_offset_microseconds < outcome_clock.clock_to
