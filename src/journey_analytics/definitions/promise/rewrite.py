"""A model's SELECT over the rows of some keys only: the filters are put around each input, in the tree, never in text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from journey_analytics.definitions.promise.inputs import InputKey

AFFECTED = "affected_keys"
"""The table of affected keys, one column `k`; null is a key."""


Among = Callable[[str], str]
"""Gives the condition that an expression is among the keys whose rows are made."""


def affected(has_null: bool) -> Among:
    """Return what picks the affected keys; see `is_affected`."""
    return lambda expression: is_affected(expression, has_null)


def one_slice(number: int, count: int) -> Among:
    """Return what picks one of `count` slices of all keys, null among them. Keys have to be of one type everywhere."""
    return lambda expression: f"hash({expression}) % {count} = {number}"


def is_affected(expression: str, has_null: bool) -> str:
    """Return the condition that an expression is among the affected keys.

    Args:
        has_null: null is one of them. Only where it is the condition says so: without it the engine skips row groups.
    """
    among = f"{expression} in (select k from {AFFECTED})"
    return f"({among} or {expression} is null)" if has_null else among


def rows_of_keys(table: str, keys: Mapping[str, InputKey], among: Among) -> str:
    """Return the condition by which an input gives only the rows of some keys."""
    key = keys[table]
    if key.how == "reference":
        return "true"
    own = _own(key)
    if key.how == "bridge":
        led = rows_of_keys(key.table, keys, among)
        return f"{own} in (select {key.column} from main.{key.table} where {led})"
    if key.how == "through":
        return f"{own} in (select {key.column} from main.{key.table} where {among(key.key)})"
    return among(own)


def keys_of_rows(table: str, rows: str, keys: Mapping[str, InputKey]) -> str:
    """Return the query for the keys that rows of an input lead to; `rows` is a relation with the input's columns."""
    key = keys[table]
    own = _own(key)
    if key.how == "bridge":
        led = f"(select * from main.{key.table} where {key.column} in (select {own} from {rows} as led_rows))"
        return keys_of_rows(key.table, led, keys)
    if key.how == "through":
        return (
            f"select {key.key} as k from main.{key.table} where {key.column} in (select {own} from {rows} as led_rows)"
        )
    return f"select {own} as k from {rows} as key_rows"


def _own(key: InputKey) -> str:
    assert key.expression is not None
    return key.expression.sql("duckdb")


def over_keys(select: exp.Query, keys: Mapping[str, InputKey], rebuild_by: str, among: Among) -> str:
    """Return the SELECT over the rows of some keys, as SQL; views must be inlined before.

    The same condition stands around the whole: a model that breaks its promise must not bring rows of other keys, which
    nobody has deleted.
    """
    tree = select.copy()
    for scope in traverse_scope(tree):
        ctes = {name.lower() for name in scope.cte_sources}
        for table in scope.tables:
            name = table.name.lower()
            if name not in keys or name in ctes or keys[name].how == "reference":
                continue
            rows = sqlglot.parse_one(
                f"select * from main.{name} where {rows_of_keys(name, keys, among)}", read="duckdb"
            )
            alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
            riders = {"joins": table.args["joins"]} if table.args.get("joins") else {}
            table.replace(exp.Subquery(this=rows, alias=alias, **riders))
    return f"select * from ({tree.sql('duckdb')}) as made where {among(rebuild_by)}"
