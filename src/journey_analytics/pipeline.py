"""One night, from files to published tables. Plain functions: `flows/` and the command line call them, nothing else does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from journey_analytics import expectations, places, restatements, shown
from journey_analytics.audit import definition_faults
from journey_analytics.checks import results_frame, run_checks
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project, raw_table, read_project, settings_hash, source_name
from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.definitions.strict import place_in
from journey_analytics.errors import (
    CheckFailed,
    InputError,
    JourneyError,
    StorageError,
    UsageError,
    did_you_mean,
)
from journey_analytics.estimates import logistic
from journey_analytics.increments import Change
from journey_analytics.ingest.load import load_source, prepare_raw
from journey_analytics.ingest.outcomes import oddities
from journey_analytics.ingest.plan import FileOutcome, SourcePlan
from journey_analytics.ingest.removal import Removal
from journey_analytics.key_faults import refuse_wrong_keys
from journey_analytics.lock import run_lock
from journey_analytics.night_build import NightBuild, read_before
from journey_analytics.night_files import file_warnings, source_plans
from journey_analytics.privacy import is_unfinished, read_privacy, rewrite
from journey_analytics.publish import CURRENT, is_current, keep_only_current, publish
from journey_analytics.record import RunRecord, begin_run, file_records, write_last_run, write_record
from journey_analytics.runner import build
from journey_analytics.salt import person_salt
from journey_analytics.scratch import forget_scratch
from journey_analytics.warehouse import Warehouse, literal, quoted
from journey_analytics.window import set_run_window

CONTRACT_VERSION = "1.3.0"
REWRITTEN_EVERY = 30
FREE_SHARE = 0.2
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Night:
    """What a run works on.

    Attributes:
        patterns: source -> glob of its files.
        as_of: lowers the last complete date, or None.
        is_shown: its tables are to be published; a replay's are not.
        warnings: what is said before anything is looked at, such as what is asked for and cannot be done here.
    """

    project: Project
    database: Path
    out: Path
    patterns: Mapping[str, str]
    as_of: date | None = None
    is_shown: bool = True
    warnings: tuple[str, ...] = ()


class Run:
    """A run in progress: the night, the open database, the record so far; afterwards what it did."""

    def __init__(self, night: Night, warehouse: Warehouse, record: RunRecord) -> None:
        self.night = night
        self.warehouse = warehouse
        self.record = record
        self.warnings: list[str] = [*night.warnings]
        self.earlier: list[RunRecord] = []  # the nights that were replayed before this one, in the same call
        self.changed: Mapping[str, Change] = {}
        self.published: Path | None = None
        self.must_rewrite = False
        self.ends_as = "ok"  # what the record says when nothing went wrong


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
        settings: `journey.yml`; without it the sample webshop's, or neutral ones when there are patterns.
        patterns: source -> glob; any glob replaces all sources of the settings.

    Raises:
        DefinitionError: settings or definitions that cannot be meant.
        UsageError: a glob for a source that no staging model reads.
    """
    path, asked = _settings(settings, patterns or {})
    read, warnings = _with_what_is_installed(asked, path)
    project = read_project(places.sql_folder(), read, path)
    refuse_wrong_keys(project)
    chosen = dict(patterns) if patterns else {name: str(path.parent / glob) for name, glob in read.sources.items()}
    for source in chosen:
        if source not in project.staging:
            raise UsageError(
                f"{place_in(path, ('sources', source))}: no staging model reads source {source!r}. "
                f"Known sources: {', '.join(sorted(project.staging))}."
                f"{did_you_mean(source, project.staging)}"
            )
    return Night(
        project=project,
        database=database or Path("var") / f"{read.property}.duckdb",
        out=out or Path("out") / read.property,
        patterns=chosen,
        as_of=as_of,
        warnings=warnings,
    )


def _settings(path: Path | None, patterns: Mapping[str, str]) -> tuple[Path, Settings]:
    """Return the settings asked for: without a file the sample webshop's, or neutral ones for files of one's own.

    Own files never take the sample's settings: they would land in its database, under its public salt.
    """
    if path is None and patterns:
        return Path("journey.yml"), Settings(
            property="own_export", title="Own export", time_zone="UTC", sources=dict(patterns), page_groups=()
        )
    path = path or places.sample_settings()
    return path, read_settings(path)


