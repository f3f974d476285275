"""What the sample plants must be found, and what it plants as a decoy must not."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from journey_analytics import pipeline
from journey_analytics.findings import top_findings
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT, run_sample

SCENARIOS = ("webshop", "b2b_leads", "government_form")


def planted(scenario: str) -> list[dict[str, Any]]:
    """Return the truths of a scenario."""
    text = (ROOT / "data" / "sample" / scenario / "truth.yml").read_text(encoding="utf-8")
    truths: list[dict[str, Any]] = yaml.safe_load(text)["truths"]
    return truths


VISIBLE = [(scenario, truth["id"]) for scenario in SCENARIOS for truth in planted(scenario) if truth["visible_now"]]


@pytest.fixture(scope="module")
def runs(webshop: pipeline.Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pipeline.Run]:
    others = {name: run_sample(name, tmp_path_factory.mktemp(name)) for name in SCENARIOS[1:]}
    return {"webshop": webshop, **others}


def reported(run: pipeline.Run) -> list[tuple[str, str]]:
    """Return place and signal of every finding for all visitors in the primary journey model that is worse beyond chance."""
    with Warehouse.open(run.night.database, read_only=True) as tables:
        rows = tables.rows(
            """select touchpoint_id, annotations.signal_id from pub_friction_annotations as annotations
            inner join dim_journeys as journeys on annotations.journey_model = journeys.journey_model
            where is_primary and colour_code = 'red' and segment = '{}'"""
        )
    return [(place, signal) for place, signal in rows]


@pytest.mark.parametrize(("scenario", "truth_id"), VISIBLE)
def test_a_strong_truth_over_the_whole_period_is_reported(
    scenario: str, truth_id: str, runs: dict[str, pipeline.Run]
) -> None:
    (truth,) = (truth for truth in planted(scenario) if truth["id"] == truth_id)
    place = truth["where"]["page_group"]
    signals = set(truth.get("signal") or [])
    found = [signal for where, signal in reported(runs[scenario]) if where == place]
    if signals & {"rage_click", "script_error", "dead_click"}:
        assert any(signal.startswith("page_signal_drop_off:") for signal in found), (place, found)
    else:
        assert "touchpoint_drop_off:last_touch" in found, (place, found)


def test_the_planted_shipping_step_is_the_webshops_first_finding(webshop_tables: Warehouse) -> None:
    first = top_findings(webshop_tables)[0]
    assert first.phase["nl"] == "Aankoop"
    assert "Afrekenen: verzending" in first.statement["nl"]
    assert first.low is not None
    assert first.mid is not None
    assert first.high is not None
    assert 0 < first.low < first.mid < first.high


def test_a_decoy_without_effect_is_not_reported(runs: dict[str, pipeline.Run]) -> None:
    assert ("product", "page_signal_drop_off:dead_click") not in reported(runs["webshop"])


def test_truths_that_no_table_shows_yet_say_why() -> None:
    hidden = [truth for scenario in SCENARIOS for truth in planted(scenario) if not truth["visible_now"]]
    assert len(hidden) >= 5
    assert all(truth["why_not"] for truth in hidden)
