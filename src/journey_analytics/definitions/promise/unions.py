"""Set operations under the check: their parts are matched by place, and the key must stand in one place of all."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from journey_analytics.definitions.promise.columns import Branch, Facts, Relation, Tie, joined_origins
from journey_analytics.definitions.promise.inputs import slice_words

_MOST_GUARANTEES = 16
_FIRST, _SECOND = "<1", "<2"  # no alias can be called that


def united(expression: exp.SetOperation, left: Relation, right: Relation, name: str, key: str) -> Relation:
    """Return the relation that a set operation yields, without looking for faults.

    Args:
        expression: the UNION, EXCEPT or INTERSECT.
        left: its first part.
        right: its second part.
        name: how people know the result.
        key: the model's key.
    """
    columns = {
        column: _either(one or Facts(), other or Facts(), left, right)
        for column, one, other in _paired(expression, left, right)
    }
    if left.slice is None or right.slice is None:
        columns = _one_key(columns, key.lower())
    slice_ = left.slice if left.slice is not None else right.slice
    pinned = all(part.pinned or part.slice is None for part in (left, right))
    is_grouped = left.is_grouped or right.is_grouped
    return Relation(name, columns, slice_, _guarantees(left, right), pinned, left.broken or right.broken, is_grouped)


def set_fault(expression: exp.SetOperation, left: Relation, right: Relation, result: Relation, key: str) -> str | None:
    """Return what is wrong with a set operation, or None."""
    keyed = [part for part in (left, right) if part.slice is not None and not part.pinned]
    name = expression.key.upper()
    if result.broken or not keyed:
        return None
    if len(keyed) == 2 and left.slice != right.slice:
        return (
            f"{name}: its parts find {key} in different ways ({slice_words(left.slice, key)}; "
            f"{slice_words(right.slice, key)}). Give each part the column {key} before they are put together"
        )
    if any(facts.tie is Tie.EXACT for facts in result.columns.values()):
        return None
    drops_equal_rows = not isinstance(expression, exp.Union) or bool(expression.args.get("distinct"))
    apart = all(any(facts.tie is Tie.EXACT for facts in part.columns.values()) for part in keyed)
    if drops_equal_rows or apart:
        return (
            f"{name}: no column has {slice_words(keyed[0].slice, key)} in every part; columns are matched by their "
            f"place, not by name. Put {key} in the same place of every part"
        )
    return None


def _paired(
    expression: exp.SetOperation, left: Relation, right: Relation
) -> list[tuple[str, Facts | None, Facts | None]]:
    if expression.args.get("by_name"):
        names = dict.fromkeys([*left.columns, *right.columns])
        return [(name, left.columns.get(name), right.columns.get(name)) for name in names]
    pairs = zip(left.columns.items(), right.columns.values(), strict=False)
    return [(name, facts, other) for (name, facts), other in pairs]


def _either(one: Facts, other: Facts, left: Relation, right: Relation) -> Facts:
    """Return the facts of a column of a set operation: those that hold in both parts."""
    ties = [facts.tie for facts, part in ((one, left), (other, right)) if part.slice is not None]
    values = {((_FIRST, *path), table): value for (path, table), value in one.values.items()}
    values |= {((_SECOND, *path), table): value for (path, table), value in other.values.items()}
    origins = joined_origins([one.origins, other.origins])
    return Facts(min(ties, default=Tie.NONE), values, origins, one.is_double or other.is_double)


def _one_key(columns: dict[str, Facts], key: str) -> dict[str, Facts]:
    """Return the columns with one key at most: in rows of a reference two columns that hold it elsewhere may differ."""
    tied = [name for name, facts in columns.items() if facts.tie is not Tie.NONE]
    kept = key if key in tied else next(iter(tied), None)
    return {name: facts if name == kept else replace(facts, tie=Tie.NONE) for name, facts in columns.items()}


def _guarantees(left: Relation, right: Relation) -> tuple[frozenset[Branch], ...]:
    ones = [frozenset(((_FIRST, *path), table) for path, table in each) for each in left.guarantees]
    others = [frozenset(((_SECOND, *path), table) for path, table in each) for each in right.guarantees]
    if left.slice is None or right.slice is None:
        return tuple(ones if right.slice is None else others)
    pairs = [(one, other) for one in ones for other in others]
    # parts of one shape read the same tables: those pairs first
    pairs.sort(key=lambda pair: {table for _, table in pair[0]} != {table for _, table in pair[1]})
    return tuple(one | other for one, other in pairs[:_MOST_GUARANTEES])
