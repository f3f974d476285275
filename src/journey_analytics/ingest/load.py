"""Loading: files that are new or changed become rows of a raw table, with a record of what became of each.

Clean files are read straight into the raw table, many per statement. When the engine refuses one, or a row is bad,
everything is undone and the files are read again by way of a temporary table, in which the culprits are set apart.
Either way one transaction stores the whole call, or nothing of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import InputError, JourneyError
from journey_analytics.ingest import file_log
from journey_analytics.ingest.batches import UNSTEADY, Batch, sort_out
from journey_analytics.ingest.deliveries import Decision, ExportFile, decide
from journey_analytics.ingest.file_kind import content_hash
from journey_analytics.ingest.file_log import Log
from journey_analytics.ingest.found import found_beside, found_deliveries, is_for
from journey_analytics.ingest.line_count import miscounted
from journey_analytics.ingest.outcomes import Reading, known_outcomes, read_outcomes
from journey_analytics.ingest.plan import FileOutcome, SourcePlan
from journey_analytics.ingest.reader import FILE_COLUMNS, Reader
from journey_analytics.ingest.readers import raw_columns_of, reader_of
from journey_analytics.ingest.removal import IS_EMPTIED, Removal, SiftingReader
from journey_analytics.ingest.staging import STAGED_FILES, STAGED_REJECTS, STAGED_ROWS, Staging, is_machine_trouble
from journey_analytics.warehouse import Warehouse, quoted

# Raise it when the same file would now be read into other rows: everything is then read again.
_READER_VERSION = 4
_FILES_NAMED = 20

Progress = Callable[[int, int], None]


class _NotClean(Exception):
    """A file or row is bad, or no statement reads it: the straight way is closed."""


@dataclass(frozen=True)
class _Load:
    """What one call knows before it reads."""

    warehouse: Warehouse
    plan: SourcePlan
    pattern: str
    settings: Settings
    reader: Reader
    run_id: int
    read_as: str
    log: Log
    decision: Decision
    batches: list[Batch]
    staging: Staging

    @property
    def columns(self) -> list[str]:
        """The columns that a reader yields for the raw table."""
        return list(self.reader.raw_columns)[len(FILE_COLUMNS) :]


def prepare_raw(warehouse: Warehouse, plan: SourcePlan) -> None:
    """Make the source's raw table and the record of loads when they are not there."""
    file_log.create_table(warehouse, plan.raw_table, raw_columns_of(plan))
    file_log.create_tables(warehouse)


def load_source(
    warehouse: Warehouse,
    plan: SourcePlan,
    pattern: str,
    settings: Settings,
    run_id: int,
    on_progress: Progress | None = None,
    removal: Removal | None = None,
    *,
    is_beside: bool = False,
) -> list[FileOutcome]:
    """Load what is new or changed among the files of a pattern; return what became of each file.

    A delivery that has gone is reported with status `gone`; its rows are kept. Rows that `removal` keeps out are counted
    and not stored; a change of it reads no file again.

    Args:
        is_beside: the pattern is that of another source, in whose folders this one's tables may lie, or may not.

    Raises:
        InputError: no file matches, none could be read, or too many rows were refused. Nothing of this call is stored.
    """
    prepare_raw(warehouse, plan)
    read_as = _fingerprint(plan, settings)
    found = found_beside(pattern) if is_beside else found_deliveries(pattern, plan.reader)
    log = _own_log(warehouse, plan)
    if not found and not log:
        return []
    decision = decide(found, file_log.stored_contents(log, {delivery.name for delivery in found}, read_as))
    reader = reader_of(plan, settings)
    if removal is not None and removal.is_active:
        removal.prepare(warehouse)
        reader = SiftingReader(reader, removal)
    batches, refused = sort_out(reader, [file for delivery in decision.load for file in delivery.distinct_files])
    with Staging(warehouse, reader, settings.redaction, refused, removal) as staging:
        load = _Load(warehouse, plan, pattern, settings, reader, run_id, read_as, log, decision, batches, staging)
        file_log.insert_values(warehouse, STAGED_FILES, [
            (str(file.path), delivery.name, delivery.kind, file.name)
            for delivery in decision.load for file in delivery.distinct_files
        ])  # fmt: skip
        try:
            outcomes = _load_straight(load, on_progress)
        except _NotClean:
            outcomes = _load_by_staging(load, on_progress)
    return sorted(outcomes, key=lambda outcome: (outcome.delivery, outcome.file_name))


