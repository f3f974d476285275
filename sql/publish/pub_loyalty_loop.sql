/*---
description: One row per journey model that says where people weigh up, and kind of order, with how many ordered again within the horizon, and how many of them without weighing up first.
grain: [journey_model, segment_kind, segment_value]
owner: marketing-analytics
published: state
estimate: share_interval
reference: [dim_journeys, dim_segment_labels, dim_thresholds]
thresholds: {horizon_days: 90}
order_by: [journey_model, segment_kind, segment_value]
columns:
  segment_kind: {doc: "all, or order_kind: what the order was that the next one is waited for"}
  segment_value: {doc: "all; first (the person's first order) or repeat"}
  horizon_days: {type: integer, unit: days, doc: Days after an order in which the next one counts}
  orders: {type: bigint, unit: orders, doc: "Orders, whatever became of them: repeated_directly + repeated_after_evaluation + not_repeated + pending_n"}
  repeated_directly: {type: bigint, unit: orders, doc: "Orders whose person ordered again within the horizon without coming into a phase of weighing up: the loyalty loop"}
  repeated_after_evaluation: {type: bigint, unit: orders, doc: "Orders whose person weighed up first, and ordered again within the horizon"}
  not_repeated: {type: bigint, unit: orders, doc: Orders that no other of the person followed within the horizon}
  pending_n: {doc: "Orders whose horizon has not passed: in no other count, whether an order followed or not"}
  numerator: {doc: "Next orders without weighing up first: repeated_directly"}
  denominator: {doc: "Next orders within the horizon: repeated_directly + repeated_after_evaluation"}
  value: {doc: "numerator / denominator: of the next orders within the horizon, those without weighing up first; null without any"}
  median_days: {type: double, unit: days, doc: "Half of those who ordered again within the horizon did so within this many days; over denominator orders"}
  median_days_ci_low: {type: double, unit: days, doc: "Lower end of its interval; null below 6 orders"}
  median_days_ci_high: {type: double, unit: days, doc: "Upper end of its interval; null below 6 orders"}
  median_days_directly: {type: double, unit: days, doc: "The same of those who did not weigh up first; over repeated_directly orders"}
  median_days_directly_ci_low: {type: double, unit: days, doc: "Lower end of its interval; null below 6 orders"}
  median_days_directly_ci_high: {type: double, unit: days, doc: "Upper end of its interval; null below 6 orders"}
  median_days_after_evaluation: {type: double, unit: days, doc: "The same of those who weighed up first; over repeated_after_evaluation orders"}
  median_days_after_evaluation_ci_low: {type: double, unit: days, doc: "Lower end of its interval; null below 6 orders"}
  median_days_after_evaluation_ci_high: {type: double, unit: days, doc: "Upper end of its interval; null below 6 orders"}
  median_method: {type: varchar, doc: "order_statistic: the values at the places n / 2 -+ 0.98 x the root of n; null below 6 next orders"}
checks:
  - {name: an_order_is_in_one_state, severity: fail, sql: orders = repeated_directly + repeated_after_evaluation + not_repeated + pending_n, why: an order would be in two states or in none}
---*/
with

limits as (
    select cast(round(limit_value) as integer) as horizon_days
    from dim_thresholds
    where model = 'pub_loyalty_loop' and threshold = 'horizon_days'
),

waited as (
    select
        loyalty.journey_model,
        loyalty.order_kind,
        loyalty.order_key,
        case
            when loyalty.ordered_at + limits.horizon_days * interval 1 day >= run_window.as_of_at then 'pending'
            when loyalty.next_ordered_at is null then 'not_repeated'
            when loyalty.next_ordered_at > loyalty.ordered_at + limits.horizon_days * interval 1 day then 'not_repeated'
            when loyalty.has_evaluated then 'after_evaluation'
            else 'directly'
        end as loyalty_state,
        epoch_us(loyalty.next_ordered_at) - epoch_us(loyalty.ordered_at) as microseconds
    from int_loyalty_orders as loyalty
    cross join limits
    cross join run_window
),

segmented as (
    select 'all' as segment_kind, 'all' as segment_value, waited.* from waited
    union all
    select 'order_kind' as segment_kind, order_kind as segment_value, waited.* from waited
),

