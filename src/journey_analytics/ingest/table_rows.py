"""The rows of Parquet and Avro files one by one, as Python reads them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.ingest.file_kind import FileKind, FileRefused
from journey_analytics.ingest.rows import Row, json_rows

_ROWS_AT_ONCE = 1_000


def any_rows(path: Path, kind: FileKind) -> Iterator[Row]:
    """Return the rows of a JSON, Parquet or Avro file one by one, as JSON would hold them.

    Raises:
        FileRefused: the file breaks off or is damaged.
    """
    if kind.format == "parquet":
        return _numbered(_parquet_values(path))
    return _numbered(_avro_values(path)) if kind.format == "avro" else json_rows(path, kind)


def _numbered(values: Iterator[Any]) -> Iterator[Row]:
    for number, value in enumerate(values, start=1):
        plain = _plain(value)
        yield Row(number, plain, json.dumps(plain, ensure_ascii=False))


def _parquet_values(path: Path) -> Iterator[Any]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise FileRefused(f"cannot be read as Parquet ({error}); download or export it again") from None


def _avro_values(path: Path) -> Iterator[Any]:
    number = 0
    try:
        with path.open("rb") as file:
            for value in fastavro.reader(file):
                number += 1
                yield value
    except OSError:
        raise
    except Exception:  # fastavro lets pass whatever a damaged block raises: EOFError, ValueError, IndexError …
        raise FileRefused(f"is damaged (Avro) at about row {number + 1:,}; download it again") from None


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: times in microseconds, dates as ISO 8601, no number that JSON lacks."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, Decimal | date) else value
