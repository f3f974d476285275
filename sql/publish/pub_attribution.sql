/*---
description: One row per attribution model and channel group, with the orders of the newest 90 dates that the model gives to it.
grain: [attribution_model, channel_group]
owner: marketing-analytics
published: state
reference: [dim_channel_groups, dim_labels, dim_property]
order_by: [attribution_model_order, attributed_orders desc, channel_group]
columns:
  attribution_model: {doc: "first, last, last_non_direct, linear, position, decay, shapley or markov; docs/attribution.md has each"}
  attribution_model_order: {type: integer, doc: "Place of the attribution model in the table: those that everybody knows come first"}
  attribution_model_nl: {type: varchar, doc: Name of the attribution model in Dutch}
  attribution_model_en: {type: varchar, doc: Name of the attribution model in English}
  attributed_orders: {type: "decimal(18,6)", unit: orders, doc: "Orders that the model gives to the channel group; over all groups it is orders"}
  attributed_value: {type: "decimal(18,2)", unit: property's currency, doc: "Value of them, with the sum of its roundings left at the largest group; over all groups it is order_value. Null where no order of the period has a value, and value_reason says so"}
  attributed_share: {type: double, unit: share, doc: attributed_orders / orders}
  orders: {type: bigint, doc: All orders of the period}
  order_value: {type: "decimal(18,2)", unit: property's currency, doc: "Value of all orders of the period; null where none has one"}
  touched_orders: {type: bigint, doc: Orders of the period with a session of the channel group on their path}
  touched_paths: {type: bigint, doc: "Paths with a session of the channel group that ended in the period, with an order or without"}
  dropped_paths: {type: bigint, doc: Of touched_paths those that ended without an order}
  pending_paths: {type: bigint, doc: Paths with a session of the channel group that can still lead to an order}
  min_sample_ok: {type: boolean, doc: "At least 30 orders in the period"}
checks:
  - {name: a_group_gets_no_more_than_all, severity: fail, sql: attributed_orders between 0 and orders, why: credit was given twice}
---*/
with

models as (
    select models.attribution_model, models.place
    from (
        values ('first', 1),
        ('last', 2),
        ('last_non_direct', 3),
        ('linear', 4),
        ('position', 5),
        ('decay', 6),
        ('shapley', 7),
        ('markov', 8)
    ) as models (attribution_model, place)
),

-- orders without any session that is known were led to by nothing that is known
ended as (
    select
        orders.order_key,
        orders.order_value is not null as has_value,
        coalesce(orders.order_value, 0) as order_value,
        paths.path_key
    from fct_orders as orders
    cross join run_window
    inner join dim_thresholds as limits
        on limits.model = 'int_attribution_paths' and limits.threshold = 'days'
    left join int_attribution_paths as paths
        on orders.order_key = paths.path_key
    where
        not orders.is_probable_repeat
        and orders.ordered_at < run_window.as_of_at
        and orders.ordered_at >= run_window.as_of_at - cast(round(limits.limit_value) as integer) * interval 1 day
),

totals as (
    select
        count(*) as orders,
        count(case when has_value then 1 end) as valued_orders,
        cast(coalesce(sum(order_value), 0) as decimal(38, 4)) as order_value
    from ended
),

credits as (
    select
        models.attribution_model,
        credits.channel_group,
        sum(
            case models.attribution_model
                when 'first' then credits.first_credit
                when 'last' then credits.last_credit
                when 'last_non_direct' then credits.last_non_direct_credit
                when 'linear' then credits.linear_credit
                when 'position' then credits.position_credit
                when 'decay' then credits.decay_credit
                when 'shapley' then credits.shapley_credit
            end
        ) as millionths,
        sum(
            cast(ended.order_value as decimal(38, 4)) * case models.attribution_model
                when 'first' then credits.first_credit
                when 'last' then credits.last_credit
                when 'last_non_direct' then credits.last_non_direct_credit
                when 'linear' then credits.linear_credit
                when 'position' then credits.position_credit
                when 'decay' then credits.decay_credit
                when 'shapley' then credits.shapley_credit
            end
        ) as value_millionths
    from int_attribution_credits as credits
    inner join ended
        on credits.path_key = ended.order_key
    cross join models
    where models.attribution_model <> 'markov'
    group by models.attribution_model, credits.channel_group
),

unknown as (
    select
        models.attribution_model,
        'unknown' as channel_group,
        1000000 * count(*) as millionths,
        1000000 * sum(ended.order_value) as value_millionths
    from ended
    cross join models
    where ended.path_key is null
    group by models.attribution_model
),

-- what the chain gives is what it would lose without the channel, made to add up to the orders that it saw
removals as (
    select
        from_state as channel_group,
        cast(max(removal_share) as decimal(18, 12)) as removal_share
    from int_channel_transitions
    where from_state <> '(start)'
    group by from_state
),

