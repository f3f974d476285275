"""Small vectorised helpers: weighted draws, expansion of rows, first and running counts within groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """Return for each row of an expansion its parent, and its position within the parent.

    >>> [array.tolist() for array in expand(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    parent = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    first = np.cumsum(counts) - counts
    return parent, np.arange(len(parent), dtype=np.int64) - first[parent]


def pick(rng: np.random.Generator, weights: Sequence[float], size: int) -> Ints:
    """Return `size` positions in `weights`, drawn by weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(np.searchsorted(edges / edges[-1], rng.random(size), side="right"), dtype=np.int64)


def pick_by_row(rng: np.random.Generator, weights: Floats, row: Ints) -> Ints:
    """Return one position per entry of `row`, drawn by the weights of that row of the table."""
    edges = np.cumsum(weights, axis=1)
    edges = edges / edges[:, -1:]
    return np.asarray((rng.random(len(row))[:, None] >= edges[row]).sum(axis=1), dtype=np.int64)


def is_first(group: Ints) -> Bools:
    """Return whether a row is the first one of its group, in row order.

    >>> is_first(np.array([5, 5, 3, 5])).tolist()
    [True, False, True, False]
    """
    first = np.zeros(len(group), dtype=np.bool_)
    first[np.unique(group, return_index=True)[1]] = True
    return first


def starts(group: Ints) -> Bools:
    """Return whether a row begins a run of equal values.

    >>> starts(np.array([1, 1, 2, 1])).tolist()
    [True, False, True, True]
    """
    begin = np.ones(len(group), dtype=np.bool_)
    begin[1:] = group[1:] != group[:-1]
    return begin


def run_numbers(begin: Bools) -> Ints:
    """Return the number, from 0, of the run that each row belongs to."""
    return np.cumsum(begin).astype(np.int64) - 1


def first_of_run(begin: Bools) -> Ints:
    """Return for each row the position of the first row of its run."""
    return np.flatnonzero(begin).astype(np.int64)[run_numbers(begin)]


def sum_before(values: NDArray[np.int64], begin: Bools) -> Ints:
    """Return the sum of the earlier values within each run.

    >>> sum_before(np.array([1, 2, 3, 4]), np.array([True, False, True, False])).tolist()
    [0, 1, 0, 3]
    """
    before = np.cumsum(values, dtype=np.int64) - values
    return before - before[first_of_run(begin)]
