/*---
description: One row per kind of wait, period and segment in which it began, and whole hour since, with how many waits ended at that time and how many are not seen any longer. The curve is Kaplan-Meier's.
grain: [curve, microseconds]
owner: marketing-analytics
reference: [dim_periods, dim_thresholds]
thresholds: {purchase_days: 90}
estimate: survival
order_by: [curve, microseconds]
columns:
  curve: {type: varchar, doc: "Wait, period and segment in one"}
  wait: {type: varchar, doc: "The KPI that is about it: purchase_cycle_length (first visit to first order) or lead_response_time (lead to taking it up)"}
  microseconds: {type: bigint, unit: microseconds, doc: "Time since the beginning, whole hours"}
  reached: {type: bigint, unit: waits, doc: Waits that ended after this time}
  left_unreached: {type: bigint, unit: waits, doc: "Waits that had not ended and were seen no longer than this: as_of_at was there, or the longest wait that is looked at had passed"}
  longest_microseconds: {type: bigint, unit: microseconds, doc: "The longest wait that is looked at; null: no limit"}
  unreached_share: {doc: "Share of waits that last longer than this, with those counted right that are still going on", unit: share}
  unreached_ci_low: {doc: Lower end of its 95 % interval, unit: share}
  unreached_ci_high: {doc: Upper end of its 95 % interval, unit: share}
  curve_method: {doc: "How the share was estimated: kaplan_meier"}
checks:
  - {name: no_wait_is_negative, severity: fail, sql: microseconds >= 0, why: a wait would have ended before it began}
---*/
with

waits as (
    select
        'purchase_cycle_length' as wait,
        days.visit_date as begin_date,
        days.started_timestamp,
        epoch_us(buyers.ordered_at) as ended_timestamp,
        (
            select cast(limit_value * 86400000000 as bigint) from dim_thresholds
            where model = 'int_wait_curves' and threshold = 'purchase_days'
        ) as longest_microseconds,
        days.channel_group,
        days.device_category,
        days.country,
        days.persona_id
    from int_visit_days as days
    left join int_buyers as buyers
        on days.person_key = buyers.person_key
    -- whose first visit was before the exports begin has waited longer than we can see
    where days.visit_day_number = 1 and days.is_new
    union all
    select
        'lead_response_time' as wait,
        leads.lead_date as begin_date,
        epoch_us(leads.lead_at) as started_timestamp,
        epoch_us(leads.answered_at) as ended_timestamp,
        cast(null as bigint) as longest_microseconds,
        segments.channel_group,
        segments.device_category,
        segments.country,
        segments.persona_id
    from int_leads as leads
    left join int_session_segments as segments
        on leads.session_key = segments.session_key
),

seen as (
    select
        waits.*,
        coalesce(
            waits.ended_timestamp - waits.started_timestamp <= waits.longest_microseconds,
            waits.ended_timestamp is not null
        ) as has_ended,
        least(
            coalesce(waits.ended_timestamp, epoch_us(run_window.as_of_at)) - waits.started_timestamp,
            waits.longest_microseconds
        ) as waited_microseconds
    from waits
    cross join run_window
),

segmented as (
    select
        seen.wait,
        seen.longest_microseconds,
        periods.period_kind,
        periods.period_start,
        segments.segment_kind,
        case segments.segment_kind
            when 'all' then 'all'
            when 'channel_group' then coalesce(seen.channel_group, 'unknown')
            when 'device_category' then coalesce(seen.device_category, 'unknown')
            when 'country' then coalesce(seen.country, 'unknown')
            else seen.persona_id
        end as segment_value,
        -- whole hours: what a reader can use, and few enough times to draw a curve of
        greatest(seen.waited_microseconds, 0) // 3600000000 * 3600000000 as microseconds,
        seen.has_ended
    from seen
    inner join dim_periods as periods
        on seen.begin_date = periods.calendar_date
    inner join (
        values ('all'), ('channel_group'), ('device_category'), ('country'), ('persona_id')
    ) as segments (segment_kind)
        on segments.segment_kind <> 'persona_id' or seen.persona_id is not null
    where periods.has_segments
)

select
    wait || ' ' || period_kind || ' ' || cast(period_start as varchar) || ' ' || segment_kind || ' ' || segment_value as curve,
    wait,
    period_kind,
    period_start,
    segment_kind,
    segment_value,
    longest_microseconds,
    microseconds,
    count(case when has_ended then 1 end) as reached,
    count(case when not has_ended then 1 end) as left_unreached
from segmented
group by wait, period_kind, period_start, segment_kind, segment_value, longest_microseconds, microseconds
