"""GA4's user data, the tables `users_` and `pseudonymous_users_`: how each file is read, and why a row is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.drift import OTHER_FIELDS, RESCUED_FIELDS, new_paths
from journey_analytics.ingest.file_kind import FileKind, FileRefused, first_line
from journey_analytics.ingest.ga4_layout import frozen, member
from journey_analytics.ingest.ga4_schema import DOCUMENTED_OF_USERS
from journey_analytics.ingest.ga4_users_layout import (
    ID_FIELDS,
    REQUIRED_FIELD,
    USER_COLUMNS,
    users_content_columns,
    users_shape,
)
from journey_analytics.ingest.ga4_users_sql import BAD_ROW, FREE_TEXTS, TEXT_LISTS, users_select
from journey_analytics.ingest.mending import is_written_as_text, mended_rows
from journey_analytics.ingest.misfits import misfit
from journey_analytics.ingest.nested_relation import nested_rows
from journey_analytics.ingest.parquet_shape import holds_texts, parquet_shape, refuse_without
from journey_analytics.ingest.reader import ReadAs, raw_columns
from journey_analytics.ingest.redaction import was_redacted
from journey_analytics.ingest.rows import Row, head_rows
from journey_analytics.ingest.table_rows import any_rows

_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_DATES = tuple(column.fields[0] for column in USER_COLUMNS if column.type == "date")
_INSTEAD = "Export the table users_* or pseudonymous_users_* with all its columns"


class Ga4UsersReader:
    """Reads what BigQuery writes of user data, and what client libraries and connectors make of it."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._export = users_shape()

    @property
    def raw_columns(self) -> Mapping[str, str]:
        """The raw table's columns and types."""
        return raw_columns(users_content_columns())

    @property
    def bad_row(self) -> str:
        """The SQL condition of a row that is refused."""
        return BAD_ROW

    @property
    def redacted_row(self) -> str:
        """The SQL condition of a row in which something was cut out."""
        return was_redacted(FREE_TEXTS, TEXT_LISTS, self._redaction)

    @property
    def repeats_in_row(self) -> str:
        """The SQL number of repeated parameters of a row: a user has none."""
        return "0"

    @property
    def new_fields(self) -> str | None:
        """The SQL list of the names of a row's fields that Google's documents do not know."""
        return f"list_transform({OTHER_FIELDS}, lambda f: f.key)"

    def look(self, path: Path, kind: FileKind) -> ReadAs:
        """Return how to read a file.

        Raises:
            FileRefused: it is no table of users.
        """
        if kind.format == "csv":
            raise FileRefused(
                f"is no JSON; it begins with {first_line(path, kind)!r}. User data of GA4 are nested and do not fit in "
                "CSV: export them as Parquet or newline-delimited JSON"
            )
        if kind.format == "parquet":
            shape = parquet_shape(path)
            refuse_without([REQUIRED_FIELD], shape, _INSTEAD)
            if not any(name in shape for name in ID_FIELDS):
                refuse_without(ID_FIELDS, shape, _INSTEAD)
            by_row = holds_texts(shape, self._export)
            return ReadAs(kind, () if by_row else frozen(shape), by_row=by_row)
        if not kind.has_statement:
            return ReadAs(kind)
        rows = [row for row in head_rows(path, kind) if isinstance(row, dict)]
        is_text = any(is_written_as_text(row, self._export) for row in rows)
        return ReadAs(kind, () if is_text else new_paths(rows, DOCUMENTED_OF_USERS), by_row=is_text)

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        return users_select(nested_rows(paths, read_as, self._export), self._redaction)

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a file one by one, as Google writes them to JSON."""
        return mended_rows(any_rows(path, read_as.kind), self._export, DOCUMENTED_OF_USERS)

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten: it has set new fields apart already."""
        return ReadAs(FileKind("ndjson"), (RESCUED_FIELDS,))

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row cannot be loaded, or None."""
        if not any(row.get(name) not in (None, "") for name in ID_FIELDS):
            return f"{' and '.join(ID_FIELDS)} are missing"
        if row.get(REQUIRED_FIELD) in (None, ""):
            return f"{REQUIRED_FIELD} is missing"
        return misfit(row, self._export) or next((told for path in _DATES if (told := _date_misfit(row, path))), None)


def _date_misfit(row: dict[str, Any], path: str) -> str | None:
    """Return why a date of a row is none, or None.

    >>> _date_misfit({"user_info": {"first_purchase_date": "20260231"}}, "user_info.first_purchase_date")
    'user_info.first_purchase_date 20260231 is no date written as YYYYMMDD'
    """
    value = member(row, path)
    if value in (None, ""):
        return None
    return None if _is_date(str(value)) else f"{path} {str(value)[:40]} is no date written as YYYYMMDD"


def _is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    try:
        return match is not None and bool(date(*map(int, match.groups())))
    except ValueError:
        return False