def _own_log(warehouse: Warehouse, plan: SourcePlan) -> Log:
    """Return what the log says of the source; tables of another source that were once tried as its own are forgotten."""
    log = file_log.read_log(warehouse, plan.name)
    strangers = [name for name in log if not is_for(name, plan.reader)]
    file_log.forget_deliveries(warehouse, plan.name, strangers)
    return {name: files for name, files in log.items() if name not in strangers}


def _fingerprint(plan: SourcePlan, settings: Settings) -> str:
    """Return a hash of all that decides which rows a file becomes."""
    parts: list[Any] = [_READER_VERSION, *plan.reading]
    parts += [settings.redaction.model_dump(mode="json"), settings.time_zone if plan.reader == "events" else ""]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _load_straight(load: _Load, on_progress: Progress | None) -> list[FileOutcome]:
    """Read the files into the raw table; undo it all when one of them, or one of their rows, is not clean."""
    if any(batch.read_as.by_row for batch in load.batches):
        raise _NotClean
    report = _reporter(load, on_progress)
    kept = _kept(load)
    with load.warehouse.transaction():
        _delete_replaced(load, kept)
        for batch in load.batches:
            try:
                _insert(load, f"({load.reader.select(batch.paths, batch.read_as)})", kept)
            except JourneyError as error:
                if is_machine_trouble(error):
                    raise
                raise _NotClean from None
            report(len(batch.paths))
        if _changed(load) or _has_lost_rows(load, kept):
            raise _NotClean
        return _closed(load, kept)


def _load_by_staging(load: _Load, on_progress: Progress | None) -> list[FileOutcome]:
    """Read the files into a temporary table, bad ones and bad rows apart, and from there into the raw table."""
    load.staging.read(load.batches, _reporter(load, on_progress))
    for path in _changed(load):
        load.staging.refuse(path, UNSTEADY)
    kept = _kept(load)
    with load.warehouse.transaction():
        _delete_replaced(load, kept)
        _insert(load, f"(from {STAGED_ROWS} where reject_reason is null)", kept)
        load.warehouse.run(
            "insert into rejected_rows select ?, f.delivery, f.file_name, r.row_number, r.reason, r.content, ? "
            f"from {STAGED_REJECTS} r join {STAGED_FILES} f using (load_path) where not list_contains(?, f.delivery) "
            "order by f.file_name, r.row_number",
            [load.plan.name, load.run_id, sorted(kept)],
        )
        return _closed(load, kept)


def _has_lost_rows(load: _Load, kept: set[str]) -> bool:
    """Return whether the engine found other than as many rows in a file as it has lines."""
    found = dict(
        load.warehouse.rows(
            f"select f.load_path, count(*) from {quoted(load.plan.raw_table)} s "
            f"join {STAGED_FILES} f using (delivery, file_name) group by f.load_path"
        )
    )
    stay = {file.path for delivery in load.decision.load if delivery.name in kept for file in delivery.files}
    read = (file for batch in load.batches for file in batch.countable if file[0] not in stay)
    return bool(miscounted(read, found))


def _changed(load: _Load) -> list[Path]:
    """Return the files that are no longer what was hashed: still being copied, replaced or taken away."""
    files = [file for delivery in load.decision.load for file in delivery.distinct_files]
    return [file.path for file in files if not _is_as_found(file)]


def _is_as_found(file: ExportFile) -> bool:
    try:
        state = file.path.stat()
        is_same = (state.st_size, state.st_mtime_ns) == (file.bytes, file.changed_ns)
        return is_same or content_hash(file.path) == file.content_hash
    except OSError:
        return False


