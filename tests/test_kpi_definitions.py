"""What a KPI has to say of itself, measured or waiting for a source."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics.definitions.measured import kpi_titles, read_waiting_kpis
from journey_analytics.definitions.model import Model, read_model
from journey_analytics.errors import DefinitionError
from journey_analytics.warehouse import Warehouse
from tests.model_cases import ROOT

FOLDER = ROOT / "sql" / "kpis"
WAITING = (FOLDER / "kpi_ad_click_rate.yml").read_text(encoding="utf-8")


def measured(name: str = "kpi_reach") -> Model:
    return read_model(FOLDER / f"{name}.sql", "kpis")


def test_a_kpi_that_waits_for_a_source_stands_in_the_dictionary_beside_those_that_are_measured(tmp_path: Path) -> None:
    (tmp_path / "kpi_ad_click_rate.yml").write_text(WAITING, encoding="utf-8")
    told = kpi_titles([measured()], tmp_path).sql
    assert "'reach'" in told
    assert "'ad_click_rate'" in told
    assert "'impressions and clicks from an ad platform'" in told


def test_no_sentence_of_the_dictionary_names_a_kpi_by_its_key(webshop_tables: Warehouse) -> None:
    """A reader finds a KPI by its title, in ‘’; key_events and names without _ are words of the settings and of people."""
    sentences = "description_{0}, base_{0}, needs_{0}, title_{0}"
    rows = webshop_tables.rows("select kpi from dim_kpis")
    keys = {kpi for (kpi,) in rows if "_" in kpi} - {"key_events"}
    assert {"single_page_share", "bounce_rate", "social_reach"} <= keys
    for language in ("nl", "en"):
        titles = {title for (title,) in webshop_tables.rows(f"select title_{language} from dim_kpis")}
        named = []
        for kpi, *told in webshop_tables.rows(f"select kpi, {sentences.format(language)} from dim_kpis"):
            words = " ".join(told)
            assert keys.isdisjoint(re.findall(r"\w+", words)), kpi
            named += re.findall("‘(.+?)’", words)
        assert len(named) >= 5 and set(named) <= titles


def test_every_row_of_the_requirements_has_a_kpi() -> None:
    """Rows 31 to 49 of what the customer's documents ask for; funnels and goals have tables of their own."""
    named = {path.stem.removeprefix("kpi_") for path in FOLDER.glob("kpi_*.*")}
    asked = """reach ad_click_rate unique_persons social_reach leads product_views_per_person time_on_page conversion_rate
        order_value orders repeat_purchase_share repeat_purchase_share_30_days lifetime_value_90_days net_promoter_score
        engagement_rate cost_per_order customer_satisfaction churn_rate referral_share bounce_rate single_page_share
        purchase_cycle_length checkout_completion lead_response_time form_success return_on_ad_spend revenue"""
    assert set(asked.split()) <= named


def test_who_says_that_it_is_the_only_row_of_its_unit_is(webshop_tables: Warehouse) -> None:
    """Such rows are counted without being put together: a second one would count twice."""
    views = [
        row[0]
        for row in webshop_tables.rows(
            "select table_name from information_schema.columns where column_name = 'is_only_row'"
        )
    ]
    assert set(views) >= {
        "kpi_reach",
        "kpi_conversion_rate",
        "kpi_progression_share",
        "kpi_time_in_phase",
        "kpi_tracking_coverage",
    }
    for view in views:
        units = f"select count(*) as kpi_rows, bool_or(is_only_row) as says_so from {view} group by journey_model, phase, unit_key"
        counts = webshop_tables.rows(
            f"select count(*) filter (says_so), count(*) filter (says_so and kpi_rows > 1) from ({units}) as units"
        )
        assert counts[0][0] > 1000 and counts[0][1] == 0, view


def test_a_kpi_whose_grain_is_its_unit_has_one_row_of_each(webshop_tables: Warehouse) -> None:
    """By their grain they are counted without being put together."""
    names = [path.stem for path in FOLDER.glob("kpi_*.sql") if measured(path.stem).front.grain == ("unit_key",)]
    assert {"kpi_sessions", "kpi_bounce_rate", "kpi_orders", "kpi_time_on_page"} <= set(names)
    for name in names:
        assert webshop_tables.value(f"select count(*) - count(distinct unit_key) from {name}") == 0, name


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "kpi_clicks.yml",
            WAITING,
            "kpi_clicks.yml:3: name is 'kpi_ad_click_rate', but the file is called 'kpi_clicks'.",
        ),
        (
            "kpi_reach.yml",
            WAITING.replace("kpi_ad_click_rate", "kpi_reach"),
            "kpi_reach.sql measures this KPI, so it waits no longer. Delete kpi_reach.yml.",
        ),
        (
            "kpi_ad_click_rate.yml",
            WAITING.replace("  needs_en: impressions and clicks from an ad platform\n", ""),
            "kpi_ad_click_rate.yml:5: measure lacks 'needs_en': the dictionary of KPIs tells it; see docs/extending.md, A KPI.",
        ),
        (
            "kpi_ad_click_rate.yml",
            WAITING.replace("owner:", "ownr:"),
            "unknown key 'ownr'. Allowed: measure, name, owner.",
        ),
    ],
)
def test_a_kpi_that_waits_and_cannot_be_meant_is_refused(tmp_path: Path, file: str, text: str, says: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        kpi_titles([measured()], tmp_path)
    assert says in str(refused.value)


@pytest.mark.parametrize("key", ["description_nl", "description_en", "needs_nl", "needs_en"])
def test_a_measured_kpi_that_lacks_a_sentence_of_the_dictionary_is_refused_with_its_line(
    tmp_path: Path, key: str
) -> None:
    kpi = measured()
    assert kpi.front.measure is not None
    bare = replace(
        kpi, front=kpi.front.model_copy(update={"measure": kpi.front.measure.model_copy(update={key: None})})
    )
    with pytest.raises(DefinitionError, match=rf"kpi_reach.sql:\d+: measure lacks '{key}'"):
        kpi_titles([bare], tmp_path)


def test_the_shipped_kpis_that_wait_are_measured_by_no_model() -> None:
    models = [measured(path.stem) for path in sorted(FOLDER.glob("kpi_*.sql"))]
    waiting = {kpi.name for kpi in read_waiting_kpis(FOLDER, models).values()}
    assert len(waiting) == 6
    assert waiting.isdisjoint(model.name for model in models)
