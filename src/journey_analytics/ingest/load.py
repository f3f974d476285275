"""Loading: files that are new or changed become rows of a raw table, with a record of what became of each.

    find -> hash -> decide -> stage (may fail per file) -> judge -> store (one transaction)

Staging fills a temporary table, so a file that turns out to be bad costs nothing that was stored, and a call that is
refused leaves no trace.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from glob import glob
from pathlib import Path

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import InputError
from journey_analytics.ingest import file_log
from journey_analytics.ingest.deliveries import Decision, Delivery, ExportFile, decide, deliveries, fixed_part
from journey_analytics.ingest.file_kind import content_hash
from journey_analytics.ingest.ga4_reader import Ga4Reader
from journey_analytics.ingest.plan import FileOutcome, SourcePlan, Status
from journey_analytics.ingest.reader import Reader
from journey_analytics.ingest.staging import STAGED, STAGED_FILES, STAGED_REJECTS, Reading, Staging
from journey_analytics.warehouse import Warehouse, quoted

# Raise it when the same file would now be read into other rows: everything is then read again.
_READER_VERSION = 1
_NOT_EXPORTS = ("_SUCCESS", "_committed_", "_started_", "_metadata", "_common_metadata")
_FILES_NAMED = 20


def prepare_raw(warehouse: Warehouse, plan: SourcePlan) -> None:
    """Make the source's raw table and the record of loads when they are not there."""
    file_log.create_table(warehouse, plan.raw_table, dict(_reader(plan, None).raw_columns))
    file_log.create_tables(warehouse)


