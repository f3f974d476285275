"""Funnels against a brute force in plain Python, their invariants, and what a definition refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from journey_analytics import pipeline, places
from journey_analytics.definitions.funnels import NOT_OFFERED, read_funnel
from journey_analytics.errors import DefinitionError
from journey_analytics.funnels.cases import CaseEvent
from journey_analytics.funnels.engine import Measured, case_funnel, measure
from tests.conftest import ROOT

START = datetime(2026, 3, 29, tzinfo=UTC)  # the night in which Amsterdam's clock skips an hour
STEPS = (
    (("a",), ("b",), ("c",)),
    (("a",), ("a",), ("b",)),
    (("a",), ("a", "b"), ("b",), ("c",)),
    (("a", "c"), ("b",)),
)
MICROSECOND = timedelta(microseconds=1)


# --- the oracle -------------------------------------------------------------------------------------------------------


def in_order(events: Sequence[CaseEvent], steps: Sequence[Sequence[str]]) -> list[CaseEvent]:
    """Time, then the lowest step that the event fits, then the event key."""

    def lowest(event: CaseEvent) -> int:
        return min((place for place, names in enumerate(steps) if event.name in names), default=len(steps))

    return sorted(events, key=lambda event: (event.at, lowest(event), event.key))


def chains(
    rows: Sequence[CaseEvent], steps: Sequence[Sequence[str]], found: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    """Yield every way to walk the steps, in full or in part, each row later in the order than the one before it."""
    if found:
        yield found
    if len(found) < len(steps):
        for place in range(found[-1] + 1 if found else 0, len(rows)):
            if rows[place].name in steps[len(found)]:
                yield from chains(rows, steps, (*found, place))


def oracle(
    events: Sequence[CaseEvent],
    steps: Sequence[Sequence[str]],
    window: timedelta,
    gap: timedelta = timedelta(0),
    is_strict: bool = False,
) -> list[int]:
    """Return how many persons reach each step in their best attempt: all chains are tried."""
    reached = []
    for person in sorted({event.person for event in events if event.person}):
        rows = in_order([event for event in events if event.person == person], steps)
        reached.append(max((
            len(chain) for chain in chains(rows, steps)
            if rows[chain[-1]].at - rows[chain[0]].at <= window
            and all(rows[k].at - rows[j].at >= gap and (k == j + 1 or not is_strict) for j, k in pairwise(chain))
        ), default=0))  # fmt: skip
    return [sum(level >= step for level in reached) for step in range(1, len(steps) + 1)]


# --- histories --------------------------------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> list[CaseEvent]:
    """Up to three persons; few moments, so that ties, repeats and the edges of windows are frequent."""
    events = []
    for person in ("U1", "U2", "U3"):
        for _ in range(draw(st.integers(0, 7))):
            at = (
                START
                + timedelta(hours=draw(st.integers(0, 6)) * 4)
                + draw(st.sampled_from([-1, 0, 0, 1])) * MICROSECOND
            )
            key = f"{draw(st.integers(0, 9))}-{len(events)}"
            events.append(CaseEvent(key, at, draw(st.sampled_from("aabbcx")), person, f"S{draw(st.integers(1, 2))}"))
    return events


windows = st.integers(1, 5).map(lambda number: timedelta(hours=4 * number))
paths = st.sampled_from(STEPS)
few = settings(max_examples=40, deadline=None)


def run(
    events: Sequence[CaseEvent], steps: Sequence[Sequence[str]], as_of: datetime | None = None, **choices: Any
) -> Measured:
    funnel = case_funnel(steps, choices)
    return measure(funnel, events, as_of) if as_of else measure(funnel, events)


def counts(events: Sequence[CaseEvent], steps: Sequence[Sequence[str]], **choices: Any) -> list[int]:
    return run(events, steps, **choices).each("converted")


@few
@given(histories(), paths, windows)
def test_the_compiled_funnel_counts_what_trying_all_chains_counts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    assert counts(events, steps, window=window) == oracle(events, steps, window)


@few
@given(histories(), paths, windows, st.sampled_from(["min_gap", "tie", "order"]))
def test_gaps_later_timestamps_and_strict_order_count_what_trying_all_chains_counts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, kind: str
) -> None:
    choice, gap = {
        "min_gap": ({"min_gap": "4 hours"}, timedelta(hours=4)),
        "tie": ({"tie": "later_timestamp"}, MICROSECOND),
        "order": ({"order": "strict"}, timedelta(0)),
    }[kind]
    assert counts(events, steps, window=window, **choice) == oracle(events, steps, window, gap, kind == "order")


@few
@given(histories(), paths, windows)
def test_counts_never_rise_from_step_to_step_and_begin_with_all_who_have_a_first_step(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    found = counts(events, steps, window=window)
    assert found == sorted(found, reverse=True)
    assert found[0] == len({event.person for event in events if event.name in steps[0]})


@few
@given(histories(), paths, windows, windows)
def test_a_wider_window_a_looser_order_and_a_better_attempt_never_lower_a_count(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, wider: timedelta
) -> None:
    best = counts(events, steps, window=window)
    for other, at_most in (
        (best, counts(events, steps, window=window + wider)),
        (counts(events, steps, window=window, order="strict"), best),
        (counts(events, steps, window=window, attempt="first"), best),
    ):
        assert all(low <= high for low, high in zip(other, at_most, strict=True))


@few
@given(
    histories(),
    paths,
    windows,
    st.integers(0, 12),
    st.sampled_from(["uniques", "totals"]),
    st.sampled_from(["best", "first"]),
)
def test_the_three_states_make_the_whole_at_any_moment(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, hours: int, count: str, attempt: str
) -> None:
    as_of = START + timedelta(hours=4 * hours)
    known = [event for event in events if event.at < as_of]
    for row in run(known, steps, as_of, window=window, count=count, attempt=attempt).steps:
        assert row["entered"] == row["converted"] + row["dropped"] + row["pending"]
        assert min(row["converted"], row["dropped"], row["pending"]) >= 0
        assert row["numerator"] <= row["denominator"] <= row["entered"]


@few
@given(histories(), paths, windows)
def test_unrelated_events_and_another_time_of_day_change_nothing(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    whole = counts(events, steps, window=window)
    assert counts([event for event in events if event.name != "x"], steps, window=window) == whole
    assert (
        counts([replace(event, at=event.at + timedelta(hours=13)) for event in events], steps, window=window) == whole
    )


@few
@given(histories(), paths, windows, st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_loaded_does_not_matter(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, dice: Any
) -> None:
    shuffled = [*events, *events]
    dice.shuffle(shuffled)
    once, twice = run(events, steps, window=window), run(shuffled, steps, window=window)
    assert [
        (row["attempt_key"], row["converted_at"]) for row in sorted(once.attempts, key=lambda row: row["attempt_key"])
    ] == [
        (row["attempt_key"], row["converted_at"]) for row in sorted(twice.attempts, key=lambda row: row["attempt_key"])
    ]
    assert once.each("median_seconds") == twice.each("median_seconds")


@few
@given(histories(), paths, windows)
def test_the_attempt_of_a_date_gets_as_far_as_the_best_chain_that_begins_on_it(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    best: dict[tuple[str, date], int] = {}
    for person in ("U1", "U2", "U3"):
        rows = in_order([event for event in events if event.person == person], steps)
        for chain in chains(rows, steps):
            if rows[chain[-1]].at - rows[chain[0]].at <= window:
                entry = (person, rows[chain[0]].at.date())
                best[entry] = max(best.get(entry, 0), len(chain))
    found = run(events, steps, window=window).attempts
    assert {(row["person_key"], row["entry_date"].date()): row["steps_reached"] for row in found} == best
    assert len(found) == len(best)


def level_until_excluded(
    rows: Sequence[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, rule: str
) -> int:
    """Return how far one person gets when an x ends or removes an attempt; all chains of all entries are tried."""
    best = 0
    for entry in (place for place, row in enumerate(rows) if row.name in steps[0]):
        behind = [place for place in range(entry + 1, len(rows)) if rows[place].at - rows[entry].at <= window]
        stop = next((place for place in behind if rows[place].name == "x"), len(rows))
        level = max(
            len(chain)
            for chain in chains(rows, steps)
            if chain[0] == entry and chain[-1] < stop and rows[chain[-1]].at - rows[entry].at <= window
        )
        if rule == "ends" or stop == len(rows) or level == len(steps):
            best = max(best, level)
    return best


@few
@given(histories(), paths, windows, st.sampled_from(["ends", "removes"]))
def test_an_excluded_event_ends_or_removes_each_attempt_that_it_falls_in(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta, rule: str
) -> None:
    levels = [
        level_until_excluded(
            in_order([event for event in events if event.person == person], steps), steps, window, rule
        )
        for person in ("U1", "U2", "U3")
    ]
    exclude = {"when": {"event_name": "x"}, "rule": rule}
    assert counts(events, steps, window=window, exclude=exclude) == [
        sum(level >= step for level in levels) for step in range(1, len(steps) + 1)
    ]


def walked(events: Sequence[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta) -> tuple[int, int]:
    """Return entries and conversions of one person when every attempt counts: a walk from row to row."""
    rows, entries, conversions, reached, entered = in_order(events, steps), 0, 0, 0, None
    for row in rows:
        if entered is not None and row.at - entered > window:
            entered = None
        if entered is None:
            if row.name in steps[0]:
                entered, reached, entries = row.at, 1, entries + 1
        elif row.name in steps[reached]:
            reached += 1
            if reached == len(steps):
                conversions, entered = conversions + 1, None
    return entries, conversions


@few
@given(histories(), paths, windows)
def test_totals_are_what_a_walk_from_event_to_event_counts(
    events: list[CaseEvent], steps: Sequence[Sequence[str]], window: timedelta
) -> None:
    each = [
        walked([event for event in events if event.person == person], steps, window) for person in ("U1", "U2", "U3")
    ]
    found = counts(events, steps, window=window, count="totals")
    assert (found[0], found[-1]) == (sum(entries for entries, _ in each), sum(made for _, made in each))


@few
@given(histories(), windows)
def test_a_session_counts_as_if_each_session_were_a_person(events: list[CaseEvent], window: timedelta) -> None:
    assume(events)
    apart = [replace(event, person=f"{event.person}{event.session}") for event in events]
    assert counts(events, STEPS[0], window=window, unit="session") == counts(apart, STEPS[0], window=window)
    assert counts(events, STEPS[0], window=window, hold="session_key") == [
        sum(levels >= step for levels in by_person(apart, window)) for step in (1, 2, 3)
    ]


def by_person(apart: Sequence[CaseEvent], window: timedelta) -> list[int]:
    """Return the best level of each person over that person's sessions."""
    best: dict[str, int] = {}
    for row in run(apart, STEPS[0], window=window).attempts:
        person = row["person_key"].split("S")[0]
        best[person] = max(best.get(person, 0), row["steps_reached"])
    return list(best.values())


