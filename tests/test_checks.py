"""Checks: a night that looks at changed rows only counts what a look at all rows would count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics.checks import Partly, check_model
from journey_analytics.definitions.front_matter import Check, FrontMatter
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.row_checks import check_faults
from journey_analytics.warehouse import Warehouse

CHECK = Check(name="an_amount_is_not_negative", sql="amount >= 0", severity="warn", why="a refund came as an order")
BEFORE = [("o1", "shop", 5), ("o2", "shop", -1), ("o3", "shop", -2), ("o4", "shop", 3), ("o5", "shop", 4)]


def orders(grain: tuple[str, ...]) -> Model:
    front = FrontMatter(description="One row per order", grain=grain, owner="me", checks=(CHECK,))
    return Model("orders", "people", Path("sql/people/orders.sql"), front, "select 1")


@pytest.mark.parametrize("grain", [("order_key",), ("order_key", "place")])
@pytest.mark.parametrize(
    ("gone", "came", "repeats", "negative"),
    [
        pytest.param([], [("o6", "shop", -3)], 0, 3, id="a broken row comes"),
        pytest.param([("o2", "shop", -1)], [("o2", "shop", 1)], 0, 1, id="a broken row is put right"),
        pytest.param([], [("o1", "shop", 9)], 1, 2, id="a row comes beside one of the same key that stayed"),
        pytest.param([], [("o7", "shop", 1), ("o7", "shop", 1)], 1, 2, id="two equal rows come"),
        pytest.param([("o5", "shop", 4)], [], 0, 2, id="a row only goes"),
        pytest.param([], [("o8", "shop", None)], 0, 2, id="what is not known breaks no rule"),
    ],
)
def test_changed_rows_give_the_counts_of_all_rows(
    grain: tuple[str, ...],
    gone: list[tuple[object, ...]],
    came: list[tuple[object, ...]],
    repeats: int,
    negative: int,
) -> None:
    with Warehouse.open() as warehouse:
        for table in ("orders", "gone", "came"):
            warehouse.run(f"create table {table} (order_key varchar, place varchar, amount integer)")
        stored = [row for row in BEFORE if row not in gone] + came
        for table, rows in (("orders", stored), ("gone", gone), ("came", came)):
            for row in rows:
                warehouse.run(f"insert into {table} values (?, ?, ?)", row)
        partly = check_model(orders(grain), warehouse, Partly((0, 2), "gone", "came"))
        assert [each.violations for each in partly] == [repeats, negative]
        assert partly == check_model(orders(grain), warehouse)


def test_a_broken_rule_names_the_rows_by_the_columns_that_it_shows() -> None:
    shown = CHECK.model_copy(update={"shows": ("place", "amount")})
    model = replace(orders(("order_key",)), front=orders(("order_key",)).front.model_copy(update={"checks": (shown,)}))
    with Warehouse.open() as warehouse:
        warehouse.run("create table orders (order_key varchar, place varchar, amount integer)")
        for row in [*BEFORE, ("o6", "app", -2), ("o7", "shop", -2), ("o8", "shop", -9), ("o9", "shop", -8)]:
            warehouse.run("insert into orders values (?, ?, ?)", row)
        told = check_model(model, warehouse)[1].sentence()
    # the first three, each once
    assert told.endswith("Among them: place = app, amount = -2; place = shop, amount = -9; place = shop, amount = -8.")


def test_a_key_that_is_null_in_two_rows_is_not_unique() -> None:
    with Warehouse.open() as warehouse:
        warehouse.run("create table orders (order_key varchar, place varchar, amount integer)")
        warehouse.run("create table came as select * from orders")
        warehouse.run("create table gone as select * from orders")
        warehouse.run("insert into orders select 'o' || n, 'shop', 1 from range(9) as numbers (n)")
        warehouse.run("insert into orders values (null, 'shop', 1), (null, 'shop', 1)")
        warehouse.run("insert into came values (null, 'shop', 1)")
        found = check_model(orders(("order_key", "place")), warehouse, Partly((0, 0), "gone", "came"))
        assert found == check_model(orders(("order_key", "place")), warehouse)
        assert found[0].violations == 1


def test_a_table_in_which_nothing_changed_keeps_its_counts() -> None:
    with Warehouse.open() as warehouse:
        warehouse.run("create table orders as select 'o1' as order_key, 'shop' as place, 1 as amount")
        found = check_model(orders(("order_key",)), warehouse, Partly((0, 7)))
        assert [(each.violations, each.rows) for each in found] == [(0, 1), (7, 1)]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("amount >= 0 and place in ('shop', 'web')", ""),
        ("coalesce(amount between 0 and 9, true)", ""),
        ("place in (select place from dim_places)", "one_row_only: holds a subquery, but a check looks at one row"),
        ("amount <= (select max(amount) from orders)", "Put the other table's fact into the model as a column"),
        ("not exists (select 1 from refunds where refunds.order_key = orders.order_key)", "holds a subquery"),
        ("amount >= (", "one_row_only: "),
    ],
)
def test_a_check_that_looks_at_another_row_is_refused(sql: str, says: str) -> None:
    given = orders(("order_key",))
    check = CHECK.model_copy(update={"name": "one_row_only", "sql": sql})
    model = replace(given, front=given.front.model_copy(update={"checks": (check,)}), lines={("checks", 0): 7})
    found = check_faults([model])
    assert len(found) == bool(says)
    assert says in " ".join(found)
    assert all(each.startswith("sql/people/orders.sql:7: ") for each in found)
