"""The columns of a text file with delimiters: from its header, or from what the source says of files without one."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.ingest.file_kind import FileKind, FileRefused, first_line
from journey_analytics.ingest.rows import first_text_line
from journey_analytics.wording import counted

_DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Layout:
    """How the fields of a text file are told apart."""

    columns: tuple[str, ...]
    delimiter: str
    has_header: bool = True
    is_quoted: bool = True


def file_layout(
    path: Path, kind: FileKind, wanted: Collection[str], columns: Sequence[str] = (), *, is_quoted: bool = True
) -> Layout:
    """Return the layout of a file, with the delimiter that makes most sense of its first line.

    Args:
        path: the file.
        kind: what it is.
        wanted: columns that one hopes to find.
        columns: those of a file without a header.
        is_quoted: false where quotes are data.

    Raises:
        FileRefused: a column stands twice, or a file without a header has another number of columns.
    """
    if columns:
        return _headless(first_text_line(path, kind), columns, is_quoted)
    found, delimiter = split_header(first_line(path, kind, whole=True), wanted, is_quoted=is_quoted)
    named = tuple(column or f"column_{number}" for number, column in enumerate(found, start=1))
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        raise FileRefused(f"has two columns named {twice!r}; give each column a name of its own")
    return Layout(named, delimiter, True, is_quoted)


def split_header(line: str, wanted: Collection[str] = (), *, is_quoted: bool = True) -> tuple[list[str], str]:
    """Return the fields of a first line, and the delimiter that yields most of what is wanted, or most fields.

    >>> split_header("time;what,where;who")
    (['time', 'what,where', 'who'], ';')
    >>> split_header("a;b;c,where", ["where"])
    (['a;b;c', 'where'], ',')
    """
    read = [(_fields(line, delimiter, is_quoted), delimiter) for delimiter in _DELIMITERS]
    return max(read, key=lambda one: (len(set(wanted) & set(one[0])), len(one[0])))


def _headless(line: str, columns: Sequence[str], is_quoted: bool) -> Layout:
    counts = {delimiter: len(_fields(line, delimiter, is_quoted)) for delimiter in _DELIMITERS}
    fitting = next((delimiter for delimiter, count in counts.items() if count == len(columns)), None)
    if fitting is None:
        most = max(counts, key=lambda delimiter: counts[delimiter])
        raise FileRefused(
            f"has {counted(counts[most], 'field')} in its first line, between {_DELIMITER_NAMES[most]}, where the source names "
            f"{counted(len(columns), 'column')}; change `columns`, or leave them out when the file has a header"
        )
    return Layout(tuple(columns), fitting, False, is_quoted)


def _fields(line: str, delimiter: str, is_quoted: bool) -> list[str]:
    if not is_quoted:
        return [field.strip() for field in line.split(delimiter)]
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]
