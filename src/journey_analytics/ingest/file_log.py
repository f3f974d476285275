"""The record of what was loaded: `load_files` (one row per file) and `rejected_rows` (one row per refused row)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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
_ROWS_AT_ONCE = 500


def create_tables(warehouse: Warehouse) -> None:
    """Make both tables when they are not there."""
    create_table(warehouse, "load_files", LOAD_FILES)
    create_table(warehouse, "rejected_rows", REJECTED_ROWS)


def create_table(warehouse: Warehouse, name: str, columns: dict[str, str]) -> None:
    """Make a table when it is not there."""
    described = ", ".join(f"{quoted(column)} {type_}" for column, type_ in columns.items())
    warehouse.run(f"create table if not exists {quoted(name)} ({described})")


def insert_values(warehouse: Warehouse, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of Python values, some hundreds per statement."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        places = ", ".join("(" + ", ".join("?" * len(row)) + ")" for row in part)
        warehouse.run(f"insert into {quoted(table)} values {places}", [value for row in part for value in row])


def logged(warehouse: Warehouse, source: str) -> dict[str, list[tuple[FileOutcome, str]]]:
    """Return what the log says of each delivery: its files and how they were read."""
    columns = [name for name in LOAD_FILES if name not in ("run_id", "read_as")]
    rows = warehouse.rows(
        f"select {', '.join(columns)}, read_as from load_files where source = ? order by delivery, file_name", [source]
    )
    log: dict[str, list[tuple[FileOutcome, str]]] = {}
    for row in rows:
        outcome = FileOutcome(**dict(zip(columns, row[:-1], strict=True)))
        log.setdefault(outcome.delivery, []).append((outcome, row[-1]))
    return log


def forget_deliveries(warehouse: Warehouse, tables: Iterable[str], source: str, names: Sequence[str]) -> None:
    """Delete the rows of these deliveries from the log tables given."""
    if names:
        for table in tables:
            warehouse.run(
                f"delete from {quoted(table)} where source = ? and list_contains(?, delivery)", [source, list(names)]
            )


def log_outcomes(warehouse: Warehouse, outcomes: Iterable[FileOutcome], run_id: int, read_as: str) -> None:
    """Write one row per file."""
    columns = [name for name in LOAD_FILES if name not in ("run_id", "read_as")]
    rows = [[*(getattr(outcome, name) for name in columns), run_id, read_as] for outcome in outcomes]
    insert_values(warehouse, "load_files", rows)
