"""Drivers of drop-off: counts against plain Python, and no driver where there is nothing but more time to act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model_cases import FOLDER, Case, Place, house

START = datetime(2026, 3, 2, 10, 0)
BOX_MINUTES = 30
LIMITS: dict[str, dict[str, float]] = {
    "int_driver_periods": {"period_days": 84},
    "int_driver_units": {"box_minutes": BOX_MINUTES},
    "fct_drop_off_drivers": {
        "min_sample": 2,
        "min_exposed": 1,
        "skew_share": 0.02,
        "on_the_way_share": 0.95,
        "step_event_share": 0.05,
        "step_page_share": 0.5,
    },
}
Row = dict[str, Any]


def counted(attempts: Sequence[Row], touches: Sequence[Row], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Build everything from attempts and touches to the counted drivers, and return those that are events."""
    empty = ("dim_journeys", "fct_phase_visits", "fct_sessions", "fct_session_channels", "int_person_signals")
    case = Case.model_validate(
        {
            "case": "attempts and touches that a test has made",
            "given": {
                "run_window": [{"as_of": "2026-03-31", "as_of_at": "2026-04-01 00:00"}],
                "dim_thresholds": [
                    {"model": model, "threshold": name, "limit_value": value}
                    for model, limits in LIMITS.items()
                    for name, value in limits.items()
                ],
                "dim_funnels": [
                    {
                        "funnel": "buy",
                        "funnel_unit": "person",
                        "funnel_count": "uniques",
                        "funnel_window_seconds": 86400,
                    }
                ],
                "dim_funnel_steps": [
                    {"funnel": "buy", "step": "cart", "step_order": 1},
                    {"funnel": "buy", "step": "order", "step_order": 2},
                ],
                "fct_funnel_attempts": list(attempts),
                "int_person_touches": list(touches),
                **{table: [] for table in empty},
            },
            "defaults": {
                "fct_funnel_attempts": {
                    "funnel": "buy",
                    "entry_date": "2026-03-02",
                    "step_1_at": str(START),
                    "window_ends_at": str(START + timedelta(days=1)),
                }
            },
            "only": {"driver_kind": "event_name"},
            "expect": [dict.fromkeys(columns)],
        }
    )
    return house("{}").run(Place(FOLDER / "fct_drop_off_drivers.yml", {}, case)).actual


def attempt(person: str, went_on_after: float | None) -> Row:
    later = None if went_on_after is None else str(START + timedelta(minutes=went_on_after))
    return {"attempt_key": person, "person_key": person, "step_2_at": later}


def touch(person: str, number: int, name: str, minutes: float) -> Row:
    moment = START + timedelta(minutes=minutes)
    microseconds = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    return {
        "event_key": f"{person}-{number}",
        "person_key": person,
        "event_name": name,
        "event_timestamp": str(moment),
        "event_order": microseconds * 1_000_000 + number,
    }


def test_who_only_had_more_time_to_act_is_no_finding() -> None:
    """Everybody asks for help at the same pace; half of them go on, after five minutes on average."""
    random = np.random.default_rng(20260302)
    attempts, touches, naive = [], [], np.zeros((2, 2), dtype=int)
    for number in range(800):
        went_on = float(random.exponential(5)) if number % 2 else None
        asked = float(random.exponential(6))
        person = f"person-{number}"
        attempts.append(attempt(person, went_on))
        touches.append(touch(person, 1, "help", asked))
        naive[number % 2, int(asked < min(went_on or BOX_MINUTES, BOX_MINUTES))] += 1

    columns = ("driver_direction", "driver_value", "x", "n", "baseline_x", "baseline_n", "p_value")
    told = {row[:2]: row[2:] for row in counted(attempts, touches, columns)}
    x, n, baseline_x, baseline_n, p_value = told["at_step", "help"]
    assert n + baseline_n == 800
    assert x + baseline_x == 400
    assert p_value > 0.05
    # with the whole box for who dropped, the same people would be a strong finding
    assert naive[0, 1] / 400 > 0.95
    assert naive[1, 1] / 400 < 0.55


moments = st.integers(-40, 40)
histories = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, 40)), st.lists(st.tuples(st.sampled_from("abc"), moments), max_size=5)
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(histories)
def test_counts_are_those_of_plain_python(history: list[tuple[int | None, list[tuple[str, int]]]]) -> None:
    expected: dict[tuple[str, str], list[int]] = {}
    took = sorted(minutes for minutes, _ in history if minutes is not None)
    dropped = sum(minutes is None for minutes, _ in history)
    attempts, touches = [], []
    for number, (went_on, acts) in enumerate(history):
        person = f"person-{number}"
        attempts.append(attempt(person, went_on))
        touches += [touch(person, place, name, minutes) for place, (name, minutes) in enumerate(acts, start=1)]
        # of one pace only: with times of different length who gets which is not plain
        longest = went_on if went_on is not None else took[0] if took else 24 * 60
        done = {("before", name) for name, minutes in acts if -BOX_MINUTES <= minutes < 0}
        done |= {("at_step", name) for name, minutes in acts if 0 < minutes <= BOX_MINUTES and minutes < longest}
        later = sorted((minutes, place, name) for place, (name, minutes) in enumerate(acts) if minutes > 0)
        until = went_on if went_on is not None else BOX_MINUTES + 1
        if later and later[0][0] <= BOX_MINUTES and later[0][0] < until:
            done.add(("next", later[0][2]))
        for fact in done:
            x, n = expected.setdefault(fact, [0, 0])
            expected[fact] = [x + (went_on is None), n + 1]
    steps = {name for went_on, acts in history for name, minutes in acts if minutes in (0, went_on)}
    plain = {
        (direction, name, x, n, dropped - x, len(history) - n)
        for (direction, name), (x, n) in expected.items()
        if name not in steps
    }
    columns = ("driver_direction", "driver_value", "x", "n", "baseline_x", "baseline_n")
    actual = set(counted(attempts, touches, columns))
    if len(set(took)) > 1 and dropped:
        plain = {row for row in plain if row[0] != "at_step"}
        actual = {row for row in actual if row[0] != "at_step"}
    assert actual == plain
