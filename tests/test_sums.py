"""Models that add up: what the check refuses, and that adding the difference gives the rows of a full rebuild."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics.audit import rounded_sums
from journey_analytics.definitions.front_matter import FrontMatter
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.adding import adding_faults
from journey_analytics.definitions.promise.check import check_promise
from journey_analytics.definitions.promise.inputs import Input
from journey_analytics.definitions.promise.plans import Moved, plan
from journey_analytics.definitions.promise.sums import (
    Summands,
    casts_of_sums,
    columns_used,
    sum_faults,
    summands,
    without_casts,
)
from journey_analytics.increments import write_difference
from journey_analytics.sums import changed_sums, stored_rows_of_sums
from journey_analytics.warehouse import Warehouse

SQL = """
    select
        visits.week,
        count(*) as rows_behind,
        count(distinct visits.person) as persons,
        count(distinct case when visits.ends_at < run_window.as_of_at then visits.person end) as mature_persons,
        cast(sum(coalesce(visits.amount, 0)) as bigint) as amount
    from visits
    cross join run_window
    group by visits.week
"""
BEFORE = [
    ("may-1", "ana", 10, "2026-05-20"),
    ("may-1", "ben", None, "2026-05-20"),
    ("may-2", "ana", 5, "2026-05-27"),
    ("may-3", "cas", 7, "2026-06-03"),
]


def week_model(sql: str = SQL) -> Model:
    front = FrontMatter(
        description="One row per week", grain=("week",), owner="me", rebuild_by="week", adds_up_over="person",
        matures_at="ends_at",
    )  # fmt: skip
    return Model("weeks", "kpis", Path("sql/kpis/weeks.sql"), front, sql)


@pytest.mark.parametrize(
    ("select", "says"),
    [
        ("select week, count(*) as n, avg(amount) as mean from visits group by week", "mean does not add up"),
        ("select week, count(*) as n, sum(amount) as s from visits group by week", "s does not add up"),
        ("select week, count(*) as n, sum(case when a then 1 end) as s from visits group by week", "s does not add up"),
        ("select week, count(*) as n, count(distinct session) as s from visits group by week", "s does not add up"),
        ("select week, count(*) as n, sum(1) / count(*) as share from visits group by week", "share does not add up"),
        ("select week, count(distinct person) as n from visits group by week", "needs a plain count(*)"),
        ("select week, count(*) as n from visits group by week having count(*) > 1", "no sums in HAVING"),
        ("select distinct week, count(*) as n from visits group by week", "no window, DISTINCT"),
        ("select week from visits", "needs a SELECT with GROUP BY"),
        ("select week, count(*) as n from visits group by week, person", "GROUP BY person is not among the selected"),
        ("select week, count(*) as n, (select max(b) from c) as top from visits group by week", "top holds a subquery"),
        ("select week, count(*) as n, count(case when a in (select b from c) then 1 end) as s from visits group by week", "s holds a subq"),
        ("select week, row_number() over (order by week) as nr, count(*) as n from visits group by week", "nr holds a subq"),
        ("select week, count(*) as n from visits group by week having week < (select max(b) from c)", "no subquery"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_refused(select: str, says: str) -> None:
    assert says in " ".join(sum_faults(week_model(select).select, "person"))


def test_what_adds_up_passes_and_its_columns_are_told_apart() -> None:
    select = week_model().select
    assert sum_faults(select, "person") == []
    assert summands(select) == Summands(
        ("week",), ("rows_behind", "persons", "mature_persons", "amount"), "rows_behind"
    )


VISITS = {
    **dict.fromkeys(("week", "person", "place"), "VARCHAR"),
    **{"amount": "DECIMAL(18,4)", "n": "BIGINT", "ends_at": "TIMESTAMP"},
}
INPUTS = {
    "visits": Input("visits", tuple(VISITS), types=VISITS),
    "orders": Input("orders", ("person", "value")),
    "places": Input("places", ("place", "person"), is_reference=True),
    "run_window": Input("run_window", ("as_of", "as_of_at")),
}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        pytest.param(SQL, "", id="the model of these tests adds up"),
        pytest.param("select week, count(*) as n from visits group by week", "", id="the unit need not be named"),
        pytest.param("select upper(week) as week, count(*) as n from visits group by 1", "", id="a group by its place"),
        pytest.param(
            "select v.week, count(*) as n, count(distinct o.person) as p from visits as v "
            "inner join orders as o on v.person = o.person group by v.week",
            "", id="the unit of another input that is read by it",
        ),
        pytest.param(
            "select v.week, count(*) as n, count(distinct p.person) as owners from visits as v "
            "inner join places as p on v.place = p.place group by v.week",
            "owners does not add up: p.person is not the person by which rows are read", id="persons of a reference",
        ),
        pytest.param(
            "select v.week, count(*) as n, count(distinct case when v.n > 1 then p.person end) as owners from visits as v "
            "inner join places as p on v.place = p.place group by v.week",
            "Count the distinct person of the table after FROM", id="persons of a reference, in a CASE",
        ),
        pytest.param(
            "select week, count(*) as n from visits cross join run_window as w where not w.as_of_at <= ends_at group by week",
            "", id="the same question asked the other way round",
        ),
        pytest.param(
            "select week, count(*) as n from visits cross join run_window where ends_at < as_of_at - interval 30 day group by week",
            "`ends_at < run_window.as_of_at`", id="another moment than that at which rows mature",
        ),
        pytest.param(
            "select week, count(*) as n from visits cross join run_window where ends_at <= as_of_at group by week",
            "as_of_at of run_window is used otherwise", id="the moment itself is not before it",
        ),
        pytest.param(
            "select w.as_of as week, count(*) as n from visits cross join run_window as w where ends_at < w.as_of_at group by w.as_of",
            "as_of of run_window is used otherwise", id="as_of as a group",
        ),
        pytest.param(
            "with t as (select as_of_at as now_at from run_window) select week, count(*) as n from visits cross join t "
            "where ends_at < now_at group by week",
            "as_of_at of run_window is used otherwise", id="as_of_at under another name",
        ),
    ],
)  # fmt: skip
def test_what_breaks_at_night_is_refused_and_what_adds_up_is_not(sql: str, says: str) -> None:
    model = week_model(sql)
    found = adding_faults(model, {name: INPUTS[name] for name in model.reads}, model.select)
    assert len(found) == bool(says)
    assert says in " ".join(found)


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("cast(sum(coalesce(n, 0)) as bigint)", ""),
        ("sum(coalesce(amount, 0))", ""),
        ("cast(sum(coalesce(amount, 0)) as decimal(38, 6))", ""),
        ("cast(sum(cast(coalesce(amount, 0) as bigint)) as integer)", ""),
        ("cast(sum(coalesce(amount, 0)) as bigint)", "DECIMAL(38,4) cast to BIGINT does not keep every digit"),
        ("cast(sum(coalesce(amount, 0)) as decimal(18, 0))", "Cast to decimal(38, 4)"),
        ("cast(cast(sum(coalesce(amount, 0)) as bigint) as decimal(38, 4))", "cast to BIGINT"),
        ("cast(count(*) as double)", "Cast to bigint"),
    ],
)
def test_a_cast_that_rounds_a_sum_is_refused(measure: str, says: str) -> None:
    with Warehouse.open() as warehouse:
        warehouse.run(f"create table visits ({', '.join(f'{name} {kind}' for name, kind in VISITS.items())})")
        select = week_model(f"select week, count(*) as rows_behind, {measure} as s from visits group by week").select
        found = rounded_sums(casts_of_sums(select), without_casts(select), warehouse)
    assert len(found) == bool(says)
    assert says in " ".join(found)


def test_an_estimate_over_the_whole_table_does_not_go_with_sums() -> None:
    model = week_model("select week, count(*) as n from visits group by week")
    model = replace(model, front=model.front.model_copy(update={"rebuild_by": "full", "estimate": ("ranks",)}))
    found = check_promise(model, {"visits": INPUTS["visits"]}, table_scope_estimates=frozenset({"ranks"}))
    assert [each for each in found if "leave adds_up_over away" in each] == found
    assert len(found) == 1


@pytest.mark.parametrize(
    ("select", "used"),
    [
        ("select a, count(*) as n from t where b > 0 group by a", ("a", "b")),
        ("select a, count(*) as n from (select * from t) as s group by a", ("a",)),
        ("select a, count(*) as n from (select * exclude (c) from t) as s group by a", ("a", "c")),
        ("select a, count(*) as n from t join u using (b) group by a", ("a", "b")),
        ("select a, count(*) as n from (select * from t union all select a, b, c, d from u) as s group by a", ("a", "b", "c", "d")),
    ],
)  # fmt: skip
def test_of_an_input_only_named_columns_are_read(select: str, used: tuple[str, ...]) -> None:
    assert columns_used(week_model(select).select, Input("t", ("a", "b", "c", "d"))) == used


@pytest.mark.parametrize(
    ("select", "used"),
    [
        ("select a, count(*) as n from t group by a", ("a", "d")),
        ("select a, count(*) as n from (select * from t union all select * from u) as s group by a", ("a", "b", "c", "d")),
    ],
)  # fmt: skip
def test_the_columns_that_lead_to_the_unit_are_read_though_nothing_names_them(
    select: str, used: tuple[str, ...]
) -> None:
    assert columns_used(week_model(select).select, Input("t", ("a", "b", "c", "d")), frozenset({"d"})) == used


def brought_up_to_date(
    after: list[tuple[object, ...]], then: str, now: str, sql: str = SQL
) -> tuple[list[tuple[object, ...]], ...]:
    """Return the weeks after a night that adds, and those of a full rebuild.

    Args:
        after: the visits that are stored after the night; BEFORE were stored before it.
        then, now: as_of_at before and after.
    """
    model = week_model(sql)
    with Warehouse.open() as warehouse:
        warehouse.run("create table visits (week varchar, person varchar, amount integer, ends_at timestamp)")
        warehouse.run("create table wanted as select * from visits")
        warehouse.run("create table run_window (as_of date, as_of_at timestamp)")
        for table, rows in (("visits", BEFORE), ("wanted", after)):
            for row in rows:
                warehouse.run(f"insert into {table} values (?, ?, ?, ?)", row)
        warehouse.run("insert into run_window values (null, ?)", [then])
        warehouse.run(f"create table weeks as {model.sql}")
        warehouse.run("update run_window set as_of_at = ?", [now])
        change = write_difference(warehouse, "visits", "wanted")
        inputs = {name: Input(name, tuple(warehouse.columns(name))) for name in ("visits", "run_window")}
        moments = tuple(f"timestamp '{moment}'" for moment in sorted((then, now)))
        dates = ("date '2026-05-01'", "date '2026-05-01'")
        changes = {"visits": change.relations} if change.rows_gone or change.rows_came else {}
        made = plan(model, model.select, inputs, Moved(changes, window=(dates, (moments[0], moments[1]))))
        assert (made.how, made.sums is not None) == ("sums", True)
        assert made.sums is not None
        sql = changed_sums(warehouse, "weeks", made.sums, ("2026-05-01", then))
        if sql is not None:
            warehouse.run(f"create temp table made as {sql}")
            write_difference(warehouse, "weeks", "made", stored_rows_of_sums("weeks", made.sums.parts))
        return warehouse.rows("select * from weeks order by all"), warehouse.rows(f"{model.sql} order by all")


TODAY = "2026-06-01"


@pytest.mark.parametrize(
    ("after", "now", "weeks"),
    [
        pytest.param(
            [*BEFORE, ("may-1", "ana", 1, "2026-05-20"), ("may-3", "ana", None, "2026-06-03")], TODAY,
            [("may-1", 3, 2, 2, 11), ("may-2", 1, 1, 1, 5), ("may-3", 2, 2, 0, 7)],
            id="a second row of a person counts no second person, and rows come to weeks that were there",
        ),
        pytest.param(
            BEFORE[:3], TODAY, [("may-1", 2, 2, 2, 10), ("may-2", 1, 1, 1, 5)], id="a week without rows is gone",
        ),
        pytest.param(
            [*BEFORE[1:], ("may-4", "ana", 10, "2026-06-10")], TODAY,
            [("may-1", 1, 1, 1, 0), ("may-2", 1, 1, 1, 5), ("may-3", 1, 1, 0, 7), ("may-4", 1, 1, 0, 10)],
            id="a row that moves leaves one week and comes to another",
        ),
        pytest.param(
            BEFORE, "2026-06-04", [("may-1", 2, 2, 2, 10), ("may-2", 1, 1, 1, 5), ("may-3", 1, 1, 1, 7)],
            id="without any row time alone makes a visit mature",
        ),
        pytest.param(
            BEFORE, "2026-05-21", [("may-1", 2, 2, 2, 10), ("may-2", 1, 1, 0, 5), ("may-3", 1, 1, 0, 7)],
            id="an as_of that goes back makes visits immature again",
        ),
        pytest.param(
            [*BEFORE, ("may-1", None, 3, "2026-05-20")], TODAY,
            [("may-1", 3, 2, 2, 13), ("may-2", 1, 1, 1, 5), ("may-3", 1, 1, 0, 7)],
            id="a row of nobody counts as a row and not as a person",
        ),
    ],
)  # fmt: skip
def test_adding_the_difference_gives_the_full_rebuild(
    after: list[tuple[object, ...]], now: str, weeks: list[tuple[object, ...]]
) -> None:
    added, whole = brought_up_to_date(after, TODAY, now)
    assert added == weeks
    assert whole == weeks


def test_a_select_that_never_names_its_unit_is_brought_up_to_date() -> None:
    after = [*BEFORE[1:], ("may-3", "dan", 1, "2026-06-03")]
    sql = "select week, count(*) as visits from visits cross join run_window where ends_at < as_of_at group by week"
    added, whole = brought_up_to_date(after, TODAY, "2026-06-04", sql)
    assert added == whole == [("may-1", 1), ("may-2", 1), ("may-3", 2)]
