"""From files to deliveries: what belongs together, what is new, what is known. Pure functions; no file is opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Literal

DeliveryKind = Literal["daily", "intraday", "fresh", "other"]

_ENDING = re.compile(
    r"\.(json|jsonl|ndjson|csv|tsv|txt|parquet|pq|avro|snappy|gz|gzip|zst|zstd|bz2|zip)$", re.IGNORECASE
)
# BigQuery numbers shards from 000000000000; a leading zero keeps times such as 202101312359 apart from them
_SHARD = re.compile(r"(^|-)0\d{11}$")
_GA4_TABLE = re.compile(r"^events_(?P<kind>intraday_|fresh_)?(?P<date>\d{8})$")
_USER_TABLE = re.compile(r"^(pseudonymous_)?users_\d{8}$")
# GA4 deletes an intraday table when the day has come whole, at most so long after it
STRAY_AFTER_DAYS = 5
_WILDCARD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class ExportFile:
    """A file on disk: where it is, what it is called below the glob's fixed part, and what is in it."""

    path: Path
    name: str
    content_hash: str = ""
    bytes: int = 0
    changed_ns: int = 0


@dataclass(frozen=True)
class Delivery:
    """The files with one stem; together they are one delivery of the source."""

    name: str
    files: tuple[ExportFile, ...]

    @property
    def kind(self) -> DeliveryKind:
        """What the name says about how final the rows are."""
        return delivery_kind(self.name)

    @property
    def distinct_files(self) -> tuple[ExportFile, ...]:
        """The files without copies of each other."""
        first: dict[str, ExportFile] = {}
        for file in self.files:
            first.setdefault(file.content_hash, file)
        return tuple(first.values())

    @property
    def content(self) -> tuple[str, ...]:
        """What is in the files, whatever they are called; the same bytes twice count once."""
        return tuple(sorted({file.content_hash for file in self.files}))


@dataclass(frozen=True)
class Decision:
    """What to do with the deliveries that are there, and with those that are stored."""

    load: tuple[Delivery, ...]
    unchanged: tuple[Delivery, ...]
    same_content: tuple[tuple[Delivery, str], ...]
    gone: tuple[str, ...]
    stray: tuple[tuple[Delivery, date], ...] = ()


def fixed_part(pattern: str) -> Path:
    """Return the folder that a glob's matches have in common: the part before the first wildcard.

    >>> fixed_part("exports/ga4/**/events_*.json.gz").as_posix()
    'exports/ga4'
    >>> fixed_part("exports/events_20210131.parquet").as_posix()
    'exports'
    """
    parts = Path(pattern).parts
    fixed = [index for index, part in enumerate(parts) if _WILDCARD.search(part)]
    return Path(*parts[: fixed[0] if fixed else -1])


def delivery_name(file_name: str, folder: str = "") -> str:
    """Return the stem of a file name; a name that is only a shard number takes that of its folder.

    >>> delivery_name("shop/events_20210131-000000000002.json.gz")
    'shop/events_20210131'
    >>> delivery_name("000000000000.snappy.parquet", "events_20210131")
    'events_20210131'
    """
    name = PurePosixPath(file_name)
    stem = name.name
    while (shorter := _ENDING.sub("", stem)) != stem and shorter:
        stem = shorter
    stem = _SHARD.sub("", stem)
    parent = "" if name.parent == PurePosixPath(".") else str(name.parent)
    return "/".join(part for part in (parent, stem) if part) or folder or "."


def delivery_kind(name: str) -> DeliveryKind:
    """Return how final a delivery's rows are, as far as its name says so.

    >>> delivery_kind("shop/events_intraday_20210131"), delivery_kind("events_20210131"), delivery_kind("clicks")
    ('intraday', 'daily', 'other')
    """
    match = _GA4_TABLE.match(PurePosixPath(name).name)
    if match is None:
        return "other"
    return {"intraday_": "intraday", "fresh_": "fresh"}.get(match["kind"] or "", "daily")  # type: ignore[return-value]


