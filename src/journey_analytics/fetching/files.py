"""Fetched tables as Parquet files. Each says in its own metadata which table it is and as of when: there is no second record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.disk import make_durable
from journey_analytics.errors import StorageError
from journey_analytics.fetching.tables import export_table
from journey_analytics.ingest.deliveries import delivery_name

_TABLE, _MODIFIED = b"journey_fetched_from", b"journey_table_modified"
_DRAFT = ".parquet.draft"
# rows are kept in memory until there are so many bytes of them; together they become a row group
_GROUP_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Origin:
    """Which table a file holds, by its full name, and when that table had last been written."""

    table: str
    modified: datetime


@dataclass(frozen=True)
class Folder:
    """What a folder holds of an export: table -> origin of its file, and table -> file that came by other means."""

    fetched: Mapping[str, Origin]
    delivered: Mapping[str, str]


def read_folder(folder: Path) -> Folder:
    """Return what a folder holds; nothing when it is not there."""
    fetched, delivered = {}, {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = delivery_name(path.name)
        if path.name.startswith(".") or export_table(name) is None:
            continue
        origin = _origin(path) if path.name == file_name(name) else None
        if origin is None:
            delivered[name] = path.name
        else:
            fetched[name] = origin
    return Folder(fetched, delivered)


def file_name(table: str) -> str:
    """Return what the file of a table is called."""
    return f"{table}.parquet"


def _origin(path: Path) -> Origin | None:
    """Return what a file says of itself; None when it was not fetched."""
    try:
        said = pq.read_metadata(path).metadata or {}
        return Origin(said[_TABLE].decode(), datetime.fromisoformat(said[_MODIFIED].decode()))
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None


def forget_drafts(folder: Path) -> None:
    """Remove what a process that was killed has left; the caller is the only one who fetches into the folder."""
    for path in folder.glob(f".*{_DRAFT}"):
        with suppress(OSError):
            path.unlink()


def write_table(
    folder: Path,
    table: str,
    batches: Iterable[pa.RecordBatch],
    origin: Origin,
    accept: Callable[[int], bool],
    on_rows: Callable[[int], None],
) -> int:
    """Write a table's rows to its file, whole or not at all; return how many came.

    Args:
        accept: whether so many rows are the whole table. If not, or if there are none, a file that is there stays as it is.
        on_rows: told how many rows there are so far.

    Raises:
        StorageError: the folder cannot be written.
    """
    draft = folder / f".{table}{_DRAFT}"
    try:
        rows = _write(draft, batches, origin, on_rows)
        if rows and accept(rows):
            make_durable(draft)
            draft.replace(folder / file_name(table))
            make_durable(folder)
    except OSError as error:
        raise StorageError(
            f"{folder / file_name(table)}: cannot be written ({error.strerror or error}). Make room, or choose another "
            "folder with --to."
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _write(draft: Path, batches: Iterable[pa.RecordBatch], origin: Origin, on_rows: Callable[[int], None]) -> int:
    said = {_TABLE: origin.table.encode(), _MODIFIED: origin.modified.isoformat().encode()}
    rows, writer = 0, None
    try:
        for group in _row_groups(batches):
            writer = writer or pq.ParquetWriter(draft, group.schema.with_metadata(said), compression="zstd")
            writer.write_table(group, row_group_size=len(group))
            rows += len(group)
            on_rows(rows)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held += [batch] if len(batch) else []
        if sum(batch.nbytes for batch in held) >= _GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)
