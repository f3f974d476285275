"""Sessions of a source that has none: over nights of late and corrected files they are those of one full load."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from journey_analytics import pipeline, places
from journey_analytics.warehouse import Warehouse
from tests.test_increments import differences, run
from tests.tool_exports import RECIPES, ROOT

FIRST = datetime(2026, 3, 27, tzinfo=UTC)  # the clock goes forward in the night to the 29th
HALF_AN_HOUR = 30 * 60 * 1_000_000
NIGHTS = 4
SETTINGS = """
property: log
title: Log
time_zone: Europe/Amsterdam
sources: {plain: 'plain/*.csv'}
public_salt: a log that does not exist
"""

Row = tuple[int, str, str]


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pipeline.Night:
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    shutil.copy(RECIPES / "stg_plain__events.sql", tmp_path / "sql" / "staging")
    monkeypatch.setattr(places, "sql_folder", lambda: tmp_path / "sql")
    settings = tmp_path / "journey.yml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return replace(pipeline.plan_night(settings), patterns={"plain": str(tmp_path / "plain" / "*.csv")})


def drawn(rng: Random, day: datetime) -> list[Row]:
    """Return events of a day: pauses of exactly half an hour, a microsecond more, and over midnight are frequent."""
    rows, at = [], day
    for _ in range(rng.randint(4, 12)):
        at += rng.choice(
            [timedelta(0), timedelta(minutes=30), timedelta(minutes=30, microseconds=1), timedelta(hours=5)]
        )
        if at.date() == day.date():
            rows.append((at, rng.choice("abc"), rng.choice(["page_view", "click"])))
    return [(int(at.timestamp()) * 1_000_000 + at.microsecond, user, name) for at, user, name in rows]


def write(folder: Path, days: dict[datetime, list[Row]]) -> None:
    folder.mkdir(exist_ok=True)
    for day, rows in days.items():
        lines = [
            f"{datetime.fromtimestamp(at // 1_000_000, UTC):%Y-%m-%dT%H:%M:%S}.{at % 1_000_000:06}Z,{name},{user}"
            for at, user, name in rows
        ]
        (folder / f"{day:%Y%m%d}.csv").write_text("\n".join(["time,event,user", *lines, ""]), encoding="utf-8")


def sessions_of(days: dict[datetime, list[Row]]) -> dict[str, tuple[int, int]]:
    """Return each session's number and its events, counted the slow way: browser by browser, event by event."""
    moments: dict[str, list[int]] = defaultdict(list)
    for at, user, _ in sorted({row for rows in days.values() for row in rows}):
        moments[user].append(at)
    found: dict[str, tuple[int, int]] = {}
    for user, times in moments.items():
        key, number, before = "", 0, None
        for at in times:
            if before is None or at - before > HALF_AN_HOUR:
                key, number = f"{at // 1_000_000}-{user}", number + 1
            found[key] = (number, found.get(key, (0, 0))[1] + 1)
            before = at
    return found


@pytest.mark.parametrize("seed", [1])
def test_sessions_by_pauses_are_those_of_all_events_however_they_arrive(
    seed: int, night: pipeline.Night, tmp_path: Path
) -> None:
    rng = Random(seed)
    whole = {day: drawn(rng, day) for day in (FIRST + timedelta(days=number) for number in range(NIGHTS + 2))}
    days = {day: whole[day] for day in list(whole)[:2]}
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        for day in list(whole)[1:-1]:
            days[day] = [row for row in whole[day] if rng.random() < 0.7] or whole[day]
            before = rng.choice(list(days))
            days[before] = [row for row in whole[before] if rng.random() < 0.8] or whole[before]
            write(tmp_path / "plain", days)
            run(night, warehouse)
            assert differences(night, warehouse, tmp_path) == []
            stored = warehouse.rows("select session_key, session_number, events from fct_sessions")
            assert {key: (number, events) for key, number, events in stored} == sessions_of(days)
