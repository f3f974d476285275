"""One night, from files to published tables. Plain functions: `flows/` and the command line call them, nothing else does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from journey_analytics import expectations, places
from journey_analytics.checks import CheckResult, results_frame, run_checks
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project, raw_table, read_project
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import CheckFailed, JourneyError, UsageError, did_you_mean
from journey_analytics.ingest.load import FileOutcome, load_source, prepare_raw
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.lock import run_lock
from journey_analytics.publish import publish
from journey_analytics.record import RunRecord, begin_run, file_records, write_last_run, write_record
from journey_analytics.runner import build
from journey_analytics.salt import person_salt
from journey_analytics.warehouse import Warehouse, quoted
from journey_analytics.window import set_run_window

CONTRACT_VERSION = "1.0.0"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Night:
    """What a run works on.

    Attributes:
        patterns: source -> glob of its files.
        as_of: lowers the last complete date, or None.
    """

    project: Project
    database: Path
    out: Path
    patterns: Mapping[str, str]
    as_of: date | None = None


@dataclass
class RunReport:
    """What a run did, for people and for flows."""

    night: Night
    record: RunRecord
    published: Path | None = None
    warnings: list[str] = field(default_factory=list)


def plan_night(
    settings: Path | None = None,
    *,
    database: Path | None = None,
    out: Path | None = None,
    patterns: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> Night:
    """Return the night that the arguments ask for.

    Args:
        settings: `journey.yml`; the sample webshop's without it.
        patterns: source -> glob; any glob replaces all sources of the settings.

    Raises:
        DefinitionError: settings or definitions that cannot be meant.
        UsageError: a glob for a source that no staging model reads.
    """
    path = settings or places.sample_settings()
    read = read_settings(path)
    project = read_project(places.sql_folder(), read, path)
    chosen = dict(patterns) if patterns else {name: str(path.parent / glob) for name, glob in read.sources.items()}
    for source in chosen:
        if source not in project.staging:
            raise UsageError(
                f"{path}: no staging model reads source {source!r}. Known sources: {', '.join(sorted(project.staging))}."
                f"{did_you_mean(source, project.staging)}"
            )
    return Night(
        project=project,
        database=database or Path("var") / f"{read.property}.duckdb",
        out=out or Path("out") / read.property,
        patterns=chosen,
        as_of=as_of,
    )


@contextmanager
def opened(night: Night) -> Iterator[tuple[Warehouse, RunRecord]]:
    """Hold the database for one run; whatever happens inside, the run's record is written."""
    with run_lock(night.database), Warehouse.open(night.database) as warehouse:
        record = begin_run(warehouse)
        try:
            yield warehouse, record
            record.status = "ok"
        except JourneyError as error:
            record.status, record.message = "failed", str(error)
            raise
        except BaseException as error:
            record.status, record.message = "crashed", f"{type(error).__name__}: {error}"
            raise
        finally:
            write_record(warehouse, record)
            write_last_run(record, night.out)


def ingest(night: Night, warehouse: Warehouse, record: RunRecord, on_progress: Progress | None = None) -> list[str]:
    """Load new and changed files and return the warnings in words.

    Raises:
        InputError: no file could be read, or too many rows were refused; what was stored stays.
    """
    expectations.preload()
    outcomes: list[FileOutcome] = []
    for source, staging in sorted(night.project.staging.items()):
        front = staging.front.source
        assert front is not None
        plan = SourcePlan(source, raw_table(staging), front.reader, front.mapping, front.identity)
        prepare_raw(warehouse, plan)
        if source in night.patterns:

            def loaded(done: int, total: int, source: str = source) -> None:
                if on_progress is not None:
                    on_progress(f"loading {source}", done, total)

            outcomes += load_source(
                warehouse, plan, night.patterns[source], night.project.settings, record.run_id, loaded
            )
    record.files = file_records(night.project, warehouse, outcomes)
    return _file_warnings(record)


