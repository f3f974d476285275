"""The flows, on a temporary server: they do what the pipeline does, try again where that helps, and leave two artifacts."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import flows.nightly as nightly_module
from flows import prefect_settings
from flows.backfill import backfill
from flows.nightly import BACK_OFF_SECONDS, flow_run, main, nightly, nights_task
from journey_analytics import lock, pipeline
from journey_analytics.errors import Busy, CheckFailed, DefinitionError, InputError, StorageError, UsageError
from journey_analytics.sample import write_sample
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT
from tests.test_nights import SETTINGS, deliver

SAMPLE = ROOT / "data" / "sample" / "government_form"


@pytest.fixture(scope="module", autouse=True)
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def property_folder(tmp_path: Path) -> Path:
    """The government sample's settings in a folder of their own, so that the flow's defaults write there."""
    text = (SAMPLE / "journey.yml").read_text(encoding="utf-8")
    text = text.replace("ga4/", f"{SAMPLE}/ga4/").replace("clarity/", f"{SAMPLE}/clarity/")
    (tmp_path / "journey.yml").write_text(text, encoding="utf-8")
    return tmp_path


def artifacts() -> dict[str, str]:
    """Return the newest artifacts by key."""
    from prefect.client.orchestration import get_client

    async def read() -> dict[str, str]:
        async with get_client() as client:
            return {str(a.key): str(a.data) for a in await client.read_artifacts()}

    return asyncio.run(read())


def test_a_nightly_flow_publishes_and_leaves_a_table_and_a_report(property_folder: Path) -> None:
    done = nightly(property_folder / "journey.yml", property_folder / "w.duckdb", property_folder / "out")
    assert done.published == property_folder / "out" / "current"
    assert done.record.status == "ok"
    left = artifacts()
    assert "Gemeente Waterdam" in left["run-waterdam"]
    assert "Gaat door naar een latere fase" in left["phase-kpis-waterdam"]


def test_a_fault_of_the_settings_is_raised_at_once(property_folder: Path) -> None:
    settings = property_folder / "journey.yml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\ncurency: EUR\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="curency"):
        nightly(settings, property_folder / "w.duckdb", property_folder / "out")


# --- trying again ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A property whose export is one event a day."""
    (tmp_path / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    deliver(tmp_path, 1)
    return tmp_path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other without a pause."""
    monkeypatch.setattr(nights_task, "retry_delay_seconds", 0)


def tonight(folder: Path) -> pipeline.Run:
    return nightly(folder / "journey.yml", folder / "w.duckdb", folder / "out")


def statuses(folder: Path) -> list[str]:
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        return [status for (status,) in tables.rows("select status from runs order by run_id")]


class Failing:
    """A step that raises an error the first times, and then does what it should."""

    def __init__(self, step: Callable[..., object], error: Exception, times: int) -> None:
        self.step, self.error, self.times, self.calls = step, error, times, 0

    def __call__(self, *words: object, **named: object) -> object:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.step(*words, **named)


@pytest.mark.parametrize("step", ["ingest", "build_night", "publish_night"])
@pytest.mark.usefixtures("at_once")
def test_a_storage_error_is_tried_again_and_mends(
    step: str, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = Failing(getattr(pipeline, step), StorageError("the disk is full."), times=1)
    monkeypatch.setattr(pipeline, step, failing)
    assert tonight(shop).record.status == "ok"
    assert failing.calls == 2
    assert statuses(shop) == ["failed", "ok"]
    assert "the disk is full. It will be tried again." in capsys.readouterr().err


@pytest.mark.usefixtures("at_once")
def test_a_busy_database_is_tried_again_and_mends(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = Failing(lock.run_lock, Busy("a run is busy."), times=2)
    monkeypatch.setattr(pipeline, "run_lock", failing)
    assert tonight(shop).record.status == "ok"
    assert failing.calls == 3


@pytest.mark.usefixtures("at_once")
def test_a_disk_that_stays_full_is_given_up_after_the_last_try(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = Failing(pipeline.ingest, StorageError("the disk is full."), times=99)
    monkeypatch.setattr(pipeline, "ingest", failing)
    with pytest.raises(StorageError):
        tonight(shop)
    assert failing.calls == 1 + len(BACK_OFF_SECONDS)


def test_each_wait_is_longer_than_the_last() -> None:
    assert sorted(set(BACK_OFF_SECONDS)) == BACK_OFF_SECONDS == nights_task.retry_delay_seconds


@pytest.mark.parametrize("kind", [DefinitionError, InputError, CheckFailed])
@pytest.mark.usefixtures("at_once")
def test_what_trying_again_cannot_mend_is_tried_once_and_told_in_one_sentence(
    kind: type[Exception], shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    failing = Failing(pipeline.build_night, kind("sql/x.sql:3: cannot be meant."), times=99)
    monkeypatch.setattr(pipeline, "build_night", failing)
    with pytest.raises(kind):
        tonight(shop)
    assert failing.calls == 1
    told = capfd.readouterr()
    lines = (told.out + told.err).strip().splitlines()
    assert [line[17:] for line in lines] == ["Stopped. sql/x.sql:3: cannot be meant."]


# --- several nights --------------------------------------------------------------------------------------------------


def test_of_a_pile_of_late_runs_one_does_the_work(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tonight(shop)
    due = datetime(2026, 6, 2, 3, tzinfo=UTC)
    monkeypatch.setattr(flow_run, "get_scheduled_start_time", lambda: due)
    state = nightly(shop / "journey.yml", shop / "w.duckdb", shop / "out", return_state=True)
    assert state.name == "Covered"
    assert statuses(shop) == ["ok"]


def slices(folder: Path) -> dict[date, int]:
    """Return how many annotations the ledger has of each night; every annotation once."""
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        rows = tables.rows(
            "select as_of, count(*), count(distinct annotation_id) from pub_friction_annotations group by as_of"
        )
    assert all(count == distinct for _, count, distinct in rows)
    return {as_of: count for as_of, count, _ in rows}


def test_a_backfill_that_is_killed_and_started_again_has_each_slice_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path, "government_form", persons=150, days=75, seed=7, last_date=date(2026, 6, 30))
    shutil.copy(SAMPLE / "journey.yml", tmp_path)
    place = (tmp_path / "journey.yml", tmp_path / "w.duckdb", tmp_path / "out")
    whole = pipeline.build_night

    def killed(run: pipeline.Run, on_progress: pipeline.Progress | None = None) -> None:
        if run.night.as_of == date(2026, 6, 28):
            raise KeyboardInterrupt
        whole(run, on_progress)

    monkeypatch.setattr(pipeline, "build_night", killed)
    with pytest.raises(KeyboardInterrupt):
        backfill(date(2026, 6, 27), date(2026, 6, 28), *place)
    assert slices(tmp_path).keys() == {date(2026, 6, 27)}
    monkeypatch.setattr(pipeline, "build_night", whole)
    done = backfill(date(2026, 6, 27), date(2026, 6, 28), *place)
    assert [night.as_of for night in done.earlier] == [date(2026, 6, 28)]
    assert slices(tmp_path).keys() == {date(2026, 6, day) for day in (27, 28, 30)}
    assert done.record.as_of == date(2026, 6, 30)


def test_a_range_that_ends_before_it_starts_is_refused(property_folder: Path) -> None:
    with pytest.raises(UsageError, match="before it starts"):
        backfill(date(2026, 6, 30), date(2026, 6, 1), property_folder / "journey.yml")


# --- make run --------------------------------------------------------------------------------------------------------


def test_make_run_says_where_the_tables_are_and_what_matters_most(
    webshop: pipeline.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # two of the three samples, one of them with a database that has seen its files: the whole takes minutes
    monkeypatch.setattr(nightly_module, "SAMPLES", ("webshop", "government_form"))
    (tmp_path / "var").mkdir()
    shutil.copy(webshop.night.database, tmp_path / "var" / "kwast_en_kleur.duckdb")
    main()
    told = capsys.readouterr().out
    for folder in ("waterdam", "kwast_en_kleur"):
        assert f"out/{folder}/current" in told.replace("\n", "")
        assert (tmp_path / "out" / folder / "current" / "friction_annotations.csv").exists()
    findings = [line for line in told.splitlines() if line[:3] in ("1. ", "2. ", "3. ")]
    assert len(findings) == 3
    assert "Kost ongeveer" in told


def test_a_second_make_run_sets_nothing_up(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "bootstrap.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)

    def plan() -> str:
        # these tests may run below a make of their own, which would tell of its folders
        alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        planned = ["make", "--no-print-directory", "-n", "run"]
        return subprocess.run(planned, cwd=tmp_path, env=alone, capture_output=True, text=True, check=True).stdout

    assert "pip install" in plan()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".made-from-lock").touch()
    assert plan() == ".venv/bin/python -m flows.nightly\n"


def test_nobody_is_told_anything() -> None:
    assert prefect_settings.SETTINGS["DO_NOT_TRACK"] == "1"
    assert prefect_settings.SETTINGS["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert prefect_settings.SETTINGS["GX_ANALYTICS_ENABLED"] == "false"
