"""GA4 exports: which files are one, how each is read, and why a row of one cannot be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.drift import OTHER_FIELDS, RESCUED_FIELDS, new_paths, with_fields
from journey_analytics.ingest.event_header import Layout, file_layout
from journey_analytics.ingest.file_kind import FileKind, FileRefused, first_line
from journey_analytics.ingest.ga4_layout import (
    FIELD_FIELDS,
    REPEATED_PARAMETERS,
    REQUIRED_FIELDS,
    Shape,
    content_columns,
    export_shape,
    is_nested_as,
    shape_type,
)
from journey_analytics.ingest.ga4_sql import BAD_ROW, FREE_TEXTS, ga4_select
from journey_analytics.ingest.mending import is_written_as_text, mended_rows
from journey_analytics.ingest.misfits import misfit
from journey_analytics.ingest.parquet_shape import parquet_shape
from journey_analytics.ingest.reader import (
    ROUNDED,
    WAS_ROUNDED,
    ReadAs,
    json_relation,
    parquet_relation,
    raw_columns,
)
from journey_analytics.ingest.redaction import was_redacted
from journey_analytics.ingest.rows import ROW_NUMBER, Row, csv_rows, head_rows
from journey_analytics.ingest.sheet_rows import folded, is_flattened
from journey_analytics.ingest.table_rows import any_rows

_TEXT_TYPES = ("string", "large_string")
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
        return was_redacted(FREE_TEXTS, ("other_params", "user_properties", OTHER_FIELDS), self._redaction)

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
        missing = [name for name in REQUIRED_FIELDS if name not in shape]
        if missing:
            raise FileRefused(
                f"lacks {_listed(missing)}; it has {_listed(list(shape)[:12])}. "
                "Export the table events_* with all its columns"
            )
        other = [name for name, inner in shape.items() if name in self._export and self._is_other_form(name, inner)]
        wrong = [name for name in other if shape[name] not in _TEXT_TYPES]
        if wrong:
            raise FileRefused(
                f"holds {_listed(wrong)} in another form than the export of GA4 does; "
                "export the table itself as Parquet or newline-delimited JSON"
            )
        # the engine would read the text 1.61121E+15 as a number
        by_row = bool(other) or shape["event_timestamp"] in _TEXT_TYPES
        return ReadAs(kind, () if by_row else _frozen(shape), by_row=by_row)

    def _is_other_form(self, name: str, found: Shape) -> bool:
        return not is_nested_as(found, self._export[name])

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        if read_as.kind.format == "parquet":
            shape = _thawed(read_as.detail)
            assert isinstance(shape, dict), "a file's columns are a mapping"
            return ga4_select(parquet_relation(paths), shape, "file_row_number + 1", self._redaction)
        if read_as.detail == (RESCUED_FIELDS,):
            shape = {**self._export, RESCUED_FIELDS: [dict(FIELD_FIELDS)]}
        else:
            shape = with_fields(self._export, read_as.detail)
        columns = {name: shape_type(inner) for name, inner in shape.items()}
        return ga4_select(json_relation(paths, read_as.kind, columns), shape, ROW_NUMBER, self._redaction)

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


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _frozen(shape: Shape) -> Any:
    """Return a shape as a value that can be a key."""
    if isinstance(shape, dict):
        return ("struct", tuple((name, _frozen(inner)) for name, inner in shape.items()))
    return ("list", _frozen(shape[0])) if isinstance(shape, list) else shape


def _thawed(frozen: Any) -> Shape:
    if isinstance(frozen, str):
        return frozen
    kind, inner = frozen
    return [_thawed(inner)] if kind == "list" else {name: _thawed(value) for name, value in inner}
