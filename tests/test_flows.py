"""The flows, on a temporary server: they do what the pipeline does, and leave two artifacts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows import prefect_settings
from flows.backfill import backfill
from flows.nightly import nightly
from journey_analytics.errors import DefinitionError, UsageError
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT

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


def test_a_fault_that_trying_again_cannot_mend_is_raised_at_once(property_folder: Path) -> None:
    settings = property_folder / "journey.yml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\ncurency: EUR\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="curency"):
        nightly(settings, property_folder / "w.duckdb", property_folder / "out")


def test_a_backfill_runs_a_night_for_each_date(property_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(property_folder)
    monkeypatch.syspath_prepend(str(ROOT))
    backfill(date(2026, 6, 29), date(2026, 6, 30), property_folder / "journey.yml")
    with Warehouse.open(property_folder / "var" / "waterdam.duckdb", read_only=True) as tables:
        assert tables.rows("select as_of, status from runs order by run_id") == [
            (date(2026, 6, 29), "ok"),
            (date(2026, 6, 30), "ok"),
        ]


def test_a_range_that_ends_before_it_starts_is_refused(property_folder: Path) -> None:
    with pytest.raises(UsageError, match="before it starts"):
        backfill(date(2026, 6, 30), date(2026, 6, 1), property_folder / "journey.yml")


def test_nobody_is_told_anything() -> None:
    assert prefect_settings.SETTINGS["DO_NOT_TRACK"] == "1"
    assert prefect_settings.SETTINGS["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert prefect_settings.SETTINGS["GX_ANALYTICS_ENABLED"] == "false"
