/*---
description: One row per step of a funnel or phase and thing that units did, met or were, with how many of those and of the others dropped.
grain: [scope_kind, scope, step, driver_direction, driver_kind, driver_value]
owner: marketing-analytics
reference: [dim_thresholds]
thresholds: {min_sample: 30, min_exposed: 5, skew_share: 0.02, on_the_way_share: 0.95, step_event_share: 0.05, step_page_share: 0.5}
estimate: [compare_shares, odds_ratio, false_discovery]
checks:
  - {name: who_dropped_is_part_of_the_base, severity: fail, sql: x <= n and baseline_x <= baseline_n, why: a share would pass 100 %}
---*/
with

limits as (
    select
        max(case when threshold = 'min_sample' then limit_value end) as min_sample,
        max(case when threshold = 'min_exposed' then limit_value end) as min_exposed,
        max(case when threshold = 'skew_share' then limit_value end) as skew_share,
        max(case when threshold = 'on_the_way_share' then limit_value end) as on_the_way_share,
        max(case when threshold = 'step_event_share' then limit_value end) as step_event_share,
        max(case when threshold = 'step_page_share' then limit_value end) as step_page_share
    from dim_thresholds
    where model = 'fct_drop_off_drivers'
),

units as (
    select
        *,
        -- a short name for a unit: millions of them are grouped below
        row_number() over (order by scope_kind, scope, step, unit_key) as unit_number
    from int_driver_units
    where is_mature
),

totals as (
    select
        scope_kind,
        scope,
        step,
        step_order,
        count(case when is_mature then 1 end) as units,
        count(case when is_mature and is_dropped then 1 end) as dropped,
        count(case when not is_mature then 1 end) as pending_n
    from int_driver_units
    group by scope_kind, scope, step, step_order
),

-- of these people and this time only, and once: a night pays for each touch that it looks at
people as (
    select person_key from units group by person_key
),

touches as (
    select
        touches.person_key,
        touches.event_order,
        touches.event_timestamp,
        touches.event_name,
        touches.page_group,
        touches.touchpoint_id
    from int_person_touches as touches
    inner join people
        on touches.person_key = people.person_key
    where touches.event_timestamp >= (select min(before_from) from units)
),

acts as (
    select person_key, event_timestamp, event_name, page_group, touchpoint_id, cast(null as varchar) as signal_name
    from touches
    union all
    select
        signals.person_key,
        signals.event_timestamp,
        null as event_name,
        null as page_group,
        null as touchpoint_id,
        signals.signal_name
    from int_person_signals as signals
    inner join people
        on signals.person_key = people.person_key
    where signals.event_timestamp >= (select min(before_from) from units)
),

done as (
    select
        units.unit_number,
        case when acts.event_timestamp < units.reached_timestamp then 'before' else 'at_step' end as driver_direction,
        acts.event_name,
        acts.page_group,
        acts.touchpoint_id,
        acts.signal_name
    from units
    inner join acts
        on
            units.person_key = acts.person_key
            and acts.event_timestamp >= units.before_from
            and acts.event_timestamp < units.observed_until
            -- what was sent in that very moment is the step itself
            and acts.event_timestamp <> units.reached_timestamp
    group by
        units.unit_number,
        case when acts.event_timestamp < units.reached_timestamp then 'before' else 'at_step' end,
        acts.event_name,
        acts.page_group,
        acts.touchpoint_id,
        acts.signal_name
),

followed as (
    select
        units.unit_number,
        units.next_until,
        touches.event_timestamp,
        touches.event_name,
        touches.page_group,
        touches.touchpoint_id
    from units
    asof inner join touches
        on
            units.person_key = touches.person_key
            and cast(units.reached_timestamp + 1 as hugeint) * 1000000 <= touches.event_order
),

facts as (
    select * from done
    union all
    select
        unit_number, 'next' as driver_direction, event_name, page_group, touchpoint_id, cast(null as varchar) as signal_name
    from followed
    where event_timestamp < next_until
),

kinds as (
    select 'event_name' as driver_kind
    union all
    select 'page_group' as driver_kind
    union all
    select 'touchpoint' as driver_kind
    union all
    select 'friction_signal' as driver_kind
),

things as (
    select
        facts.unit_number,
        facts.driver_direction,
        kinds.driver_kind,
        case kinds.driver_kind
            when 'event_name' then facts.event_name
            when 'page_group' then facts.page_group
            when 'touchpoint' then facts.touchpoint_id
            else facts.signal_name
        end as driver_value
    from facts
    cross join kinds
),

exposures as (
    select unit_number, driver_direction, driver_kind, driver_value
    from things
    where driver_value is not null
    group by unit_number, driver_direction, driver_kind, driver_value
    union all
    select unit_number, 'before' as driver_direction, 'channel_group' as driver_kind, channel_group as driver_value from units
    union all
    select unit_number, 'before' as driver_direction, 'device_category' as driver_kind, device_category as driver_value from units
),

-- what units did in the very moment of the step, and of going on: that is the step, and no reason for it
moments as (
    select unit_number, scope_kind, scope, step, person_key, 'reached' as moment, reached_timestamp as event_timestamp from units
    union all
    select unit_number, scope_kind, scope, step, person_key, 'gone_on' as moment, gone_on_timestamp as event_timestamp from units
    where gone_on_timestamp is not null
),

moment_counts as (
    select scope_kind, scope, step, moment, count(*) as units from moments group by scope_kind, scope, step, moment
),

