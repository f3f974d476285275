"""GA4 exports: which files are one, how each is read, and why a row of one cannot be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.file_kind import FileKind, FileRefused, first_line
from journey_analytics.ingest.ga4_layout import (
    REQUIRED_FIELDS,
    Shape,
    content_columns,
    export_shape,
    is_nested_as,
    shape_type,
)
from journey_analytics.ingest.ga4_sql import BAD_ROW, FREE_TEXTS, ga4_select
from journey_analytics.ingest.misfits import misfit
from journey_analytics.ingest.parquet_shape import parquet_shape
from journey_analytics.ingest.reader import ReadAs, json_relation, parquet_relation, raw_columns
from journey_analytics.ingest.redaction import was_redacted
from journey_analytics.ingest.rows import ROW_NUMBER, Row, json_rows

_REQUIRED_VALUES = ("event_name", "event_timestamp", "event_date")


class Ga4Reader:
    """Reads Parquet, newline-delimited JSON and JSON arrays as BigQuery writes them."""

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
        return was_redacted(FREE_TEXTS, ("other_params", "user_properties"), self._redaction)

    def look(self, path: Path, kind: FileKind) -> ReadAs:
        """Return how to read a file.

        Raises:
            FileRefused: it is no GA4 export.
        """
        if kind.format == "csv":
            raise FileRefused(
                f"is no JSON; it begins with {first_line(path, kind)!r}. GA4 rows are nested and do not fit in CSV: "
                "export them as Parquet or newline-delimited JSON"
            )
        if kind.format != "parquet":
            return ReadAs(kind)
        shape = parquet_shape(path)
        missing = [name for name in REQUIRED_FIELDS if name not in shape]
        if missing:
            raise FileRefused(
                f"lacks {_listed(missing)}; it has {_listed(list(shape)[:12])}. "
                "Export the table events_* with all its columns"
            )
        wanted = {name: inner for name, inner in shape.items() if name in self._export}
        flat = [name for name, inner in wanted.items() if not is_nested_as(inner, self._export[name])]
        if flat:
            raise FileRefused(
                f"holds {_listed(flat)} in another form than the export of GA4 does, such as nested data written as "
                "text; export the table itself as Parquet or newline-delimited JSON"
            )
        return ReadAs(kind, _frozen(wanted))

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        if read_as.kind.format == "parquet":
            shape = _thawed(read_as.detail)
            return ga4_select(parquet_relation(paths), shape, "file_row_number + 1", self._redaction)
        columns = {name: shape_type(shape) for name, shape in self._export.items()}
        relation = json_relation(paths, read_as.kind, columns)
        return ga4_select(relation, self._export, ROW_NUMBER, self._redaction)

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a JSON file one by one."""
        return json_rows(path, read_as.kind)

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten."""
        return ReadAs(FileKind("ndjson"))

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row cannot be loaded, or None."""
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
