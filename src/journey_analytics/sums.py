"""Adds to stored sums what changed units make more or less of: the summands after the night, less those before it.

What an input held before the night is told by what it holds and by its change set: the rows that already stood there, with
those that are gone. Only the rows of changed units are read, and only the columns that the SELECT names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from journey_analytics.definitions.promise.plans import SumPlan
from journey_analytics.definitions.promise.rewrite import affected, keys_of_rows, rows_of_keys
from journey_analytics.definitions.promise.sums import Summands, over_relations
from journey_analytics.increments import collect_keys, stood_before
from journey_analytics.warehouse import Warehouse, literal, quoted

_MOVED = "moved_sums"


def changed_sums(warehouse: Warehouse, table: str, plan: SumPlan, window: tuple[Any, ...] | None) -> str | None:
    """Return the query for the rows of `table` whose sums change, as they are to be; None where no unit has changed.

    Args:
        window: run_window (as_of, as_of_at) as it was when the table was last brought up to date; None without one.
    """
    count, has_null = collect_keys(warehouse, [*_keys_of_changes(warehouse, plan), *plan.maturing])
    if not count:
        return None
    before, after = {"run_window": "before__run_window"}, {}
    _window_before(warehouse, window)
    for name in _bridges_first(plan):
        after[name], before[name] = f"after__{name}", f"before__{name}"
        _rows_of_units(warehouse, plan, name, has_null)
    warehouse.run(f"create or replace temp table sums_after as {over_relations(plan.select, after)}")
    warehouse.run(f"create or replace temp table sums_before as {over_relations(plan.select, before)}")
    for name in after:
        for view in (after[name], before[name]):
            warehouse.run(f"drop view {quoted(view)}")
        warehouse.run(f"drop table {quoted(f'looked_at__{name}')}")
    _write_moved(warehouse, plan.parts)
    return _as_they_are_to_be(warehouse, table, plan.parts)


def stored_rows_of_sums(table: str, parts: Summands) -> str:
    """Return the condition that picks the stored rows whose sums change."""
    return f"rowid in (select kept.rowid from {quoted(table)} as kept inner join {_MOVED} as moved on {_same(parts)})"


def _keys_of_changes(warehouse: Warehouse, plan: SumPlan) -> Iterator[str]:
    """Yield queries for the units of rows that differ in a column which the SELECT names.

    A row that is gone and has come again in those columns is no difference; rows are counted by a digest of them.
    """
    for table, (gone, came) in plan.changed.items():
        columns, relation = ", ".join(map(quoted, plan.columns[table])), quoted(f"moved__{table}")
        warehouse.run(
            f"create or replace temp table {relation} as with both_sides as ("
            f"select {columns}, hash({columns}) as row_hash, 1 as copies from {came} "
            f"union all select {columns}, hash({columns}) as row_hash, -1 as copies from {gone}) "
            f"select {columns} from both_sides "
            "where row_hash in (select row_hash from both_sides group by row_hash having sum(copies) <> 0)"
        )
        yield keys_of_rows(table, relation, plan.keys)


def _bridges_first(plan: SumPlan) -> list[str]:
    """Return the inputs that are read by unit, each after the one that leads it there."""
    order: list[str] = []

    def place(name: str) -> None:
        key = plan.keys[name]
        if key.how == "bridge":
            place(key.table.lower())
        if name not in order and key.how != "reference":
            order.append(name)

    for name in plan.keys:
        place(name)
    return order


def _rows_of_units(warehouse: Warehouse, plan: SumPlan, name: str, has_null: bool) -> None:
    """Offer what an input holds of the changed units, and what it held before the night, from one look at the input."""
    columns, key = ", ".join(map(quoted, plan.columns[name])), plan.keys[name]
    looked_at = quoted(f"looked_at__{name}")
    if key.how == "bridge":
        assert key.expression is not None
        own, bridge = key.expression.sql("duckdb"), key.table.lower()
        led = {when: f"select {key.column} from {quoted(f'{when}__{bridge}')}" for when in ("after", "before")}
        after, before = (f"{own} in ({led[when]})" for when in ("after", "before"))
        # one list: an engine walks the table twice as long for one or the other
        either = f"{own} in ({led['after']} union all {led['before']})"
    else:
        after = before = either = rows_of_keys(name, plan.keys, affected(has_null))
    is_old = stood_before(name) if name in plan.changed else "true"
    warehouse.run(
        f"create or replace temp table {looked_at} as select {columns}, {is_old} as stood_before "
        f"from main.{quoted(name)} where {either}"
    )
    held = f"select {columns} from {looked_at} where stood_before and {before}"
    if name in plan.changed:
        held += f" union all select {columns} from {plan.changed[name][0]} where {before}"
    _offer(warehouse, f"after__{name}", f"select {columns} from {looked_at} where {after}")
    _offer(warehouse, f"before__{name}", held)


def _offer(warehouse: Warehouse, name: str, query: str) -> None:
    warehouse.run(f"create or replace temp view {quoted(name)} as {query}")


def _window_before(warehouse: Warehouse, window: tuple[Any, ...] | None) -> None:
    as_of, as_of_at = (literal(str(each)) for each in window) if window is not None else ("null", "null")
    warehouse.run(
        "create or replace temp table before__run_window as "
        f"select cast({as_of} as date) as as_of, cast({as_of_at} as timestamp) as as_of_at"
        f"{'' if window is not None else ' where false'}"
    )


def _write_moved(warehouse: Warehouse, parts: Summands) -> None:
    groups = ", ".join(map(quoted, parts.groups))
    measures = [quoted(measure) for measure in parts.measures]
    more, less = ", ".join(measures), ", ".join(f"-{measure}" for measure in measures)
    sums = ", ".join(f"sum({measure}) as {measure}" for measure in measures)
    is_moved = " or ".join(f"sum({measure}) <> 0" for measure in measures)
    warehouse.run(
        f"create or replace temp table {_MOVED} as select {groups}, {sums} from ("
        f"select {groups}, {more} from sums_after union all select {groups}, {less} from sums_before"
        f") as both_sides group by {groups} having {is_moved}"
    )


def _as_they_are_to_be(warehouse: Warehouse, table: str, parts: Summands) -> str:
    types = warehouse.columns("sums_after")
    made = [
        f"cast(coalesce(kept.{quoted(name)}, 0) + moved.{quoted(name)} as {kind}) as {quoted(name)}"
        if name in parts.measures
        else f"moved.{quoted(name)}"
        for name, kind in types.items()
    ]
    rows = quoted(parts.rows)
    return (
        f"select {', '.join(made)} from {_MOVED} as moved left join {quoted(table)} as kept on {_same(parts)} "
        f"where coalesce(kept.{rows}, 0) + moved.{rows} > 0"
    )


def _same(parts: Summands) -> str:
    return " and ".join(f"kept.{quoted(group)} is not distinct from moved.{quoted(group)}" for group in parts.groups)
