"""The record of a run: files, models, checks. It stands in the working database and in `last_run.json`, not in what is published."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from journey_analytics import __version__
from journey_analytics.checks import CheckResult
from journey_analytics.definitions.project import Project, raw_table
from journey_analytics.estimates import logistic
from journey_analytics.ingest.plan import FileOutcome
from journey_analytics.runner import ModelRun
from journey_analytics.warehouse import Warehouse, literal

_TABLES = {
    "runs": "run_id bigint, started_at timestamp, ended_at timestamp, as_of date, status varchar, message varchar, "
    "data_hash varchar, rule_hash varchar, version varchar, settings_hash varchar, versions varchar",
    "run_files": "run_id bigint, source varchar, file_name varchar, delivery varchar, status varchar, reason varchar, "
    "rows_read bigint, rows_stored bigint, rows_rejected bigint, rows_duplicate bigint, rows_redacted bigint, rows_removed bigint",
    "run_models": "run_id bigint, model varchar, how varchar, rows bigint, seconds double, why varchar, rows_gone bigint, "
    "rows_came bigint",
    "run_checks": "run_id bigint, model varchar, check_name varchar, severity varchar, violations bigint, rows bigint, why varchar, "
    "examples varchar",
}


@dataclass(frozen=True)
class FileRecord:
    """What became of the rows of one file: read = stored + rejected + duplicate + removed."""

    source: str
    file_name: str
    delivery: str
    status: str
    reason: str
    rows_read: int
    rows_stored: int
    rows_rejected: int
    rows_duplicate: int
    rows_redacted: int
    rows_removed: int = 0


@dataclass
class RunRecord:
    """Everything that is known of one run."""

    run_id: int
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended_at: datetime | None = None
    as_of: date | None = None
    status: str = "started"
    message: str = ""
    data_hash: str = ""
    rule_hash: str = ""
    settings_hash: str = ""
    versions: str = field(default_factory=lambda: json.dumps(_versions(), sort_keys=True))
    files: list[FileRecord] = field(default_factory=list)
    models: list[ModelRun] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)


def _versions() -> dict[str, str]:
    """Return with what a run was made: Python, and the libraries that decide numbers."""
    libraries: tuple[str, ...] = ("duckdb", "numpy", "pandas", "pyarrow", "scipy", "sqlglot", "statsmodels")
    if logistic.is_installed():
        libraries = (*libraries, "scikit-learn")
    return {"python": platform.python_version()} | {name: version(name) for name in libraries}


def begin_run(warehouse: Warehouse) -> RunRecord:
    """Return the record of a new run, stored as `started`; its number is one more than the last.

    Runs that are still `started` were killed: whoever calls this is the only one that runs.
    """
    for table, columns in _TABLES.items():
        warehouse.run(f"create table if not exists {table} ({columns})")
        # a database of an earlier version keeps its records, and gets the columns that came since
        for column in columns.split(", "):
            warehouse.run(f"alter table {table} add column if not exists {column}")
    record = RunRecord(run_id=int(warehouse.value("select coalesce(max(run_id), 0) + 1 from runs")))
    with warehouse.transaction():
        warehouse.run(
            "update runs set status = 'killed', message = ? where status = 'started'",
            [f"The process ended without a word; run {record.run_id} found it so."],
        )
        warehouse.run(
            "insert into runs (run_id, started_at, status, version) values (?, ?, ?, ?)",
            [record.run_id, _naive(record.started_at), record.status, __version__],
        )
    return record


def file_records(project: Project, warehouse: Warehouse, outcomes: Iterable[FileOutcome]) -> list[FileRecord]:
    """Return what became of each file's rows; equal events of several files count as duplicates of the later names."""
    repeats = {place: count for place, count in _repeats(project, warehouse) if count}
    records = []
    for o in outcomes:
        duplicate = repeats.get((o.source, o.file_name), 0) if o.status in ("loaded", "unchanged") else 0
        records.append(
            FileRecord(
                o.source, o.file_name, o.delivery, o.status, o.reason, o.rows_read, o.rows_stored - duplicate,
                o.rows_rejected, duplicate, o.rows_redacted, o.rows_removed,
            )
        )  # fmt: skip
    return records


def _repeats(project: Project, warehouse: Warehouse) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield source and name of files with the number of their rows that repeat an event.

    They are counted by event_date and kept, so that a night counts the dates that have changed and not all of them.
    """
    is_new = "file_repeats" not in warehouse.tables()
    with warehouse.transaction():
        warehouse.run(
            "create table if not exists file_repeats (raw_table varchar, event_date date, file_name varchar, repeats bigint)"
        )
        for staging in project.staging.values():
            if not staging.holds_events:
                continue
            table = raw_table(staging)
            changed = f"event_date in (select event_date from pending_changes where raw_table = {literal(table)})"
            changed = "true" if is_new else changed
            warehouse.run(f"delete from file_repeats where raw_table = {literal(table)} and {changed}")
            warehouse.run(
                f"""insert into file_repeats select {literal(table)}, event_date, file_name, count(*) from (
                    select event_date, file_name, row_number() over (
                        partition by event_date, event_key order by delivery, file_name
                    ) as copy_number
                    from {table} where user_pseudo_id is not null and {changed}
                ) where copy_number > 1 group by event_date, file_name"""
            )
    sources = {raw_table(staging): source for source, staging in project.staging.items()}
    for table, name, count in warehouse.rows(
        "select raw_table, file_name, sum(repeats) from file_repeats group by raw_table, file_name"
    ):
        if table in sources:
            yield (sources[table], name), int(count)


def write_record(warehouse: Warehouse, record: RunRecord) -> None:
    """Store the record of a run; a second call replaces the first."""
    # a clock that was set back must not make a run end before it started
    record.ended_at = max(datetime.now(UTC), record.started_at)
    with warehouse.transaction():
        for table in _TABLES:
            warehouse.run(f"delete from {table} where run_id = {record.run_id}")
        warehouse.run(
            "insert into runs (run_id, started_at, ended_at, as_of, status, message, data_hash, rule_hash, version, "
            "settings_hash, versions) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                record.run_id, _naive(record.started_at), _naive(record.ended_at), record.as_of, record.status,
                record.message, record.data_hash, record.rule_hash, __version__, record.settings_hash, record.versions,
            ],
        )  # fmt: skip
        for table, rows in (("run_files", record.files), ("run_models", record.models), ("run_checks", record.checks)):
            if rows:
                frame = pd.DataFrame([{"run_id": record.run_id, **asdict(row)} for row in rows])
                with warehouse.registered("new_rows", frame):
                    warehouse.run(f"insert into {table} by name select * from new_rows")


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def write_last_run(record: RunRecord, out: Path) -> None:
    """Write `last_run.json` beside the published versions, where that folder can be written; the database has it anyway."""
    data: dict[str, Any] = asdict(record)
    text = json.dumps(data, indent=1, default=str, ensure_ascii=False)
    with suppress(OSError):
        out.mkdir(parents=True, exist_ok=True)
        draft = out / ".last_run.json"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(out / "last_run.json")
