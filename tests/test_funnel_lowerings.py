"""The other ways to a funnel's numbers: counts without attempts, windows for ASOF joins, and ClickHouse as an oracle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.funnels.cases import CaseEvent, FunnelCase, NotOffered, read_cases
from journey_analytics.funnels.conformance import run_cases
from journey_analytics.funnels.counts import counts_sql, unit_counts
from journey_analytics.funnels.engine import JourneyEngine, case_funnel, load_events, measure
from journey_analytics.funnels.other_engines import CountsEngine, WindowsEngine, count
from journey_analytics.funnels.windows import without_asof
from journey_analytics.warehouse import EngineError, Warehouse
from tests.clickhouse import PYTHON, ClickHouse
from tests.funnel_oracle import Choice, counted
from tests.test_funnel_properties import START, histories, paths, windows

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "conformance" / "funnel_cases.json"
CASES = [
    *(read_cases(SHARED) if SHARED.exists() else []),
    *read_cases(HERE / "conformance" / "own_cases.json"),
]
APART = st.sampled_from([(("a",), ("b",), ("c",)), (("a", "c"), ("b",)), (("b",), ("a", "x"), ("c",))])
CHOICES: dict[str, dict[str, Any]] = {
    "best": {},
    "first": {"attempt": "first"},
    "totals": {"count": "totals"},
    "strict": {"order": "strict"},
    "any": {"order": "any"},
    "open": {"entry": "open"},
    "per step": {"window_scope": "per_step"},
    "between": {"between": "no_repeats"},
    "excluded": {"exclude": {"when": {"event_name": "x"}}},
    "gap": {"min_gap": "4 hours"},
}
few = settings(max_examples=25, deadline=None)


# --- the same cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_windows_answer_each_case_as_asof_joins_do(case: FunnelCase) -> None:
    (by_asof,) = run_cases(JourneyEngine(), [case])
    (by_windows,) = run_cases(WindowsEngine(), [case])
    assert (by_windows.verdict, by_windows.told) == (by_asof.verdict, by_asof.told)


def test_counts_without_attempts_fail_no_case_and_answer_those_of_the_default() -> None:
    verdicts = {outcome.case.id: outcome.verdict for outcome in run_cases(CountsEngine(), CASES)}
    assert "failed" not in verdicts.values()
    # best attempts of an ordered, closed funnel; the last asks for the first attempt
    assert [verdicts[name] for name in ("O07", "O10", "O13", "O08")] == ["passed"] * 3 + ["not offered"]


# --- the same histories -----------------------------------------------------------------------------------------------


@few
@given(histories(), paths, windows, st.sampled_from(["person", "session"]))
def test_counts_without_attempts_are_those_of_the_attempts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, unit: str
) -> None:
    funnel = case_funnel(steps, {"window": window, "unit": unit})
    assert count(funnel, events) == measure(funnel, events).each("converted")


@few
@given(histories(), paths, windows)
def test_counts_without_attempts_are_what_trying_every_way_counts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    assert count(case_funnel(steps, {"window": window}), events) == counted(events, steps, Choice(window))


@few
@given(histories(), paths, st.sampled_from(["2026-03-28", "2026-03-29", "2026-03-30"]))
def test_a_range_of_entry_and_no_window_count_the_same_without_attempts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], day: str
) -> None:
    funnel = case_funnel(steps, {"window": "none", "range": {"date_from": day, "date_to": day}})
    assert count(funnel, events) == measure(funnel, events).each("converted")


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=5, deadline=None)
@given(events=histories(), steps=paths, window=windows)
def test_windows_yield_the_attempts_that_asof_joins_yield(
    name: str, events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    funnel = case_funnel(steps, {"window": window, **CHOICES[name]})
    by_asof, by_windows = (measure(funnel, events, has_asof=has_asof).attempts for has_asof in (True, False))
    assert sorted(map(str, by_windows)) == sorted(map(str, by_asof))


# --- what the lowerings rest on ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["left", ""])
@pytest.mark.parametrize("on", ["l.at < r.at", "l.at <= r.at", "l.at > r.at", "l.at >= r.at", "r.at > l.at // 2 + 3"])
def test_a_window_finds_the_row_that_an_asof_join_finds(side: str, on: str) -> None:
    connection = duckdb.connect()
    connection.execute("create table l as select i, nullif(i % 4, 3) as k, i * 7 % 20 as at from range(30) as n(i)")
    connection.execute(
        "create table r as select distinct nullif(i % 5, 3) as k, i * 3 % 20 as at from range(25) as n(i)"
    )
    asof = f"select l.i, r.k, r.at from l as l asof {side} join r as r on l.k = r.k and {on} order by all"
    by_window = without_asof(asof)
    assert "asof" not in by_window.lower()
    assert connection.sql(by_window).fetchall() == connection.sql(asof).fetchall() != []


def test_a_funnel_whose_choices_need_attempts_says_which() -> None:
    with pytest.raises(NotOffered, match="the choice of `attempt`, `exclude` is made per attempt"):
        count(case_funnel([["a"], ["b"]], {"window": "1 day", "attempt": "first", **CHOICES["excluded"]}), [])


@pytest.mark.parametrize("page", [0, 1_782_820_800_000, 2**50, -7])
@pytest.mark.parametrize(("first", "second", "wanted"), [("a", "b", [1, 1]), ("b", "a", [1, 0])])
def test_of_events_at_one_moment_the_batch_order_decides_however_large_its_numbers_are(
    page: int, first: str, second: str, wanted: list[int]
) -> None:
    events = [CaseEvent("1", START, first), CaseEvent("2", START, second)]
    funnel = case_funnel([["a"], ["b"]], {"window": "1 day"})
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run("update case_events set batch_page_id = ?, batch_event_index = cast(event_key as bigint)", [page])
        assert unit_counts(warehouse, funnel, "select * from case_events") == wanted


def counted_in_pairs(persons: Sequence[str], bits: int) -> list[int]:
    """Return the counts of persons who all go from a to b, each a number of so many bits."""
    events = [
        CaseEvent(f"{person}-{name}", START + timedelta(hours=place), name, person)
        for person in persons
        for place, name in enumerate("ab")
    ]
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        sql = counts_sql(case_funnel([["a"], ["b"]], {"window": "1 day"}), "select * from case_events", code_bits=bits)
        return [units for _, units in warehouse.rows(sql)]


def test_two_persons_with_one_number_are_told_apart_by_another_seed_or_the_engine_stops() -> None:
    found = {persons: [seed for seed in (0, 1) if len(codes(persons, seed, 2)) == 2] for persons in PAIRS}
    by_another_seed = [persons for persons, seeds in found.items() if seeds == [1]]
    by_none = [persons for persons, seeds in found.items() if seeds == []]
    assert by_another_seed and by_none
    assert counted_in_pairs(by_another_seed[0], 2) == [2, 2]
    with pytest.raises(EngineError, match="same number"):
        counted_in_pairs(by_none[0], 2)


PAIRS = [(f"U{one}", f"U{other}") for one in range(8) for other in range(8, 16)]


def codes(persons: Sequence[str], seed: int, bits: int) -> set[int]:
    texts = [f"{person}{'.' * seed}" for person in persons]
    return {duckdb.execute(f"select hash(?) >> {64 - bits}", [text]).fetchall()[0][0] for text in texts}


# --- ClickHouse -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[ClickHouse]:
    if PYTHON is None:
        pytest.skip("chdb is not installed: `make peers` brings it, in an environment of its own")
    engine = ClickHouse()
    yield engine
    engine.close()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=histories(), steps=APART, window=windows)
def test_where_no_event_fits_two_steps_clickhouse_counts_the_same(
    clickhouse: ClickHouse, events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    theirs = clickhouse.counts(events, steps, window // timedelta(microseconds=1))
    funnel = case_funnel(steps, {"window": window})
    assert theirs == count(funnel, events) == measure(funnel, events).each("converted")


def test_clickhouse_fills_several_equal_steps_with_one_event_and_we_do_not(clickhouse: ClickHouse) -> None:
    steps = (("a",), ("a",), ("b",))
    events = [CaseEvent("1", START, "a"), CaseEvent("2", START + timedelta(hours=1), "b")]
    assert clickhouse.counts(events, steps, 86_400_000_000) == [1, 1, 1]
    assert count(case_funnel(steps, {"window": "1 day"}), events) == [1, 0, 0]
