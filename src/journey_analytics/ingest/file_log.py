"""The record of what was loaded: `load_files` (one row per file) and `rejected_rows` (one row per refused row)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from journey_analytics.ingest.deliveries import Delivery
from journey_analytics.ingest.plan import FileOutcome
from journey_analytics.warehouse import Warehouse, quoted

LOAD_FILES = {
    "source": "varchar",
    "delivery": "varchar",
    "delivery_kind": "varchar",
    "file_name": "varchar",
    "content_hash": "varchar",
    "bytes": "bigint",
    "rows_read": "bigint",
    "rows_stored": "bigint",
    "rows_rejected": "bigint",
    "rows_redacted": "bigint",
    "status": "varchar",
    "reason": "varchar",
    "run_id": "bigint",
    "read_as": "varchar",  # fingerprint of reader, mapping and redaction: when it changes, files are read again
    "rows_removed": "bigint default 0",
    "parameters_repeated": "bigint default 0",
}
REJECTED_ROWS = {
    "source": "varchar",
    "delivery": "varchar",
    "file_name": "varchar",
    "row_number": "bigint",
    "reason": "varchar",
    "content": "varchar",
    "run_id": "bigint",
}
_OUTCOME = [name for name in LOAD_FILES if name not in ("run_id", "read_as")]
# fields of exports that nobody has described, and where each was first seen
SEEN_FIELDS = {"source": "varchar", "field": "varchar", "file_name": "varchar", "run_id": "bigint"}
PENDING = "pending_changes"
# is_again: rows of this date were loaded before and are replaced or withdrawn; null: they were of forgotten people
PENDING_CHANGES = {"raw_table": "varchar", "event_date": "date", "is_again": "boolean"}
_ROWS_AT_ONCE = 500

# delivery -> its files, each with the fingerprint of how it was read
Log: TypeAlias = dict[str, list[tuple[FileOutcome, str]]]


def create_tables(warehouse: Warehouse) -> None:
    """Make these tables when they are not there."""
    create_table(warehouse, "load_files", LOAD_FILES)
    create_table(warehouse, "rejected_rows", REJECTED_ROWS)
    create_table(warehouse, PENDING, PENDING_CHANGES)
    create_table(warehouse, "seen_fields", SEEN_FIELDS)


def create_table(warehouse: Warehouse, name: str, columns: Mapping[str, str]) -> None:
    """Make a table when it is not there; one of an earlier version gets the columns that came since."""
    described = ", ".join(f"{quoted(column)} {type_}" for column, type_ in columns.items())
    warehouse.run(f"create table if not exists {quoted(name)} ({described})")
    stored = warehouse.columns(name)
    for column in (column for column in columns if column not in stored):
        warehouse.run(f"alter table {quoted(name)} add column {quoted(column)} {columns[column]}")


def insert_values(warehouse: Warehouse, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of Python values, some hundreds per statement."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        places = ", ".join("(" + ", ".join("?" * len(row)) + ")" for row in part)
        warehouse.run(f"insert into {quoted(table)} values {places}", [value for row in part for value in row])


def read_log(warehouse: Warehouse, source: str) -> Log:
    """Return what the log says of each delivery: its files and how they were read."""
    rows = warehouse.rows(
        f"select {', '.join(_OUTCOME)}, read_as from load_files where source = ? order by delivery, file_name", [source]
    )
    log: Log = {}
    for row in rows:
        outcome = FileOutcome(**dict(zip(_OUTCOME, row[:-1], strict=True)))
        log.setdefault(outcome.delivery, []).append((outcome, row[-1]))
    return log


def stored_contents(log: Log, present: Container[str], read_as: str) -> dict[str, tuple[str, ...]]:
    """Return delivery -> its content as stored. What is present and would now be read otherwise counts as changed."""
    contents = {}
    for name, files in log.items():
        stored = [(outcome.content_hash, how) for outcome, how in files if outcome.status != "same_content"]
        is_stale = name in present and any(how != read_as for _, how in stored)
        if stored:
            contents[name] = () if is_stale else tuple(sorted({content for content, _ in stored}))
    return contents


def is_news(copy: Delivery, log: Log) -> bool:
    """Return whether the log does not yet say that this delivery is a copy of another."""
    before = {(outcome.file_name, outcome.content_hash, outcome.status) for outcome, _ in log.get(copy.name, [])}
    return before != {(file.name, file.content_hash, "same_content") for file in copy.files}


def forget_deliveries(warehouse: Warehouse, source: str, names: Sequence[str]) -> None:
    """Delete what is recorded of these deliveries."""
    for table in ("load_files", "rejected_rows"):
        warehouse.run(f"delete from {table} where source = ? and list_contains(?, delivery)", [source, list(names)])


def note_fields(
    warehouse: Warehouse, source: str, found: Sequence[tuple[str, str]], run_id: int
) -> dict[str, list[str]]:
    """Write down the fields that were not seen before; return them by the name of the file that brought them."""
    seen = {field for (field,) in warehouse.rows("select field from seen_fields where source = ?", [source])}
    news = sorted((name, field) for name, field in found if field not in seen)
    insert_values(warehouse, "seen_fields", [(source, field, name, run_id) for name, field in news])
    by_file: dict[str, list[str]] = {}
    for name, field in news:
        by_file.setdefault(name, []).append(field)
    return by_file


def write_log(warehouse: Warehouse, outcomes: Iterable[FileOutcome], run_id: int, read_as: str) -> None:
    """Write one row per file."""
    ours = {"run_id": run_id, "read_as": read_as}
    rows = [[ours[name] if name in ours else getattr(outcome, name) for name in LOAD_FILES] for outcome in outcomes]
    insert_values(warehouse, "load_files", rows)
