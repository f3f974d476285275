"""The tables of a GA4 dataset in BigQuery, told by their names, and the boundary behind which they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import pyarrow as pa

from journey_analytics.definitions.bigquery import TableKind

_KINDS: dict[str, TableKind] = {
    "events": "daily",
    "events_intraday": "intraday",
    "events_fresh": "fresh",
    "users": "users",
    "pseudonymous_users": "pseudonymous_users",
}
_NAME = re.compile(rf"^(?P<prefix>{'|'.join(_KINDS)})_(?P<day>\d{{8}})$")

# their last rows are still coming in, and are not counted by BigQuery at once
STREAMED: frozenset[TableKind] = frozenset({"intraday", "fresh"})


@dataclass(frozen=True)
class ExportTable:
    """A table of the export: one kind, one date."""

    name: str
    kind: TableKind
    day: date


@dataclass(frozen=True)
class TableState:
    """What BigQuery says of a table: how many rows it has, and when it was last written."""

    rows: int
    modified: datetime


class Exports(Protocol):
    """A dataset that holds exports. Everything that speaks to Google stands behind this.

    Each method raises InputError, with what to do, when the answer is no.
    """

    @property
    def dataset(self) -> str:
        """The dataset's full name, `project.dataset`."""

    def names(self) -> Iterable[str]:
        """Return the names of all tables."""

    def state(self, name: str) -> TableState | None:
        """Return what is said of a table; None when it is not there (any more)."""

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table, a few megabytes at a time; nothing when it has none."""


def export_table(name: str) -> ExportTable | None:
    """Return the export's table of a name; None when it is none.

    >>> export_table("events_intraday_20260601")
    ExportTable(name='events_intraday_20260601', kind='intraday', day=datetime.date(2026, 6, 1))
    >>> export_table("events_20261301"), export_table("my_events_20260601")
    (None, None)
    """
    match = _NAME.match(name)
    if match is None:
        return None
    try:
        day = datetime.strptime(match["day"], "%Y%m%d").date()
    except ValueError:
        return None
    return ExportTable(name, _KINDS[match["prefix"]], day)
