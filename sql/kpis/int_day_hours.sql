/*---
description: One row per date, hour on the property's clock and channel group, with the sessions that began and the touches that were in it.
grain: [calendar_date, hour_of_day, channel_group]
owner: marketing-analytics
rebuild_by: calendar_date
reference: [dim_clock]
order_by: [calendar_date, hour_of_day, channel_group]
columns:
  calendar_date: {type: date, doc: "Date of the session's first event, or of the touch: property time"}
  hour_of_day: {type: integer, doc: "0 to 23, on the property's clock. The hour that autumn has twice is one; the one that spring leaves out is empty"}
  sessions: {type: bigint, unit: sessions, doc: Sessions that began in this hour}
  touches: {doc: Touches in this hour}
checks:
  - {name: there_are_24_hours, severity: fail, sql: hour_of_day between 0 and 23, why: the clock was read wrongly}
---*/
with

happened as (
    select
        session_date as calendar_date,
        started_timestamp as happened_timestamp,
        coalesce(channel_group, 'Unassigned') as channel_group,
        1 as sessions,
        0 as touches
    from int_session_segments
    union all
    select
        event_date as calendar_date,
        event_timestamp as happened_timestamp,
        credited_channel_group as channel_group,
        0 as sessions,
        1 as touches
    from fct_touches
)

select
    happened.calendar_date,
    cast((happened.happened_timestamp + clock.utc_offset_microseconds) // 3600000000 % 24 as integer) as hour_of_day,
    happened.channel_group,
    cast(sum(happened.sessions) as bigint) as sessions,
    cast(sum(happened.touches) as bigint) as touches
from happened
inner join dim_clock as clock
    on happened.happened_timestamp >= clock.clock_from and happened.happened_timestamp < clock.clock_to
group by
    happened.calendar_date,
    cast((happened.happened_timestamp + clock.utc_offset_microseconds) // 3600000000 % 24 as integer),
    happened.channel_group
