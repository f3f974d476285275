"""Reading files one by one where they cannot be read all at once: into a temporary table, so that a bad file costs
nothing that is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from journey_analytics.definitions.settings import Redaction
from journey_analytics.errors import JourneyError, StorageError
from journey_analytics.ingest.batches import Batch
from journey_analytics.ingest.file_kind import FileRefused
from journey_analytics.ingest.file_log import insert_values
from journey_analytics.ingest.line_count import miscounted
from journey_analytics.ingest.reader import FILE_COLUMNS, LOAD_PATH, STAGED_COLUMNS, ReadAs, Reader
from journey_analytics.ingest.redaction import redacted, redacted_when_needed
from journey_analytics.ingest.removal import Removal
from journey_analytics.ingest.slow_path import BadRow, rescue
from journey_analytics.scratch import scratch_folder
from journey_analytics.warehouse import Warehouse, literal, quoted

STAGED_ROWS, STAGED_REJECTS, STAGED_FILES = "staged_rows", "staged_rejects", "staged_files"
_REJECTS = {LOAD_PATH: "varchar", "row_number": "bigint", "reason": "varchar", "content": "varchar"}
_CONTENT_SHOWN = 200
_REJECTS_AT_ONCE = 500
_MACHINE_TROUBLE = ("no space left", "out of memory", "failed to offload", "permission denied", "too many open files")


@dataclass
class Staging:
    """The temporary tables of one load."""

    warehouse: Warehouse
    reader: Reader
    redaction: Redaction
    refused: dict[Path, str] = field(default_factory=dict)
    removal: Removal | None = None
    rejects_removed: dict[Path, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        content = dict(list(self.reader.raw_columns.items())[len(FILE_COLUMNS) :])
        tables = {
            STAGED_ROWS: STAGED_COLUMNS | content,
            STAGED_REJECTS: _REJECTS,
            STAGED_FILES: {LOAD_PATH: "varchar"} | FILE_COLUMNS,
        }
        for name, columns in tables.items():
            fields = ", ".join(f"{quoted(column)} {type_}" for column, type_ in columns.items())
            self.warehouse.run(f"create or replace temp table {name} ({fields})")
        return self

    def __exit__(self, *exc: object) -> None:
        for name in (STAGED_ROWS, STAGED_REJECTS, STAGED_FILES):
            self.warehouse.run(f"drop table if exists temp.{name}")

    def read(self, batches: Sequence[Batch], on_read: Callable[[int], None]) -> None:
        """Stage the rows of the files, and the rows and files that are refused."""
        for batch in batches:
            self._read_batch(batch.paths, batch.read_as)
            on_read(len(batch.paths))
        self.warehouse.run(
            f"insert into {STAGED_REJECTS} select {LOAD_PATH}, row_number, reject_reason, reject_content "
            f"from {STAGED_ROWS} where reject_reason is not null"
        )
        self._remove_rejects()
        content, reason = (redacted_when_needed(name, self.redaction) for name in ("content", "reason"))
        self.warehouse.run(
            f"update {STAGED_REJECTS} set content = left({content}, {_CONTENT_SHOWN}), reason = {reason}"
        )

    def _remove_rejects(self) -> None:
        """Take away refused rows in which a forgotten id stands, and count them per file."""
        if self.removal is None or not self.removal.people.entries:
            return
        names = self.removal.names_somebody("concat_ws(' ', content, reason)", is_content=True)
        rows = self.warehouse.rows(
            f"select {LOAD_PATH}, count(*) from {STAGED_REJECTS} where {names} group by {LOAD_PATH}"
        )
        self.rejects_removed = {Path(path): count for path, count in rows}
        if rows:
            self.warehouse.run(f"delete from {STAGED_REJECTS} where {names}")

    def refuse(self, path: Path, reason: str) -> None:
        """Set apart a file of which rows may be staged already."""
        self.refused[path] = reason
        for table in (STAGED_ROWS, STAGED_REJECTS):
            self.warehouse.run(f"delete from {table} where {LOAD_PATH} = ?", [str(path)])

    def told(self, path: Path) -> str:
        """Return why a file is refused; what it quotes from the file is redacted."""
        return str(self.warehouse.value(f"select {redacted(literal(self.refused[path]), self.redaction)}"))

    def _read_batch(self, paths: Sequence[Path], read_as: ReadAs) -> None:
        """Stage files together; a file that stops the others is taken out and read the slow way."""
        if read_as.by_row:
            for path in paths:
                self._read_slowly(path, read_as)
            return
        try:
            self._stage(self.reader.select(paths, read_as))
        except JourneyError as error:
            if is_machine_trouble(error):
                raise
            culprit = _culprit(paths, f"{error} {error.__cause__}")
            if culprit is not None:
                self._read_slowly(culprit, read_as)
            rest = [path for path in paths if path != culprit]
            middle = len(rest) // 2  # halves: many bad files must not mean as many readings of all good ones
            for part in (rest[:middle], rest[middle:]):
                if part:
                    self._read_batch(part, read_as)
        else:
            for path in {*self._files_with_unnumbered_rejects(), *self._files_with_lost_rows(paths, read_as)}:
                self.warehouse.run(f"delete from {STAGED_ROWS} where {LOAD_PATH} = ?", [str(path)])
                self._read_slowly(path, read_as)

    def _stage(self, select: str) -> None:
        self.warehouse.run(f"insert into {STAGED_ROWS} {select}")

    def _files_with_unnumbered_rejects(self) -> list[Path]:
        """Return the files with a bad row of which nobody knows the number."""
        rows = self.warehouse.rows(
            f"select distinct {LOAD_PATH} from {STAGED_ROWS} where reject_reason is not null and row_number is null"
        )
        return sorted(Path(row[0]) for row in rows)

    def _files_with_lost_rows(self, paths: Sequence[Path], read_as: ReadAs) -> list[Path]:
        """Return the files in which the engine found other than as many rows as there are lines."""
        counts = self.warehouse.rows(f"select {LOAD_PATH}, count(*) from {STAGED_ROWS} group by {LOAD_PATH}")
        return miscounted(Batch(read_as, tuple(paths)).countable, dict(counts))

    def _read_slowly(self, path: Path, read_as: ReadAs) -> None:
        try:
            with scratch_folder(self.warehouse.path) as folder:
                target = Path(folder) / "rescued.ndjson"
                with self._rejects_of(path) as on_bad:
                    rescue(self.reader.rows(path, read_as), target, self.reader.misfit, on_bad)
                self._stage_rescued(path, target, self.reader.rescued(read_as))
        except FileRefused as refusal:
            self.refused[path] = str(refusal)
            self.warehouse.run(f"delete from {STAGED_REJECTS} where {LOAD_PATH} = ?", [str(path)])
        except OSError as error:
            raise StorageError(f"{path}: cannot be read row by row: {error}.") from None

    def _stage_rescued(self, path: Path, rescued: Path, read_as: ReadAs) -> None:
        select = self.reader.select([rescued], read_as)
        try:
            self._stage(f"select * replace ({literal(str(path))} as {LOAD_PATH}) from ({select})")
        except JourneyError as error:
            if is_machine_trouble(error):
                raise
            raise FileRefused(f"cannot be read ({error}); export it again") from None

    @contextmanager
    def _rejects_of(self, path: Path) -> Iterator[Callable[[BadRow], None]]:
        """Collect the bad rows of a file, some hundreds at a time."""
        waiting: list[tuple[str, int, str, str]] = []

        def on_bad(row: BadRow) -> None:
            waiting.append((str(path), row.row_number, row.reason, row.content))
            if len(waiting) >= _REJECTS_AT_ONCE:
                insert_values(self.warehouse, STAGED_REJECTS, waiting)
                waiting.clear()

        yield on_bad
        insert_values(self.warehouse, STAGED_REJECTS, waiting)


def is_machine_trouble(error: JourneyError) -> bool:
    """Return whether the engine failed for want of memory, disk or rights: no file is to blame."""
    return any(sign in str(error).lower() for sign in _MACHINE_TROUBLE)


def _culprit(paths: Sequence[Path], message: str) -> Path | None:
    """Return the file that the engine's message names, or the only one there is."""
    named = [path for path in paths if str(path) in message]
    if named:
        return max(named, key=lambda path: len(str(path)))
    return paths[0] if len(paths) == 1 else None
