"""Funnels against trying every way in plain Python, and what must hold of their counts whatever happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from journey_analytics.funnels.cases import CaseEvent, CaseStep
from journey_analytics.funnels.engine import Measured, case_funnel, measure
from tests.funnel_oracle import Choice, Steps, counted

START = datetime(2026, 3, 29, tzinfo=UTC)  # the day on which Amsterdam's clock skips an hour
STEPS = (
    (("a",), ("b",), ("c",)),
    (("a",), ("a",), ("b",)),
    (("a",), ("a", "b"), ("b",), ("c",)),
    (("a", "c"), ("b",), ("c",)),
    (("a", "b"), ("b", "c"), ("a", "c")),
)
MICROSECOND = timedelta(microseconds=1)
PERSONS = ("U1", "U2", "U3")
MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "strict": {"order": "strict"},
    "any order": {"order": "any"},
    "any order with the first step": {"order": "any", "anchor": "first_step"},
    "open": {"entry": "open"},
    "open and strict": {"entry": "open", "order": "strict"},
    "a window per step": {"window_scope": "per_step"},
    "a window per step, directly followed": {"window_scope": "per_step", "order": "strict"},
    "only steps between": {"between": "steps_only"},
    "no repeats between": {"between": "no_repeats"},
    "a gap": {"gap": timedelta(hours=4)},
    "a gap and a window per step": {"gap": timedelta(hours=4), "window_scope": "per_step"},
    "later timestamps": {"gap": MICROSECOND},
    "totals": {"count": "totals"},
    "totals in any order": {"count": "totals", "order": "any"},
    "open totals": {"count": "totals", "entry": "open"},
}
# not said together with one another: docs/funnels.md tells
HOLDS = [mode for mode, said in MODES.items() if said.get("order") != "strict" and "between" not in said]
REMOVES = [mode for mode, said in MODES.items() if "window_scope" not in said]


@st.composite
def histories(draw: st.DrawFn) -> list[CaseEvent]:
    """Up to three persons; few moments, so that ties, repeats and the edges of windows are frequent."""
    events = []
    for person in PERSONS:
        for _ in range(draw(st.integers(0, 7))):
            at = START + timedelta(hours=4 * draw(st.integers(0, 6)))
            at += draw(st.sampled_from([-1, 0, 0, 1])) * MICROSECOND
            key, name = f"{draw(st.integers(0, 9))}-{len(events)}", draw(st.sampled_from("aabbccx"))
            session, value = f"S{draw(st.integers(1, 2))}", draw(st.sampled_from(["v", "v", "w", None]))
            events.append(CaseEvent(key, at, name, person, session, value))
    return events


# up to 24 hours, which is 86,400 seconds also where the day has 23 hours
windows = st.integers(1, 6).map(lambda number: timedelta(hours=4 * number))
paths = st.sampled_from(STEPS)
few = settings(max_examples=15, deadline=None)
some = settings(max_examples=40, deadline=None)


def said(choice: Choice) -> dict[str, Any]:
    """Return an oracle's choices in the words of a funnel."""
    words = {key: value for key, value in asdict(choice).items() if key not in ("gap", "rule", "holds")}
    if choice.gap == MICROSECOND:
        words["tie"] = "later_timestamp"
    elif choice.gap:
        words["min_gap"] = choice.gap
    if choice.rule:
        words["exclude"] = {"when": {"event_name": "x"}, "rule": choice.rule}
    return words | ({"hold": "page_group"} if choice.holds else {})


def run(events: Sequence[CaseEvent], steps: Sequence[Any], as_of: datetime | None = None, **choices: Any) -> Measured:
    funnel = case_funnel(steps, choices)
    return measure(funnel, events, as_of) if as_of else measure(funnel, events)


def counts(events: Sequence[CaseEvent], steps: Sequence[Any], **choices: Any) -> list[int]:
    return run(events, steps, **choices).each("converted")


# --- against trying every way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@few
@given(events=histories(), steps=paths, window=windows, attempt=st.sampled_from(["best", "first"]))
def test_a_funnel_counts_what_trying_every_way_counts(
    mode: str, events: list[CaseEvent], steps: Steps, window: timedelta, attempt: str
) -> None:
    choice = Choice(window=window, attempt=attempt, **MODES[mode])
    assert counts(events, steps, **said(choice)) == counted(events, steps, choice)


