/*---
description: One row per event up to as_of, de-duplicated and in one total order.
grain: [event_key]
owner: data-engineering
rebuild_by: event_date
order_by: [event_date, event_timestamp]
checks:
  - {name: an_event_has_a_name, severity: fail, sql: event_name <> '', why: an event without a name belongs to no phase}
  - {name: an_event_lies_near_its_date, severity: warn,
     sql: 'abs(event_timestamp - epoch_us(cast(event_date as timestamp))) <= 3 * 86400000000',
     why: event_date and event_timestamp are days apart; the clock or the time zone of the export is wrong}
---*/
with

events as (
    select
        kept.* exclude (session_key, session_number),
        coalesce(kept.session_key, gaps.session_key) as session_key,
        coalesce(kept.session_number, gaps.session_number) as session_number
    from int_kept_events as kept
    left join int_gap_sessions as gaps
        on kept.event_key = gaps.event_key and kept.event_date = gaps.event_date
    where kept.event_date <= (select as_of from run_window)
),

placed as (
    select
        *,
        -- equal events share a place, so that a second copy moves nothing
        dense_rank() over same_moment as place_in_moment,
        row_number() over same_moment as row_in_moment,
        coalesce(lag(event_key) over same_moment = event_key, false) as is_repeat
    from events
    window same_moment as (
        partition by event_date, event_timestamp
        order by
            coalesce(batch_page_id, 0),
            coalesce(batch_ordering_id, 0),
            coalesce(batch_event_index, 0),
            case event_name when 'first_visit' then 1 when 'session_start' then 2 when 'page_view' then 3 else 4 end,
            event_key,
            -- two sources may tell of the same event: which of them stays is no matter of chance
            source
    )
)

select
    -- keys
    -- two people without consent may look alike to the microsecond: their rows are all kept, each under a key of its own
    case when is_repeat then event_key || '-' || cast(row_in_moment as varchar) else event_key end as event_key,
    user_pseudo_id,
    user_id,
    session_key,

    -- when
    event_timestamp,
    make_timestamp(event_timestamp) as event_at,
    event_date,
    cast(event_timestamp as hugeint) * 1000000 + place_in_moment as event_order,

    -- what
    event_name,
    session_number,
    is_session_engaged,
    engagement_milliseconds,
    search_term,
    transaction_id,
    event_value,
    currency,

    -- where
    page_location,
    page_host,
    page_path,
    page_group,
    page_title,
    page_referrer,

    -- where from
    event_source,
    event_medium,
    event_campaign,
    google_click_id,
    click_id_kind,
    session_source,
    session_medium,
    session_campaign,
    google_channel_group,

    -- who
    device_category,
    country,
    has_consent,

    -- how it came
    batch_page_id,
    batch_ordering_id,
    batch_event_index,
    source,
    source_identity
from placed
where not is_repeat or user_pseudo_id is null
