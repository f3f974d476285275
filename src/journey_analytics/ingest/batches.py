"""Which files can be read together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from journey_analytics.ingest.deliveries import ExportFile
from journey_analytics.ingest.file_kind import FileKind, FileRefused, file_kind
from journey_analytics.ingest.reader import ReadAs, Reader

# the file itself may be good: it is recorded without its content, so that the next run reads it
UNSTEADY = "changed or could not be opened while it was read; the next run reads it again"
_BYTES_AT_ONCE = 256 * 1024 * 1024
_FILES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Batch:
    """Files that one statement reads."""

    read_as: ReadAs
    paths: tuple[Path, ...]

    @property
    def countable(self) -> list[tuple[Path, FileKind]]:
        """The files of which each row is a line. With two threads, DuckDB 2.0.0 keeps silent about a bad last line
        without an end when another file follows, and the row is lost: what it reads of them is held against a count.
        """
        read_as = self.read_as
        is_countable = read_as.kind.format == "ndjson" and read_as.is_row_a_line and not read_as.by_row
        return [(path, read_as.kind) for path in self.paths] if is_countable else []


def sort_out(reader: Reader, files: Iterable[ExportFile]) -> tuple[list[Batch], dict[Path, str]]:
    """Return the files in batches, and of those that are no exports of this kind the reason."""
    alike: dict[ReadAs, list[ExportFile]] = {}
    refused: dict[Path, str] = {}
    for file in files:
        try:
            kind = file_kind(file.path)
            read_as = reader.look(file.path, kind)
            alike.setdefault(replace(read_as, by_row=read_as.by_row or not kind.has_statement), []).append(file)
        except FileRefused as refusal:
            refused[file.path] = str(refusal)
        except OSError as error:
            refused[file.path] = (
                f"cannot be opened ({error.strerror}); see that it stays where it is while a run reads it"
            )
    return [Batch(read_as, paths) for read_as, members in alike.items() for paths in _portions(members)], refused


def _portions(files: Iterable[ExportFile]) -> Iterator[tuple[Path, ...]]:
    """Return the files in portions that are not too large, so that progress shows, and memory and statements are bounded."""
    portion: list[Path] = []
    size = 0
    for file in files:
        if portion and (size + file.bytes > _BYTES_AT_ONCE or len(portion) == _FILES_AT_ONCE):
            yield tuple(portion)
            portion, size = [], 0
        portion.append(file.path)
        size += file.bytes
    yield tuple(portion)
