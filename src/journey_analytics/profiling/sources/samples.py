"""The first rows of an export, as Python values, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.ingest.event_header import Layout, file_layout, split_header
from journey_analytics.ingest.event_times import is_time
from journey_analytics.ingest.field_paths import opened
from journey_analytics.ingest.file_kind import FileKind, FileRefused, file_kind
from journey_analytics.ingest.rows import csv_rows, first_text_line, unquoted_rows
from journey_analytics.ingest.table_rows import any_rows

ROWS_PER_FILE = 1000
_FILES = 3

Row = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """Rows of an export; `columns` are those of files without a header."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()


def chosen(files: Sequence[Path]) -> list[Path]:
    """Return the files to look into: the first, the middle and the last.

    >>> [path.name for path in chosen([Path("a"), Path("b"), Path("c"), Path("d"), Path("e")])]
    ['a', 'c', 'e']
    """
    if len(files) <= _FILES:
        return list(files)
    return [files[0], files[len(files) // 2], files[-1]]


def first_rows(path: Path, kind: FileKind, layout: Layout | None) -> list[Row]:
    """Return the first rows of a file that can be read.

    Raises:
        FileRefused: the file breaks off or is damaged.
    """
    if kind.format == "parquet":
        try:
            batch = next(pq.ParquetFile(path).iter_batches(batch_size=ROWS_PER_FILE), None)
        except pa.ArrowException:
            raise FileRefused("is damaged Parquet; download it again") from None
        return [] if batch is None else [{k: _plain(v) for k, v in row.items()} for row in batch.to_pylist()]
    if layout is None:
        read = any_rows(path, kind)
    else:
        rows = csv_rows if layout.is_quoted else unquoted_rows
        read = rows(path, kind, layout.columns, layout.delimiter, has_header=layout.has_header)
    return [row.value for row in islice(read, ROWS_PER_FILE) if isinstance(row.value, dict)]


def sample_of(files: Sequence[Path]) -> Sample:
    """Return rows of an export of which nothing is known; a text file whose first line holds a time has no header.

    Raises:
        FileRefused: a file cannot be read.
    """
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    for path in chosen(files):
        kind = file_kind(path)
        layout = None
        if kind.format == "csv":
            first, delimiter = split_header(first_text_line(path, kind))
            if any(is_time(field) for field in first):
                columns = tuple(f"column_{number}" for number in range(1, len(first) + 1))
                layout = Layout(columns, delimiter, has_header=False)
            else:
                layout = file_layout(path, kind, ())
        rows += first_rows(path, kind, layout)
    return Sample(tuple(rows), columns)


def fields_of(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return path -> its texts: of the columns, and of the fields of those that hold objects.

    >>> fields_of([{"a": 1, "b": '{"c": true, "d": null}'}, {"a": "", "b": [1]}])
    {'a': ['1'], 'b.c': ['true'], 'b': ['[1]']}
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        for name, value in row.items():
            inner = opened(value)
            fields = (
                {f"{name}.{key}": each for key, each in inner.items()} if isinstance(inner, dict) else {name: value}
            )
            for path, each in fields.items():
                if each not in (None, ""):
                    found.setdefault(path, []).append(as_text(each))
    return found


def as_text(value: Any) -> str:
    """Return a value as the loader would see it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value) if isinstance(value, date) else value
