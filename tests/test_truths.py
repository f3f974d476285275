"""What the samples plant must be found, what they plant as a decoy must not, and every number is one that was read over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from journey_analytics import pipeline
from journey_analytics.findings import top_findings
from journey_analytics.warehouse import Warehouse, quoted
from tests.conftest import ROOT, run_sample
from tests.golden import FOLDER, SCENARIOS, differences, golden_rows, stored_rows, tables_of


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


def drivers(tables: Warehouse, phase: str, kind: str) -> dict[str, tuple[str, str, str]]:
    """Return verdict and sentences of what people did at a phase, or were when they came, by its name."""
    rows = tables.rows(
        f"""select driver_value, driver_verdict, statement_nl, statement_en from pub_drop_off_drivers
        where scope_kind = 'phase' and step = '{phase}' and driver_kind = '{kind}'
            and driver_direction = '{"before" if kind == "channel_group" else "at_step"}'"""
    )
    return {value: (verdict, nl, en) for value, verdict, nl, en in rows}


def test_planted_frictions_and_the_planted_peak_go_with_dropping_off_or_going_on(webshop_tables: Warehouse) -> None:
    signals = drivers(webshop_tables, "orientatie", "friction_signal")
    assert signals["rage_click"][0] == "drops_more"
    assert signals["script_error"][0] == "drops_more"
    channels = drivers(webshop_tables, "evaluatie", "channel_group")
    assert channels["Email"][0] == "drops_less"
    assert channels["Organic Search"][0] == "unclear"


def test_the_planted_decoy_goes_with_nothing(webshop_tables: Warehouse) -> None:
    assert drivers(webshop_tables, "evaluatie", "friction_signal")["dead_click"][0] == "unclear"


def test_what_only_those_do_who_go_on_anyway_is_told_as_correlation(webshop_tables: Warehouse) -> None:
    """Nothing is planted on the page with reviews: whoever reads them has a mind to buy."""
    assert not any(truth["where"].get("page_group") == "reviews" for truth in planted("webshop"))
    verdict, nl, en = drivers(webshop_tables, "evaluatie", "touchpoint")["reviews"]
    assert verdict == "drops_less"
    assert nl.endswith("Dit is samenhang: of het de oorzaak is, is niet getoetst.")
    assert en.endswith("This is correlation: whether it is the cause has not been tested.")
    assert webshop_tables.rows("select distinct cause_basis from pub_drop_off_drivers") == [("correlated",)]


def test_truths_that_no_table_shows_yet_say_why() -> None:
    hidden = [truth for scenario in SCENARIOS for truth in planted(scenario) if not truth["visible_now"]]
    assert len(hidden) >= 5
    assert all(truth["why_not"] for truth in hidden)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_sample_publishes_the_numbers_that_were_read_over(scenario: str, runs: dict[str, pipeline.Run]) -> None:
    published = Path(runs[scenario].published or "")
    tables = tables_of(published)
    assert tables == sorted(path.stem for path in (FOLDER / scenario).glob("*.csv"))
    found = {table: differences(stored_rows(scenario, table), golden_rows(published, table)) for table in tables}
    told = [f"{table}: {line}" for table, lines in found.items() for line in lines[:5]]
    # if they are right: `python -m tests.golden` writes them, and the diff is read over
    assert told == []


# what no published number may be, as conditions on the columns that a table has
NEVER = {
    "a share lies between 0 and 1": ({"value", "unit"}, "unit = 'share' and not value between 0 and 1"),
    "a value lies in its interval": ({"value", "ci_low", "ci_high"}, "not value between ci_low - 1e-9 and ci_high + 1e-9"),
    "a part is no more than its base": ({"x", "n"}, "x > n"),
    "a numerator of a share is no more than its denominator": (
        {"numerator", "denominator", "unit"},
        "unit = 'share' and numerator > denominator",
    ),
    "a share has its denominator": ({"value", "denominator", "unit"}, "unit = 'share' and value is not null and denominator is null"),
    "a mean is of its units, however many rows each has": (
        {"kpi", "n", "denominator", "unit"},
        "unit <> 'share' and value is not null and denominator is distinct from n",
    ),
    "a value has a unit": ({"value", "unit"}, "value is not null and unit is null"),
    "money has a currency": ({"opportunity_mid", "currency"}, "opportunity_mid is not null and currency is null"),
    "an interval of money holds its middle": (
        {"opportunity_low", "opportunity_mid", "opportunity_high"},
        "not opportunity_mid between opportunity_low and opportunity_high",
    ),
    "a p-value lies between 0 and 1": ({"p_value"}, "not p_value between 0 and 1"),
    "correcting for many comparisons makes nothing surer": ({"p_value", "q_value"}, "q_value < p_value - 1e-9"),
    "an average of a few seconds is no year": ({"value", "unit"}, "unit = 'seconds' and value > 31536000"),
}  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("rule", NEVER)
def test_a_published_number_has_a_unit_and_a_sensible_size(
    scenario: str, rule: str, runs: dict[str, pipeline.Run]
) -> None:
    needs, never = NEVER[rule]
    with Warehouse.open(runs[scenario].night.database, read_only=True) as tables:
        asked = [name for name in sorted(tables.tables()) if name.startswith("pub_")]
        asked = [name for name in asked if needs <= tables.columns(name).keys()]
        assert asked
        assert {
            name: n for name in asked if (n := tables.value(f"select count(*) from {quoted(name)} where {never}"))
        } == {}
