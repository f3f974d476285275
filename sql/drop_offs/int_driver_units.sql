/*---
description: One row per unit that came to a step of a funnel or to a phase since the period's first date, with what became of it and until when its behaviour is looked at.
grain: [scope_kind, scope, step, unit_key]
owner: marketing-analytics
reference: [dim_funnels, dim_funnel_steps, dim_thresholds]
thresholds: {box_minutes: 30}
columns:
  is_mature: {doc: "Its whole window has passed and it came in within the period: it counts. The others are pending"}
  is_dropped: {doc: "It did not reach the next step, or a later phase, within its window"}
  reached_timestamp: {doc: When it reached the step or phase, unit: microseconds since 1970 UTC}
  gone_on_timestamp: {doc: "When it reached the next step or a later phase, within the window; null where it did not", unit: microseconds since 1970 UTC}
  before_from: {doc: "From when on its behaviour before the step counts: the box", unit: microseconds since 1970 UTC}
  next_until: {doc: "Before when the next thing it did has to come: going on, the end of the box or of the window", unit: microseconds since 1970 UTC}
  observed_until: {doc: "Before when its behaviour at the step counts: as next_until, and for who dropped no longer than somebody who went on took", unit: microseconds since 1970 UTC}
checks:
  - {name: a_unit_is_looked_at_until_it_goes_on, severity: fail, sql: 'coalesce(observed_until <= gone_on_timestamp, true)',
     why: what came after would pass for a reason}
---*/
with

attempts as (
    select
        attempts.funnel as scope,
        steps.step,
        steps.step_order,
        case
            when funnels.funnel_count = 'totals' then attempts.attempt_key
            when funnels.funnel_unit = 'session' then attempts.session_key
            else attempts.person_key
        end as unit_key,
        attempts.attempt_key,
        attempts.person_key,
        attempts.session_key,
        attempts.entry_date as entered_date,
        attempts.window_ends_at,
        case steps.step_order
            when 1 then attempts.step_1_at
            when 2 then attempts.step_2_at
            when 3 then attempts.step_3_at
            when 4 then attempts.step_4_at
            when 5 then attempts.step_5_at
            when 6 then attempts.step_6_at
            when 7 then attempts.step_7_at
            when 8 then attempts.step_8_at
            when 9 then attempts.step_9_at
        end as reached_at,
        case steps.step_order
            when 1 then attempts.step_2_at
            when 2 then attempts.step_3_at
            when 3 then attempts.step_4_at
            when 4 then attempts.step_5_at
            when 5 then attempts.step_6_at
            when 6 then attempts.step_7_at
            when 7 then attempts.step_8_at
            when 8 then attempts.step_9_at
            when 9 then attempts.step_10_at
        end as gone_on_at
    from fct_funnel_attempts as attempts
    inner join dim_funnels as funnels
        on attempts.funnel = funnels.funnel
    inner join dim_funnel_steps as steps
        on attempts.funnel = steps.funnel
    -- nobody goes on from the last step
    inner join dim_funnel_steps as following
        on steps.funnel = following.funnel and steps.step_order + 1 = following.step_order
    inner join int_driver_periods as periods
        on periods.scope_kind = 'funnel' and attempts.funnel = periods.scope and attempts.entry_date >= periods.date_from
),

-- the first time that a unit comes to the step: who comes back goes on more often, and does other things
numbered as (
    select
        *,
        row_number() over (partition by scope, step, unit_key order by reached_at, attempt_key) as attempt_number
    from attempts
    where reached_at is not null
),