# U1 enters in session S1 and converts in S2; U2 gets no further than step 1
ACROSS = [
    CaseEvent("1", START, "a", "U1", "S1"),
    CaseEvent("2", START + timedelta(hours=1), "b", "U1", "S2"),
    CaseEvent("3", START, "a", "U2", "S1"),
]


@pytest.mark.parametrize(
    ("attribution", "sessions"),
    [
        ("entry", ["S1-U1", "S1-U2"]),
        ("last", ["S2-U1", "S1-U2"]),
        ("step 1", ["S1-U1", "S1-U2"]),
        ("step 2", ["S2-U1", None]),
    ],
)
def test_the_session_that_speaks_in_a_breakdown_is_that_of_the_event_which_the_attribution_names(
    attribution: str, sessions: list[str | None]
) -> None:
    found = run(ACROSS, (("a",), ("b",)), window="7 days", attribution=attribution).attempts
    by_person = sorted(found, key=lambda row: row["person_key"])
    assert [row["attributed_session_key"] for row in by_person] == sessions


def test_with_all_each_value_that_is_held_has_an_attempt_of_its_own() -> None:
    events = [replace(event, value=event.session) for event in ACROSS if event.person == "U1"]
    events.append(CaseEvent("4", START + timedelta(hours=2), "a", "U1", "S2", "S2"))
    found = run(events, (("a",), ("b",)), window="7 days", hold="page_group", attribution="all").attempts
    assert {row["attributed_session_key"]: row["steps_reached"] for row in found} == {"S1-U1": 1, "S2-U1": 1}


