"""The rows of a text file one by one, as Python reads them: slow, exact about row numbers, and not put off by one bad
row. Memory is bounded by the longest row; a JSON array is read whole, up to a limit.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from journey_analytics.ingest.file_kind import FileKind, FileRefused, head

# the row's number in the file it came from, in files that the slow path has rewritten
ROW_NUMBER = "__row"

_LONGEST_ROW = 16 * 1024 * 1024
_LARGEST_ARRAY = 256 * 1024 * 1024
_LINES_IN_A_CSV_ROW = 100
TOO_DEEP = "the line is nested deeper than any event is"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Row:
    """A row that could be read, or the reason why not. `text` is JSON when there is no problem."""

    number: int
    value: Any
    text: str
    problem: str | None = None


def json_rows(path: Path, kind: FileKind) -> Iterator[Row]:
    """Return the rows of a JSON file; blank lines count in the numbering only.

    Raises:
        FileRefused: the file breaks off, or is damaged in a way that no row can be told from the next.
    """
    with _opened(path, kind) as file:
        yield from _array_rows(file) if kind.format == "array" else _line_rows(file)


def csv_rows(
    path: Path, kind: FileKind, columns: Sequence[str], delimiter: str, *, has_header: bool = True
) -> Iterator[Row]:
    """Return the rows of a CSV file, numbered by their first line; the header, if there is one, is line 1.

    A quote that is never closed costs one row: the lines after it are tried again on their own.

    Raises:
        FileRefused: the file breaks off.
    """
    with _opened(path, kind) as file:
        ahead = _Ahead(_lines(file))
        ahead.drop(1 if has_header else 0)
        while ahead.holds(1):
            size = 1
            while _is_open(ahead.text(size)) and size < _LINES_IN_A_CSV_ROW and ahead.holds(size + 1):
                size += 1
            problem, value = _csv_value(ahead.text(size), columns, delimiter, has_header)
            number, line = ahead.first
            if problem:
                yield Row(number, None, line.decode("utf-8", "replace").strip(), problem)
            elif value:
                yield Row(number, value, json.dumps(value, ensure_ascii=False))
            ahead.drop(1 if problem else size)


def unquoted_rows(
    path: Path, kind: FileKind, columns: Sequence[str], delimiter: str, *, has_header: bool = True
) -> Iterator[Row]:
    """Return the rows of a text file in which quotes are data: one a line.

    Raises:
        FileRefused: the file breaks off.
    """
    with _opened(path, kind) as file:
        for number, line in islice(_lines(file), 1 if has_header else 0, None):
            try:
                fields = line.decode("utf-8").rstrip("\r\n").split(delimiter)
            except UnicodeDecodeError:
                yield Row(number, None, line.decode("utf-8", "replace").strip(), "the line is not UTF-8 text")
                continue
            if len(fields) != len(columns) and any(fields):
                problem = _miscounted(fields, columns, has_header)
                yield Row(number, None, line.decode("utf-8").strip(), problem)
            elif value := _filled(columns, fields):
                yield Row(number, value, json.dumps(value, ensure_ascii=False))


def first_text_line(path: Path, kind: FileKind) -> str:
    """Return the whole first line of a text file, without its end.

    Raises:
        FileRefused: it is not UTF-8 text, or breaks off.
    """
    with _opened(path, kind) as file:
        try:
            return next(_lines(file))[1].decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise FileRefused("is not UTF-8 text; save it as UTF-8") from None


class _Ahead:
    """Numbered lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterator[tuple[int, bytes]]) -> None:
        self._lines = lines
        self._waiting: deque[tuple[int, bytes]] = deque()

    @property
    def first(self) -> tuple[int, bytes]:
        return self._waiting[0]

    def holds(self, count: int) -> bool:
        """Return whether there are so many lines left."""
        while len(self._waiting) < count and (line := next(self._lines, None)):
            self._waiting.append(line)
        return len(self._waiting) >= count

    def text(self, count: int) -> bytes:
        """Return the next lines as one text, without taking them."""
        return b"".join(line for _, line in islice(self._waiting, count))

    def drop(self, count: int) -> None:
        """Take lines away."""
        for _ in range(count if self.holds(count) else 0):
            self._waiting.popleft()


def _is_open(text: bytes) -> bool:
    return text.count(b'"') % 2 == 1


