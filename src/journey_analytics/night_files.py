"""The files of a night: how those of each source are read, and what to say of them."""

from __future__ import annotations

from journey_analytics.definitions.project import Project, raw_table
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.record import RunRecord
from journey_analytics.wording import counted

_FILES_NAMED = 10


def source_plans(project: Project) -> dict[str, SourcePlan]:
    """Return how each source of the project is loaded, by name."""
    plans = {}
    for name, staging in sorted(project.staging.items()):
        source = staging.front.source
        assert source is not None
        plans[name] = SourcePlan.of(name, raw_table(staging), source)
    return plans


def file_warnings(record: RunRecord) -> list[str]:
    """Return what a person should know of the files of a run, in sentences."""
    bad = [f for f in record.files if f.status == "quarantined"]
    told = [f"{f.source}: {f.file_name}: {f.reason}" for f in bad[:_FILES_NAMED]]
    if len(bad) > _FILES_NAMED:
        told.append(f"{counted(len(bad) - _FILES_NAMED, 'more file')} could not be read; table run_files names them.")
    gone = sum(1 for f in record.files if f.status == "gone")
    if gone:
        are = "that was loaded before is" if gone == 1 else "that were loaded before are"
        told.append(f"{counted(gone, 'file')} {are} not among these; the rows are kept.")
    rejected = sum(f.rows_rejected for f in record.files)
    duplicates = sum(f.rows_duplicate for f in record.files)
    rows = sum(f.rows_read for f in record.files)
    if rejected:
        told.append(f"{rejected:,} of {rows:,} rows were refused; table rejected_rows says which and why.")
    removed = sum(f.rows_removed for f in record.files if f.status == "loaded")
    if removed:
        told.append(f"{removed:,} of {rows:,} rows are of forgotten people or past retention, and were not kept.")
    if duplicates:
        told.append(
            f"{duplicates:,} of {rows:,} rows repeat an event that was delivered before; each event counts once."
        )
    return told
