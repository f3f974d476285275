"""A SELECT that the engine refuses, told as an error of its model file: the line, what stands there, nearest names."""

from __future__ import annotations

import re

from journey_analytics.definitions.model import Model, names_in
from journey_analytics.engine_words import Told
from journey_analytics.errors import DefinitionError, did_you_mean
from journey_analytics.warehouse import EngineError, Warehouse


def select_fault(model: Model, error: EngineError, warehouse: Warehouse) -> DefinitionError:
    """Return the error that names the model's file, the line in it where that is known, and what the engine knows."""
    if (fault := _order_fault(model, error.told)) is not None:
        return fault
    line = _line_in_file(model, error.told)
    place = f"{model.path}:{line}" if line else str(model.path)
    message = f"{place}: the SELECT of {model.name} does not run: {error}"
    wrong, names = error.told.words.rpartition(".")[2], error.told.names
    closest = f"Closest names: {', '.join(names)}." if names else ""
    # of a CTE's columns the engine says nothing, and of a table's it may name none that is near
    known = (
        {*names, *warehouse.committed_columns(model.reads), *names_in(model.select)}
        if _is_column(message)
        else set(names)
    )
    hint = did_you_mean(wrong, known - {wrong})
    if closest or hint:
        message = f"{message.rstrip('.!')}. {closest}{hint if closest else hint.lstrip()}"
    return DefinitionError(message)


def _order_fault(model: Model, told: Told) -> DefinitionError | None:
    """Return the error of a column that only `order_by` names: rows are sorted around the SELECT, which is not to blame."""
    wrong = told.words.strip('"')
    ordered = [column.removesuffix(" desc") for column in model.front.order_by]
    if wrong not in ordered or wrong in names_in(model.select):
        return None
    place = model.place_of("order_by", ordered.index(wrong))
    closest = f" Closest names: {', '.join(told.names)}." if told.names else ""
    return DefinitionError(
        f"{place}: order_by names {wrong!r}, which the SELECT does not yield.{closest}{did_you_mean(wrong, told.names)}"
    )


def _is_column(message: str) -> bool:
    return "column named" in message or "Referenced column" in message


def _line_in_file(model: Model, told: Told) -> int | None:
    """Return the line, front matter included; None for a model made from another file, or words that stand nowhere."""
    text = model.path.read_text(encoding="utf-8") if model.path.is_file() else ""
    start = text.find(model.sql)
    if told.line is None or not told.words or start < 0:
        return None
    word = re.compile(rf"(?<![\w.]){re.escape(told.words)}(?!\w)")
    lines = model.sql.splitlines()
    # an increment's statement is written anew, with lines of its own: then the words lead to the line
    found = [number for number, line in enumerate(lines, start=1) if word.search(line)]
    number = told.line if told.line in found else found[0] if len(found) == 1 else None
    return None if number is None else text[:start].count("\n") + number
