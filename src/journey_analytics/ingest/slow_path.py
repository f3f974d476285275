"""The rescue of a file that the engine refuses: one torn line must not cost the file.

Good rows are written to a new file, with their row numbers, which is then loaded by the same SQL as any other; bad rows
are handed out with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_analytics.ingest.file_kind import FileRefused
from journey_analytics.ingest.rows import ROW_NUMBER, TOO_DEEP, Row

_HOPELESS_AFTER = 1_000
_CONTENT_KEPT = 4_000
_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be loaded. Its content is not redacted yet."""

    row_number: int
    reason: str
    content: str


def rescue(
    rows: Iterable[Row], target: Path, misfit: Callable[[dict[str, Any]], str | None], on_bad: Callable[[BadRow], None]
) -> None:
    """Write the good rows to `target` as newline-delimited JSON; hand out the bad ones.

    Raises:
        FileRefused: there is no good row (within the first thousand, if there are more).
    """
    good = bad = 0
    first: BadRow | None = None
    with target.open("wb") as out:
        for row in rows:
            problem = row.problem or _told(row, misfit)
            if problem is None:
                out.write(_numbered(row).encode() + b"\n")
                good += 1
                continue
            bad += 1
            refused = BadRow(row.number, problem, readable(row.text)[:_CONTENT_KEPT])
            first = first or refused
            on_bad(refused)
            if not good and bad >= _HOPELESS_AFTER:
                break
    if first and not good:
        tried = f"the first {bad:,} rows" if bad > 1 else "its only row"
        raise FileRefused(
            f"cannot be loaded: no good row in {tried} (row {first.row_number}: {first.reason}); export it again"
        )


def readable(text: str) -> str:
    r"""Return JSON text with its escapes of plain characters undone, so that redaction sees them.

    >>> readable(r"?a=1\u0026token\u003dx")
    '?a=1&token=x'
    """
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _numbered(row: Row) -> str:
    """Return the row's JSON as it is written, with its number in front."""
    rest = row.text[1:] if row.value == {} else "," + row.text[1:]
    return f'{{"{ROW_NUMBER}":{row.number}{rest}'


def _told(row: Row, misfit: Callable[[dict[str, Any]], str | None]) -> str | None:
    try:
        return _problem(row, misfit)
    except RecursionError:
        return TOO_DEEP


def _problem(row: Row, misfit: Callable[[dict[str, Any]], str | None]) -> str | None:
    if not isinstance(row.value, dict):
        return "the line is JSON, but no object with fields"
    if _HALF_CHARACTER.search(row.text) and not _is_whole(row.value):
        return "the line holds half a character (a lone surrogate)"
    return misfit(row.value)


def _is_whole(value: Any) -> bool:
    try:
        "".join(_texts(value)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
