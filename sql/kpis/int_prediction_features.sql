/*---
description: One row per prediction target, snapshot and person, with what was known of the person at the end of that date and nothing of what came after.
grain: [target, snapshot_date, person_key]
owner: marketing-analytics
only_with: predict
materialize: view
columns:
  snapshot_date: {doc: "Features are of the 90 dates (threshold feature_days of int_prediction_persons) until this one, and of no later event"}
  part: {doc: "score, test or train: see int_prediction_snapshots"}
  outcome: {type: integer, doc: "1 where it came out as the target says, 0 where not; null where it has not come out yet"}
---*/
with

limits as (
    select cast(round(limit_value) as integer) as feature_days
    from dim_thresholds
    where model = 'int_prediction_persons' and threshold = 'feature_days'
),

done as (
    select
        persons.target,
        persons.snapshot_date,
        persons.person_key,
        sum(days.sessions) as sessions,
        sum(case when days.activity_date > persons.snapshot_date - 7 then days.sessions else 0 end) as sessions_7_days,
        count(*) as active_days,
        sum(days.page_views) as page_views,
        sum(days.product_views) as product_views,
        sum(days.carts) as carts,
        sum(days.checkouts) as checkouts,
        sum(days.orders) as orders,
        max(days.phase_order) as phase_order,
        max(days.activity_date) as last_date,
        min(days.activity_date) as first_date,
        arg_max(days.channel_group, case when days.activity_date < persons.snapshot_date then days.activity_date end)
            as channel_group,
        arg_max(days.device_category, case when days.activity_date < persons.snapshot_date then days.activity_date end)
            as device_category
    from int_prediction_persons as persons
    cross join limits
    inner join int_person_days as days
        on
            persons.person_key = days.person_key
            and days.activity_date <= persons.snapshot_date
            and days.activity_date > persons.snapshot_date - limits.feature_days
    group by persons.target, persons.snapshot_date, persons.person_key
),

visited as (
    select
        persons.target,
        persons.snapshot_date,
        persons.person_key,
        max(visits.visit_day_number) as visit_days,
        max(visits.visit_date) as last_visit_date,
        min(visits.first_visit_date) as first_visit_date
    from int_prediction_persons as persons
    inner join int_visit_days as visits
        on persons.person_key = visits.person_key and visits.visit_date <= persons.snapshot_date
    group by persons.target, persons.snapshot_date, persons.person_key
    having max(visits.visit_day_number) >= 3
)

select
    persons.target,
    persons.part,
    persons.snapshot_date,
    persons.person_key,
    persons.outcome,
    cast(done.sessions as bigint) as feature_sessions,
    cast(done.sessions_7_days as bigint) as feature_sessions_7_days,
    done.active_days as feature_active_days,
    cast(done.page_views as bigint) as feature_page_views,
    cast(done.product_views as bigint) as feature_product_views,
    cast(done.carts as bigint) as feature_carts,
    cast(done.checkouts as bigint) as feature_checkouts,
    cast(done.orders as bigint) as feature_orders,
    done.phase_order as feature_phase,
    persons.snapshot_date - done.last_date as feature_days_since_last,
    persons.snapshot_date - done.first_date as feature_days_since_first,
    coalesce((visited.last_visit_date - visited.first_visit_date) / cast(visited.visit_days - 1 as double), 0)
        as feature_interval_days,
    coalesce(
        (persons.snapshot_date - visited.last_visit_date) * (visited.visit_days - 1)
        / cast(visited.last_visit_date - visited.first_visit_date as double), 0
    ) as feature_intervals_passed,
    coalesce(done.channel_group, 'unknown') as feature_channel_group,
    coalesce(done.device_category, 'unknown') as feature_device_category
from int_prediction_persons as persons
inner join done
    on
        persons.target = done.target
        and persons.snapshot_date = done.snapshot_date
        and persons.person_key = done.person_key
left join visited
    on
        persons.target = visited.target
        and persons.snapshot_date = visited.snapshot_date
        and persons.person_key = visited.person_key