removed as (
    select
        removals.channel_group,
        removals.removal_share,
        sum(removals.removal_share) over () as removal_sum,
        row_number() over (order by removals.removal_share desc, removals.channel_group) as place,
        seen.orders,
        seen.order_value
    from removals
    cross join (
        select count(*) as orders, sum(order_value) as order_value from ended where path_key is not null
    ) as seen
    where removals.removal_share > 0
),

floored as (
    select
        channel_group,
        place,
        orders,
        order_value,
        cast(floor(1000000.0 * orders * cast(removal_share as double) / cast(removal_sum as double)) as bigint) as millionths,
        100 * cast(floor(10000.0 * cast(order_value as double) * cast(removal_share as double) / cast(removal_sum as double)) as bigint)
            as value_millionths
    from removed
),

markov as (
    select
        'markov' as attribution_model,
        channel_group,
        millionths + case when place = 1 then 1000000 * orders - sum(millionths) over () else 0 end as millionths,
        value_millionths
        + case when place = 1 then 1000000 * order_value - sum(value_millionths) over () else 0 end as value_millionths
    from floored
),

given as (
    select attribution_model, channel_group, millionths, value_millionths from credits
    union all
    select attribution_model, channel_group, millionths, value_millionths from unknown
    union all
    select attribution_model, channel_group, millionths, value_millionths from markov
),

summed as (
    select
        attribution_model,
        channel_group,
        cast(sum(millionths) as bigint) as millionths,
        cast(sum(value_millionths) / 1000000 as decimal(18, 4)) as exact_value
    from given
    group by attribution_model, channel_group
),

rounded as (
    select
        *,
        cast(round(exact_value, 2) as decimal(18, 2)) as rounded_value,
        row_number() over (partition by attribution_model order by exact_value desc, channel_group) as place
    from summed
),

touched as (
    select
        touches.channel_group,
        count(distinct case when paths.path_state = 'converted' then touches.path_key end) as touched_orders,
        count(distinct case when paths.path_state <> 'pending' then touches.path_key end) as touched_paths,
        count(distinct case when paths.path_state = 'dropped' then touches.path_key end) as dropped_paths,
        count(distinct case when paths.path_state = 'pending' then touches.path_key end) as pending_paths
    from fct_channel_touches as touches
    inner join int_attribution_paths as paths
        on touches.path_key = paths.path_key
    group by touches.channel_group
)

select
    rounded.attribution_model,
    models.place as attribution_model_order,
    labels.label_nl as attribution_model_nl,
    labels.label_en as attribution_model_en,
    rounded.channel_group,
    coalesce(channel_groups.title_nl, unknown_channel.label_nl, rounded.channel_group) as channel_group_nl,
    coalesce(channel_groups.title_en, unknown_channel.label_en, rounded.channel_group) as channel_group_en,
    coalesce(channel_groups.channel_ownership, 'unknown') as channel_ownership,
    -- millionths moved six places: no division
    cast(cast(rounded.millionths as decimal(24, 6)) * 0.000001 as decimal(18, 6)) as attributed_orders,
    -- cents that do not divide stay with the largest, so that the groups sum to the whole
    case
        when totals.valued_orders > 0
            then
                cast(rounded.rounded_value + case
                    when rounded.place = 1
                        then
                            cast(round(totals.order_value, 2) as decimal(18, 2))
                            - sum(rounded.rounded_value) over (partition by rounded.attribution_model)
                    else 0
                end as decimal(18, 2))
    end as attributed_value,
    round(rounded.millionths / (1000000.0 * nullif(totals.orders, 0)), 12) as attributed_share,
    totals.orders,
    case when totals.valued_orders > 0 then cast(round(totals.order_value, 2) as decimal(18, 2)) end as order_value,
    property.currency,
    reasons.enum_value as value_reason,
    reasons.label_nl as value_reason_nl,
    reasons.label_en as value_reason_en,
    coalesce(touched.touched_orders, 0) as touched_orders,
    coalesce(touched.touched_paths, 0) as touched_paths,
    coalesce(touched.dropped_paths, 0) as dropped_paths,
    coalesce(touched.pending_paths, 0) as pending_paths,
    totals.orders >= 30 as min_sample_ok
from rounded
inner join models
    on rounded.attribution_model = models.attribution_model
cross join totals
cross join dim_property as property
left join touched
    on rounded.channel_group = touched.channel_group
left join dim_channel_groups as channel_groups
    on rounded.channel_group = channel_groups.channel_group
inner join dim_labels as labels
    on labels.enum = 'attribution_model' and rounded.attribution_model = labels.enum_value
left join dim_labels as unknown_channel
    on unknown_channel.enum = 'channel_group' and rounded.channel_group = unknown_channel.enum_value
left join dim_labels as reasons
    on reasons.enum = 'value_reason' and reasons.enum_value = 'no_value' and totals.valued_orders = 0