counted as (
    select
        journey_model,
        segment_kind,
        segment_value,
        count(*) as orders,
        count(case when loyalty_state = 'directly' then 1 end) as repeated_directly,
        count(case when loyalty_state = 'after_evaluation' then 1 end) as repeated_after_evaluation,
        count(case when loyalty_state = 'not_repeated' then 1 end) as not_repeated,
        count(case when loyalty_state = 'pending' then 1 end) as pending_n
    from segmented
    group by journey_model, segment_kind, segment_value
),

-- each next order twice: among all, and among those of its kind
repeated as (
    select
        segmented.journey_model,
        segmented.segment_kind,
        segmented.segment_value,
        ways.way,
        segmented.order_key,
        segmented.microseconds
    from segmented
    inner join (values ('any'), ('directly'), ('after_evaluation')) as ways (way)
        on ways.way = 'any' or segmented.loyalty_state = ways.way
    where segmented.loyalty_state in ('directly', 'after_evaluation')
),

placed as (
    select
        *,
        row_number() over (partition by journey_model, segment_kind, segment_value, way order by microseconds, order_key) as place,
        count(*) over (partition by journey_model, segment_kind, segment_value, way) as n
    from repeated
),

-- the value at the place that half of the n have reached: exact, and one that occurs. Of five even the whole span holds
-- the median in fewer than 95 of 100 cases; from six on the places below are never too narrow
ways as (
    select
        journey_model,
        segment_kind,
        segment_value,
        way,
        round(min(case when 2 * place >= n then microseconds end) / 86400000000.0, 12) as days,
        round(
            max(case when n >= 6 and place <= greatest(floor(n / 2.0 - 0.98 * sqrt(n)), 1) then microseconds end) / 86400000000.0,
            12
        ) as low,
        round(
            min(case when n >= 6 and place >= least(ceil(n / 2.0 + 0.98 * sqrt(n)) + 1, n) then microseconds end) / 86400000000.0,
            12
        ) as high
    from placed
    group by journey_model, segment_kind, segment_value, way
),

medians as (
    select
        journey_model,
        segment_kind,
        segment_value,
        max(case when way = 'any' then days end) as any_days,
        max(case when way = 'any' then low end) as any_low,
        max(case when way = 'any' then high end) as any_high,
        max(case when way = 'directly' then days end) as directly_days,
        max(case when way = 'directly' then low end) as directly_low,
        max(case when way = 'directly' then high end) as directly_high,
        max(case when way = 'after_evaluation' then days end) as evaluated_days,
        max(case when way = 'after_evaluation' then low end) as evaluated_low,
        max(case when way = 'after_evaluation' then high end) as evaluated_high
    from ways
    group by journey_model, segment_kind, segment_value
)

select
    counted.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    counted.segment_kind,
    counted.segment_value,
    coalesce(segments.segment_nl, counted.segment_value) as segment_nl,
    coalesce(segments.segment_en, counted.segment_value) as segment_en,
    limits.horizon_days,
    counted.orders,
    counted.repeated_directly,
    counted.repeated_after_evaluation,
    counted.not_repeated,
    counted.pending_n,
    counted.repeated_directly as numerator,
    counted.repeated_directly + counted.repeated_after_evaluation as denominator,
    'share' as unit,
    medians.any_days as median_days,
    medians.any_low as median_days_ci_low,
    medians.any_high as median_days_ci_high,
    medians.directly_days as median_days_directly,
    medians.directly_low as median_days_directly_ci_low,
    medians.directly_high as median_days_directly_ci_high,
    medians.evaluated_days as median_days_after_evaluation,
    medians.evaluated_low as median_days_after_evaluation_ci_low,
    medians.evaluated_high as median_days_after_evaluation_ci_high,
    case when medians.any_low is not null then 'order_statistic' end as median_method
from counted
cross join limits
inner join dim_journeys as journeys
    on counted.journey_model = journeys.journey_model
left join medians
    on
        counted.journey_model = medians.journey_model
        and counted.segment_kind = medians.segment_kind
        and counted.segment_value = medians.segment_value
left join dim_segment_labels as segments
    -- what is split are orders: all of them, not all visitors
    on
        case counted.segment_kind when 'all' then 'order_kind' else counted.segment_kind end = segments.segment_kind
        and counted.segment_value = segments.segment_value