@some
@given(st.sampled_from(REMOVES), histories(), paths, windows, st.sampled_from(["ends", "removes"]))
def test_an_excluded_event_ends_or_removes_each_attempt_that_it_falls_in(
    mode: str, events: list[CaseEvent], steps: Steps, window: timedelta, rule: str
) -> None:
    choice = Choice(window=window, rule=rule, **MODES[mode])
    assert counts(events, steps, **said(choice)) == counted(events, steps, choice)


@few
@given(histories(), paths, windows)
def test_an_excluded_event_ends_the_ways_of_windows_per_step(
    events: list[CaseEvent], steps: Steps, window: timedelta
) -> None:
    choice = Choice(window=window, rule="ends", window_scope="per_step")
    assert counts(events, steps, **said(choice)) == counted(events, steps, choice)


@some
@given(st.sampled_from(HOLDS), histories(), paths, windows)
def test_with_a_value_that_is_held_every_step_has_the_value_of_the_entry(
    mode: str, events: list[CaseEvent], steps: Steps, window: timedelta
) -> None:
    choice = Choice(window=window, holds=True, **MODES[mode])
    assert counts(events, steps, **said(choice)) == counted(events, steps, choice)


# --- invariants -------------------------------------------------------------------------------------------------------


@few
@given(histories(), paths, windows, st.sampled_from(["ordered", "strict"]))
def test_counts_never_rise_from_step_to_step_and_begin_with_all_who_have_a_first_step(
    events: list[CaseEvent], steps: Steps, window: timedelta, order: str
) -> None:
    found = counts(events, steps, window=window, order=order)
    assert found == sorted(found, reverse=True)
    assert found[0] == len({event.person for event in events if event.name in steps[0]})


@few
@given(histories(), paths, windows, windows, st.sampled_from(["ordered", "any", "strict"]))
def test_a_wider_window_never_lowers_a_count(
    events: list[CaseEvent], steps: Steps, window: timedelta, wider: timedelta, order: str
) -> None:
    narrow = counts(events, steps, window=window, order=order)
    at_most = counts(events, steps, window=window + wider, order=order)
    assert all(low <= high for low, high in zip(narrow, at_most, strict=True))


@few
@given(histories(), paths, windows)
def test_a_looser_choice_never_lowers_a_count(events: list[CaseEvent], steps: Steps, window: timedelta) -> None:
    ladders: list[list[dict[str, Any]]] = [
        [{"order": "strict"}, {"between": "steps_only"}, {}, {"order": "any"}],
        [{"between": "no_repeats"}, {}, {"window_scope": "per_step"}],
        [{"attempt": "first"}, {}],
        [{"tie": "later_timestamp"}, {}],
        [{"min_gap": "4 hours"}, {}],
        [{"order": "any", "anchor": "first_step"}, {"order": "any"}],
    ]
    for ladder in ladders:
        rungs = [counts(events, steps, window=window, **choices) for choices in ladder]
        for low, high in pairwise(rungs):
            assert all(one <= other for one, other in zip(low, high, strict=True)), ladder


@few
@given(histories(), paths, windows, st.sampled_from(["last", "step 1", "step 2"]))
def test_the_groups_of_a_breakdown_and_those_of_no_group_make_the_whole(
    events: list[CaseEvent], steps: Steps, window: timedelta, attribution: str
) -> None:
    whole = run(events, steps, window=window)
    parts = run(events, steps, window=window, attribution=attribution)
    assert parts.each("converted") == whole.each("converted")
    # an attempt is in one group, or in none where the named step was not reached
    assert Counter(row["steps_reached"] for row in parts.attempts) == Counter(
        row["steps_reached"] for row in whole.attempts
    )
    needed = int(attribution[-1]) if attribution.startswith("step") else 1
    assert all((row["attributed_session_key"] is None) == (row["steps_reached"] < needed) for row in parts.attempts)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=6, deadline=None)
@given(events=histories(), steps=paths, window=windows, hours=st.integers(0, 12))
def test_the_three_states_make_the_whole_at_any_moment(
    mode: str, events: list[CaseEvent], steps: Steps, window: timedelta, hours: int
) -> None:
    as_of = START + timedelta(hours=4 * hours)
    known = [event for event in events if event.at < as_of]
    for row in run(known, steps, as_of, **said(Choice(window=window, **MODES[mode]))).steps:
        assert row["entered"] == row["converted"] + row["dropped"] + row["pending"]
        assert min(row["converted"], row["dropped"], row["pending"]) >= 0
        assert row["numerator"] <= row["denominator"] <= row["entered"]
        assert (row["value"] is None) == (row["denominator"] == 0)
        assert row["value"] is None or row["ci_low"] <= row["value"] <= row["ci_high"]


