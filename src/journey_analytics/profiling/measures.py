"""The queries of a profile. All read `profiled_events`: one row per event, with host and path of its page."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from journey_analytics.ingest.ga4_layout import EVENT_COLUMNS
from journey_analytics.profiling.profile import (
    ChannelSource,
    Counted,
    EventProfile,
    PageFolder,
    ReferrerHost,
    TrackingGap,
)
from journey_analytics.warehouse import Warehouse, literal, quoted

# events that tell what kind of page they happen on
TELLING_EVENTS = (
    "purchase", "add_payment_info", "add_shipping_info", "begin_checkout", "view_cart", "view_item", "view_item_list",
    "view_search_results", "search", "form_success", "form_step", "generate_lead", "login", "sign_up", "write_review",
)  # fmt: skip
# GA4 adds these to nearly every event by itself
_AUTOMATIC = (
    "batch_event_index", "batch_ordering_id", "batch_page_id", "debug_mode", "engaged_session_event",
    "engagement_time_msec", "entrances", "ga_session_id", "ga_session_number", "ignore_referrer", "page_location",
    "page_referrer", "page_title", "session_engaged", "traffic_type",
)  # fmt: skip

_LEVELS = 4
_FOLDERS = 3000
_HOSTS = 200
_CHANNELS = 50
_PARAMETERS = 12
# a day without an event of which ten were to be expected is no chance: e^-10
_EXPECTED_AT_LEAST = 10

PROFILED_EVENTS = """
create or replace temp table profiled_events as
with best as (select event_date, min(delivery_priority) as best_priority from int_located_events group by event_date)
select
    event_key, event_timestamp, event_date, event_name, user_pseudo_id, session_key, page_host, page_path,
    lower(nullif(regexp_extract(page_referrer, '^[A-Za-z][A-Za-z0-9+.-]*://([^/:?#]*)', 1), '')) as referrer_host,
    coalesce(session_source, event_source) as source,
    coalesce(session_medium, event_medium) as medium,
    transaction_id, event_value, currency, has_consent, device_category, traffic_type, debug_mode,
    delivery_priority > best_priority as is_superseded
