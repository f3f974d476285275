"""What a load is asked to do, and what it reports back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from journey_analytics.definitions.sources import ReaderName, Source

Status = Literal["loaded", "unchanged", "same_content", "quarantined", "gone", "ignored"]


@dataclass(frozen=True)
class SourcePlan:
    """One source: which raw table its files fill, and how they are read.

    Attributes:
        mapping: our column -> where the file has it, in the words of `Source.mapping`.
        columns: the names of the columns of files without a header.
        is_quoted: false where quotes are data.
        explode: the column that holds a list of events.
        wall_clock: the zone whose clock the times show, or `property`.
        beside: the source in whose folders the files are looked for when the source has no pattern.
    """

    name: str
    raw_table: str
    reader: ReaderName
    mapping: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    identity: str = "own"
    columns: tuple[str, ...] = ()
    is_quoted: bool = True
    explode: str | None = None
    wall_clock: str | None = None
    beside: str | None = None

    @classmethod
    def of(cls, name: str, raw_table: str, source: Source) -> SourcePlan:
        """Return the plan of a source as its staging model tells it."""
        return cls(
            name, raw_table, source.reader, source.mapping, source.identity,
            source.columns, source.is_quoted, source.explode, source.wall_clock, source.beside,
        )  # fmt: skip

    @property
    def origins(self) -> dict[str, tuple[str, ...]]:
        """The mapping: our column -> where its value may stand, first choice first."""
        return {ours: (told,) if isinstance(told, str) else tuple(told) for ours, told in self.mapping.items()}

    @property
    def reading(self) -> list[Any]:
        """All that decides how a file is read, for a fingerprint; what a source leaves unsaid adds nothing."""
        told = sorted((ours, list(o) if len(o) > 1 else o[0]) for ours, o in self.origins.items())
        shape = {"columns": self.columns, "explode": self.explode, "wall_clock": self.wall_clock}
        said = {name: value for name, value in shape.items() if value}
        more = [said | ({} if self.is_quoted else {"is_quoted": False})]
        return [self.reader, told, *(more if more != [{}] else [])]


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
