"""What was worked out of a SELECT before: a process that runs several nights does it once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlglot import exp

Made = TypeVar("Made")
_MADE: dict[tuple[str, int, Hashable], tuple[exp.Expr, Any]] = {}


def remembered(what: str, select: exp.Expr, also: Hashable, make: Callable[[], Made]) -> Made:
    """Return what `make` makes of a SELECT, made once for each tree.

    Args:
        select: a tree that nobody changes; it is kept, so that its identity stays its own.
        also: what else the result depends on.
    """
    place = (what, id(select), also)
    if place not in _MADE:
        _MADE[place] = (select, make())
    made: Made = _MADE[place][1]
    return made