units as (
    select
        'funnel' as scope_kind,
        numbered.scope,
        numbered.step,
        numbered.step_order,
        numbered.unit_key,
        numbered.person_key,
        numbered.entered_date,
        numbered.reached_at,
        numbered.gone_on_at,
        numbered.window_ends_at,
        coalesce(case when channels.is_credited_from_earlier then 'Direct' else channels.channel_group end, 'Unassigned') as channel_group,
        coalesce(sessions.device_category, 'unknown') as device_category
    from numbered
    left join fct_sessions as sessions
        on numbered.session_key = sessions.session_key
    left join fct_session_channels as channels
        on numbered.session_key = channels.session_key
    where numbered.attempt_number = 1
    union all
    select
        'phase' as scope_kind,
        visits.journey_model as scope,
        visits.phase as step,
        visits.phase_order as step_order,
        visits.visit_key as unit_key,
        visits.person_key,
        visits.entered_date,
        visits.entered_at as reached_at,
        case when visits.progressed_at <= visits.window_ends_at then visits.progressed_at end as gone_on_at,
        visits.window_ends_at,
        visits.channel_group,
        visits.device_category
    from fct_phase_visits as visits
    inner join int_driver_periods as periods
        on periods.scope_kind = 'phase' and visits.journey_model = periods.scope and visits.entered_date >= periods.date_from
    where visits.visit_number = 1 and not visits.is_last_phase
),

states as (
    select
        units.scope_kind,
        units.scope,
        units.step,
        units.step_order,
        units.unit_key,
        units.person_key,
        units.entered_date,
        units.channel_group,
        units.device_category,
        units.window_ends_at < run_window.as_of_at and units.entered_date <= periods.date_to as is_mature,
        units.gone_on_at is null as is_dropped,
        epoch_us(units.reached_at) as reached_timestamp,
        epoch_us(units.gone_on_at) as gone_on_timestamp,
        epoch_us(units.window_ends_at) as window_ends_timestamp,
        cast(limits.limit_value * 60000000 as bigint) as box_microseconds
    from units
    inner join int_driver_periods as periods
        on units.scope_kind = periods.scope_kind and units.scope = periods.scope
    cross join run_window
    cross join dim_thresholds as limits
    where limits.model = 'int_driver_units' and limits.threshold = 'box_minutes'
),

-- Who goes on stops being looked at when it goes on. Who drops would be looked at for longer, and so would have done more of
-- anything. Each is therefore given the time that somebody took who went on: the dropped, in an order that says nothing of
-- them, are laid along the times of those who went on, from short to long.
ranked as (
    select
        *,
        row_number() over (
            partition by scope_kind, scope, step, is_mature, is_dropped
            order by case when is_dropped then md5(unit_key) end, gone_on_timestamp - reached_timestamp, unit_key
        ) as place,
        count(*) over (partition by scope_kind, scope, step, is_mature, is_dropped) as places,
        count(gone_on_timestamp) over (partition by scope_kind, scope, step, is_mature) as gone_on_places
    from states
),

lengths as (
    select scope_kind, scope, step, place, gone_on_timestamp - reached_timestamp as microseconds
    from ranked
    where is_mature and not is_dropped
)

select
    ranked.scope_kind,
    ranked.scope,
    ranked.step,
    ranked.step_order,
    ranked.unit_key,
    ranked.person_key,
    ranked.entered_date,
    ranked.is_mature,
    ranked.is_dropped,
    ranked.reached_timestamp,
    ranked.gone_on_timestamp,
    ranked.reached_timestamp - ranked.box_microseconds as before_from,
    least(
        ranked.reached_timestamp + ranked.box_microseconds + 1,
        ranked.window_ends_timestamp + 1,
        coalesce(ranked.gone_on_timestamp, ranked.window_ends_timestamp + 1)
    ) as next_until,
    least(
        ranked.reached_timestamp + ranked.box_microseconds + 1,
        ranked.window_ends_timestamp + 1,
        coalesce(ranked.gone_on_timestamp, ranked.reached_timestamp + lengths.microseconds, ranked.window_ends_timestamp + 1)
    ) as observed_until,
    ranked.channel_group,
    ranked.device_category
from ranked
left join lengths
    on
        ranked.is_mature
        and ranked.is_dropped
        and ranked.scope_kind = lengths.scope_kind
        and ranked.scope = lengths.scope
        and ranked.step = lengths.step
        and (2 * ranked.place - 1) * ranked.gone_on_places // (2 * ranked.places) + 1 = lengths.place
