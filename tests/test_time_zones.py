"""Dates are the property's, moments are UTC: a shop in Amsterdam around midnight and both changes of the clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from journey_analytics import pipeline
from journey_analytics.warehouse import Warehouse

ZONE = ZoneInfo("Europe/Amsterdam")
SETTINGS = """
property: nachtwinkel
title: Nachtwinkel
time_zone: Europe/Amsterdam
sources: {ga4: 'ga4/events_*.json'}
page_groups: [{page_group: home, when: {page_path: /}}]
public_salt: a shop that does not exist
"""
# browser, session, and when by the clock on the wall; fold=1 is the second 02:30 of the night in October
VISITS = [
    ("over midnight", 1, datetime(2026, 3, 28, 23, 58), datetime(2026, 3, 29, 0, 3)),
    ("before the gap", 2, datetime(2026, 3, 29, 1, 59), datetime(2026, 3, 29, 3, 1)),
    ("monday", 3, datetime(2026, 3, 30, 0, 1), datetime(2026, 3, 30, 0, 2)),
    ("first half past two", 4, datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 2, 31)),
    ("second half past two", 5, datetime(2026, 10, 25, 2, 30, fold=1), datetime(2026, 10, 25, 2, 31, fold=1)),
    ("last minute", 6, datetime(2026, 10, 25, 23, 59), datetime(2026, 10, 25, 23, 59, 59)),
]


def micros(wall: datetime) -> int:
    return int(wall.replace(tzinfo=ZONE).astimezone(UTC).timestamp()) * 1_000_000


def write(folder: Path, until: date) -> None:
    days: dict[date, list[str]] = {}
    for browser, session, *walls in VISITS:
        for wall in walls:
            row = {
                "event_date": f"{wall:%Y%m%d}",
                "event_timestamp": str(micros(wall)),
                "event_name": "page_view",
                "user_pseudo_id": browser,
                "event_params": [
                    {"key": "ga_session_id", "value": {"int_value": str(session)}},
                    {"key": "page_location", "value": {"string_value": "https://nacht.example/"}},
                ],
            }
            days.setdefault(wall.date(), []).append(json.dumps(row))
    (folder / "ga4").mkdir(exist_ok=True)
    for day, lines in days.items():
        if day <= until:
            (folder / "ga4" / f"events_{day:%Y%m%d}.json").write_text("\n".join([*lines, ""]), encoding="utf-8")


def run(folder: Path, until: date) -> pipeline.Run:
    (folder / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    write(folder, until)
    return pipeline.run_night(
        pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")
    )


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database after a night in March and one in October."""
    folder = tmp_path_factory.mktemp("zone")
    spring = run(folder, date(2026, 3, 29))
    with Warehouse.open(spring.night.database, read_only=True) as tables:
        (as_of_at,) = tables.rows("select as_of_at from run_window")[0]
    # the day of 23 hours ends at ten o'clock in the evening, UTC
    assert as_of_at == datetime(2026, 3, 29, 22)
    return run(folder, date(2026, 10, 25)).night.database


@pytest.fixture
def tables(nights: Path) -> Iterator[Warehouse]:
    with Warehouse.open(nights, read_only=True) as warehouse:
        yield warehouse


def test_the_day_of_25_hours_ends_an_hour_later_by_utc(tables: Warehouse) -> None:
    assert tables.rows("select as_of, as_of_at from run_window") == [(date(2026, 10, 25), datetime(2026, 10, 25, 23))]


def test_a_date_is_the_propertys_where_utc_has_another(tables: Warehouse) -> None:
    dates = dict(
        tables.rows(
            "select user_pseudo_id || ' ' || event_at, event_date from fct_events where event_date <> cast(event_at as date)"
        )
    )
    assert dates == {
        "over midnight 2026-03-28 23:03:00": date(2026, 3, 29),
        "monday 2026-03-29 22:01:00": date(2026, 3, 30),
        "monday 2026-03-29 22:02:00": date(2026, 3, 30),
    }


def test_a_session_over_midnight_is_one_and_belongs_to_the_date_it_began_on(tables: Warehouse) -> None:
    found = tables.rows(
        "select session_date, session_seconds, events from fct_sessions where user_pseudo_id = 'over midnight'"
    )
    assert found == [(date(2026, 3, 28), 300, 2)]


def test_two_minutes_over_the_hour_that_is_skipped_are_two_minutes(tables: Warehouse) -> None:
    assert tables.value("select session_seconds from fct_sessions where user_pseudo_id = 'before the gap'") == 120


def test_the_hour_that_comes_twice_holds_two_moments(tables: Warehouse) -> None:
    starts = dict(
        tables.rows(
            "select user_pseudo_id, session_started_at from fct_sessions where user_pseudo_id like '%half past two'"
        )
    )
    assert starts["second half past two"] - starts["first half past two"] == timedelta(hours=1)


def test_days_and_weeks_of_kpis_are_the_propertys(tables: Warehouse) -> None:
    counted = tables.rows(
        "select period_kind, period_start, n from kpi_sessions_by_period "
        "where segment_kind = 'all' and phase = 'all' and period_kind <> 'month' order by all"
    )
    assert counted == [
        ("day", date(2026, 3, 28), 1),
        ("day", date(2026, 3, 29), 1),
        ("day", date(2026, 3, 30), 1),
        ("day", date(2026, 10, 25), 3),
        ("iso_week", date(2026, 3, 23), 2),
        ("iso_week", date(2026, 3, 30), 1),
        ("iso_week", date(2026, 10, 19), 3),
    ]


def test_a_window_is_as_long_as_it_says_whatever_the_clock_does(tables: Warehouse) -> None:
    lengths = tables.rows(
        "select distinct epoch_us(visits.window_ends_at) - epoch_us(visits.entered_at) - journeys.window_seconds * 1000000 "
        "from fct_phase_visits visits join dim_journeys journeys using (journey_model)"
    )
    assert lengths == [(0,)]
