"""The static check of `adds_up_over`: what a night adds is exact only where each unit adds its part on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import OptimizeError

from journey_analytics.definitions.model import Model, names_in
from journey_analytics.definitions.promise.check import RUN_WINDOW, check_promise, qualified
from journey_analytics.definitions.promise.inputs import Input
from journey_analytics.definitions.promise.sums import counted_units, sum_faults, unit_model
from journey_analytics.errors import did_you_mean

# matures_at < as_of_at and its negation, by the side on which as_of_at stands
_AS_OF_ON_THE_RIGHT = (exp.LT, exp.GTE)
_AS_OF_ON_THE_LEFT = (exp.GT, exp.LTE)


def adding_faults(model: Model, inputs: Mapping[str, Input], select: exp.Expr) -> list[str]:
    """Return why a model does not add up over the units of its `adds_up_over`, in sentences; nothing where it does.

    Args:
        inputs: every table that its SELECT reads, by name.
        select: its SELECT with views and contract unions inlined.
    """
    unit = model.front.adds_up_over
    assert unit is not None
    known = {name for given in inputs.values() for name in given.columns} | names_in(select)
    if unit.lower() not in {name.lower() for name in known}:
        return [f"no table that the SELECT reads has a column {unit}.{did_you_mean(unit, sorted(known))}"]
    faults = [*sum_faults(select, unit), *_run_window_faults(model, inputs, select)]
    # a KPI whose units do not add up is made by its periods: dearer, and as exact
    if faults or model.generated:
        return faults
    units, rows = unit_model(model, select)
    return check_promise(units, inputs, select=rows) or list(_units_of_others(model, inputs, select))


def _units_of_others(model: Model, inputs: Mapping[str, Input], select: exp.Expr) -> Iterator[str]:
    """Yield a sentence for each count of distinct units whose column is not the one by which rows are read."""
    for measure, column in counted_units(select):
        units, rows = unit_model(model, select, column)
        if check_promise(units, inputs, select=rows):
            yield (
                f"{measure} does not add up: {column.sql('duckdb')} is not the {model.front.adds_up_over} by which rows "
                "are read, so two changed units may count the same one. Count the distinct "
                f"{model.front.adds_up_over} of the table after FROM."
            )


def _run_window_faults(model: Model, inputs: Mapping[str, Input], select: exp.Expr) -> Iterator[str]:
    """Yield a sentence for each use of run_window that changes other rows than those which mature."""
    column = model.front.matures_at
    if column is None:  # then run_window may not be read at all, which the promise says
        return
    try:
        root = qualified(select.unnest(), {name.lower(): given for name, given in inputs.items()})
    except OptimizeError:  # which the promise tells
        return
    for scope in root.traverse():
        for used in scope.columns:
            source = scope.sources.get(used.table)
            is_window = isinstance(source, exp.Table) and source.name.lower() == RUN_WINDOW
            if is_window and not _says_what_matures(used, column):
                yield (
                    f"{used.name} of {RUN_WINDOW} is used otherwise than in `{column} < {RUN_WINDOW}.as_of_at`. As time "
                    f"passes a night adds only what matures at {column}. Compute the moment at which a row changes as "
                    f"{column} and compare that, or use {used.name} in a view over this model."
                )
                return


def _says_what_matures(used: exp.Expr, matures_at: str) -> bool:
    """Whether as_of_at is compared with nothing but the column at which rows mature."""
    side = used
    while isinstance(side.parent, exp.Paren):
        side = side.parent
    asked = side.parent
    if used.name.lower() != "as_of_at":
        return False
    if isinstance(asked, _AS_OF_ON_THE_RIGHT) and asked.expression is side:
        other = asked.this
    elif isinstance(asked, _AS_OF_ON_THE_LEFT) and asked.this is side:
        other = asked.expression
    else:
        return False
    return isinstance(other.unnest(), exp.Column) and other.unnest().name.lower() == matures_at.lower()
