"""`journey status` says how a property stands; `journey rollback` shows readers an earlier version again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.errors import UsageError
from journey_analytics.status import read_status
from journey_analytics.versions import published_versions, rollback
from journey_analytics.warehouse import Warehouse
from tests.test_command_line import EVENT, SETTINGS, journey


def day_file(folder: Path, day: str, kind: str = "", **changes: str) -> None:
    noon = int(datetime.strptime(day + "12+0000", "%Y%m%d%H%z").timestamp()) * 1_000_000
    row = {**EVENT, "event_date": day, "event_timestamp": str(noon), **changes}
    (folder / f"events_{kind}{day}.json").write_text(json.dumps(row) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A property after three nights: two days, then one that leaves a day out and an intraday one, then one with a bad file."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "journey.yml").write_text(SETTINGS + "kept_versions: 2\n", encoding="utf-8")
    patch = pytest.MonkeyPatch()
    day_file(folder, "20260601")
    day_file(folder, "20260602")
    assert journey(folder, "run", monkeypatch=patch) == 0
    day_file(folder, "20260604")
    day_file(folder, "20260605", "intraday_")
    assert journey(folder, "run", monkeypatch=patch) == 0
    (folder / "events_20260606.json").write_text("no json at all\n", encoding="utf-8")
    day_file(folder, "20260601", event_name="view_item")
    assert journey(folder, "run", monkeypatch=patch) == 0
    yield folder
    patch.undo()


def test_status_says_what_each_source_has_and_lacks(shop: Path) -> None:
    night = pipeline.plan_night(shop / "journey.yml")
    with Warehouse.open(shop / "w.duckdb", read_only=True) as warehouse:
        read = read_status(night.project, warehouse)
    ga4 = next(source for source in read.sources if source.source == "ga4")
    assert (ga4.first_date, ga4.complete_to, ga4.provisional_to) == (
        date(2026, 6, 1), date(2026, 6, 4), date(2026, 6, 5),
    )  # fmt: skip
    assert (ga4.rows, ga4.missing_dates, ga4.files_quarantined) == (4, 1, 1)
    assert ga4.loaded_at is not None
    assert (read.as_of, read.events_final_to, read.pending_dates) == (date(2026, 6, 4), date(2026, 6, 1), 0)


def test_status_says_until_when_rates_are_final(shop: Path) -> None:
    night = pipeline.plan_night(shop / "journey.yml")
    with Warehouse.open(shop / "w.duckdb", read_only=True) as warehouse:
        models = {line.journey_model: line for line in read_status(night.project, warehouse).models}
    assert len(models) == 8
    assert models["mckinsey4"].window_days == 30
    # who entered on 5 May has had 30 days at the end of 4 June
    assert models["mckinsey4"].final_to == date(2026, 5, 5)


def test_status_lists_the_newest_runs_first_with_what_they_read(shop: Path) -> None:
    night = pipeline.plan_night(shop / "journey.yml")
    with Warehouse.open(shop / "w.duckdb", read_only=True) as warehouse:
        runs = read_status(night.project, warehouse, last=2).runs
    assert [(run.run_id, run.status, run.files, run.rows_read, run.rows_stored) for run in runs] == [
        (3, "ok", 1, 1, 1), (2, "ok", 2, 2, 2),
    ]  # fmt: skip
    assert all(run.models_rebuilt > 10 for run in runs)


def test_the_command_prints_runs_sources_and_versions(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(shop, "status", monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "complete up to 2026-06-04" in printed
    assert "Days after 2026-06-01" in printed
    assert "3 (readers see this one), 2." in " ".join(printed.split())


def test_as_many_versions_stay_as_the_settings_say(shop: Path) -> None:
    assert [version.number for version in published_versions(shop / "out")] == [3, 2]


def test_a_rollback_shows_the_version_before_and_the_next_run_publishes_a_new_one(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(shop, "rollback", monkeypatch=monkeypatch) == 0
    assert "shows version 2 (as_of 2026-06-04)" in capsys.readouterr().out
    assert (shop / "out" / "current").resolve().name == "000002"
    assert (shop / "out" / "current" / "phase_kpis.csv").exists()
    assert journey(shop, "rollback", monkeypatch=monkeypatch) == 2
    assert "there is no version before the current one (2). Kept versions: 3, 2." in capsys.readouterr().err
    assert journey(shop, "rollback", "3", monkeypatch=monkeypatch) == 0
    assert (shop / "out" / "current").resolve().name == "000003"


def test_a_version_that_is_not_kept_is_refused_with_those_that_are(shop: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no version 1. Kept versions: 3, 2\."):
        rollback(shop / "out", 1)


def test_status_of_a_property_that_never_ran_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    assert journey(tmp_path, "status", monkeypatch=monkeypatch) == 7
    assert "Make it with `journey run`" in capsys.readouterr().err
