"""The SELECT that turns the rows of an event-level export, all of them texts, into rows of the raw table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from journey_analytics.definitions.settings import Redaction
from journey_analytics.definitions.sources import MAPPED_COLUMNS
from journey_analytics.ingest.canonical import event_key, list_text
from journey_analytics.ingest.event_times import NUMBER, TIME, TIME_WITHOUT_ZONE
from journey_analytics.ingest.ga4_layout import struct_list_type
from journey_analytics.ingest.reader import FIRST_TIMESTAMP, LAST_TIMESTAMP, ROUNDED, WAS_ROUNDED
from journey_analytics.ingest.redaction import redacted_list, redacted_when_needed, suspicious
from journey_analytics.warehouse import literal

FREE_TEXTS = ("page_location", "page_title", "page_referrer", "element")
PARAMETER_FIELDS = {"key": "varchar", "string_value": "varchar"}
CONTENT_COLUMNS = {
    "event_date": "date",
    **{name: {"event_timestamp": "bigint", "value": "double"}.get(name, "varchar") for name in MAPPED_COLUMNS},
    "other_params": struct_list_type(PARAMETER_FIELDS),
}
BAD_ROW = (
    "coalesce(event_name, '') = '' or event_timestamp is null "
    f"or event_timestamp not between {FIRST_TIMESTAMP} and {LAST_TIMESTAMP}"
)


@dataclass(frozen=True)
class Export:
    """What is to be known of an export besides its rows.

    Attributes:
        origins: our column -> where the file has it, of those that the relation has; others are null.
        time_zone: the property's: it decides the date of an event.
        redaction: what is cut out of texts.
        explode: the column that held a list of events.
        wall_clock: the zone whose clock the times show; None for UTC.
    """

    origins: Mapping[str, Sequence[str]]
    time_zone: str
    redaction: Redaction
    explode: str | None = None
    wall_clock: str | None = None


def event_select(relation: str, export: Export) -> str:
    """Return the SELECT of staged rows.

    Args:
        relation: a query with load_path, row_number, the mapped columns as texts, other_params, and holds_event.
        export: what else is to be known of it.
    """
    redaction = export.redaction
    given = [name if name in export.origins else f"cast(null as varchar) as {name}" for name in MAPPED_COLUMNS]
    texts = [name for name in MAPPED_COLUMNS if name not in ("event_timestamp", "value")]
    return f"""
with

export as (
    select load_path, row_number, other_params, holds_event, {", ".join(given)}
    from ({relation})
),

typed as (
    select
        load_path,
        row_number,
        holds_event,
        event_timestamp as written_time,
        {_microseconds("trim(event_timestamp)", export.wall_clock)} as event_timestamp,
        {", ".join(f"nullif({name}, '') as {name}" for name in texts)},
        try_cast(value as double) as value,
        {_others(export.origins)} as other_params
    from export
),

texts as (
    select
        *,
        cast(timezone({literal(export.time_zone)}, timezone('UTC', make_timestamp(event_timestamp))) as date) as event_date,
        {_parameters_text()} as other_text
    from typed
),

cut as (
    select * replace ({_cut_columns(redaction)}), {suspicious("other_text", redaction)} as is_doubtful
    from texts
),

retold as (
    select * replace (case when is_doubtful then {_parameters_text()} else other_text end as other_text)
    from cut
)

select
    load_path,
    row_number,
    {_reject_reason(export.explode)} as reject_reason,
    case when {BAD_ROW} then {_reject_content()} end as reject_content,
    {event_key([*(name for name in CONTENT_COLUMNS if name != "other_params"), "other_text"])} as event_key,
    {", ".join(CONTENT_COLUMNS)}
from retold
"""


def _microseconds(text: str, wall_clock: str | None) -> str:
    """Return the SQL of a time in microseconds since 1970: from a number by its size, from ISO 8601 by its zone."""
    number = f"cast({text} as decimal(38, 9))"
    counted = f"""cast(case
                when {number} < 100000000000 then {number} * 1000000
                when {number} < 100000000000000 then {number} * 1000
                when {number} < 100000000000000000 then {number}
                else {number} / 1000
            end as bigint)"""
    shown = ""
    if wall_clock is not None:
        counted = f"epoch_us(timezone({literal(wall_clock)}, make_timestamp({counted})))"
        shown = f"""when regexp_full_match({text}, {literal(TIME_WITHOUT_ZONE)})
                then epoch_us(timezone({literal(wall_clock)}, try_cast({text} as timestamp)))"""
    return f"""case
            when regexp_full_match({text}, {literal(NUMBER)}) then {counted}
            {shown}
            when regexp_full_match({text}, {literal(TIME)}) then epoch_us(try_cast({text} as timestamptz))
        end"""


def _others(origins: Mapping[str, Sequence[str]]) -> str:
    """Return the unmapped columns that hold something, and a value that is no number, so that nothing is lost."""
    held = "list_filter(other_params, lambda p: p.string_value <> '')"
    if "value" not in origins:
        return held
    unread = f"[{{'key': {literal(origins['value'][0])}, 'string_value': value}}]"
    return f"case when value <> '' and try_cast(value as double) is null then list_concat({held}, {unread}) else {held} end"


def _cut_columns(redaction: Redaction) -> str:
    cut = [f"{redacted_when_needed(name, redaction)} as {name}" for name in FREE_TEXTS]
    doubt = suspicious("other_text", redaction)
    others = redacted_list("other_params", PARAMETER_FIELDS, redaction)
    return ", ".join([*cut, f"case when {doubt} then {others} else other_params end as other_params"])


def _parameters_text() -> str:
    return list_text("other_params", PARAMETER_FIELDS, is_sorted=True)


def _reject_reason(explode: str | None) -> str:
    empty = literal(f"{explode} holds no event: it should be a list with one element an event")
    shown = "left(written_time, 40)"
    return f"""case
        when not ({BAD_ROW}) then null
        when not holds_event then {empty}
        when coalesce(event_name, '') = '' then 'event_name is missing'
        when coalesce(written_time, '') = '' then 'event_timestamp is missing'
        when regexp_full_match(written_time, {literal(ROUNDED)})
            then 'event_timestamp ' || {shown} || {literal(" " + WAS_ROUNDED)}
        else 'event_timestamp ' || {shown} || ' is no time: write ISO 8601, such as 2026-03-31T18:58:30Z, '
            || 'or seconds, milliseconds or microseconds since 1970'
    end"""


def _reject_content() -> str:
    return (
        "left(concat_ws(' ', 'event_timestamp=' || written_time, 'event_name=' || event_name, "
        "'page_location=' || page_location), 200)"
    )