LOOK_AT_ALL = ("strict", "steps_only")


@few
@given(st.sampled_from(list(MODES)), histories(), paths, windows)
def test_another_time_of_day_and_unrelated_events_change_no_count(
    mode: str, events: list[CaseEvent], steps: Steps, window: timedelta
) -> None:
    choice = Choice(window=window, **MODES[mode])
    whole = counts(events, steps, **said(choice))
    later = [replace(event, at=event.at + timedelta(days=217, hours=1)) for event in events]
    assert counts(later, steps, **said(choice)) == whole
    if choice.order not in LOOK_AT_ALL and choice.between not in LOOK_AT_ALL:
        assert counts([event for event in events if event.name != "x"], steps, **said(choice)) == whole


@few
@given(st.sampled_from(list(MODES)), histories(), paths, windows, st.randoms(use_true_random=False))
def test_what_is_loaded_shuffled_twice_or_person_by_person_gives_the_same_attempts(
    mode: str, events: list[CaseEvent], steps: Steps, window: timedelta, dice: Any
) -> None:
    words = said(Choice(window=window, **MODES[mode]))
    shuffled = [*events, *events]
    dice.shuffle(shuffled)
    whole = sorted(map(str, run(events, steps, **words).attempts))
    assert sorted(map(str, run(shuffled, steps, **words).attempts)) == whole
    alone = [
        str(row)
        for person in PERSONS
        for row in run([event for event in events if event.person == person], steps, **words).attempts
    ]
    assert sorted(alone) == whole


@few
@given(histories(), paths, windows)
def test_nobody_without_an_id_is_counted_and_their_number_is_told(
    events: list[CaseEvent], steps: Steps, window: timedelta
) -> None:
    nobodys = [replace(event, key=f"n{event.key}", person=None) for event in events]
    alone, mixed = run(events, steps, window=window), run([*events, *nobodys], steps, window=window)
    assert mixed.each("converted") == alone.each("converted")
    assert mixed.each("unknown_events") == [sum(event.name in names for event in events) for names in steps]


# --- single choices ---------------------------------------------------------------------------------------------------


@few
@given(histories(), windows)
def test_a_session_counts_as_if_each_session_were_a_person(events: list[CaseEvent], window: timedelta) -> None:
    assume(events)
    apart = [replace(event, person=f"{event.person}{event.session}") for event in events]
    of_sessions = counts(apart, STEPS[0], window=window)
    assert counts(events, STEPS[0], window=window, unit="session") == of_sessions
    assert counts(events, STEPS[0], window=window, count="sessions") == of_sessions


@few
@given(histories(), windows)
def test_a_step_that_may_be_skipped_moves_no_other_and_lies_between_its_neighbours(
    events: list[CaseEvent], window: timedelta
) -> None:
    a, b, c, x = (CaseStep((name,)) for name in "abcx")
    optional = replace(b, is_optional=True)
    found = run(events, [a, optional, c, x], window=window)
    reached = found.each("converted")
    assert [reached[0], *reached[2:]] == counts(events, [a, c, x], window=window)
    for row in found.attempts:
        at = [row[f"step_{number}_at"] for number in (1, 2, 3) if row[f"step_{number}_at"] is not None]
        assert at == sorted(at)
    # with nothing behind it to be skipped for, it is a step as any other
    only_before = [event for event in events if event.name in "ab"]
    assert counts(only_before, [a, optional, c], window=window)[1] == counts(only_before, [a, b], window=window)[1]


@few
@given(histories(), paths, windows, st.data())
def test_within_a_second_it_does_not_matter_when(
    events: list[CaseEvent], steps: Steps, window: timedelta, data: st.DataObject
) -> None:
    whole = [replace(event, at=event.at.replace(microsecond=0)) for event in events]
    moved = [replace(event, at=event.at + data.draw(st.integers(0, 999_999)) * MICROSECOND) for event in whole]
    for order in ("ordered", "strict"):
        choices = {"window": window, "tie": "same_second", "order": order}
        assert counts(moved, steps, **choices) == counts(whole, steps, **choices)
