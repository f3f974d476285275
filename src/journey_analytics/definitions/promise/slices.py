"""A large model that is made whole is made slice by slice of its keys: what one slice holds in memory does not grow with
the years of history, and nothing has to go by way of the disk.

By the promise that a night relies on, the rows of some keys are made of the input rows of those keys; so are those of a
slice, and all slices together are the whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.inputs import Input, InputKey, Reading
from journey_analytics.definitions.promise.plans import known_promise
from journey_analytics.definitions.promise.rewrite import one_slice, over_keys

ROWS_A_SLICE = 1_000_000
# each slice reads the inputs again, and is sorted by itself: with many a night finds few dates in many places
MOST_SLICES = 8


def may_be_sliced(model: Model) -> bool:
    """Return whether a model has keys to be sliced by. Estimates look at all rows, a ledger keeps those of other nights."""
    return model.front.rebuild_by != "full" and model.front.published != "ledger" and not model.front.estimate


def slices_for(rows: int) -> int:
    """Return how many slices a model is made in whose largest input has so many rows.

    >>> slices_for(40_000), slices_for(2_500_000), slices_for(80_000_000)
    (1, 3, 8)
    """
    return min(MOST_SLICES, -(-rows // ROWS_A_SLICE)) or 1


def slices(model: Model, read: Reading, count: int, table_scope: frozenset[str]) -> tuple[str, ...]:
    """Return the SELECTs of so many slices of a model's keys, or nothing where it is to be made in one piece."""
    if count < 2:
        return ()
    promise = known_promise(model, read.select, read.inputs, table_scope)
    keys = {name: key for name, key in promise.keys.items() if name != "run_window"}
    types = {_type_of_key(name, key, read.inputs) for name, key in keys.items()} - {""}
    if promise.faults or len(types) != 1 or None in types:
        return ()
    by = model.front.rebuild_by
    return tuple(over_keys(read.select, keys, by, one_slice(number, count)) for number in range(count))


def _type_of_key(name: str, key: InputKey, inputs: Mapping[str, Input]) -> str | None:
    """Return the type of the column that is an input's key: empty for what is read whole, or led by another input; None
    where it is no plain column, and its values may be of another type than elsewhere."""
    if key.how in ("reference", "bridge"):
        return ""
    types = {column.lower(): kind for column, kind in _given(name, inputs).types.items()}
    if key.how != "column" or not isinstance(key.expression, exp.Column):
        return None
    return types.get(key.expression.name.lower())


def _given(name: str, inputs: Mapping[str, Input]) -> Input:
    return next(given for given in inputs.values() if given.name.lower() == name.lower())
