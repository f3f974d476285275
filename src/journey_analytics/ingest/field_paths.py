"""Paths into the columns of a file: `properties.$current_url` is the field `$current_url` of the column `properties`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldPath:
    """A column of the file and, where it holds JSON, the way to one of its fields; a number counts into a list."""

    column: str
    fields: tuple[str, ...] = ()

    @property
    def pointer(self) -> str:
        """The way within the column, as a JSON pointer.

        >>> FieldPath("contexts", ("data", "0", "a/b")).pointer
        '/data/0/a~1b'
        """
        return "".join(pointer(name) for name in self.fields)


def pointer(name: str) -> str:
    """Return the JSON pointer to a field."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def read_path(text: str, columns: Collection[str] | None = None) -> FieldPath:
    """Return the path that a mapping writes with dots.

    Args:
        text: a column, or a column and fields.
        columns: those of the file, when they are known: a column's own name may hold dots.

    >>> read_path("a.b.c")
    FieldPath(column='a', fields=('b', 'c'))
    >>> read_path("a.b.c", ["a.b", "a"]), read_path("a.b", ["a.b"])
    (FieldPath(column='a.b', fields=('c',)), FieldPath(column='a.b', fields=()))
    """
    known = [name for name in columns or () if text == name or text.startswith(f"{name}.")]
    column = max(known, key=len) if known else text.split(".")[0]
    rest = text[len(column) + 1 :]
    return FieldPath(column, tuple(rest.split(".")) if rest else ())


def value_at(row: Mapping[str, Any], path: FieldPath) -> Any:
    """Return what a row holds at a path, None where there is nothing; a text that is JSON is looked into.

    >>> value_at({"p": '{"u": [{"x": 1}]}'}, FieldPath("p", ("u", "0", "x"))), value_at({"p": "no"}, FieldPath("p", ("u",)))
    (1, None)
    """
    whole = ".".join([path.column, *path.fields])
    if whole in row:
        return row[whole]
    value = opened(row.get(path.column)) if path.fields else row.get(path.column)
    for name in path.fields:
        if isinstance(value, list) and name.isdecimal():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def opened(value: Any) -> Any:
    """Return a value, and of a text that is a JSON object or list what it says."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
