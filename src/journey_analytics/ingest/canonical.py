"""The canonical text of an event, and its key."""

from __future__ import annotations

from collections.abc import Iterable


def event_key(expressions: Iterable[str]) -> str:
    """Return the SQL of a row's key: md5 over all that is stored of it, so the same event has the same key anywhere.

    Columns are told apart by a separator that no export contains; null has a sign of its own, other than ''.
    Numbers are written as the shortest text that reads back as the same number.

    >>> event_key(["event_name"])
    "md5(concat_ws(chr(31), coalesce(cast(event_name as varchar), chr(30))))"
    """
    parts = ", ".join(f"coalesce(cast({expression} as varchar), chr(30))" for expression in expressions)
    return f"md5(concat_ws(chr(31), {parts}))"


def list_text(parameters: str) -> str:
    """Return the SQL of a parameter list's text, the same whatever the order of the parameters."""
    return f"cast(to_json(list_sort({parameters})) as varchar)"
