"""The one family of errors that a person can fix; each knows the exit code of the command line.

Exit codes: 0 ok, 2 usage, 3 definition or settings, 4 input, 5 check failed, 6 busy, 7 storage.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class JourneyError(Exception):
    """Something the user can fix; the message says what is wrong, where, what is allowed and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(JourneyError):
    """The command line was asked for something that it does not have."""

    exit_code = 2


class DefinitionError(JourneyError):
    """A model, contract, journey or settings file says something that cannot be meant."""

    exit_code = 3


class GraphError(DefinitionError):
    """Models that read each other in a circle, or a table that nobody makes."""


class InputError(JourneyError):
    """No file could be read, or too many of its rows were refused."""

    exit_code = 4


class CheckFailed(JourneyError):
    """A check with `severity: fail` found rows; nothing of this run was stored or published."""

    exit_code = 5


class Busy(JourneyError):
    """Another run holds the database."""

    exit_code = 6


class StorageError(JourneyError):
    """The database or the output folder cannot be read or written."""

    exit_code = 7


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest allowed word, or an empty text.

    >>> did_you_mean("event_names", ["event_name", "page_path"])
    " Did you mean 'event_name'?"
    >>> did_you_mean("zzz", ["event_name"])
    ''
    """
    nearest = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""
