"""What a SELECT and its inputs tell of a model's promises without an engine, found once in a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.adding import adding_faults
from journey_analytics.definitions.promise.check import check_promise
from journey_analytics.definitions.promise.inputs import Input
from journey_analytics.definitions.promise.remembered import remembered
from journey_analytics.definitions.promise.sums import casts_of_sums, without_casts


@dataclass(frozen=True)
class Told:
    """Faults in sentences, and the casts that an engine has to be asked of.

    Attributes:
        breaking: what breaks the promise of `rebuild_by`.
        adding: why the model does not add up over the units of its `adds_up_over`.
        casts: the types to which each sum is cast.
        uncast: the SELECT without these casts.
    """

    breaking: list[str]
    adding: list[str]
    casts: Mapping[str, tuple[str, ...]]
    uncast: str


def told_of(model: Model, select: exp.Query, inputs: Mapping[str, Input], table_scope: frozenset[str]) -> Told:
    """Return what is told of a model: most of what a check of all definitions takes.

    Args:
        select: its SELECT with views and contract unions inlined; the same tree whenever it is the same (`plans.inlined`).
        inputs: every table that it reads, by name.
        table_scope: names of estimates that work on the whole table at once.
    """
    read = ((name, given.columns, given.is_reference, *given.types.items()) for name, given in sorted(inputs.items()))

    def find() -> Told:
        breaking = check_promise(model, inputs, select=select, table_scope_estimates=table_scope)
        if model.front.adds_up_over is None:
            return Told(breaking, [], {}, "")
        return Told(breaking, adding_faults(model, inputs, select), casts_of_sums(select), without_casts(select))

    return remembered("told", select, (model.name, model.generated, *read), find)
