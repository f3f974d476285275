"""GA4 exports: which files are one, how each is read, and why a row of one cannot be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.drift import OTHER_FIELDS, RESCUED_FIELDS, new_paths
from journey_analytics.ingest.event_header import Layout, file_layout
from journey_analytics.ingest.file_kind import FileKind, FileRefused, first_line
from journey_analytics.ingest.ga4_layout import (
    REPEATED_PARAMETERS,
    REQUIRED_FIELDS,
    content_columns,
    export_shape,
    frozen,
)
from journey_analytics.ingest.ga4_sql import BAD_ROW, FREE_TEXTS, ga4_select
from journey_analytics.ingest.mending import is_written_as_text, mended_rows
from journey_analytics.ingest.misfits import misfit
from journey_analytics.ingest.nested_relation import nested_rows
from journey_analytics.ingest.parquet_shape import TEXT_TYPES, holds_texts, parquet_shape, refuse_without
from journey_analytics.ingest.reader import (
    ROUNDED,
    WAS_ROUNDED,
    ReadAs,
    raw_columns,
)
from journey_analytics.ingest.redaction import was_redacted
from journey_analytics.ingest.rows import Row, csv_rows, head_rows
from journey_analytics.ingest.sheet_rows import folded, is_flattened
from journey_analytics.ingest.table_rows import any_rows

_REQUIRED_VALUES = ("event_name", "event_timestamp", "event_date")


class Ga4Reader:
    """Reads what BigQuery writes, and what client libraries, connectors and spreadsheets make of it."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._export = export_shape()

    @property
    def raw_columns(self) -> Mapping[str, str]:
        """The raw table's columns and types."""
        return raw_columns(content_columns())

    @property
    def bad_row(self) -> str:
        """The SQL condition of a row that is refused."""
        return BAD_ROW

    @property
    def redacted_row(self) -> str:
        """The SQL condition of a row in which something was cut out."""
        return was_redacted(
            FREE_TEXTS, ("other_params", "user_properties", "item_params", OTHER_FIELDS), self._redaction
        )

    @property
    def repeats_in_row(self) -> str:
        """The SQL number of a row's parameters that came after another of the same name."""
        return REPEATED_PARAMETERS

    @property
    def new_fields(self) -> str | None:
        """The SQL list of the names of a row's fields that Google's documents do not know."""
        return f"list_transform({OTHER_FIELDS}, lambda f: f.key)"

    def look(self, path: Path, kind: FileKind) -> ReadAs:
        """Return how to read a file.

        Raises:
            FileRefused: it is no GA4 export.
        """
        if kind.format == "csv":
            return self._look_at_sheet(path, kind)
        if kind.format == "parquet":
            return self._look_at_parquet(path, kind)
        if not kind.has_statement:
            return ReadAs(kind)
        rows = [row for row in head_rows(path, kind) if isinstance(row, dict)]
        is_text = any(is_written_as_text(row, self._export) for row in rows)
        return ReadAs(kind, () if is_text else new_paths(rows), by_row=is_text)

    def _look_at_sheet(self, path: Path, kind: FileKind) -> ReadAs:
        layout = file_layout(path, kind, [*self._export, "event_params.key"])
        if not is_flattened(layout.columns):
            raise FileRefused(
                f"is no JSON; it begins with {first_line(path, kind)!r}. GA4 rows are nested and do not fit in CSV: "
                "export them as Parquet or newline-delimited JSON, or describe its columns as another event export "
                "(docs/extending.md, A source)"
            )
        return ReadAs(kind, layout, by_row=True)

    def _look_at_parquet(self, path: Path, kind: FileKind) -> ReadAs:
        shape = parquet_shape(path)
        refuse_without(REQUIRED_FIELDS, shape, "Export the table events_* with all its columns")
        # the engine would read the text 1.61121E+15 as a number
        by_row = holds_texts(shape, self._export) or shape["event_timestamp"] in TEXT_TYPES
        return ReadAs(kind, () if by_row else frozen(shape), by_row=by_row)

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        return ga4_select(*nested_rows(paths, read_as, self._export), self._redaction)

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a file one by one, as Google writes them to JSON."""
        if read_as.kind.format == "csv":
            layout: Layout = read_as.detail
            return mended_rows(folded(csv_rows(path, read_as.kind, layout.columns, layout.delimiter)), self._export)
        return mended_rows(any_rows(path, read_as.kind), self._export)

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten: it has set new fields apart already."""
        return ReadAs(FileKind("ndjson"), (RESCUED_FIELDS,))

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row cannot be loaded, or None."""
        time = row.get("event_timestamp")
        if isinstance(time, str) and re.fullmatch(ROUNDED, time.strip()):
            return f"event_timestamp {time} {WAS_ROUNDED}"
        for name in _REQUIRED_VALUES:
            if row.get(name) in (None, ""):
                return f"{name} is missing"
        return misfit(row, self._export)