# --- definitions ------------------------------------------------------------------------------------------------------

FUNNEL = """\
name: sign_up
title_nl: Aanmelden
title_en: Sign up
description_nl: Van formulier tot aanmelding
description_en: From form to sign-up
window: 30 minutes
steps:
  - {step: form, title_nl: Formulier, title_en: Form, when: {page_path: /aanmelden}}
  - {step: done, title_nl: Klaar, title_en: Done, when: {event_name: [sign_up, register]}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sign_up.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_funnel_leaves_out_has_the_default_of_the_vocabulary(tmp_path: Path) -> None:
    funnel = read_funnel(written(tmp_path, FUNNEL))
    assert (funnel.order, funnel.entry, funnel.attempt, funnel.count, funnel.window_scope, funnel.reuse, funnel.unit) == (
        "ordered", "closed", "best", "uniques", "total", False, "person",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ordr: strict", r"sign_up.yml:10: unknown key 'ordr'. Allowed: .*Did you mean 'order'\?"),
        ("order: strickt", r":10: order: 'strickt' is none of the choices. Allowed: ordered, strict. Did you mean 'strict'\?"),
        ("order: any", ":10: order: 'any' is not offered yet: .*Offered: ordered, strict"),
        ("entry: open", ":10: entry: 'open' is not offered yet"),
        ("count: sessions", ":10: count: 'sessions' is not offered yet: .*`unit: session`"),
        ("reuse: true", ":10: reuse: 'true' is not offered yet"),
        ("attribution: lst", r":10: attribution: 'lst' is none of the choices. Allowed: entry, .*Did you mean 'last'\?"),
        ("attribution: step 3", ":10: attribution: 'step 3' is none of the 2 steps"),
        ("attribution: all", ":10: attribution: 'all' counts a value only where each step has it.*`hold: device_category`"),
        ("min_gap: 5", ":10: min_gap: 5 is no duration"),
        ("hold: item", ":10: hold: 'item' cannot be held. Allowed: session_key"),
        ("range: {date_from: 2026-02-01, date_to: 2026-01-01}", ":10: range: .*before it begins"),
        ("range: {}", ":10: range: is empty"),
        ("exclude: {when: {event_nam: x}}", ":10: exclude.when: unknown key 'event_nam'.*event_name"),
        ("order: strict\nhold: session_key", ":11: hold: hold is not offered together"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_what_is_allowed(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        read_funnel(written(tmp_path, f"{FUNNEL}{line}\n"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("window: 30 minutes", "window: 30", ":6: window: 30 is no duration"),
        ("name: sign_up", "name: signup", ":1: name is 'signup', but the file is called 'sign_up'"),
        ("step: done", "step: form", ":9: steps.1..step: step 'form' stands twice"),
        ("/aanmelden", "/aanmelden/", ":8: .*never matches"),
    ],
)
def test_a_fault_in_a_step_or_name_is_placed(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        read_funnel(written(tmp_path, FUNNEL.replace(before, after)))


def test_a_window_per_step_of_three_steps_is_refused_with_its_reason(tmp_path: Path) -> None:
    third = "  - {step: more, title_nl: Meer, title_en: More, when: {event_name: more}}\nwindow_scope: per_step\n"
    with pytest.raises(
        DefinitionError, match=":11: window_scope: 'per_step' is not offered yet for more than two steps"
    ):
        read_funnel(written(tmp_path, FUNNEL + third))


def test_each_sentence_about_what_is_not_offered_says_what_to_do() -> None:
    for reasons in NOT_OFFERED.values():
        assert all("Offered:" in why or "Write" in why or "Leave" in why for why in reasons.values())


CHOICES = {
    "every_attempt": "count: totals",
    "every_attempt_for_ever": "count: totals\nwindow: none",
    "nothing_between": "order: strict",
    "first_entry": "attempt: first",
    "by_session": "unit: session",
    "ended": "exclude: {when: {event_name: refund}}",
    "removed": "exclude: {when: {event_name: refund}, rule: removes}",
    "held": "hold: [session_key, page_group]",
    "of_june": "range: {date_from: 2026-06-01, date_to: 2026-06-30}",
    "slow": "min_gap: 10 seconds",
    "later": "tie: later_timestamp",
    "two_steps": "window_scope: per_step",
    "by_the_last": "attribution: last",
    "by_the_second": "attribution: step 2",
    "by_each_device": "attribution: all\nhold: device_category",
}


def with_funnels(folder: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Work with the project's `sql/` and these funnels instead of its own."""
    shutil.copytree(ROOT / "sql", folder / "sql", ignore=shutil.ignore_patterns("checkout.yml"))
    for name, text in texts.items():
        (folder / "sql" / "funnels" / f"{name}.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(places, "sql_folder", lambda: folder / "sql")


def test_every_choice_that_is_offered_is_one_that_a_night_can_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {}
    for name, choice in CHOICES.items():
        text = FUNNEL.replace("window: 30 minutes\n", "") if "window: " in choice else FUNNEL
        texts[name] = f"{text.replace('name: sign_up', f'name: {name}')}{choice}\n"
    with_funnels(tmp_path, texts, monkeypatch)
    night = pipeline.plan_night(places.sample_settings())
    assert {funnel.name for funnel in night.project.funnels} == set(CHOICES)
    assert pipeline.check_definitions(night) == []


def test_a_property_may_have_no_funnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_funnels(tmp_path, {}, monkeypatch)
    night = pipeline.plan_night(places.sample_settings())
    assert night.project.funnels == ()
    assert pipeline.check_definitions(night) == []