def _file_warnings(record: RunRecord) -> list[str]:
    told = [f"{f.source}: {f.file_name}: {f.reason}" for f in record.files if f.status in ("quarantined", "gone")]
    rejected = sum(f.rows_rejected for f in record.files)
    duplicates = sum(f.rows_duplicate for f in record.files)
    rows = sum(f.rows_read for f in record.files)
    if rejected:
        told.append(f"{rejected:,} of {rows:,} rows were refused; table rejected_rows says which and why.")
    if duplicates:
        told.append(f"{duplicates:,} of {rows:,} rows repeat an event that was delivered before; each event counts once.")
    return told


def build_night(night: Night, warehouse: Warehouse, record: RunRecord, on_progress: Progress | None = None) -> list[str]:
    """Build and check every table in one transaction; return the warnings in words.

    Raises:
        CheckFailed: a check with severity fail found rows; the tables stay as they were.
    """
    with warehouse.transaction():
        record.as_of = set_run_window(night.project, warehouse, night.as_of)
        record.rule_hash = night.project.rule_hash
        record.data_hash = _write_identity(night, warehouse, record.as_of)
        record.models = build(night.project, warehouse, on_progress)
        results = run_checks(night.project, warehouse)
        results += expectations.validate(results_frame(results), _published(night, warehouse), _enums(warehouse))
        record.checks = results
        broken = [result for result in results if result.is_broken]
        failed = [result.sentence() for result in broken if result.severity == "fail"]
        if failed:
            raise CheckFailed("Nothing was stored or published.\n" + "\n".join(failed))
    return [result.sentence() for result in broken]


def _write_identity(night: Night, warehouse: Warehouse, as_of: date | None) -> str:
    contents = warehouse.rows("select source, delivery, content_hash from load_files where status = 'loaded' order by all")
    told = repr((contents, night.project.rule_hash, as_of))
    data_hash = hashlib.sha256(told.encode()).hexdigest()[:16]
    warehouse.run("create or replace table run_identity (data_hash varchar, rule_hash varchar, contract_version varchar)")
    warehouse.run("insert into run_identity values (?, ?, ?)", [data_hash, night.project.rule_hash, CONTRACT_VERSION])
    salt = person_salt(night.project.settings, night.project.settings_path)
    warehouse.run("create or replace table run_secret (person_salt varchar)")
    warehouse.run("insert into run_secret values (?)", [salt])
    return data_hash


def _published(night: Night, warehouse: Warehouse) -> dict[str, tuple[Model, pd.DataFrame]]:
    return {m.name: (m, warehouse.frame(f"select * from {quoted(m.name)}")) for m in night.project.published}


def _enums(warehouse: Warehouse) -> dict[str, set[str]]:
    enums: dict[str, set[str]] = {}
    for enum, value in warehouse.rows("select enum, enum_value from dim_labels"):
        enums.setdefault(enum, set()).add(value)
    return enums


def publish_night(night: Night, warehouse: Warehouse) -> Path:
    """Publish the tables that people read; return their folder."""
    return publish(night.project, warehouse, night.out)


def run_night(night: Night, on_progress: Progress | None = None) -> RunReport:
    """Ingest, build, check and publish. Safe to repeat.

    Raises:
        JourneyError: something that a person can fix; nothing half done is left behind.
    """
    with opened(night) as (warehouse, record):
        report = RunReport(night, record)
        report.warnings += ingest(night, warehouse, record, on_progress)
        report.warnings += build_night(night, warehouse, record, on_progress)
        report.published = publish_night(night, warehouse)
    return report


def check_definitions(night: Night) -> list[str]:
    """Return the faults of the definitions, found by building every model on no data at all."""
    from journey_analytics.runner import documented_faults

    with Warehouse.open() as warehouse:
        for source, staging in night.project.staging.items():
            front = staging.front.source
            assert front is not None
            prepare_raw(warehouse, SourcePlan(source, raw_table(staging), front.reader, front.mapping, front.identity))
        set_run_window(night.project, warehouse, None)
        _write_identity(night, warehouse, None)
        build(night.project, warehouse)
        return documented_faults(night.project, warehouse)


__all__ = [
    "CheckResult", "Night", "RunReport", "build_night", "check_definitions", "ingest", "opened", "plan_night",
    "publish_night", "run_night",
]  # fmt: skip
