"""The canonical text of an event, and its key.

Texts are kept short: md5 costs by the byte, and is a fifth of a load.
"""

from __future__ import annotations

from collections.abc import Iterable

# between columns, between the rows of a list, between the fields of such a row; and what stands for null
_COLUMN, _ROW, _FIELD, _NULL = "chr(31)", "chr(30)", "chr(29)", "chr(28)"


def event_key(expressions: Iterable[str]) -> str:
    """Return the SQL of a row's key: md5 over all that is stored of it, so the same event has the same key anywhere.

    Columns are told apart by a separator that no export contains; null has a sign of its own, other than ''.
    Numbers are written as the shortest text that reads back as the same number.

    >>> event_key(["event_name"])
    'md5(concat_ws(chr(31), coalesce(cast(event_name as varchar), chr(28))))'
    """
    return f"md5(concat_ws({_COLUMN}, {_texts(expressions)}))"


def list_text(name: str, fields: Iterable[str], *, is_sorted: bool) -> str:
    """Return the SQL of the text of a list of structs; sorted where the order of its rows means nothing."""
    members = (f"r.{field}" for field in fields)
    rows = f"list_transform({name}, lambda r: concat_ws({_FIELD}, {_texts(members)}))"
    return f"array_to_string({f'list_sort({rows})' if is_sorted else rows}, {_ROW})"


def _texts(expressions: Iterable[str]) -> str:
    return ", ".join(f"coalesce(cast({expression} as varchar), {_NULL})" for expression in expressions)
