/*---
description: One row per prediction target, snapshot and person of whom something is learnt, tested or said, with what came out.
grain: [target, snapshot_date, person_key]
owner: marketing-analytics
only_with: predict
reference: [int_prediction_snapshots, dim_thresholds]
thresholds: {reach_days: 30, feature_days: 90, most_persons: 100000, most_scored: 500000}
columns:
  snapshot_date: {doc: Only what was until the end of this date is known of the person}
  part: {doc: "score, test or train: see int_prediction_snapshots"}
  last_activity_date: {type: date, doc: "The person's last date with touches until the snapshot"}
  outcome: {type: integer, doc: "order: 1 where the person ordered within the horizon. churn: 1 where no day of a visit followed by awaited_until. Null where it has not come out yet: part score"}
---*/
with

limits as (
    select
        max(case when threshold = 'reach_days' then cast(round(limit_value) as integer) end) as reach_days,
        max(case when threshold = 'feature_days' then cast(round(limit_value) as integer) end) as feature_days,
        max(case when threshold = 'most_persons' then cast(round(limit_value) as bigint) end) as most_persons,
        max(case when threshold = 'most_scored' then cast(round(limit_value) as bigint) end) as most_scored
    from dim_thresholds
    where model = 'int_prediction_persons'
),

seen as (
    select
        snapshots.target,
        snapshots.part,
        snapshots.snapshot_date,
        snapshots.snapshot_timestamp,
        snapshots.outcome_ends_on,
        snapshots.outcome_timestamp,
        days.person_key,
        max(days.activity_date) as last_activity_date
    from int_prediction_snapshots as snapshots
    cross join limits
    inner join int_person_days as days
        on
            days.activity_date <= snapshots.snapshot_date
            and days.activity_date > snapshots.snapshot_date - limits.feature_days
    group by
        snapshots.target,
        snapshots.part,
        snapshots.snapshot_date,
        snapshots.snapshot_timestamp,
        snapshots.outcome_ends_on,
        snapshots.outcome_timestamp,
        days.person_key
),

-- ready to buy is said of those who are still around
may_order as (
    select seen.*
    from seen
    cross join limits
    where seen.target = 'order' and seen.last_activity_date > seen.snapshot_date - limits.reach_days
),

ordered as (
    select
        may_order.snapshot_date,
        may_order.person_key
    from may_order
    inner join fct_orders as orders
        on
            may_order.person_key = orders.person_key
            and orders.order_date > may_order.snapshot_date
            and orders.order_date <= may_order.outcome_ends_on
            and not orders.is_probable_repeat
    group by may_order.snapshot_date, may_order.person_key
),

-- of churn the person's last day of a visit until then says when it is one: the definition is that of kpi_churn_rate
awaited as (
    select
        seen.snapshot_date,
        seen.person_key,
        arg_max(
            struct_pack(until_timestamp := visits.awaited_until, next_timestamp := visits.next_started_timestamp),
            visits.visit_day_number
        ) as last_visit
    from seen
    inner join int_visit_days as visits
        on seen.person_key = visits.person_key and visits.visit_date <= seen.snapshot_date
    where seen.target = 'churn'
    group by seen.snapshot_date, seen.person_key
),

known as (
    select
        may_order.*,
        cast(case when ordered.person_key is not null then 1 else 0 end as integer) as outcome
    from may_order
    left join ordered
        on may_order.snapshot_date = ordered.snapshot_date and may_order.person_key = ordered.person_key
    union all
    select
        seen.*,
        cast(case when awaited.last_visit.next_timestamp <= awaited.last_visit.until_timestamp then 0 else 1 end as integer)
            as outcome
    from seen
    inner join awaited
        on seen.snapshot_date = awaited.snapshot_date and seen.person_key = awaited.person_key
    where
        seen.target = 'churn'
        -- who was awaited before has stayed away already; of whom is awaited later it does not come out in time
        and awaited.last_visit.until_timestamp > seen.snapshot_timestamp
        and awaited.last_visit.until_timestamp <= seen.outcome_timestamp
),

-- a key is a digest: its order is a draw. Of the newest, those who were seen last
placed as (
    select
        *,
        row_number() over (
            partition by target, part
            order by case when part = 'score' then snapshot_date - last_activity_date else 0 end, person_key, snapshot_date
        ) as place
    from known
)

select
    placed.target,
    placed.part,
    placed.snapshot_date,
    placed.person_key,
    placed.last_activity_date,
    case when placed.part <> 'score' then placed.outcome end as outcome
from placed
cross join limits
where placed.place <= case when placed.part = 'score' then limits.most_scored else limits.most_persons end