from int_located_events inner join best using (event_date)
"""
_KEPT = "from profiled_events where not is_superseded"


def totals(work: Warehouse) -> dict[str, Any] | None:
    """Return the numbers that describe the whole export, or None when it holds no events."""
    row = work.rows(
        "select count(*), count(distinct user_pseudo_id), count(distinct session_key), min(event_date), "
        "max(event_date), avg(cast(not has_consent as integer)), count(user_pseudo_id), "
        f"count(distinct case when user_pseudo_id is not null then event_key end) {_KEPT}"
    )[0]
    rows, users, sessions, first, last, no_consent, with_user, different = row
    if not rows:
        return None
    return {
        "rows": rows,
        "superseded_rows": work.value("select count(*) from profiled_events where is_superseded"),
        "users": users,
        "sessions": sessions,
        "first_date": first,
        "last_date": last,
        "duplicate_share": 1 - different / with_user if with_user else 0.0,
        "no_consent_share": no_consent or 0.0,
    }


def missing_dates(work: Warehouse) -> tuple[date, ...]:
    """Return the days without any event between the first and the last."""
    rows = work.rows(
        "select cast(unnest(generate_series(min(event_date), max(event_date), interval 1 day)) as date) as d "
        f"{_KEPT} except select event_date {_KEPT} order by d"
    )
    return tuple(row[0] for row in rows)


def counted(work: Warehouse, column: str, most: int = 20) -> tuple[Counted, ...]:
    """Return the values of a column with their rows, most frequent first."""
    rows = work.rows(
        f"select {quoted(column)}, count(*) as n {_KEPT} and {quoted(column)} is not null "
        f"group by 1 order by n desc, 1 limit {most}"
    )
    return tuple(Counted(*row) for row in rows)


def hosts(work: Warehouse) -> tuple[Counted, ...]:
    """Return the hosts of the pages."""
    return counted(work, "page_host", _HOSTS)


def events(work: Warehouse, raw: str) -> tuple[EventProfile, ...]:
    """Return the event names with what is known of each, most frequent first."""
    parameters = _parameters(work, raw)
    rows = work.rows(
        f"with everything as (select count(*) as n, nullif(count(distinct session_key), 0) as sessions {_KEPT}) "
        "select event_name, count(*) as rows_here, count(*) / any_value(n), "
        "coalesce(count(distinct session_key) / any_value(sessions), 0.0), count(event_value), "
        "count(distinct transaction_id) from profiled_events, everything where not is_superseded "
        "group by event_name order by rows_here desc, event_name"
    )
    return tuple(
        EventProfile(name, count, share, session_share, valued, transactions, tuple(parameters.get(name, ())))
        for name, count, share, session_share, valued, transactions in rows
    )


def _parameters(work: Warehouse, raw: str) -> dict[str, list[Counted]]:
    """Return event name -> its parameters: those with a column of their own, and the others."""
    columns = work.columns(raw)
    own = {c.name: c.parameter for c in EVENT_COLUMNS if c.parameter and not c.fields and c.name in columns}
    counts = "".join(f", count({quoted(name)})" for name in own)
    found: dict[str, dict[str, int]] = {}
    for event_name, *numbers in work.rows(f"select event_name{counts} from {quoted(raw)} group by event_name"):
        found[event_name] = dict(zip(own.values(), numbers, strict=True))
    if "other_params" in columns:
        for event_name, key, number in work.rows(
            f"select event_name, p.key, count(*) from {quoted(raw)}, unnest(other_params) as t(p) group by all"
        ):
            found[event_name][key] = number
    return {
        event_name: [
            Counted(key, number)
            for key, number in sorted(numbers.items(), key=lambda item: (-item[1], str(item[0])))
            if number and key and key not in _AUTOMATIC
        ][:_PARAMETERS]
        for event_name, numbers in found.items()
    }


def tracking_gaps(work: Warehouse) -> tuple[TrackingGap, ...]:
    """Return the runs of days on which an event is missing that makes up a steady part of the other days.

    What is expected of a day: the day's rows times the event's part of the rows of the days on which it occurs.
    """
    rows = work.rows(
        f"with per_day as (select event_name, event_date, count(*) as n {_KEPT} group by all), "
        "days as (select event_date, sum(n) as all_n from per_day group by event_date), "
        "parts as (select event_name, sum(n) / sum(all_n) as part from per_day inner join days using (event_date) "
        "group by event_name) "
        "select parts.event_name, days.event_date, parts.part * days.all_n as expected from parts cross join days "
        "left join per_day on per_day.event_name = parts.event_name and per_day.event_date = days.event_date "
        f"where per_day.n is null and parts.part * days.all_n >= {_EXPECTED_AT_LEAST} order by all"
    )
    gaps: list[list[tuple[Any, ...]]] = [[rows[0]]] if rows else []
    for before, after in pairwise(rows):
        if before[0] == after[0] and (after[1] - before[1]).days == 1:
            gaps[-1].append(after)
        else:
            gaps.append([after])
    return tuple(TrackingGap(g[0][0], g[0][1], g[-1][1], round(sum(day[2] for day in g))) for g in gaps)


def page_event(work: Warehouse) -> str:
    """Return the condition that makes a row a page view; without page views, every row with a path is one."""
    seen = work.value(f"select count(*) {_KEPT} and event_name = 'page_view' and page_path is not null")
    return "event_name = 'page_view' and page_path is not null" if seen else "page_path is not null"


def page_views(work: Warehouse, page_event: str) -> int:
    """Return the number of page views."""
    return int(work.value(f"select count(*) {_KEPT} and {page_event}"))


def page_folders(work: Warehouse, page_event: str) -> tuple[PageFolder, ...]:
    """Return paths and what lies below them, most viewed first."""
    names = ", ".join(literal(name) for name in TELLING_EVENTS)
    work.run(
        "create or replace temp table profiled_paths as with paths as ("
        f"select page_path, count(*) filter (where {page_event}) as views {_KEPT} and page_path is not null "
        "group by page_path), "
        "cut as (select *, string_split(substr(page_path, 2), '/') as segments from paths) "
        "select page_path, views, case when page_path = '/' then ['/'] else list_transform("
        f"range(1, least(len(segments), {_LEVELS}) + 1), lambda d: '/' || array_to_string(segments[1:d], '/')) end "
        "as folders from cut"
    )
    try:
        told: dict[str, list[Counted]] = {}
        for folder, name, number in work.rows(
            "with happened as (select page_path, event_name, count(*) as n "
            f"{_KEPT} and page_path is not null and event_name in ({names}) group by all) "
            "select folder, event_name, sum(n) as number from (select unnest(folders) as folder, event_name, n "
            "from happened inner join profiled_paths using (page_path)) group by all order by number desc, event_name"
        ):
            told.setdefault(folder, []).append(Counted(name, int(number)))
        rows = work.rows(
            "select folder, sum(views) as page_views, coalesce(sum(views) filter (where folder = page_path), 0), "
            "count(*) from (select unnest(folders) as folder, page_path, views from profiled_paths) "
            f"group by folder order by page_views desc, folder limit {_FOLDERS}"
        )
    finally:
        work.run("drop table profiled_paths")
    return tuple(PageFolder(r[0], int(r[1]), int(r[2]), r[3], tuple(told.get(r[0], ()))) for r in rows)


def referrers(work: Warehouse, page_event: str) -> tuple[ReferrerHost, ...]:
    """Return the hosts from which pages were reached, and how often in the middle of a session."""
    rows = work.rows(
        f"with starts as (select session_key, min(event_timestamp) as started {_KEPT} group by session_key) "
        "select referrer_host, count(*) as n, count(*) filter (where event_timestamp > started) "
        "from profiled_events left join starts using (session_key) "
        f"where not is_superseded and {page_event} and referrer_host is not null "
        f"group by referrer_host order by n desc, referrer_host limit {_HOSTS}"
    )
    return tuple(ReferrerHost(*row) for row in rows)


def channels(work: Warehouse) -> tuple[ChannelSource, ...]:
    """Return the sources of sessions: of each session the first that is named."""
    rows = work.rows(
        "with named as (select session_key, min(struct_pack(at := event_timestamp, event_key, source, medium)) "
        f"filter (where source is not null) as origin {_KEPT} and session_key is not null group by session_key) "
        "select coalesce(origin.source, '(direct)'), coalesce(origin.medium, '(none)'), count(*) as n from named "
        f"group by all order by n desc, 1, 2 limit {_CHANNELS}"
    )
    return tuple(ChannelSource(*row) for row in rows)
