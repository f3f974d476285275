"""Events ordered by their time alone: several share a microsecond, so the answer would change from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import find_all_in_scope

from journey_analytics.definitions.promise.columns import Frame, facts_of
from journey_analytics.definitions.promise.inputs import Input
from journey_analytics.definitions.promise.sql_words import short_sql

ORDER_COLUMN = "event_order"
_TIME_COLUMNS = frozenset({"event_timestamp", "event_at", "event_date"})
_BY_PLACE = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Ntile)
_BY_ARGUMENT: tuple[type[exp.Expr], ...] = (exp.ArgMin, exp.ArgMax)


def partial_orders(select: exp.Select, frame: Frame, inputs: Mapping[str, Input]) -> Iterator[str]:
    """Yield what puts events in order by their time alone although they carry a total order.

    Rows that were grouped may be unique per moment: there it is told only where the total order is at hand.
    """
    grouped = any(relation.is_grouped for relation in frame.relations.values())
    at_hand = any(ORDER_COLUMN in relation.columns for relation in frame.relations.values())
    if grouped and not at_hand:
        return
    named = {window.this.name.lower(): window for window in select.args.get("windows") or []}
    for node, orders in [*_windows(select, named), *_arguments(select)]:
        if orders and all(_is_time_of_event(each, frame, inputs) for each in orders):
            text = ", ".join(each.name for each in orders)
            yield (
                f"{short_sql(node)}: {text} is no total order, because events of one microsecond are common. "
                f"Order by {ORDER_COLUMN}"
            )


def _windows(select: exp.Select, named: Mapping[str, exp.Expr]) -> Iterator[tuple[exp.Expr, list[exp.Expr]]]:
    for window in find_all_in_scope(select, exp.Window):
        function = window.this
        while isinstance(function, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
            function = function.this
        if isinstance(function, _BY_PLACE):
            order = _order_of(window, named)
            yield window, [each.this for each in order.expressions] if order is not None else []


def _order_of(window: exp.Expr, named: Mapping[str, exp.Expr]) -> exp.Expr | None:
    order: exp.Expr | None = window.args.get("order")
    base = named.get(window.alias.lower()) if window.alias else None
    return _order_of(base, named) if order is None and base is not None and base is not window else order


def _arguments(select: exp.Select) -> Iterator[tuple[exp.Expr, list[exp.Expr]]]:
    for node in find_all_in_scope(select, *_BY_ARGUMENT):
        yield node, [node.expression]


def _is_time_of_event(node: exp.Expr, frame: Frame, inputs: Mapping[str, Input]) -> bool:
    origins = facts_of(node, frame).origins
    return bool(origins) and all(
        column in _TIME_COLUMNS and table in inputs and inputs[table].has(ORDER_COLUMN)
        for table, column in origins or ()
    )
