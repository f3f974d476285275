"""The header of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from journey_analytics.ingest.file_kind import FileKind, FileRefused, first_line

_DELIMITERS = (",", ";", "\t", "|")


def header(path: Path, kind: FileKind, wanted: Iterable[str]) -> tuple[list[str], str]:
    """Return a CSV file's columns, and the delimiter that finds most of the wanted ones in its first line.

    Raises:
        FileRefused: the line is not UTF-8 text, or names a column twice.
    """
    line, names = first_line(path, kind, whole=True), set(wanted)
    read = [(_fields(line, delimiter), delimiter) for delimiter in _DELIMITERS]
    columns, delimiter = max(read, key=lambda found: (len(names & set(found[0])), len(found[0])))
    named = [column or f"column_{number}" for number, column in enumerate(columns, start=1)]
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        raise FileRefused(f"has two columns named {twice!r}; give each column a name of its own")
    return named, delimiter


def _fields(line: str, delimiter: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]
