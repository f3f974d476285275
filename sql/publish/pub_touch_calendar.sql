/*---
description: One row per weekday, hour on the property's clock and channel group (and all of them), with sessions, touches and orders of the newest twelve weeks.
grain: [segment_kind, segment_value, weekday, hour_of_day]
owner: marketing-analytics
published: state
estimate: share_interval
reference: [dim_clock, dim_labels, dim_segment_labels]
order_by: [segment_kind, segment_sessions desc, segment_value, sessions desc, weekday, hour_of_day]
columns:
  segment_kind: {doc: "all, or channel_group. The channel groups add up to all"}
  weekday: {type: integer, doc: 1 for Monday to 7 for Sunday}
  weekday_nl: {type: varchar, doc: Weekday in Dutch}
  weekday_en: {type: varchar, doc: Weekday in English}
  hour_of_day: {type: integer, doc: "0 to 23: the hour that begins then on the property's clock"}
  date_from: {doc: "First date that is counted: 83 days before the last complete date"}
  date_to: {doc: "Last date that is counted: the last complete one"}
  dates: {type: bigint, unit: dates, doc: Dates of this weekday on which anybody came at all}
  sessions: {type: bigint, unit: sessions, doc: Sessions that began in this hour of these dates}
  segment_sessions: {type: bigint, unit: sessions, doc: "All sessions of the segment in the twelve weeks, consent given"}
  share_of_sessions: {type: double, unit: share, doc: "sessions / segment_sessions: counted, not estimated; over the 168 hours of a segment it is 1"}
  sessions_per_date: {type: double, unit: sessions per date, doc: "sessions / dates"}
  touches: {doc: Touches in this hour}
  orders: {type: bigint, unit: orders, doc: "Orders made in this hour; a probable repeat is none"}
  segment_orders: {type: bigint, unit: orders, doc: All orders of the segment in the twelve weeks}
  share_of_orders: {type: double, unit: share, doc: "orders / segment_orders: counted, not estimated; null without orders"}
  numerator: {doc: "Sessions that began in this hour and in which an order was made, then or later"}
  denominator: {doc: "Sessions that began in this hour: sessions"}
  value: {doc: "numerator / denominator: of the sessions that began in this hour, those with an order; null without sessions"}
checks:
  - {name: sessions_with_an_order_are_sessions, severity: fail, sql: numerator <= denominator, why: a share would pass 100 %}
---*/
with

twelve_weeks as (
    select as_of - 83 as date_from, as_of as date_to
    from run_window
),

order_sessions as (
    select orders.session_key
    from int_order_segments as orders
    inner join twelve_weeks
        on orders.order_date between twelve_weeks.date_from and twelve_weeks.date_to + 1    -- made after midnight
    where orders.session_key is not null
    group by orders.session_key
),

-- by when the session began, and by when the order was made: a session before midnight may order after it
happened as (
    select
        calendar_date,
        hour_of_day,
        channel_group,
        sessions,
        touches,
        0 as orders,
        0 as ordered_sessions
    from int_day_hours
    union all
    select
        orders.order_date as calendar_date,
        cast((epoch_us(orders.ordered_at) + clock.utc_offset_microseconds) // 3600000000 % 24 as integer) as hour_of_day,
        coalesce(orders.channel_group, 'Unassigned') as channel_group,
        0 as sessions,
        0 as touches,
        1 as orders,
        0 as ordered_sessions
    from int_order_segments as orders
    inner join fct_orders as sure
        on orders.order_key = sure.order_key and not sure.is_probable_repeat
    inner join dim_clock as clock
        on epoch_us(orders.ordered_at) >= clock.clock_from and epoch_us(orders.ordered_at) < clock.clock_to
    union all
    select
        sessions.session_date as calendar_date,
        cast((sessions.started_timestamp + clock.utc_offset_microseconds) // 3600000000 % 24 as integer) as hour_of_day,
        coalesce(sessions.channel_group, 'Unassigned') as channel_group,
        0 as sessions,
        0 as touches,
        0 as orders,
        1 as ordered_sessions
    from int_session_segments as sessions
    inner join order_sessions
        on sessions.session_key = order_sessions.session_key
    inner join dim_clock as clock
        on sessions.started_timestamp >= clock.clock_from and sessions.started_timestamp < clock.clock_to
),

recent as (
    select
        -- 1 January 2001 was a Monday
        cast((happened.calendar_date - date '2001-01-01') % 7 + 1 as integer) as weekday,
        happened.*
    from happened
    inner join twelve_weeks
        on happened.calendar_date between twelve_weeks.date_from and twelve_weeks.date_to
),

measured as (
    select weekday, count(distinct calendar_date) as dates
    from recent
    where sessions > 0
    group by weekday
),

segmented as (
    select 'all' as segment_kind, 'all' as segment_value, recent.* from recent
    union all
    select 'channel_group' as segment_kind, channel_group as segment_value, recent.* from recent
),

segments as (
    select
        segment_kind,
        segment_value,
        cast(sum(sessions) as bigint) as segment_sessions,
        cast(sum(orders) as bigint) as segment_orders
    from segmented
    group by segment_kind, segment_value
),

counted as (
    select
        segment_kind,
        segment_value,
        weekday,
        hour_of_day,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(touches) as bigint) as touches,
        cast(sum(orders) as bigint) as orders,
        cast(sum(ordered_sessions) as bigint) as ordered_sessions
    from segmented
    group by segment_kind, segment_value, weekday, hour_of_day
),

-- an hour in which nobody came is a zero, not a hole
hours as (
    select
        segments.*,
        weekdays.weekday,
        clock_hours.hour_of_day
    from segments
    cross join (select cast(unnest(generate_series(1, 7)) as integer) as weekday) as weekdays
    cross join (select cast(unnest(generate_series(0, 23)) as integer) as hour_of_day) as clock_hours
)

select
    hours.segment_kind,
    hours.segment_value,
    coalesce(segments.segment_nl, hours.segment_value) as segment_nl,
    coalesce(segments.segment_en, hours.segment_value) as segment_en,
    hours.weekday,
    weekdays.label_nl as weekday_nl,
    weekdays.label_en as weekday_en,
    hours.hour_of_day,
    twelve_weeks.date_from,
    twelve_weeks.date_to,
    coalesce(measured.dates, 0) as dates,
    coalesce(counted.sessions, 0) as sessions,
    hours.segment_sessions,
    round(coalesce(counted.sessions, 0) / cast(nullif(hours.segment_sessions, 0) as double), 12) as share_of_sessions,
    round(coalesce(counted.sessions, 0) / cast(measured.dates as double), 12) as sessions_per_date,
    coalesce(counted.touches, 0) as touches,
    coalesce(counted.orders, 0) as orders,
    hours.segment_orders,
    round(coalesce(counted.orders, 0) / cast(nullif(hours.segment_orders, 0) as double), 12) as share_of_orders,
    coalesce(counted.ordered_sessions, 0) as numerator,
    coalesce(counted.sessions, 0) as denominator,
    'share' as unit
from hours
cross join twelve_weeks
inner join dim_labels as weekdays
    on weekdays.enum = 'weekday' and hours.weekday = cast(weekdays.enum_value as integer)
left join measured
    on hours.weekday = measured.weekday
left join counted
    on
        hours.segment_kind = counted.segment_kind
        and hours.segment_value = counted.segment_value
        and hours.weekday = counted.weekday
        and hours.hour_of_day = counted.hour_of_day
left join dim_segment_labels as segments
    on hours.segment_kind = segments.segment_kind and hours.segment_value = segments.segment_value
