"""Attempts by lists against attempts by ASOF joins: the same rows, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.funnels.cases import CaseEvent
from journey_analytics.funnels.compiler import joined_attempts_sql
from journey_analytics.funnels.counts import unit_counts
from journey_analytics.funnels.engine import case_funnel, load_events
from journey_analytics.funnels.lists import goes_by_lists, listed_attempts_sql
from journey_analytics.warehouse import Warehouse
from tests.test_funnel_properties import START, histories, windows

EVENTS = "select * from case_events"
APART = (("a",), ("b",), ("c",))
apart_paths = st.sampled_from(
    [APART, (("a",), ("b",)), (("a", "c"), ("b",)), (("c",), ("a",), ("b",)), (("a",), ("b",), ("c",), ("d",))]
)
NEEDS_JOINS: list[dict[str, Any]] = [
    {"count": "totals"},
    {"order": "strict"},
    {"order": "any"},
    {"entry": "open"},
    {"window_scope": "per_step"},
    {"between": "no_repeats"},
    {"min_gap": "1 hour"},
    {"tie": "later_timestamp"},
    {"hold": "country"},
    {"attribution": "last"},
    {"exclude": {"when": {"event_name": "x"}}},
]

many = settings(max_examples=60, deadline=None)


def both(events: Sequence[CaseEvent], steps: Sequence[Sequence[str]], said: dict[str, Any]) -> tuple[list, list]:
    """Return the rows by lists and by joins; events have a batch order that brings ties as well."""
    funnel = case_funnel(steps, said)
    assert goes_by_lists(funnel)
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run("update case_events set batch_page_id = ascii(event_key) % 3 - 1, batch_event_index = null")
        found = [
            sorted(map(str, warehouse.rows(sql)))
            for sql in (listed_attempts_sql(funnel, EVENTS), joined_attempts_sql(funnel, EVENTS))
        ]
    return found[0], found[1]


@many
@given(
    histories(),
    apart_paths,
    windows,
    st.sampled_from(["best", "first"]),
    st.sampled_from(["person", "session"]),
)
def test_lists_yield_the_attempts_that_joins_yield(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, attempt: str, unit: str
) -> None:
    by_lists, by_joins = both(events, steps, {"window": window, "attempt": attempt, "unit": unit})
    assert by_lists == by_joins


@many
@given(
    histories(),
    apart_paths,
    st.sampled_from(["best", "first"]),
    st.sampled_from(["2026-03-28", "2026-03-29", "2026-03-30"]),
)
def test_a_range_of_entry_and_no_window_yield_the_same_attempts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], attempt: str, day: str
) -> None:
    said = {"window": "none", "attempt": attempt, "range": {"date_from": day, "date_to": day}}
    by_lists, by_joins = both(events, steps, said)
    assert by_lists == by_joins


@pytest.mark.parametrize(
    ("attempt", "goes_on", "wanted"),
    [("best", True, "2"), ("best", False, "1"), ("first", True, "1"), ("first", False, "1")],
)
def test_of_entries_that_only_the_event_key_tells_apart_the_last_goes_on_and_the_first_stays(
    attempt: str, goes_on: bool, wanted: str
) -> None:
    events = [CaseEvent(key, START, "a") for key in ("1", "2")]
    events += [CaseEvent("3", START + timedelta(hours=1), "b")] if goes_on else []
    funnel = case_funnel([["a"], ["b"]], {"window": "1 day", "attempt": attempt})
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        rows = warehouse.rows(
            f"select attempt_key, steps_reached from ({listed_attempts_sql(funnel, EVENTS)}) as attempts"
        )
    assert rows == [(wanted, 2 if goes_on else 1)]


@pytest.mark.parametrize("page", [2**50, -7, None])
def test_the_batch_order_of_a_moment_decides_whatever_its_numbers_are(page: int | None) -> None:
    events = [CaseEvent("1", START, "b"), CaseEvent("2", START, "a"), CaseEvent("3", START, "b")]
    funnel = case_funnel([["a"], ["b"]], {"window": "1 day"})
    with Warehouse.open() as warehouse:
        load_events(warehouse, events[:2])
        warehouse.run("update case_events set batch_page_id = ?, batch_event_index = cast(event_key as bigint)", [page])
        (only,) = warehouse.rows(f"select steps_reached from ({listed_attempts_sql(funnel, EVENTS)}) as attempts")
    assert only == (1,)
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run("update case_events set batch_page_id = ?, batch_event_index = cast(event_key as bigint)", [page])
        (only,) = warehouse.rows(f"select steps_reached from ({listed_attempts_sql(funnel, EVENTS)}) as attempts")
    assert only == (2,)


@pytest.mark.parametrize("said", NEEDS_JOINS, ids=lambda said: " ".join(said))
def test_a_choice_that_is_made_per_attempt_is_left_to_the_joins(said: dict[str, Any]) -> None:
    assert not goes_by_lists(case_funnel(APART, {"window": "1 day", **said}))


def test_steps_that_one_event_may_fit_are_left_to_the_joins() -> None:
    assert not goes_by_lists(case_funnel([["a"], ["a"]], {"window": "1 day"}))


@pytest.mark.parametrize(
    ("number", "largest"),
    [("batch_page_id", 2**42 - 1), ("batch_ordering_id", 2**7 - 1), ("batch_event_index", 2**6 - 1)],
)
@pytest.mark.parametrize(("beyond", "wanted"), [(0, 1), (1, 2)])
def test_numbers_of_the_batch_order_beyond_the_largest_count_as_the_largest_everywhere(
    number: str, largest: int, beyond: int, wanted: int
) -> None:
    """b stands before a by one: where both are beyond the largest they are of one moment, and the steps decide."""
    events = [CaseEvent("1", START, "a"), CaseEvent("2", START, "b")]
    funnel = case_funnel([["a"], ["b"]], {"window": "1 day"})
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run(f"update case_events set {number} = {largest + beyond} - (event_name = 'b')::int")
        for sql in (listed_attempts_sql(funnel, EVENTS), joined_attempts_sql(funnel, EVENTS)):
            assert warehouse.rows(f"select steps_reached from ({sql}) as attempts") == [(wanted,)]
        assert unit_counts(warehouse, funnel, EVENTS) == [1, wanted - 1]


@pytest.mark.parametrize("date", ["1900-01-01", "2200-01-01"])
def test_an_entry_on_a_date_that_cannot_be_keeps_its_date_and_its_steps(date: str) -> None:
    events = [CaseEvent("1", START, "a"), CaseEvent("2", START + timedelta(hours=1), "b")]
    funnel = case_funnel([["a"], ["b"]], {"window": "1 day"})
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run(f"update case_events set event_date = date '{date}'")
        rows = warehouse.rows(
            f"select cast(entry_date as varchar), steps_reached from ({listed_attempts_sql(funnel, EVENTS)}) as a"
        )
    assert rows == [(date, 2)]
