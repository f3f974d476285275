"""What the engine's messages say, taken apart: pure functions from its wording to what a person needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACE = re.compile(r"^LINE (?P<line>\d+): (?P<text>.*)\n(?P<blank> *)(?P<carets>\^+)", re.MULTILINE)
_NAMES = re.compile(r"^(?:Candidate (?:bindings|tables):[ :]*|Did you mean )(?P<names>\".*)$", re.MULTILINE)
_FILE = re.compile(r'file \\?"(?P<path>[^"\\]+)\\?"\s*:\s*(?P<reason>[A-Za-z][A-Za-z /-]+)')
_STORAGE_SIGNS = ("no space left", "read-only file system", "could not write", "database has been invalidated")


@dataclass(frozen=True)
class Told:
    """What the engine says of a statement that it refuses.

    Attributes:
        line: the line of the statement, from 1; None where it gives none.
        words: what stands there.
        names: names that it would have known, nearest first.
    """

    line: int | None = None
    words: str = ""
    names: tuple[str, ...] = ()


def told(message: str) -> Told:
    r"""Return the place and the names of a message.

    >>> told('Referenced column "b" not found!\nCandidate bindings: "a", "c"\n\nLINE 2: select b from t\n               ^')
    Told(line=2, words='b', names=('a', 'c'))
    >>> told("no place, no names")
    Told(line=None, words='', names=())
    """
    names = _NAMES.search(message)
    known = tuple(re.findall(r'"([^"]+)"', names["names"])) if names else ()
    place = _PLACE.search(message)
    if place is None:
        return Told(names=known)
    start = len(place["blank"]) - len(f"LINE {place['line']}: ")
    words = place["text"][max(start, 0) : start + len(place["carets"])]
    return Told(int(place["line"]), words.strip(), known)


def is_storage_trouble(message: str) -> bool:
    """Return whether the engine failed for want of a disk that it can write, whatever kind of error it calls it."""
    return any(sign in message.lower() for sign in _STORAGE_SIGNS)


def storage_sentence(message: str) -> str:
    """Return what is wrong with which file and what to do, in a sentence or two.

    >>> storage_sentence('IO Error: Could not write file "/x/w.duckdb": No space left on device')
    '/x/w.duckdb: no space left on device. Free some space, or choose another place; then run again.'
    >>> storage_sentence("IO Error: something else\\nwith details")
    'IO Error: something else'
    """
    found = _FILE.search(message)
    if found is None:
        return first_line(message)
    reason = found["reason"].strip()
    cure = (
        "Free some space, or choose another place; then run again."
        if "no space" in reason.lower()
        else "Choose a place that can be written, with --db or --out."
        if "read-only" in reason.lower()
        else ""
    )
    return f"{found['path']}: {reason[:1].lower()}{reason[1:]}. {cure}".strip()


def first_line(message: str) -> str:
    """Return the first line of a message."""
    return message.strip().splitlines()[0] if message.strip() else ""
