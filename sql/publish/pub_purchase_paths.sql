/*---
description: One row per measure of length and segment, with how much it took before the orders of the newest 90 dates, and how many are still on their way.
grain: [path_measure, segment_kind, segment_value]
owner: marketing-analytics
published: state
reference: [dim_labels, dim_segment_labels, dim_thresholds, dim_property]
order_by: [path_measure_order, segment_kind, value_from, segment_value]
columns:
  path_measure: {type: varchar, doc: "sessions, channel_groups, touches, touchpoints or days: what is counted"}
  path_measure_order: {type: integer, doc: "Place of the measure in the table: sessions and days, which everybody asks for, come first"}
  path_measure_nl: {type: varchar, doc: What is counted in Dutch}
  path_measure_en: {type: varchar, doc: What is counted in English}
  segment_kind: {doc: "all; price_band, thirds of the orders by their value; or order_kind"}
  segment_value: {doc: "all; low, middle or high; first (the person's first order) or repeat"}
  value_from: {type: "decimal(18,2)", unit: property's currency, doc: Least value of an order in the segment}
  value_to: {type: "decimal(18,2)", unit: property's currency, doc: Greatest value of an order in the segment}
  n: {doc: Orders whose path is known}
  p25: {type: bigint, doc: A quarter of the orders took this much or less}
  median: {type: bigint, doc: Half of the orders took this much or less}
  median_ci_low: {type: bigint, doc: Lower end of the 95% interval of the median}
  median_ci_high: {type: bigint, doc: Upper end of the 95% interval of the median}
  p75: {type: bigint, doc: Three quarters of the orders took this much or less}
  p90: {type: bigint, doc: Nine tenths of the orders took this much or less}
  ci_method: {doc: "order_statistic: the values at the places n / 2 -+ 0.98 x the root of n; null below 6 orders, of which even the whole span would be too narrow"}
  pending_paths: {type: bigint, doc: "Paths that can still lead to an order; they have no order value yet, so all only has them"}
  pending_median: {type: bigint, doc: "What half of those had taken so far, or less"}
checks:
  - {name: quantiles_rise, severity: fail, sql: 'coalesce(p25 <= median and median <= p75 and p75 <= p90, true)', why: an order would take more and less}
---*/
with

converted as (
    select
        lengths.*,
        orders.order_number,
        ntile(3) over (partition by lengths.order_value is null order by lengths.order_value, lengths.path_key) as third
    from int_path_lengths as lengths
    inner join int_attribution_paths as paths
        on lengths.path_key = paths.path_key
    inner join fct_orders as orders
        on lengths.order_key = orders.order_key
    where paths.path_state = 'converted'
),

segmented as (
    select 'all' as segment_kind, 'all' as segment_value, converted.* from converted
    union all
    select
        'price_band' as segment_kind,
        case third when 1 then 'low' when 2 then 'middle' else 'high' end as segment_value,
        converted.*
    from converted
    where order_value is not null
    union all
    select
        'order_kind' as segment_kind,
        case when order_number = 1 then 'first' else 'repeat' end as segment_value,
        converted.*
    from converted
),

measures as (
    select measures.path_measure, measures.place
    from (
        values ('sessions', 1), ('days', 2), ('channel_groups', 3), ('touchpoints', 4), ('touches', 5)
    ) as measures (path_measure, place)
),

measured as (
    select
        measures.path_measure,
        segmented.segment_kind,
        segmented.segment_value,
        segmented.order_value,
        case measures.path_measure
            when 'sessions' then segmented.sessions
            when 'channel_groups' then segmented.channel_groups
            when 'touches' then segmented.touches
            when 'touchpoints' then segmented.touchpoints
            when 'days' then segmented.days
        end as amount,
        segmented.path_key
    from segmented
    cross join measures
),

placed as (
    select
        *,
        row_number() over (partition by path_measure, segment_kind, segment_value order by amount, path_key) as place,
        count(*) over (partition by path_measure, segment_kind, segment_value) as n
    from measured
),

-- the value at the place that so many of the n have reached: exact, and one that occurs
quantiles as (
    select
        path_measure,
        segment_kind,
        segment_value,
        n,
        min(order_value) as value_from,
        max(order_value) as value_to,
        min(case when 4 * place >= n then amount end) as p25,
        min(case when 2 * place >= n then amount end) as median,
        min(case when 4 * place >= 3 * n then amount end) as p75,
        min(case when 10 * place >= 9 * n then amount end) as p90,
        max(case when n >= 6 and place <= greatest(floor(n / 2.0 - 0.98 * sqrt(n)), 1) then amount end) as median_ci_low,
        min(case when n >= 6 and place >= least(ceil(n / 2.0 + 0.98 * sqrt(n)) + 1, n) then amount end) as median_ci_high
    from placed
    group by path_measure, segment_kind, segment_value, n
),

waiting as (
    select
        measures.path_measure,
        lengths.path_key,
        case measures.path_measure
            when 'sessions' then lengths.sessions
            when 'channel_groups' then lengths.channel_groups
            when 'touches' then lengths.touches
            when 'touchpoints' then lengths.touchpoints
            when 'days' then lengths.days
        end as amount
    from int_path_lengths as lengths
    inner join int_attribution_paths as paths
        on lengths.path_key = paths.path_key
    cross join measures
    where paths.path_state = 'pending'
),

waiting_placed as (
    select
        *,
        row_number() over (partition by path_measure order by amount, path_key) as place,
        count(*) over (partition by path_measure) as pending_paths
    from waiting
),

pending as (
    select path_measure, pending_paths, min(case when 2 * place >= pending_paths then amount end) as pending_median
    from waiting_placed
    group by path_measure, pending_paths
)

select
    quantiles.path_measure,
    measures.place as path_measure_order,
    measure_labels.label_nl as path_measure_nl,
    measure_labels.label_en as path_measure_en,
    quantiles.segment_kind,
    quantiles.segment_value,
    coalesce(segments.segment_nl, quantiles.segment_value) as segment_nl,
    coalesce(segments.segment_en, quantiles.segment_value) as segment_en,
    cast(quantiles.value_from as decimal(18, 2)) as value_from,
    cast(quantiles.value_to as decimal(18, 2)) as value_to,
    property.currency,
    quantiles.n,
    quantiles.p25,
    quantiles.median,
    quantiles.median_ci_low,
    quantiles.median_ci_high,
    quantiles.p75,
    quantiles.p90,
    case when quantiles.n >= 6 then 'order_statistic' end as ci_method,
    quantiles.n >= 30 as min_sample_ok,
    case when quantiles.segment_kind = 'all' then coalesce(pending.pending_paths, 0) end as pending_paths,
    case when quantiles.segment_kind = 'all' then pending.pending_median end as pending_median
from quantiles
cross join dim_property as property
inner join measures
    on quantiles.path_measure = measures.path_measure
left join pending
    on quantiles.path_measure = pending.path_measure
inner join dim_labels as measure_labels
    on measure_labels.enum = 'path_measure' and quantiles.path_measure = measure_labels.enum_value
left join dim_segment_labels as segments
    -- what is split are orders: all of them, not all visitors
    on
        case quantiles.segment_kind when 'all' then 'order_kind' else quantiles.segment_kind end = segments.segment_kind
        and quantiles.segment_value = segments.segment_value