def _with_what_is_installed(settings: Settings, path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings without what needs an extra that is not here, and a sentence for it: all else goes on."""
    if settings.predict is None or logistic.is_installed():
        return settings, ()
    told = (
        f"{place_in(path, ('predict',))}: nothing is predicted, for scikit-learn is not installed; it is the optional extra "
        f"`{logistic.EXTRA}`. Install it: pip install 'journey-analytics[{logistic.EXTRA}]', in a checkout: "
        f"pip install -e '.[{logistic.EXTRA}]'."
    )
    return settings.model_copy(update={"predict": None}), (told,)


@contextmanager
def opened(night: Night, first: Callable[[Warehouse], None] | None = None) -> Iterator[Run]:
    """Hold the database for one run; whatever happens inside, the run's record is written.

    Args:
        first: done before there is a record; where it raises, there is none.

    Raises:
        Busy: another run holds the database.
        StorageError: database or output cannot be written.
    """
    with run_lock(night.database):
        with Warehouse.open(night.database, memory_limit=night.project.settings.memory_limit) as warehouse:
            forget_scratch(night.database)
            if first is not None:
                first(warehouse)
            run = Run(night, warehouse, begin_run(warehouse))
            run.record.settings_hash = settings_hash(night.project.settings)
            with _on_record(run):
                yield run
            is_loose = bool(run.changed) and _is_loose(run)
        if run.must_rewrite:
            rewrite(night.database)
        elif is_loose:
            # it only saves room: where there is none for the second file, the first one does as well
            with suppress(StorageError):
                rewrite(night.database)


def _is_loose(run: Run) -> bool:
    """Whether the file has grown beyond what is in it: by free blocks, and in a month by blocks that are half full."""
    return run.record.run_id % REWRITTEN_EVERY == 0 or run.warehouse.free_share() > FREE_SHARE


@contextmanager
def _on_record(run: Run) -> Iterator[None]:
    """Write down how the block ends."""
    record = run.record
    try:
        yield
    except BaseException as error:
        is_told = isinstance(error, JourneyError)
        record.status = "failed" if is_told else "crashed"
        record.message = str(error) if is_told else f"{type(error).__name__}: {error}"
        # a disk that is full refuses the record too; the first error is the one to show
        with suppress(JourneyError):
            write_record(run.warehouse, record)
        write_last_run(record, run.night.out)
        raise
    record.status = run.ends_as
    write_record(run.warehouse, record)
    write_last_run(record, run.night.out)


def ingest(run: Run, on_progress: Progress | None = None) -> None:
    """Load new and changed files.

    Raises:
        InputError: of a source no file could be read, or too many rows were refused; it names each such source. What was
            stored stays, that of the other sources too.
    """
    expectations.preload()
    outcomes: list[FileOutcome] = []
    refusals: list[InputError] = []
    plans = source_plans(run.night.project)
    for plan in plans.values():
        prepare_raw(run.warehouse, plan)
    privacy = read_privacy(run.night.project, run.night.database, run.warehouse, plans)
    privacy.remove_forgotten()
    removal = privacy.removal()
    for plan in plans.values():
        try:
            outcomes += _load(run, plan, removal, on_progress)
        except InputError as error:
            refusals.append(error)
    outcomes = privacy.expire(outcomes)
    run.record.files = file_records(run.night.project, run.warehouse, outcomes)
    run.warnings += file_warnings(run.record) + oddities(outcomes)
    if refusals:
        raise InputError("\n".join(str(error) for error in refusals))


def _load(run: Run, plan: SourcePlan, removal: Removal, on_progress: Progress | None) -> list[FileOutcome]:
    """Load the files of a source; return nothing where neither it nor the source that it lies beside has a pattern.

    Raises:
        InputError: no file could be read, or too many rows were refused. Of a source that nobody named it is a warning.
    """
    patterns, settings = run.night.patterns, run.night.project.settings
    is_beside = plan.name not in patterns and plan.beside in patterns
    pattern = patterns.get(plan.beside if is_beside and plan.beside else plan.name)
    if pattern is None:
        return []

    def loaded(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(f"loading {plan.name}", done, total)

    try:
        return load_source(
            run.warehouse, plan, pattern, settings, run.record.run_id, loaded, removal, is_beside=is_beside
        )
    except InputError as error:
        if not is_beside:
            raise
        run.warnings.append(str(error))
        return []


def build_night(run: Run, on_progress: Progress | None = None) -> None:
    """Build and check every table in one transaction.

    Raises:
        CheckFailed: a check with severity fail found rows; the tables stay as they were.
    """
    night, warehouse, record = run.night, run.warehouse, run.record
    with warehouse.transaction():
        before = read_before(warehouse)
        record.as_of = set_run_window(night.project, warehouse, night.as_of)
        record.rule_hash = night.project.rule_hash
        record.data_hash = _write_identity(night, warehouse, record.as_of)
        built = NightBuild(night.project, warehouse, before, is_shown=night.is_shown)
        record.models = built.build(on_progress)
        run.changed = built.changes
        if run.changed:
            shown.mark_stale(warehouse)
        # no model's time: without a name of its own it would look like that of the last model
        _tell(run, on_progress, "checks")
        results = run_checks(night.project, warehouse, built.changes)
        if looked_at := _published(night, warehouse, built.changes):
            results += expectations.validate(results_frame(results), looked_at, _enums(warehouse))
        record.checks = results
        broken = [result for result in results if result.is_broken]
        failed = [result.sentence() for result in broken if result.severity == "fail"]
        if failed:
            raise CheckFailed("Nothing was published, and the tables stay as they were.\n" + "\n".join(failed))
        _tell(run, on_progress, "commit")
    run.warnings += [result.sentence() for result in broken]


def _tell(run: Run, on_progress: Progress | None, step: str) -> None:
    """Name what comes behind the models, which are all done."""
    if on_progress is not None:
        models = len(run.night.project.order)
        on_progress(step, models, models)


def data_digest(project: Project, warehouse: Warehouse, as_of: date | None) -> str:
    """Return a digest of all that a night with this as_of rests on: its definitions, and the deliveries up to that date."""
    until = "true" if as_of is None else f"event_date <= cast({literal(as_of.isoformat())} as date)"
    seen = " union ".join(
        f"select {literal(source_name(staging))} as source, delivery from {raw_table(staging)} where {until}"
        for staging in project.staging.values()
        if raw_table(staging) in project.feeding_tables
    )
    contents = warehouse.rows(
        "select source, delivery, content_hash, read_as, rows_removed from load_files "
        f"semi join ({seen}) using (source, delivery) where status = 'loaded' order by all"
    )
    told = repr((contents, project.rule_hash, as_of))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _write_identity(night: Night, warehouse: Warehouse, as_of: date | None) -> str:
    data_hash = data_digest(night.project, warehouse, as_of)
    warehouse.run(
        "create or replace table run_identity (data_hash varchar, rule_hash varchar, contract_version varchar)"
    )
    warehouse.run("insert into run_identity values (?, ?, ?)", [data_hash, night.project.rule_hash, CONTRACT_VERSION])
    salt = person_salt(night.project.settings, night.project.settings_path)
    warehouse.run("create or replace table run_secret (person_salt varchar)")
    warehouse.run("insert into run_secret values (?)", [salt])
    return data_hash


def _published(
    night: Night, warehouse: Warehouse, changes: Mapping[str, Change]
) -> dict[str, tuple[Model, pd.DataFrame]]:
    """Return the rows that came to each published table; all where nobody can say which, of a ledger the newest night's."""
    frames = {}
    # other labels are held against every row, also of tables that stand as they stood
    all_rows = "dim_labels" in changes
    for model in night.project.published:
        if all_rows or model.name in changes:
            relations = () if all_rows else changes[model.name].relations
            rows = relations[-1] if relations else quoted(model.name)
            newest = " where as_of in (select as_of from run_window)" if model.front.published == "ledger" else ""
            frames[model.name] = (model, warehouse.frame(f"select * from {rows}{newest}"))
    return frames


def _enums(warehouse: Warehouse) -> dict[str, set[str]]:
    enums: dict[str, set[str]] = {}
    for enum, value in warehouse.rows("select enum, enum_value from dim_labels"):
        enums.setdefault(enum, set()).add(value)
    return enums


def publish_night(run: Run) -> None:
    """Publish the tables that people read; what stands there already is left as it is.

    Raises:
        StorageError: the folder cannot be written; readers keep the tables that they have.
    """
    night = run.night
    run.must_rewrite = is_unfinished(run.warehouse)
    if not run.changed and not run.must_rewrite and is_current(night.project, run.warehouse, night.out):
        run.published = night.out / CURRENT
    else:
        run.published = publish(night.project, run.warehouse, night.out)
    shown.mark_shown(run.warehouse, restatements.last_night(run.warehouse), run.published)
    if run.must_rewrite:
        keep_only_current(night.out)


def run_night(night: Night, on_progress: Progress | None = None) -> Run:
    """Ingest, build, check and publish. Safe to repeat.

    Raises:
        JourneyError: something that a person can fix; nothing half done is left behind.
    """
    with opened(night) as run:
        ingest(run, on_progress)
        build_night(run, on_progress)
        publish_night(run)
    return run


def whole_project(project: Project) -> Project:
    """Return a project with the models that its settings leave out, too.

    Raises:
        DefinitionError: one of those cannot be meant.
    """
    if not project.left_out:
        return project
    whole = read_project(project.sql_folder, project.settings.with_all_models(), project.settings_path)
    refuse_wrong_keys(whole)
    return whole


def check_definitions(night: Night, on_progress: Progress | None = None) -> list[str]:
    """Return the faults of the definitions, found by building every model on no data at all, also those that are off."""
    night = replace(night, project=whole_project(night.project))
    with Warehouse.open() as warehouse:
        for plan in source_plans(night.project).values():
            prepare_raw(warehouse, plan)
        set_run_window(night.project, warehouse, None)
        _write_identity(night, warehouse, None)
        restatements.prepare(warehouse)
        build(night.project, warehouse, on_progress)
        return definition_faults(night.project, warehouse)
