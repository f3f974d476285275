"""Attempts by one sort against attempts by ASOF joins: the same rows, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.funnels.cases import CaseEvent
from journey_analytics.funnels.compiler import attempts_sql
from journey_analytics.funnels.engine import case_funnel, load_events
from journey_analytics.funnels.running import is_running, running_attempts_sql
from journey_analytics.warehouse import Warehouse
from tests.test_funnel_properties import START, histories, paths, windows

EVENTS = "select * from case_events"
APART = (("a",), ("b",), ("c",))
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
    """Return the rows by one sort and by joins; events have a batch order that brings ties as well."""
    funnel = case_funnel(steps, said)
    assert is_running(funnel)
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run("update case_events set batch_page_id = ascii(event_key) % 3 - 1, batch_event_index = null")
        found = [
            sorted(map(str, warehouse.rows(sql)))
            for sql in (running_attempts_sql(funnel, EVENTS), attempts_sql(funnel, EVENTS))
        ]
    return found[0], found[1]


@many
@given(
    histories(),
    st.one_of(st.just(APART), paths),
    windows,
    st.sampled_from(["best", "first"]),
    st.sampled_from(["person", "session"]),
)
def test_one_sort_yields_the_attempts_that_joins_yield(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, attempt: str, unit: str
) -> None:
    by_sort, by_joins = both(events, steps, {"window": window, "attempt": attempt, "unit": unit})
    assert by_sort == by_joins


@many
@given(
    histories(),
    st.one_of(st.just(APART), paths),
    st.sampled_from(["best", "first"]),
    st.sampled_from(["2026-03-28", "2026-03-29", "2026-03-30"]),
)
def test_a_range_of_entry_and_no_window_yield_the_same_attempts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], attempt: str, day: str
) -> None:
    said = {"window": "none", "attempt": attempt, "range": {"date_from": day, "date_to": day}}
    by_sort, by_joins = both(events, steps, said)
    assert by_sort == by_joins


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
            f"select attempt_key, steps_reached from ({running_attempts_sql(funnel, EVENTS)}) as attempts"
        )
    assert rows == [(wanted, 2 if goes_on else 1)]


@pytest.mark.parametrize("page", [2**50, -7, None])
def test_the_batch_order_of_a_moment_decides_whatever_its_numbers_are(page: int | None) -> None:
    events = [CaseEvent("1", START, "b"), CaseEvent("2", START, "a"), CaseEvent("3", START, "b")]
    funnel = case_funnel([["a"], ["b"]], {"window": "1 day"})
    with Warehouse.open() as warehouse:
        load_events(warehouse, events[:2])
        warehouse.run("update case_events set batch_page_id = ?, batch_event_index = cast(event_key as bigint)", [page])
        (only,) = warehouse.rows(f"select steps_reached from ({running_attempts_sql(funnel, EVENTS)}) as attempts")
    assert only == (1,)
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run("update case_events set batch_page_id = ?, batch_event_index = cast(event_key as bigint)", [page])
        (only,) = warehouse.rows(f"select steps_reached from ({running_attempts_sql(funnel, EVENTS)}) as attempts")
    assert only == (2,)


@pytest.mark.parametrize("said", NEEDS_JOINS, ids=lambda said: " ".join(said))
def test_a_choice_that_is_made_per_attempt_is_left_to_the_joins(said: dict[str, Any]) -> None:
    assert not is_running(case_funnel(APART, {"window": "1 day", **said}))
