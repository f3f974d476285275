"""Reading files into a temporary table: many at once, and alone only those that cannot go along."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from journey_analytics.definitions.settings import Redaction
from journey_analytics.errors import JourneyError
from journey_analytics.ingest.deliveries import ExportFile
from journey_analytics.ingest.file_kind import FileRefused, file_kind
from journey_analytics.ingest.file_log import insert_values
from journey_analytics.ingest.reader import LOAD_PATH, STAGED_COLUMNS, ReadAs, Reader
from journey_analytics.ingest.redaction import redacted_when_needed
from journey_analytics.ingest.slow_path import BadRow, json_rows, rescue
from journey_analytics.warehouse import Warehouse, literal, quoted

STAGED, STAGED_REJECTS, STAGED_FILES = "staged_events", "staged_rejects", "staged_files"
_BYTES_AT_ONCE = 256 * 1024 * 1024
_CONTENT_SHOWN = 200
_REJECTS_AT_ONCE = 500
_MACHINE_TROUBLE = ("no space left", "out of memory", "failed to offload", "permission denied")


@dataclass(frozen=True)
class Reading:
    """What was found in one file, or why it cannot be read."""

    rows_read: int = 0
    rows_rejected: int = 0
    rows_redacted: int = 0
    first_reject: str = ""
    refusal: str = ""


@dataclass
class Staging:
    """The temporary tables of one load."""

    warehouse: Warehouse
    reader: Reader
    redaction: Redaction
    _refused: dict[Path, str] = field(default_factory=dict)

    def __enter__(self) -> Staging:
        columns = STAGED_COLUMNS | dict(list(self.reader.raw_columns.items())[4:])
        rejects = {LOAD_PATH: "varchar", "row_number": "bigint", "reason": "varchar", "content": "varchar"}
        files = {LOAD_PATH: "varchar", "delivery": "varchar", "delivery_kind": "varchar", "file_name": "varchar"}
        for name, described in ((STAGED, columns), (STAGED_REJECTS, rejects), (STAGED_FILES, files)):
            fields = ", ".join(f"{quoted(column)} {type_}" for column, type_ in described.items())
            self.warehouse.run(f"create or replace temp table {name} ({fields})")
        return self

    def __exit__(self, *exc: type[BaseException] | BaseException | TracebackType | None) -> None:
        for name in (STAGED, STAGED_REJECTS, STAGED_FILES):
            self.warehouse.run(f"drop table if exists temp.{name}")

    def read(
        self, files: Sequence[ExportFile], on_progress: Callable[[int, int], None] | None = None
    ) -> dict[Path, Reading]:
        """Stage the rows of the files; return what was found in each."""
        batches = list(self._batches(files))
        done = len(self._refused)
        for read_as, paths in batches:
            self._read_batch(paths, read_as)
            done += len(paths)
            if on_progress:
                on_progress(done, len(files))
        self._collect_rejects()
        return self._readings(files)

    def _batches(self, files: Iterable[ExportFile]) -> Iterator[tuple[ReadAs, list[Path]]]:
        """Return the files that can be read together, not too much at once; those that are no exports are refused."""
        alike: dict[ReadAs, list[ExportFile]] = {}
        for file in files:
            try:
                alike.setdefault(self.reader.look(file.path, file_kind(file.path)), []).append(file)
            except FileRefused as refusal:
                self._refused[file.path] = str(refusal)
        for read_as, members in alike.items():
            batch: list[Path] = []
            size = 0
            for file in members:
                if batch and size + file.bytes > _BYTES_AT_ONCE:
                    yield read_as, batch
                    batch, size = [], 0
                batch.append(file.path)
                size += file.bytes
            yield read_as, batch

    def _read_batch(self, paths: Sequence[Path], read_as: ReadAs) -> None:
        """Stage files together; a file that stops the others is taken out and read the slow way."""
        try:
            self._stage(self.reader.select(paths, read_as))
        except JourneyError as error:
            message = str(error)
            if any(sign in message.lower() for sign in _MACHINE_TROUBLE):
                raise
            named = max((path for path in paths if str(path) in message), key=lambda path: len(str(path)), default=None)
            culprit = named or (paths[0] if len(paths) == 1 else None)
            if culprit is not None:
                self._read_slowly(culprit, read_as, message)
            rest = [path for path in paths if path != culprit]
            for part in [rest] if culprit is not None else [[path] for path in rest]:
                if part:
                    self._read_batch(part, read_as)
        else:
            for path in self._files_with_unnumbered_rejects():
                self.warehouse.run(f"delete from {STAGED} where {LOAD_PATH} = ?", [str(path)])
                self._read_slowly(path, read_as, "")

    def _stage(self, select: str) -> None:
        self.warehouse.run(f"insert into {STAGED} {select}")

    def _files_with_unnumbered_rejects(self) -> list[Path]:
        """Return the files with a bad row of which nobody knows the number."""
        rows = self.warehouse.rows(
            f"select distinct {LOAD_PATH} from {STAGED} where reject_reason is not null and row_number is null"
        )
        return sorted(Path(row[0]) for row in rows)

    def _read_slowly(self, path: Path, read_as: ReadAs, message: str) -> None:
        try:
            if read_as.kind.format == "parquet":
                raise FileRefused(f"cannot be read as Parquet ({message}); download or export it again")
            with tempfile.TemporaryDirectory(prefix="journey_") as folder:
                target = Path(folder) / "rescued.ndjson"
                with self._rejects_of(path) as on_bad:
                    rescue(json_rows(path, read_as.kind), target, self.reader.misfit, on_bad)
                select = self.reader.select([target], self.reader.rescued(read_as))
                self._stage(f"select * replace ({literal(str(path))} as {LOAD_PATH}) from ({select})")
        except FileRefused as refusal:
            self._refused[path] = str(refusal)
            self.warehouse.run(f"delete from {STAGED_REJECTS} where {LOAD_PATH} = ?", [str(path)])

    @contextmanager
    def _rejects_of(self, path: Path) -> Iterator[Callable[[BadRow], None]]:
        """Collect the bad rows of a file, some hundreds at a time."""
        waiting: list[tuple[str, int, str, str]] = []

        def flush() -> None:
            insert_values(self.warehouse, STAGED_REJECTS, waiting)
            waiting.clear()

        def on_bad(row: BadRow) -> None:
            waiting.append((str(path), row.row_number, row.reason, row.content))
            if len(waiting) >= _REJECTS_AT_ONCE:
                flush()

        yield on_bad
        flush()
        shown = f"left({redacted_when_needed('content', self.redaction)}, {_CONTENT_SHOWN})"
        self.warehouse.run(f"update {STAGED_REJECTS} set content = {shown} where {LOAD_PATH} = ?", [str(path)])

    def _collect_rejects(self) -> None:
        """Put the bad rows that SQL has found beside those that the slow path has found."""
        self.warehouse.run(
            f"insert into {STAGED_REJECTS} select {LOAD_PATH}, row_number, reject_reason, reject_content "
            f"from {STAGED} where reject_reason is not null"
        )

    def _readings(self, files: Sequence[ExportFile]) -> dict[Path, Reading]:
        stored = self.warehouse.rows(
            f"select {LOAD_PATH}, count(*), count_if(is_redacted) from {STAGED} where reject_reason is null group by all"
        )
        rejects = self.warehouse.rows(
            f"select {LOAD_PATH}, count(*), arg_min('row ' || row_number || ': ' || reason, row_number) "
            f"from {STAGED_REJECTS} group by all"
        )
        stored_of = {Path(path): (count, redacted) for path, count, redacted in stored}
        rejected_of = {Path(path): (count, first) for path, count, first in rejects}
        readings = {}
        for file in files:
            count, redacted = stored_of.get(file.path, (0, 0))
            bad, first = rejected_of.get(file.path, (0, ""))
            readings[file.path] = Reading(count + bad, bad, redacted, first, self._refused.get(file.path, ""))
        return readings
