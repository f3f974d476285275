"""What became of each file, in words and numbers. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from journey_analytics.ingest.deliveries import Decision, Delivery, ExportFile
from journey_analytics.ingest.file_log import Log
from journey_analytics.ingest.plan import FileOutcome, Status
from journey_analytics.wording import counted, whole


@dataclass(frozen=True)
class Reading:
    """How many rows of a file were stored, refused and removed, and what was odd in those stored."""

    rows_stored: int = 0
    rows_rejected: int = 0
    rows_redacted: int = 0
    parameters_repeated: int = 0
    first_reject: str = ""
    rows_removed: int = 0


def read_outcomes(
    source: str,
    read: Iterable[Delivery],
    readings: Mapping[Path, Reading],
    refused: Mapping[Path, str],
    kept: set[str],
) -> list[FileOutcome]:
    """Return what became of the files that were new or changed.

    Args:
        refused: why a file as a whole cannot be read.
        kept: deliveries whose earlier rows stay, because a file of the new delivery is refused.
    """
    outcomes = []
    for delivery in read:
        bad = [file.name for file in delivery.files if file.path in refused]
        distinct = delivery.distinct_files
        stays = " The rows of the earlier delivery are kept." if delivery.name in kept else ""
        for file in delivery.files:
            if file not in distinct:
                reason = f"{file.name} holds the same bytes as another file of this delivery and is skipped."
                outcomes.append(_outcome(source, delivery, file, "same_content", reason))
            elif file.path in refused:
                reason = f"{file.name} {refused[file.path]}.{stays}"
                outcomes.append(_outcome(source, delivery, file, "quarantined", reason))
            elif stays:
                reason = f"{file.name} waits for {bad[0]}, which cannot be read.{stays}"
                outcomes.append(_outcome(source, delivery, file, "quarantined", reason))
            else:
                loaded = _outcome(source, delivery, file, "loaded")
                outcomes.append(_counted(loaded, readings.get(file.path, Reading())))
    return outcomes


def known_outcomes(source: str, decision: Decision, log: Log) -> list[FileOutcome]:
    """Return what there is to say of the files that were not read, and of those that are no longer there."""
    outcomes = []
    for delivery in decision.unchanged:
        logged = {outcome.content_hash: outcome for outcome, _ in log[delivery.name]}
        for file in delivery.files:
            before = logged[file.content_hash]
            status: Status = "unchanged" if before.status == "loaded" else before.status
            reason = before.reason if status == "quarantined" else ""
            outcomes.append(replace(before, file_name=file.name, status=status, reason=reason))
    for delivery, other in decision.same_content:
        for file in delivery.files:
            reason = f"{file.name} holds the same bytes as delivery {other} and is skipped."
            outcomes.append(_outcome(source, delivery, file, "same_content", reason))
    for delivery, newest in decision.stray:
        for file in delivery.files:
            reason = (
                f"{file.name} is ignored: it holds what was streamed of a day, and days up to {newest} have come whole. "
                f"Should it be all there is of its day, name it as a whole day: {delivery.name.replace('intraday_', '')}."
            )
            outcomes.append(_outcome(source, delivery, file, "ignored", reason))
    for name in decision.gone:
        for outcome, _ in log[name]:
            reason = f"{outcome.file_name} is no longer there; its rows are kept."
            outcomes.append(replace(outcome, status="gone", reason=reason))
    return outcomes


def oddities(outcomes: Sequence[FileOutcome]) -> list[str]:
    """Return in sentences what was odd in files that could be read, or was left behind."""
    told = []
    for outcome in outcomes:
        if outcome.new_fields:
            are = "a field that is" if len(outcome.new_fields) == 1 else "fields that are"
            told.append(
                f"{outcome.source}: {outcome.file_name} has {are} new in GA4's export: {', '.join(outcome.new_fields)}. "
                "What they hold is kept in other_fields of the raw table."
            )
    told += [f"{outcome.source}: {outcome.reason}" for outcome in outcomes if outcome.status == "ignored"]
    loaded = [outcome for outcome in outcomes if outcome.status == "loaded"]
    told += _shrunk(loaded)
    repeats = sum(outcome.parameters_repeated for outcome in loaded)
    if repeats:
        are = "repeats another" if repeats == 1 else "repeat others"
        told.append(
            f"{counted(repeats, 'parameter')} {are} of the same event; the first counts, the others are kept in "
            "other_params of the raw table."
        )
    return told


def _shrunk(loaded: Sequence[FileOutcome]) -> list[str]:
    """Return which deliveries came again with fewer rows than before."""
    told = []
    for source, name in dict.fromkeys((outcome.source, outcome.delivery) for outcome in loaded):
        files = [outcome for outcome in loaded if (outcome.source, outcome.delivery) == (source, name)]
        rows = sum(outcome.rows_read for outcome in files)
        if rows < files[0].rows_before:
            told.append(
                f"{source}: {name} was delivered again with {counted(rows, 'row')}, where it had "
                f"{whole(files[0].rows_before, 'en')}. The new rows count; see whether the export broke off."
            )
    return told


def _outcome(source: str, delivery: Delivery, file: ExportFile, status: Status, reason: str = "") -> FileOutcome:
    return FileOutcome(
        source=source,
        file_name=file.name,
        delivery=delivery.name,
        delivery_kind=delivery.kind,
        content_hash=file.content_hash,
        bytes=file.bytes,
        rows_read=0,
        rows_stored=0,
        rows_rejected=0,
        rows_redacted=0,
        status=status,
        reason=reason,
    )


def _counted(outcome: FileOutcome, reading: Reading) -> FileOutcome:
    rows_read = reading.rows_stored + reading.rows_rejected + reading.rows_removed
    reason = ""
    if reading.rows_rejected:
        reason = (
            f"{outcome.file_name}: {reading.rows_rejected:,} of {rows_read:,} rows refused; {reading.first_reject}."
        )
    return replace(
        outcome,
        rows_read=rows_read,
        rows_stored=reading.rows_stored,
        rows_rejected=reading.rows_rejected,
        rows_redacted=reading.rows_redacted,
        parameters_repeated=reading.parameters_repeated,
        reason=reason,
        rows_removed=reading.rows_removed,
    )