def _reporter(load: _Load, on_progress: Progress | None) -> Callable[[int], None]:
    done, total = len(load.staging.refused), len(load.staging.refused) + sum(len(batch.paths) for batch in load.batches)

    def report(files: int) -> None:
        nonlocal done
        done += files
        if on_progress:
            on_progress(done, total)

    return report


def _kept(load: _Load) -> set[str]:
    """Return the deliveries that stay as they are stored, because a file of the new delivery is refused."""
    return {
        delivery.name
        for delivery in load.decision.load
        if any(file.path in load.staging.refused for file in delivery.files)
        and any(outcome.rows_stored for outcome, _ in load.log.get(delivery.name, []))
    }


def _written(load: _Load, kept: set[str]) -> list[str]:
    """Return the deliveries of which this call writes the record."""
    copies = [delivery for delivery, _ in load.decision.same_content if file_log.is_news(delivery, load.log)]
    return [delivery.name for delivery in [*load.decision.load, *copies] if delivery.name not in kept]


def _delete_replaced(load: _Load, kept: set[str]) -> None:
    names = [name for name in _written(load, kept) if name in load.log]
    if names:
        _remember_dates(load, names, is_again=True)
        load.warehouse.run(f"delete from {quoted(load.plan.raw_table)} where list_contains(?, delivery)", [names])
        file_log.forget_deliveries(load.warehouse, load.plan.name, names)


def _insert(load: _Load, relation: str, kept: set[str]) -> None:
    """Insert rows, in no order: to keep that of the files costs a sixth of a load, and nothing may rely on it.

    By name: in a database of an earlier version, columns that came since stand last.
    """
    columns = ", ".join(f"s.{quoted(name)}" for name in load.columns)
    load.warehouse.run(
        f"insert into {quoted(load.plan.raw_table)} by name select f.delivery, f.delivery_kind, f.file_name, {columns} "
        f"from {relation} s join {STAGED_FILES} f using (load_path) where not list_contains(?, f.delivery)",
        [sorted(kept)],
    )


def _closed(load: _Load, kept: set[str]) -> list[FileOutcome]:
    """Count what was stored, judge it, and write the record."""
    removed = _take_away_emptied(load)
    readings = _readings(load, removed)
    refused = {path: load.staging.told(path) for path in load.staging.refused}
    outcomes = read_outcomes(load.plan.name, load.decision.load, readings, refused, kept)
    outcomes = [replace(outcome, rows_before=_rows_before(load, outcome.delivery)) for outcome in outcomes]
    outcomes += known_outcomes(load.plan.name, load.decision, load.log)
    _refuse_hopeless(load, outcomes)
    outcomes = _with_new_fields(load, outcomes)
    written = set(_written(load, kept))
    news = [_without_content(outcome) for outcome in outcomes if outcome.delivery in written]
    file_log.write_log(load.warehouse, news, load.run_id, load.read_as)
    again = {name for name in written if name in load.log}
    _remember_dates(load, sorted(again), is_again=True)
    _remember_dates(load, sorted(written - again), is_again=False)
    return outcomes


def _with_new_fields(load: _Load, outcomes: list[FileOutcome]) -> list[FileOutcome]:
    """Return the outcomes with the fields that nobody described; each is told once, with the first file that has it."""
    if load.reader.new_fields is None:
        return outcomes
    found = load.warehouse.rows(
        f"select min(file_name), field from (select file_name, unnest({load.reader.new_fields}) as field "
        f"from {quoted(load.plan.raw_table)} semi join {STAGED_FILES} using (delivery, file_name)) group by field"
    )
    news = file_log.note_fields(load.warehouse, load.plan.name, found, load.run_id)
    return [replace(outcome, new_fields=tuple(news.get(outcome.file_name, ()))) for outcome in outcomes]


def _rows_before(load: _Load, delivery: str) -> int:
    return sum(outcome.rows_read for outcome, _ in load.log.get(delivery, []) if outcome.status == "loaded")