def load_source(
    warehouse: Warehouse,
    plan: SourcePlan,
    pattern: str,
    settings: Settings,
    run_id: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[FileOutcome]:
    """Load what is new or changed among the files of a pattern; return what became of each file.

    A delivery that has gone is reported with status `gone`; its rows are kept.

    Raises:
        InputError: no file matches, none could be read, or too many rows were refused. Nothing of this call is stored.
    """
    prepare_raw(warehouse, plan)
    read_as = _fingerprint(plan, settings)
    log = file_log.logged(warehouse, plan.name)
    found = _find(pattern)
    decision = decide(found, _stored_contents(log, {delivery.name for delivery in found}, read_as))
    reader = _reader(plan, settings)
    with Staging(warehouse, reader, settings.redaction) as staging:
        readings = staging.read([file for delivery in decision.load for file in _distinct(delivery)], on_progress)
        outcomes, kept = _loaded_outcomes(plan.name, decision, readings, log)
        outcomes += _known_outcomes(plan.name, decision, log)
        _refuse_hopeless(plan, pattern, outcomes, settings.rejected_share_limit)
        _store(warehouse, plan, decision, outcomes, kept, log, run_id, read_as)
    return sorted(outcomes, key=lambda outcome: (outcome.delivery, outcome.file_name))


def _reader(plan: SourcePlan, settings: Settings | None) -> Reader:
    settings = settings or Settings(property="none", title="none", time_zone="UTC", sources={})
    return Ga4Reader(settings.redaction)


def _fingerprint(plan: SourcePlan, settings: Settings) -> str:
    """Return a hash of all that decides which rows a file becomes."""
    parts = [_READER_VERSION, plan.reader, sorted(plan.mapping.items()), settings.redaction.model_dump(mode="json")]
    if plan.reader == "events":
        parts.append(settings.time_zone)
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _find(pattern: str) -> tuple[Delivery, ...]:
    paths = [Path(name) for name in sorted(glob(pattern, recursive=True))]
    paths = [path for path in paths if path.is_file() and not path.name.startswith(_NOT_EXPORTS)]
    if not paths:
        raise InputError(f"{pattern}: no file matches. Check the folder and the pattern; put the pattern in quotes.")
    root = fixed_part(pattern)
    files = [
        ExportFile(path, path.relative_to(root).as_posix(), content_hash(path), path.stat().st_size) for path in paths
    ]
    return deliveries(files, root.name)


def _stored_contents(
    log: dict[str, list[tuple[FileOutcome, str]]], present: set[str], read_as: str
) -> dict[str, tuple[str, ...]]:
    """Return delivery -> content as stored; what would now be read otherwise counts as changed."""
    contents = {}
    for name, files in log.items():
        kept = [(outcome.content_hash, how) for outcome, how in files if outcome.status != "same_content"]
        is_stale = name in present and any(how != read_as for _, how in kept)
        if kept:
            contents[name] = () if is_stale else tuple(sorted({content for content, _ in kept}))
    return contents


def _distinct(delivery: Delivery) -> list[ExportFile]:
    """Return the delivery's files; of equal ones the first."""
    first: dict[str, ExportFile] = {}
    for file in delivery.files:
        first.setdefault(file.content_hash, file)
    return list(first.values())


def _outcome(source: str, delivery: Delivery, file: ExportFile, status: Status, reason: str = "") -> FileOutcome:
    return FileOutcome(
        source, file.name, delivery.name, delivery.kind, file.content_hash, file.bytes, 0, 0, 0, 0, status, reason
    )


def _loaded_outcomes(
    source: str, decision: Decision, readings: dict[Path, Reading], log: dict[str, list[tuple[FileOutcome, str]]]
) -> tuple[list[FileOutcome], set[str]]:
    """Return what became of the files that were read, and the deliveries whose earlier rows stay."""
    outcomes: list[FileOutcome] = []
    kept: set[str] = set()
    for delivery in decision.load:
        bad = [file for file in delivery.files if file.path in readings and readings[file.path].refusal]
        is_stored = any(outcome.rows_stored for outcome, _ in log.get(delivery.name, []))
        if bad and is_stored:
            kept.add(delivery.name)
        for file in delivery.files:
            reading = readings.get(file.path)
            if reading is None:
                reason = f"{file.name} holds the same bytes as another file of this delivery and is skipped."
                outcomes.append(_outcome(source, delivery, file, "same_content", reason))
            elif reading.refusal:
                rest = " The rows of the earlier delivery are kept." if delivery.name in kept else ""
                reason = f"{file.name} {reading.refusal}.{rest}"
                outcomes.append(_outcome(source, delivery, file, "quarantined", reason))
            elif delivery.name in kept:
                reason = f"{file.name} waits for {bad[0].name}. The rows of the earlier delivery are kept."
                outcomes.append(_outcome(source, delivery, file, "quarantined", reason))
            else:
                outcomes.append(_read_outcome(_outcome(source, delivery, file, "loaded"), reading))
    return outcomes, kept


def _read_outcome(outcome: FileOutcome, reading: Reading) -> FileOutcome:
    reason = ""
    if reading.rows_rejected:
        reason = (
            f"{outcome.file_name}: {reading.rows_rejected:,} of {reading.rows_read:,} rows refused; "
            f"the first is {reading.first_reject}."
        )
    return replace(
        outcome,
        rows_read=reading.rows_read,
        rows_stored=reading.rows_read - reading.rows_rejected,
        rows_rejected=reading.rows_rejected,
        rows_redacted=reading.rows_redacted,
        reason=reason,
    )


def _known_outcomes(
    source: str, decision: Decision, log: dict[str, list[tuple[FileOutcome, str]]]
) -> list[FileOutcome]:
    outcomes: list[FileOutcome] = []
    for delivery in decision.unchanged:
        logged = {outcome.content_hash: outcome for outcome, _ in log[delivery.name]}
        for file in delivery.files:
            before = logged[file.content_hash]
            status: Status = "unchanged" if before.status == "loaded" else before.status
            outcomes.append(replace(before, file_name=file.name, status=status))
    for delivery, other in decision.same_content:
        for file in delivery.files:
            reason = f"{file.name} holds the same bytes as delivery {other} and is skipped."
            outcomes.append(_outcome(source, delivery, file, "same_content", reason))
    for name in decision.gone:
        for outcome, _ in log[name]:
            reason = f"{outcome.file_name} is no longer there; its rows are kept."
            outcomes.append(replace(outcome, status="gone", reason=reason))
    return outcomes


def _refuse_hopeless(plan: SourcePlan, pattern: str, outcomes: Sequence[FileOutcome], limit: float) -> None:
    if not any(outcome.status in ("loaded", "unchanged", "same_content") for outcome in outcomes):
        reasons = [outcome.reason for outcome in outcomes if outcome.status == "quarantined"]
        raise InputError(_listed(f"{plan.name}: none of the files of {pattern} can be read.", reasons))
    loaded = [outcome for outcome in outcomes if outcome.status == "loaded"]
    read, rejected = sum(o.rows_read for o in loaded), sum(o.rows_rejected for o in loaded)
    if rejected > limit * read:
        first = (
            f"{plan.name}: {rejected:,} of {read:,} rows were refused, more than rejected_share_limit ({limit:g}) allows; "
            "nothing was loaded. Export these files again, or raise the limit in the settings."
        )
        raise InputError(_listed(first, [outcome.reason for outcome in loaded if outcome.rows_rejected]))


def _listed(first: str, reasons: Iterable[str]) -> str:
    lines = list(reasons)
    more = [f"… and {len(lines) - _FILES_NAMED:,} more files."] if len(lines) > _FILES_NAMED else []
    return "\n".join([first, *lines[:_FILES_NAMED], *more])


def _store(
    warehouse: Warehouse,
    plan: SourcePlan,
    decision: Decision,
    outcomes: Sequence[FileOutcome],
    kept: set[str],
    log: dict[str, list[tuple[FileOutcome, str]]],
    run_id: int,
    read_as: str,
) -> None:
    """Put what was staged in the place of what was stored, in one transaction."""
    written = [delivery for delivery in decision.load if delivery.name not in kept]
    copies = [delivery for delivery, _ in decision.same_content if _is_news(delivery, log)]
    names = [delivery.name for delivery in [*written, *copies]]
    if not names:
        return
    paths = [[str(file.path), delivery.name, delivery.kind, file.name] for delivery in written for file in delivery.files]
    columns = list(_reader(plan, None).raw_columns)
    own = ", ".join(f"s.{quoted(name)}" for name in columns[3:])
    with warehouse.transaction():
        replaced = [name for name in names if name in log]
        if replaced:
            warehouse.run(f"delete from {quoted(plan.raw_table)} where list_contains(?, delivery)", [replaced])
            file_log.forget_deliveries(warehouse, ("load_files", "rejected_rows"), plan.name, replaced)
        file_log.insert_values(warehouse, STAGED_FILES, paths)
        warehouse.run(
            f"insert into {quoted(plan.raw_table)} select f.delivery, f.delivery_kind, f.file_name, {own} "
            f"from {STAGED} s join {STAGED_FILES} f using (load_path) where s.reject_reason is null"
        )
        warehouse.run(
            "insert into rejected_rows select ?, f.delivery, f.file_name, r.row_number, r.reason, r.content, ? "
            f"from {STAGED_REJECTS} r join {STAGED_FILES} f using (load_path) order by f.file_name, r.row_number",
            [plan.name, run_id],
        )
        file_log.log_outcomes(warehouse, [o for o in outcomes if o.delivery in names], run_id, read_as)


def _is_news(delivery: Delivery, log: dict[str, list[tuple[FileOutcome, str]]]) -> bool:
    """Return whether the log does not yet say that this delivery is a copy."""
    before = {(outcome.file_name, outcome.content_hash, outcome.status) for outcome, _ in log.get(delivery.name, [])}
    return before != {(file.name, file.content_hash, "same_content") for file in delivery.files}
