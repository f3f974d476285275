"""What a load is asked to do, and what it reports back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["loaded", "unchanged", "same_content", "quarantined", "gone", "ignored"]


@dataclass(frozen=True)
class SourcePlan:
    """One source: which raw table its files fill, and how they are read."""

    name: str
    raw_table: str
    reader: Literal["ga4", "events"]
    mapping: Mapping[str, str] = field(default_factory=dict)
    identity: str = "own"


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. Of every file, rows_read = rows_stored + rows_rejected + rows_removed.

    Removed are the rows of forgotten people and those past retention. `parameters_repeated` counts the parameters of an
    event that came after another of the same name; `new_fields` names the fields that were not seen before and that no
    document describes; `rows_before` is how many rows this delivery had when it was read before.
    """

    source: str
    file_name: str
    delivery: str
    delivery_kind: str
    content_hash: str
    bytes: int
    rows_read: int
    rows_stored: int
    rows_rejected: int
    rows_redacted: int
    status: Status
    reason: str
    rows_removed: int = 0
    parameters_repeated: int = 0
    new_fields: tuple[str, ...] = ()
    rows_before: int = 0