moment_things as (
    select
        moments.scope_kind,
        moments.scope,
        moments.step,
        moments.moment,
        kinds.driver_kind,
        case kinds.driver_kind
            when 'event_name' then touches.event_name
            when 'page_group' then touches.page_group
            when 'touchpoint' then touches.touchpoint_id
        end as driver_value,
        count(distinct moments.unit_number) as units
    from moments
    inner join touches
        on moments.person_key = touches.person_key and moments.event_timestamp = touches.event_timestamp
    cross join kinds
    group by
        moments.scope_kind,
        moments.scope,
        moments.step,
        moments.moment,
        kinds.driver_kind,
        case kinds.driver_kind
            when 'event_name' then touches.event_name
            when 'page_group' then touches.page_group
            when 'touchpoint' then touches.touchpoint_id
        end
),

tautologies as (
    select
        moment_things.scope_kind,
        moment_things.scope,
        moment_things.step,
        moment_things.driver_kind,
        moment_things.driver_value
    from moment_things
    inner join moment_counts
        on
            moment_things.scope_kind = moment_counts.scope_kind
            and moment_things.scope = moment_counts.scope
            and moment_things.step = moment_counts.step
            and moment_things.moment = moment_counts.moment
    cross join limits
    where
        moment_things.units >= moment_counts.units
        * case moment_things.driver_kind when 'event_name' then limits.step_event_share else limits.step_page_share end
    group by
        moment_things.scope_kind,
        moment_things.scope,
        moment_things.step,
        moment_things.driver_kind,
        moment_things.driver_value
),

counted as (
    select
        units.scope_kind,
        units.scope,
        units.step,
        exposures.driver_direction,
        exposures.driver_kind,
        exposures.driver_value,
        count(*) as n,
        count(case when units.is_dropped then 1 end) as x
    from exposures
    inner join units
        on exposures.unit_number = units.unit_number
    group by
        units.scope_kind,
        units.scope,
        units.step,
        exposures.driver_direction,
        exposures.driver_kind,
        exposures.driver_value
),

crossed as (
    select
        counted.scope_kind,
        counted.scope,
        counted.step,
        totals.step_order,
        counted.driver_direction,
        counted.driver_kind,
        counted.driver_value,
        counted.x,
        counted.n,
        totals.dropped - counted.x as baseline_x,
        totals.units - counted.n as baseline_n,
        totals.pending_n,
        counted.n - counted.x as exposed_gone_on,
        totals.units,
        totals.dropped,
        totals.units - totals.dropped as gone_on,
        limits.min_sample,
        limits.skew_share,
        limits.on_the_way_share
    from counted
    inner join totals
        on counted.scope_kind = totals.scope_kind and counted.scope = totals.scope and counted.step = totals.step
    left join tautologies
        on
            counted.scope_kind = tautologies.scope_kind
            and counted.scope = tautologies.scope
            and counted.step = tautologies.step
            and counted.driver_kind = tautologies.driver_kind
            and counted.driver_value = tautologies.driver_value
    cross join limits
    where
        tautologies.driver_value is null
        -- a page without a group is no place
        and not (counted.driver_kind in ('page_group', 'touchpoint') and counted.driver_value = 'other')
        and counted.n >= limits.min_exposed
),

guarded as (
    select
        *,
        concat_ws(
            ', ',
            case when n < min_sample then 'few_exposed' end,
            case when baseline_n < min_sample then 'few_not_exposed' end,
            case when dropped < min_sample then 'few_dropped' end,
            case when gone_on < min_sample then 'few_gone_on' end,
            case when n < skew_share * units then 'nearly_nobody' end,
            case when baseline_n < skew_share * units then 'nearly_everybody' end,
            -- nearly all who went on did it, or nearly all who did it went on: a stretch of the way
            case
                when
                    driver_direction <> 'before'
                    and (exposed_gone_on >= on_the_way_share * gone_on or x <= skew_share * n)
                    and gone_on > 0 then 'on_the_way'
            end
        ) as guards
    from crossed
)

select
    guarded.scope_kind,
    guarded.scope,
    guarded.step,
    guarded.step_order,
    guarded.driver_direction,
    guarded.driver_kind,
    guarded.driver_value,
    periods.date_from,
    periods.date_to,
    guarded.x,
    guarded.n,
    guarded.baseline_x,
    guarded.baseline_n,
    guarded.pending_n,
    round(guarded.x / cast(nullif(guarded.dropped, 0) as double), 12) as share_of_dropped,
    round(guarded.exposed_gone_on / cast(nullif(guarded.gone_on, 0) as double), 12) as share_of_gone_on,
    nullif(guarded.guards, '') as guards,
    guarded.scope_kind || ' ' || guarded.scope as family,
    guarded.guards = '' as is_tested
from guarded
inner join int_driver_periods as periods
    on guarded.scope_kind = periods.scope_kind and guarded.scope = periods.scope
-- a touchpoint that is named after a page group, and met by the same, is told once
left join guarded as same_place
    on
        guarded.driver_kind = 'page_group'
        and same_place.driver_kind = 'touchpoint'
        and guarded.scope_kind = same_place.scope_kind
        and guarded.scope = same_place.scope
        and guarded.step = same_place.step
        and guarded.driver_direction = same_place.driver_direction
        and guarded.driver_value = same_place.driver_value
        and guarded.n = same_place.n
        and guarded.x = same_place.x
where same_place.driver_value is null