def _csv_value(
    text: bytes, columns: Sequence[str], delimiter: str, has_header: bool
) -> tuple[str | None, dict[str, str]]:
    """Return what is wrong with a CSV row, and its fields that are not empty."""
    if _is_open(text):
        return "the row opens a quote that is not closed", {}
    try:
        fields = next(csv.reader([text.decode("utf-8")], delimiter=delimiter, strict=True), [])
    except UnicodeDecodeError:
        return "the line is not UTF-8 text", {}
    except csv.Error:
        return "the row has a quote in the middle of a field", {}
    if fields and len(fields) != len(columns):
        return _miscounted(fields, columns, has_header), {}
    return None, _filled(columns, fields)


def _miscounted(fields: Sequence[str], columns: Sequence[str], has_header: bool) -> str:
    told = f"the header has {len(columns)}" if has_header else f"the source names {len(columns)} columns"
    return f"the row has {len(fields)} fields where {told}"


def _filled(columns: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    return {column: field for column, field in zip(columns, fields, strict=False) if field}


@contextmanager
def _opened(path: Path, kind: FileKind) -> Iterator[IO[bytes]]:
    with gzip.open(path) if kind.is_gzip else path.open("rb") as file:
        if kind.has_bom:
            file.read(3)
        yield file if kind.encoding == "utf-8" else _Recoded(file)  # type: ignore[arg-type,misc]


class _Recoded:
    """A UTF-16 file that is read as UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(file, "utf-16", newline="")

    def readline(self, limit: int) -> bytes:
        """Return the next line, of at most so many characters."""
        try:
            return self._text.readline(limit).encode()
        except UnicodeError:
            raise FileRefused("is damaged: it begins like UTF-16 text and is none; save it as UTF-8") from None


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Return the numbered lines of a file, none longer than a row may be.

    Raises:
        FileRefused: the file is compressed and breaks off or is damaged.
    """
    number = 0
    try:
        while line := file.readline(_LONGEST_ROW):
            number += 1
            yield number, line
            while line and not line.endswith(b"\n"):  # the rest of a row that is too long
                line = file.readline(_LONGEST_ROW)
    except EOFError:
        reason = f"ends in the middle (truncated gzip) at about row {number + 1:,}; download it again"
        raise FileRefused(reason) from None
    except (zlib.error, gzip.BadGzipFile):
        raise FileRefused(f"is damaged (gzip) at about row {number + 1:,}; download it again") from None


def _line_rows(file: IO[bytes]) -> Iterator[Row]:
    for number, line in _lines(file):
        if not line.strip():
            continue
        text = line.decode("utf-8", "replace").strip()
        if len(line) >= _LONGEST_ROW:
            yield Row(number, None, text, "the line is longer than 16 MB")
            continue
        try:
            yield Row(number, json.loads(line, object_pairs_hook=_object), text)
        except UnicodeDecodeError:
            yield Row(number, None, text, "the line is not UTF-8 text")
        except _NamedTwice as error:
            yield Row(number, None, text, f"the line names {error} twice in one object")
        except json.JSONDecodeError as error:
            yield Row(number, None, text, _json_problem(text, error))
        except RecursionError:
            yield Row(number, None, text, TOO_DEEP)


def _array_rows(file: IO[bytes]) -> Iterator[Row]:
    content = b"".join(line for _, line in _lines(file))
    if len(content) > _LARGEST_ARRAY:
        raise FileRefused("is a JSON array of more than 256 MB; export it as newline-delimited JSON")
    try:
        elements = json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileRefused(f"is no complete JSON array ({error}); export it again as newline-delimited JSON") from None
    for number, element in enumerate(elements, start=1):
        yield Row(number, element, json.dumps(element))


def head_rows(path: Path, kind: FileKind) -> list[Any]:
    """Return the JSON values in the first 64 KB of a file, as far as they can be read.

    Raises:
        FileRefused: it is compressed and damaged.
    """
    text = head(path, kind).decode("utf-8", "replace")
    values, place = [], text.find("{")
    while place >= 0:
        try:
            value, place = _DECODER.raw_decode(text, place)
        except (json.JSONDecodeError, RecursionError):
            break  # the row that the head cuts through, or a bad one, which is told where it is read
        values.append(value)
        place = text.find("{", place)
    return values


class _NamedTwice(Exception):
    """A JSON object has a key twice: nobody knows which value is meant."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _NamedTwice(repr(next(key for key in keys if keys.count(key) > 1)))
    return made


def _json_problem(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text) or "Unterminated" in error.msg or not text.endswith("}"):
        return "the line is torn: its JSON ends in the middle"
    return f"the line is no JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