def _without_content(outcome: FileOutcome) -> FileOutcome:
    return replace(outcome, content_hash="") if UNSTEADY in outcome.reason else outcome


def _remember_dates(load: _Load, deliveries: Sequence[str], *, is_again: bool) -> None:
    """Write down which dates of the raw table change, so that the night which builds from it knows, also after a crash."""
    load.warehouse.run(
        f"insert into {file_log.PENDING} select distinct ?, event_date, ? from {quoted(load.plan.raw_table)} "
        "where list_contains(?, delivery)",
        [load.plan.raw_table, is_again, list(deliveries)],
    )


def _take_away_emptied(load: _Load) -> dict[Path, int]:
    """Return how many rows of each file are not to be stored, refused ones included, and delete their empty places."""
    removed = dict(load.staging.rejects_removed)
    if isinstance(load.reader, SiftingReader):
        raw = quoted(load.plan.raw_table)
        emptied = load.warehouse.rows(
            f"select f.load_path, count(*) from {raw} s join {STAGED_FILES} f using (delivery, file_name) "
            f"where {IS_EMPTIED} group by all"
        )
        for path, count in emptied:
            removed[Path(path)] = removed.get(Path(path), 0) + count
        load.warehouse.run(f"delete from {raw} where {IS_EMPTIED}")
    return removed


def _readings(load: _Load, removed: Mapping[Path, int]) -> dict[Path, Reading]:
    """Return what was stored, refused and removed of each file.

    Raises:
        _NotClean: a bad row was stored.
    """
    stored = load.warehouse.rows(
        f"select f.load_path, count(*), count_if({load.reader.redacted_row}), "
        f"coalesce(sum({load.reader.repeats_in_row}), 0), count_if({load.reader.bad_row}) "
        f"from {quoted(load.plan.raw_table)} s join {STAGED_FILES} f using (delivery, file_name) group by all"
    )
    if any(bad for *_, bad in stored):
        raise _NotClean
    rejects = load.warehouse.rows(
        "select load_path, count(*), arg_min('row ' || row_number || ': ' || reason, row_number) "
        f"from {STAGED_REJECTS} group by all"
    )
    readings = {Path(path): Reading(count, 0, redacted, repeats) for path, count, redacted, repeats, _ in stored}
    for path, count, first in rejects:
        before = readings.get(Path(path), Reading())
        readings[Path(path)] = replace(before, rows_rejected=count, first_reject=first)
    for file, count in removed.items():
        readings[file] = replace(readings.get(file, Reading()), rows_removed=count)
    return readings


def _refuse_hopeless(load: _Load, outcomes: Sequence[FileOutcome]) -> None:
    name, limit = load.plan.name, load.settings.rejected_share_limit
    reasons = [outcome.reason for outcome in outcomes if outcome.status == "quarantined"]
    if reasons and not any(
        outcome.status in ("loaded", "unchanged", "same_content", "ignored") for outcome in outcomes
    ):
        if len(reasons) == 1:
            raise InputError(f"{name}: {reasons[0].removesuffix('.')}; nothing was loaded.")
        raise InputError(_listed(f"{name}: no file of {load.pattern} can be read; nothing was loaded.", reasons))
    loaded = [outcome for outcome in outcomes if outcome.status == "loaded"]
    read, rejected = sum(o.rows_read for o in loaded), sum(o.rows_rejected for o in loaded)
    if rejected > limit * read:
        first = (
            f"{name}: {rejected:,} of {read:,} rows were refused, more than rejected_share_limit ({limit:g}) allows; "
            "nothing was loaded. Export these files again, or raise the limit in the settings."
        )
        raise InputError(_listed(first, [outcome.reason for outcome in loaded if outcome.rows_rejected]))


def _listed(first: str, reasons: Iterable[str]) -> str:
    lines = list(reasons)
    more = [f"… and {len(lines) - _FILES_NAMED:,} more files."] if len(lines) > _FILES_NAMED else []
    return "\n".join([first, *lines[:_FILES_NAMED], *more])
