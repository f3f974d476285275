"""The rescue of a file that the engine refuses: row by row, so that one torn line does not cost the file.

Good rows are written to a new file, with their row numbers, which is then loaded by the same SQL as any other; bad rows
are handed out with the reason. Memory is bounded by the longest row (a JSON array is read whole, up to a limit).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from journey_analytics.ingest.file_kind import FileKind, FileRefused
from journey_analytics.ingest.reader import ROW_NUMBER

_LONGEST_ROW = 16 * 1024 * 1024
_LARGEST_ARRAY = 256 * 1024 * 1024
_HOPELESS_AFTER = 1_000
_CONTENT_KEPT = 4_000
_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be loaded. Its content is not redacted yet."""

    row_number: int
    reason: str
    content: str


@dataclass(frozen=True)
class Row:
    """A row that could be read, or the reason why not."""

    number: int
    value: Any
    text: str
    problem: str | None = None


def rescue(
    rows: Iterator[Row], target: Path, misfit: Callable[[dict[str, Any]], str | None], on_bad: Callable[[BadRow], None]
) -> int:
    """Write the good rows to `target` as newline-delimited JSON, hand out the bad ones; return how many are good.

    Raises:
        FileRefused: there is no good row (within the first thousand, if there are more).
    """
    good = bad = 0
    first: BadRow | None = None
    with target.open("wb") as out:
        for row in rows:
            problem = row.problem or _problem(row.value, misfit)
            if problem is None:
                out.write(json.dumps({**row.value, ROW_NUMBER: row.number}, ensure_ascii=False).encode() + b"\n")
                good += 1
                continue
            bad += 1
            refused = BadRow(row.number, problem, readable(row.text)[:_CONTENT_KEPT])
            first = first or refused
            on_bad(refused)
            if not good and bad >= _HOPELESS_AFTER:
                break
    if first and not good:
        raise FileRefused(
            f"has no row that can be loaded among the first {bad:,}; row {first.row_number}: {first.reason}. "
            "Export it again as newline-delimited JSON or Parquet"
        )
    return good


def json_rows(path: Path, kind: FileKind) -> Iterator[Row]:
    """Return the rows of a JSON file; blank lines count in the numbering only.

    Raises:
        FileRefused: the file breaks off, or is damaged in a way that no row can be told from the next.
    """
    with _opened(path, kind) as file:
        yield from _array_rows(file) if kind.format == "array" else _line_rows(file)


def readable(text: str) -> str:
    r"""Return JSON text with its escapes of plain characters undone, so that redaction sees them.

    >>> readable(r"?a=1\u0026token\u003dx")
    '?a=1&token=x'
    """
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


@contextmanager
def _opened(path: Path, kind: FileKind) -> Iterator[IO[bytes]]:
    with gzip.open(path) if kind.is_gzip else path.open("rb") as file:
        if kind.has_bom:
            file.read(3)
        yield file  # type: ignore[misc]


def lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
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
    for number, line in lines(file):
        if not line.strip():
            continue
        text = line.decode("utf-8", "replace").strip()
        if len(line) >= _LONGEST_ROW:
            yield Row(number, None, text, "is longer than 16 MB")
            continue
        try:
            yield Row(number, json.loads(line), text)
        except UnicodeDecodeError:
            yield Row(number, None, text, "is not UTF-8 text")
        except json.JSONDecodeError as error:
            yield Row(number, None, text, _json_problem(text, error))


def _array_rows(file: IO[bytes]) -> Iterator[Row]:
    content = b"".join(line for _, line in lines(file))
    if len(content) > _LARGEST_ARRAY:
        raise FileRefused("is a JSON array of more than 256 MB; export it as newline-delimited JSON")
    try:
        elements = json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FileRefused(f"is no complete JSON array ({error}); export it again as newline-delimited JSON") from None
    for number, element in enumerate(elements, start=1):
        yield Row(number, element, json.dumps(element, ensure_ascii=False))


def _json_problem(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text) or "Unterminated" in error.msg or not text.endswith("}"):
        return "is torn: the JSON ends in the middle"
    return f"is no JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"


def _problem(value: Any, misfit: Callable[[dict[str, Any]], str | None]) -> str | None:
    if not isinstance(value, dict):
        return "is JSON but no object with fields"
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "holds half a character (a lone surrogate)"
    return misfit(value)
