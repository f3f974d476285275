"""What a reader has to offer: one for GA4 exports, one for event-level exports of other tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from journey_analytics.ingest.file_kind import FileKind
from journey_analytics.ingest.rows import ROW_NUMBER, Row
from journey_analytics.warehouse import literal

# events before 2000 or after 2099 are none: microseconds since 1970
FIRST_TIMESTAMP, LAST_TIMESTAMP = 946_684_800_000_000, 4_102_444_799_999_999

# a number that a spreadsheet shortened, such as 1.61121E+15
ROUNDED = r"\d(\.\d+)?[eE]\+?\d+"
WAS_ROUNDED = "was rounded by a spreadsheet and cannot be recovered"

LOAD_PATH = "load_path"

# what stands before the content in a raw table, and before it in the SELECT of a reader
FILE_COLUMNS = {"delivery": "varchar", "delivery_kind": "varchar", "file_name": "varchar"}
STAGED_COLUMNS = {
    LOAD_PATH: "varchar",
    "row_number": "bigint",
    "reject_reason": "varchar",
    "reject_content": "varchar",
}


@dataclass(frozen=True)
class ReadAs:
    """How a file is read; files that agree in it are read together."""

    kind: FileKind
    detail: Any = None
    by_row: bool = False  # no statement reads it: each row is rewritten first
    is_row_a_line: bool = True


class Reader(Protocol):
    """Reads the files of one kind of source."""

    @property
    def raw_columns(self) -> Mapping[str, str]:
        """The raw table's columns and types."""

    @property
    def bad_row(self) -> str:
        """The SQL condition, over raw columns, of a row that is refused."""

    @property
    def redacted_row(self) -> str:
        """The SQL condition, over raw columns, of a row in which something was cut out."""

    @property
    def repeats_in_row(self) -> str:
        """The SQL number, over raw columns, of a row's parameters that came after another of the same name."""

    @property
    def new_fields(self) -> str | None:
        """The SQL list, over raw columns, of the names of a row's fields that nobody has described; None if all are."""

    def look(self, path: Path, kind: FileKind) -> ReadAs:
        """Return how to read a file, from its first bytes or its footer.

        Raises:
            FileRefused: it is no file of this source.
        """

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows: STAGED_COLUMNS, then the raw columns from event_key on."""

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a file one by one: the slow path.

        Raises:
            FileRefused: the file cannot be read row by row, or breaks off.
        """

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten."""

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row that is JSON cannot be loaded, or None."""


def raw_columns(content: Mapping[str, str]) -> dict[str, str]:
    """Return all columns of a raw table: where a row is from, its key, and the event."""
    return FILE_COLUMNS | {"event_key": "varchar"} | dict(content)


def file_list(paths: Sequence[Path]) -> str:
    """Return the files as an SQL list; characters that the engine would take for wildcards are protected.

    >>> file_list([Path("a[1].json")])
    "['a[[]1].json']"
    """
    return "[" + ", ".join(literal(_protected(str(path))) for path in paths) + "]"


def json_relation(paths: Sequence[Path], kind: FileKind, columns: Mapping[str, str]) -> str:
    """Return the table function that reads JSON files with exactly these columns."""
    fields = ", ".join(
        f"{literal(name)}: {literal(type_)}" for name, type_ in {**columns, ROW_NUMBER: "bigint"}.items()
    )
    form = "array" if kind.format == "array" else "newline_delimited"
    compression = "gzip" if kind.is_gzip else "uncompressed"
    return (
        f"read_json({file_list(paths)}, format='{form}', compression='{compression}', filename='{LOAD_PATH}', "
        f"columns={{{fields}}})"
    )


def parquet_relation(paths: Sequence[Path]) -> str:
    """Return the table function that reads Parquet files, with the number of each row."""
    return f"read_parquet({file_list(paths)}, filename='{LOAD_PATH}', file_row_number=true)"


def _protected(path: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)
