/*---
description: One row per event name and date with traffic on which it was to be expected. On how many of those days was it missing?
grain: [detail, audit_date]
owner: data-engineering
contract: tracking_finding
materialize: view
thresholds: {days_before: 28, present_share: 0.9, mean_events: 7.0}
audit:
  title_nl: "Ontbrekende gebeurtenis: {detail}"
  title_en: "Missing event: {detail}"
  base_nl: dagen met verkeer waarop de gebeurtenis te verwachten was
  base_en: days with traffic on which the event was to be expected
  effect_nl: "Op zo'n dag is de meting kapot, en niet elke bezoeker afgehaakt. Fasen en contactmomenten die aan deze gebeurtenis hangen lijken leeg, en de doorstroom erheen te laag."
  effect_en: "On such a day the measuring is broken; not every visitor has dropped off. Phases and touchpoints that hang on this event look empty, and going on to them too low."
  kpis: [progression_share, conversion_rate, checkout_completion, form_success, leads, key_events, orders, revenue, net_revenue, tracking_coverage]
---*/
with

limits as (
    select
        max(case when threshold = 'days_before' then cast(limit_value as bigint) end) as days_before,
        max(case when threshold = 'present_share' then limit_value end) as present_share,
        max(case when threshold = 'mean_events' then limit_value end) as mean_events
    from dim_thresholds
    where model = 'aud_event_gap'
),

-- days with traffic only: on a day without any event nothing can be said of one
days as (
    select
        event_date,
        row_number() over (order by event_date) as day_place
    from int_event_days
    group by event_date
),

names as (
    select event_name from int_event_days
    group by event_name
),

filled as (
    select
        names.event_name,
        days.event_date,
        days.day_place,
        coalesce(counted.events, 0) as events
    from days
    cross join names
    left join int_event_days as counted
        on days.event_date = counted.event_date and names.event_name = counted.event_name
),

summed as (
    select
        filled.*,
        -- running totals: the last days_before days are the difference of two
        sum(case when events > 0 then 1 else 0 end) over so_far as days_so_far,
        sum(events) over so_far as events_so_far,
        max(case when events > 0 then day_place end) over before as last_place
    from filled
    window
        so_far as (partition by event_name order by day_place rows between unbounded preceding and current row),
        before as (partition by event_name order by day_place rows between unbounded preceding and 1 preceding)
),

-- a break does not wear out what is usual: it is the days up to the last one with the event that count
expected as (
    select
        today.event_name,
        today.event_date,
        today.events
    from summed as today
    cross join limits
    inner join summed as seen
        on today.event_name = seen.event_name and today.last_place = seen.day_place
    left join summed as start
        on seen.event_name = start.event_name and seen.day_place - limits.days_before = start.day_place
    where
        seen.day_place >= limits.days_before
        and today.day_place - seen.day_place <= limits.days_before
        and seen.days_so_far - coalesce(start.days_so_far, 0) >= limits.present_share * limits.days_before
        -- where seven a day are usual, chance leaves a day empty once in a thousand
        and seen.events_so_far - coalesce(start.events_so_far, 0) >= limits.mean_events * limits.days_before
)

select
    event_name as detail,
    event_date as audit_date,
    cast(case when events = 0 then 1 else 0 end as bigint) as affected,
    cast(1 as bigint) as base
from expected
