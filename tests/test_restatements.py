"""What was published and is another figure now: noted while a night builds, told in pub_restatements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from journey_analytics import pipeline
from journey_analytics.restatements import last_night
from journey_analytics.shown import mark_shown
from journey_analytics.warehouse import Warehouse
from tests.histories import SETTINGS, History
from tests.test_increments import build, load, run

FIGURES = (
    "select kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value, value from pub_phase_kpis "
    "where value is not null"
)
TOLD = (
    "select kpi, journey_model, phase, period_kind, period_start, segment_kind, segment_value, value_before, value_after, reasons "
    "from pub_restatements where table_name = 'pub_phase_kpis' and restatement_kind = 'figure' "
    "and as_of in (select as_of from run_window)"
)


class Shop:
    """The tiny shop with its history and its database; every change of a figure is large enough to be told."""

    def __init__(self, folder: Path) -> None:
        settings = folder / "journey.yml"
        limits = "{small_relative_change: 0, min_sample: 0}"
        settings.write_text(SETTINGS.replace("thresholds: {", f"thresholds: {{pub_restatements: {limits}, "), "utf-8")
        self.history = History(7, folder)
        self.night = replace(pipeline.plan_night(settings), patterns=self.history.patterns)
        self.warehouse = Warehouse.open()

    def runs(self, **changes: Any) -> None:
        self.history._write()
        run(replace(self.night, **changes), self.warehouse)
        mark_shown(self.warehouse, last_night(self.warehouse))

    def figures(self) -> dict[tuple[Any, ...], float]:
        return {row[:-1]: row[-1] for row in self.warehouse.rows(FIGURES)}

    def told(self) -> dict[tuple[Any, ...], tuple[float, float | None, str]]:
        return {row[:7]: row[7:] for row in self.warehouse.rows(TOLD)}

    def full_day(self) -> date:
        """The day with the most events that is neither among the first nor among the last."""
        days = sorted(self.history.daily)[4:-6]
        return max(days, key=lambda day: (len(self.history.daily[day]), day))

    def as_of(self) -> date:
        found: date = self.warehouse.value("select as_of from run_window")
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    made.runs()
    yield made
    made.warehouse.close()


def is_over(figure: tuple[Any, ...], as_of: date) -> bool:
    kind, start = figure[3], figure[4]
    following = {"day": start + timedelta(days=1), "iso_week": start + timedelta(days=7)}
    month = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return bool(following.get(kind, month) - timedelta(days=1) <= as_of)


def test_a_first_night_restates_nothing(shop: Shop) -> None:
    assert shop.told() == {}


def test_every_figure_that_a_redelivery_moves_is_told_and_no_other(shop: Shop) -> None:
    before = shop.figures()
    day = shop.full_day()
    shop.history.daily[day] = shop.history.daily[day][: len(shop.history.daily[day]) // 2]
    shop.runs()
    after = shop.figures()
    moved = {
        figure: (value, after.get(figure))
        for figure, value in before.items()
        if after.get(figure) != value and is_over(figure, shop.as_of())
    }
    assert len(moved) > 10
    assert {figure: told[:2] for figure, told in shop.told().items()} == moved
    assert {told[2] for told in shop.told().values()} == {"redelivered"}


def test_the_same_files_again_leave_the_ledger_as_it_is(shop: Shop) -> None:
    day = shop.full_day()
    shop.history.daily[day] = shop.history.daily[day][:1]
    shop.runs()
    told = shop.told()
    shop.runs()
    assert shop.told() == told != {}


def test_a_day_that_comes_late_is_late_data(shop: Shop) -> None:
    held_back = shop.full_day()
    missing = held_back
    while missing in shop.history.daily:
        missing -= timedelta(days=1)
    shop.history.daily[missing] = shop.history._most(shop.history.daily[held_back], 1.0)
    shop.history.daily[missing] = [replace(event, day=missing) for event in shop.history.daily[missing]]
    shop.runs()
    assert shop.told()
    assert all("late_data" in told[2] and "redelivered" not in told[2] for told in shop.told().values())


def test_as_of_that_moves_on_restates_what_matures_and_keeps_the_nights_before(shop: Shop) -> None:
    newest = shop.as_of()
    shop.runs(as_of=newest - timedelta(days=15))
    assert shop.told() == {}, "as_of that goes back takes nothing back"
    shop.runs(as_of=newest - timedelta(days=10))
    first = shop.told()
    assert first
    assert {reason for told in first.values() for reason in told[2].split(", ")} <= {"matured", "new_days"}
    shop.runs(as_of=newest)
    nights = {row[0] for row in shop.warehouse.rows("select distinct as_of from pub_restatements")}
    assert nights == {newest - timedelta(days=10), newest}


def test_a_night_that_nobody_is_shown_is_told_by_the_next_that_somebody_is(shop: Shop) -> None:
    newest, before = shop.as_of(), shop.figures()
    day = shop.full_day()
    shop.history.daily[day] = shop.history.daily[day][:1]
    shop.history._write()
    load(shop.night, shop.warehouse)
    for as_of in (newest - timedelta(days=9), newest - timedelta(days=4)):
        build(replace(shop.night, as_of=as_of, is_shown=False), shop.warehouse)
        assert shop.told() == {}, "a replay tells nothing"
    shop.runs()
    after = shop.figures()
    moved = {
        figure: (value, after.get(figure))
        for figure, value in before.items()
        if after.get(figure) != value and is_over(figure, newest)
    }
    assert len(moved) > 10
    assert {figure: told[:2] for figure, told in shop.told().items()} == moved


def test_replays_leave_the_ledger_of_what_was_shown_as_it_is(shop: Shop) -> None:
    newest = shop.as_of()
    shop.runs(as_of=newest - timedelta(days=10))
    shop.runs()
    ledger = "select as_of, restatement_key, value_before, value_after from pub_restatements order by all"
    told = shop.warehouse.rows(ledger)
    assert len(told) > 10
    build(replace(shop.night, as_of=newest - timedelta(days=10), is_shown=False), shop.warehouse)
    shop.runs()
    assert shop.warehouse.rows(ledger) == told


def test_a_changed_definition_is_named_as_the_reason(shop: Shop) -> None:
    sessions = shop.night.project.models["fct_sessions"]
    all_engaged = replace(sessions, sql=sessions.sql.replace("    is_engaged,", "    true as is_engaged,"))
    assert all_engaged.sql != sessions.sql
    models = {**shop.night.project.models, "fct_sessions": all_engaged}
    load(shop.night, shop.warehouse)
    build(replace(shop.night, project=replace(shop.night.project, models=models)), shop.warehouse)
    told = shop.told()
    assert {figure[0] for figure in told} == {"engagement_rate"}
    assert {reasons for _, _, reasons in told.values()} == {"definition_changed"}
