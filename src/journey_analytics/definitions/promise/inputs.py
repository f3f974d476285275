"""Inputs of a model, and how the rows of each find the key by which the model is rebuilt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

Slice = tuple[str, str]
"""What rows are sliced by: `KEY`, or the (table, column) through which they find it: a bridge or a translation."""

KEY: Slice = ("", "")

OR_FULL = "or write `rebuild_by: full` when the table is small"


@dataclass(frozen=True)
class Input:
    """A table that a model reads.

    Attributes:
        name: the table's name.
        columns: its columns, in order.
        is_reference: it is read whole, and a change in it rebuilds the model whole.
        types: SQL type of each column, where known; finds sums of DOUBLE.
    """

    name: str
    columns: tuple[str, ...]
    is_reference: bool = False
    types: Mapping[str, str] = field(default_factory=dict)

    def doubles(self) -> frozenset[str]:
        """Return the columns that are known to be binary floating-point numbers, in lower case."""
        return frozenset(
            name.lower() for name, kind in self.types.items() if kind.upper() in ("DOUBLE", "FLOAT", "REAL")
        )

    def has(self, column: str) -> bool:
        """Whether the table has a column of that name; upper and lower case are one."""
        return column.lower() in {name.lower() for name in self.columns}


@dataclass(frozen=True)
class Reading:
    """What a model reads: its SELECT with views inlined, and every table in it by name."""

    select: exp.Query
    inputs: Mapping[str, Input]


@dataclass(frozen=True)
class InputKey:
    """How the rows of an input find the model's key.

    Attributes:
        how: `reference`: read whole. `column`, `derived`: `expression` is the key. `bridge`: `expression` equals
            `table.column`, and that table's own InputKey leads on. `through`: `expression` equals `table.column` in a
            reference table that translates it to the key. `unknown`: nothing leads to the key.
        expression: over the input's own columns, named without a table.
        table: the bridge or the translation.
        column: its column that equals the expression.
        key: for `through`, the column of the translation that holds the key.
    """

    how: Literal["reference", "column", "bridge", "derived", "through", "unknown"]
    expression: exp.Expr | None = None
    table: str = ""
    column: str = ""
    key: str = ""

    @property
    def slice(self) -> Slice | None:
        """What the input's rows are sliced by; None for a reference."""
        if self.how == "reference":
            return None
        return (self.table, self.column) if self.how in ("bridge", "through") else KEY


def steps_to_key(slice_: Slice | None, keys: Mapping[str, InputKey]) -> Iterator[Slice]:
    """Yield the slices that a slice leads to, one after the other, up to the key; nothing for a circle.

    >>> people = InputKey("column", exp.column("person_key"))
    >>> list(steps_to_key(("dim_people", "user_id"), {"dim_people": people}))
    [('', '')]
    """
    seen = set()
    while slice_ is not None and slice_ != KEY and slice_ not in seen:
        seen.add(slice_)
        table = keys.get(slice_[0])
        if table is None:
            return
        # a translation is a reference, and holds the key itself
        slice_ = KEY if table.how == "reference" else table.slice
        if slice_ is not None:
            yield slice_


def slice_words(slice_: Slice | None, key: str) -> str:
    """Return the name of what rows are sliced by, as a reader of the model knows it.

    >>> slice_words(("dim_people", "user_pseudo_id"), "person_key")
    'the column that leads to person_key (equal to dim_people.user_pseudo_id)'
    """
    if slice_ is None or slice_ == KEY:
        return f"the key {key}"
    return f"the column that leads to {key} (equal to {slice_[0]}.{slice_[1]})"