def delivery_date(name: str) -> date | None:
    """Return the date of a table of GA4, or None where the name tells none.

    >>> delivery_date("shop/events_intraday_20210131"), delivery_date("clicks")
    (datetime.date(2021, 1, 31), None)
    """
    match = _GA4_TABLE.match(PurePosixPath(name).name)
    try:
        return datetime.strptime(match["date"], "%Y%m%d").date() if match else None
    except ValueError:
        return None


def is_event_table(name: str) -> bool:
    """Return whether a delivery, or a folder that it lies in, bears the name of a table of GA4's events.

    >>> is_event_table("shop/events_intraday_20210131"), is_event_table("clicks")
    (True, False)
    """
    return any(_GA4_TABLE.match(part) for part in PurePosixPath(name).parts)


def is_user_table(name: str) -> bool:
    """Return whether a delivery, or a folder that it lies in, bears the name of a table of GA4's user data.

    >>> is_user_table("shop/pseudonymous_users_20210131"), is_user_table("users_20210131/part-0"), is_user_table("users")
    (True, True, False)
    """
    return any(_USER_TABLE.match(part) for part in PurePosixPath(name).parts)


def deliveries(files: Iterable[ExportFile], folder: str = "") -> tuple[Delivery, ...]:
    """Return the deliveries that the files make up, by name."""
    grouped: dict[str, dict[str, ExportFile]] = {}
    for file in sorted(files, key=lambda file: file.name):
        grouped.setdefault(delivery_name(file.name, folder), {})[file.name] = file
    return tuple(Delivery(name, tuple(members.values())) for name, members in sorted(grouped.items()))


def decide(present: Iterable[Delivery], stored: Mapping[str, tuple[str, ...]]) -> Decision:
    """Return what to load, what is known, what is a copy, what has gone and what was left behind.

    A stray is an intraday table whose day never came whole and that is first seen when much later days have: nobody
    completes it any more, and a part of a day would look like a bad day. One that was loaded in its time is kept.

    Args:
        present: the deliveries whose files are there now.
        stored: delivery -> its content as it was stored (sorted hashes).
    """
    found = {delivery.name: delivery for delivery in present}
    unchanged = [delivery for name, delivery in sorted(found.items()) if stored.get(name) == delivery.content]
    # a whole day may hold the bytes of its intraday file, and is no copy of it: it completes the day
    held = {(delivery.kind, delivery.content): delivery.name for delivery in unchanged}
    for name in sorted(set(stored) - set(found)):
        held.setdefault((delivery_kind(name), stored[name]), name)
    stray = _strays(found, stored)
    known = {delivery.name for delivery in unchanged} | {delivery.name for delivery, _ in stray}
    load, copies = [], []
    for name, delivery in sorted(found.items()):
        if name in known:
            continue
        content = (delivery.kind, delivery.content)
        if content in held:
            copies.append((delivery, held[content]))
        else:
            load.append(delivery)
            held[content] = name
    here = {(delivery.kind, delivery.content) for delivery in found.values()}
    gone = tuple(name for name in sorted(set(stored) - set(found)) if (delivery_kind(name), stored[name]) not in here)
    return Decision(tuple(load), tuple(unchanged), tuple(copies), gone, stray)


def _strays(found: Mapping[str, Delivery], stored: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Delivery, date], ...]:
    """Return the intraday tables whose day never came whole, each with the newest day that did, in the same folder."""
    whole: dict[PurePosixPath, set[date]] = {}
    for name in {*found, *stored}:
        day = delivery_date(name)
        if day is not None and delivery_kind(name) == "daily":
            whole.setdefault(PurePosixPath(name).parent, set()).add(day)
    strays = []
    for name, delivery in sorted(found.items()):
        day, days = delivery_date(name), whole.get(PurePosixPath(name).parent, set())
        if delivery.kind != "intraday" or name in stored or day is None or day in days or not days:
            continue
        if (max(days) - day).days >= STRAY_AFTER_DAYS:
            strays.append((delivery, max(days)))
    return tuple(strays)
