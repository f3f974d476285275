"""From files to a profile: load them as a run would, look at them as a run would, and count."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from glob import glob
from pathlib import Path

from journey_analytics import places
from journey_analytics.definitions.model import Model, read_model
from journey_analytics.definitions.project import raw_table, source_name
from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import InputError
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source
from journey_analytics.profiling import measures
from journey_analytics.profiling.files import exact_globs
from journey_analytics.profiling.profile import ExportProfile
from journey_analytics.profiling.time_zones import guessed_time_zone
from journey_analytics.warehouse import Warehouse, literal, quoted

# above this the rows go to disk
_BYTES_IN_MEMORY = 1_000_000_000


def profile_export(
    files: Sequence[Path],
    work: Warehouse | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    staging: Path | None = None,
) -> ExportProfile:
    """Return what the files of an export hold.

    Args:
        files: the export's files.
        work: an empty database to load into; by default one in memory, or a temporary one when the files are big.
        on_progress: is told how many files of how many were read.
        staging: the staging model of the source whose files they are; GA4's by default.

    Raises:
        InputError: no file could be read, too many rows were refused, or there is no event in them.
    """
    model = read_model(staging or places.sql_folder() / "staging" / "stg_ga4__events.sql", "staging")
    if work is not None:
        return _profile(files, work, on_progress, model)
    with tempfile.TemporaryDirectory(prefix="journey_init_") as folder:
        size = sum(file.stat().st_size for file in files if file.is_file())
        path = Path(folder) / "profile.duckdb" if size > _BYTES_IN_MEMORY else None
        with Warehouse.open(path) as warehouse:
            return _profile(files, warehouse, on_progress, model)


def _profile(
    files: Sequence[Path], work: Warehouse, on_progress: Callable[[int, int], None] | None, staging: Model
) -> ExportProfile:
    assert staging.front.source is not None, f"{staging.path} names no source"
    plan = SourcePlan.of(source_name(staging), raw_table(staging), staging.front.source)
    outcomes = _load(files, plan, work, on_progress)
    with _located(work, staging, plan.reader):
        return _measured(work, plan, outcomes)


def _load(
    files: Sequence[Path], plan: SourcePlan, work: Warehouse, on_progress: Callable[[int, int], None] | None
) -> list[FileOutcome]:
    """Load the files; what cannot be read is an error only when nothing can."""
    if not files:
        raise InputError("No file was named. Name at least one file of the export.")
    settings = Settings(property="unknown", title="unknown", time_zone="UTC", sources={})
    outcomes: list[FileOutcome] = []
    refusals: list[InputError] = []
    patterns = exact_globs(files)
    for number, pattern in enumerate(patterns, start=1):
        # a source of its own: files of one name in two folders do not replace each other
        part = replace(plan, name=plan.name if number == 1 else f"{plan.name} {number}")
        try:
            outcomes += load_source(work, part, pattern, settings, 0, on_progress)
        except InputError as error:
            if not glob(pattern):
                raise  # a name that was mistyped
            refusals.append(error)
            name = Path(pattern).name
            outcomes.append(FileOutcome(plan.name, name, name, "other", "", 0, 0, 0, 0, 0, "quarantined", str(error)))
    if len(refusals) == len(patterns):
        raise InputError("\n".join(str(error) for error in refusals))
    return outcomes


@contextmanager
def _located(work: Warehouse, staging: Model, reader: str) -> Iterator[None]:
    """Offer the rows as `profiled_events`, with hosts and paths as a run makes them, within the block."""
    adds = {"source": source_name(staging), "source_identity": "own", "source_reader": reader}
    constants = ", ".join(f"{literal(value)} as {column}" for column, value in adds.items())
    located = read_model(places.sql_folder() / "events" / "int_located_events.sql", "events")
    views = {
        staging.name: staging.sql,
        "all_events": f"select *, {constants} from {quoted(staging.name)}",
        located.name: located.sql,
    }
    for name, sql in views.items():
        work.run(f"create or replace temp view {quoted(name)} as {sql}")
    work.run(measures.PROFILED_EVENTS)
    try:
        yield
    finally:
        work.run("drop table profiled_events")
        for name in reversed(views):
            work.run(f"drop view temp.{quoted(name)}")


def _measured(work: Warehouse, plan: SourcePlan, outcomes: list[FileOutcome]) -> ExportProfile:
    totals = measures.totals(work)
    if totals is None:
        raise InputError("The files can be read, but hold no events. Export them again.")
    page_event = measures.page_event(work)
    return ExportProfile(
        files=tuple(outcomes),
        **totals,
        missing_dates=measures.missing_dates(work),
        # dates that the loader made itself say nothing of the property's zone
        time_zone=guessed_time_zone(work) if plan.reader == "ga4" else None,
        events=measures.events(work, plan.raw_table),
        tracking_gaps=measures.tracking_gaps(work),
        hosts=measures.hosts(work),
        page_views=measures.page_views(work, page_event),
        page_folders=measures.page_folders(work, page_event),
        referrers=measures.referrers(work, page_event),
        channels=measures.channels(work),
        devices=measures.counted(work, "device_category"),
        currencies=measures.counted(work, "currency"),
    )
