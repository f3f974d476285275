"""Experiments: what the settings may say, whether a deal is fair, and one from exports to verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from journey_analytics import pipeline
from journey_analytics.definitions.graph import upstream
from journey_analytics.definitions.project import read_project
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import DefinitionError
from journey_analytics.estimates import EstimateError, apply_estimates
from journey_analytics.warehouse import Warehouse
from tests.test_increments import differences, run

SQL = Path(__file__).parents[1] / "sql"
SETTINGS = """property: shop
title: Shop
time_zone: Europe/Amsterdam
sources: {ga4: 'ga4/*.json'}
public_salt: a shop that does not exist
key_events: [{event_name: purchase, is_order: true}]
experiments:
  - experiment: cart
    title_nl: Korte winkelwagen
    title_en: Short cart
    control: was
    conversion: purchase
    starts_on: 2026-03-02
    ends_on: 2026-03-06
    horizon: 3 days
    variants:
      - {variant: was, title_nl: Was, title_en: Was, value: CART-1-0}
      - {variant: short, title_nl: Kort, title_en: Short, value: CART-1-1}
"""


def read(folder: Path, text: str) -> list[str]:
    """Return the experiments of a property with these settings."""
    path = folder / "journey.yml"
    path.write_text(text, encoding="utf-8")
    return [item.experiment for item in read_project(SQL, read_settings(path), path).settings.experiments]


def test_an_experiment_that_can_be_judged_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, SETTINGS) == ["cart"]


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        ("control: was", "control: wos", "control 'wos' is none of the variants: was, short"),
        (
            "conversion: purchase",
            "conversion: purchas",
            ":12: experiment 'cart': conversion 'purchas' is no event of key_events. Allowed: purchase. Did you mean",
        ),
        ("ends_on: 2026-03-06", "ends_on: 2026-03-01", "ends_on 2026-03-01 is before starts_on 2026-03-02"),
        ("ends_on: 2026-03-06", "", "ends_on"),
        ("horizon: 3 days", "horizon: 3", "is no duration. Write a whole number and a unit"),
        ("value: CART-1-1", "value: [CART-2, CART-1-0]", "'was' and 'short' share the value 'CART-1-0'"),
        ("variant: short", "variant: was", "variant 'was' stands twice"),
        ("variant: short", "variant: none", "variant 'none' stands for who saw more than one"),
        ("value: CART-1-1", "value: CART-1-1, split: 0", "greater than 0"),
        ("horizon: 3 days", "horizon: 3 days\n    touchpoint: crt", ":16: experiment 'cart': touchpoint 'crt' is not there"),
    ],
)  # fmt: skip
def test_an_experiment_that_nothing_can_judge_is_refused(tmp_path: Path, said: str, instead: str, told: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read(tmp_path, SETTINGS.replace(said, instead))
    assert told in str(refused.value)


def test_two_experiments_of_one_name_are_refused(tmp_path: Path) -> None:
    again = SETTINGS[SETTINGS.index("  - experiment:") :]
    with pytest.raises(DefinitionError, match=":19: experiment 'cart': experiment stands twice"):
        read(tmp_path, SETTINGS + again)


@pytest.mark.parametrize(
    ("units", "weights"), [([500, 600], [1, 1]), ([30, 45, 25], [0.5, 0.3, 0.2]), ([90, 10], [9, 1]), ([0, 40], [1, 1])]
)
def test_the_test_of_the_deal_is_that_of_scipy(units: list[int], weights: list[float]) -> None:
    shares = np.array(weights) / sum(weights)
    frame = pd.DataFrame({"deal": "one", "units": units, "split_weight": weights})

    told = apply_estimates(frame, ["sample_ratio"])["sample_ratio_p_value"]

    assert told.tolist() == pytest.approx([chisquare(units, shares * sum(units)).pvalue] * len(units), rel=1e-9)


@pytest.mark.parametrize("units", [[9, 0], [0, 0], [40]])
def test_a_deal_of_too_few_or_of_one_variant_is_not_judged(units: list[int]) -> None:
    frame = pd.DataFrame({"deal": "one", "units": units, "split_weight": 1.0})
    assert apply_estimates(frame, ["sample_ratio"])["sample_ratio_p_value"].isna().all()


@pytest.mark.parametrize(("column", "value"), [("units", -1), ("units", None), ("split_weight", 0)])
def test_a_deal_that_cannot_be_is_refused(column: str, value: float | None) -> None:
    frame = pd.DataFrame({"deal": "one", "units": [10.0, 10.0], "split_weight": [1.0, 1.0]})
    frame.loc[1, column] = value
    with pytest.raises(EstimateError, match=column):
        apply_estimates(frame, ["sample_ratio"])


def test_a_fair_deal_alarms_once_in_a_thousand_and_one_that_loses_a_tenth_of_a_variant_nearly_always() -> None:
    draw = np.random.default_rng(5)

    def alarms(short: float) -> float:
        first = draw.binomial(10_000, 1 / (1 + short), 5_000)
        frame = pd.DataFrame({"deal": np.repeat(np.arange(5_000), 2), "split_weight": 1.0})
        frame["units"] = np.column_stack([first, 10_000 - first]).reshape(-1)
        return float(apply_estimates(frame, ["sample_ratio"])["sample_ratio_p_value"].lt(0.001).mean())

    assert alarms(1.0) < 0.003
    assert alarms(0.9) > 0.95


def line(day: date, hour: int, name: str, device: str, seen: str | None = None) -> str:
    """Return an event of GA4's export."""
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    params: dict[str, Any] = {
        "page_location": {"string_value": "https://shop.example/"},
        "ga_session_id": {"int_value": "1"},
    }
    if seen is not None:
        params["exp_variant_string"] = {"string_value": seen}
    row: dict[str, Any] = {
        "event_date": f"{day:%Y%m%d}", "event_timestamp": str(int(at.timestamp()) * 1_000_000), "event_name": name,
        "user_pseudo_id": device, "privacy_info": {"analytics_storage": "Yes"},
        "event_params": [{"key": key, "value": value} for key, value in params.items()],
    }  # fmt: skip
    if name == "purchase":
        row["ecommerce"] = {"transaction_id": device, "purchase_revenue": 10.0}
    return json.dumps(row)


def days() -> dict[date, list[str]]:
    """Return events by day: on each of five days 8 browsers see each variant. A day later half of `short` buys, of `was` one in
    eight; a second browser of each day sees both variants, and its purchase counts for none.
    """
    first = date(2026, 3, 2)
    events: dict[date, list[str]] = {first + timedelta(days=number): [] for number in range(9)}
    for day in list(events)[:5]:
        for variant, buyers in ((0, 1), (1, 4)):
            for number in range(8):
                device = f"{day.day}.{variant}{number}"
                events[day].append(line(day, 10, "page_view", device, f"CART-1-{variant}"))
                if number < buyers:
                    events[day + timedelta(days=1)].append(line(day + timedelta(days=1), 11, "purchase", device))
        both = f"{day.day}.99"
        events[day] += [line(day, 10, "page_view", both, f"CART-1-{variant}") for variant in (0, 1)]
        events[day].append(line(day, 12, "purchase", both))
    # traffic goes on after the last exposure, so that horizons can pass
    for day in list(events)[5:]:
        events[day].append(line(day, 10, "page_view", "1.1"))
    return events


def of_experiments(night: pipeline.Night) -> pipeline.Night:
    """Return the night with the tables that experiments rest on, and no other."""
    project = night.project
    needed = {"pub_experiments", *upstream(project.models, "pub_experiments")}
    order = tuple(name for name in project.order if name in needed)
    return replace(night, project=replace(project, order=order))


def test_an_experiment_runs_from_exports_to_a_verdict_night_by_night_as_in_one_go(tmp_path: Path) -> None:
    settings = tmp_path / "journey.yml"
    settings.write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "ga4").mkdir()
    night = of_experiments(pipeline.plan_night(settings))
    told = {}
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        for day, lines in days().items():
            (tmp_path / "ga4" / f"events_{day:%Y%m%d}.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
            if day.day not in (3, 8, 9, 10):
                continue
            run(night, warehouse)
            columns = "variant, experiment_verdict, experiment_reason, persons, converted, dropped, pending, crossed_persons, x, n"
            told[day.day] = warehouse.rows(f"select {columns} from pub_experiments order by variant")
        assert differences(night, warehouse, tmp_path) == []
        (effect,) = warehouse.rows("select diff, q_value, evidence_level from pub_experiments where variant = 'short'")

    # after the second day the first day's buyers have bought, and nobody has had three days yet
    assert told[3] == [
        ("short", "cannot_tell", "running", 16, 4, 0, 12, 2, 0, 0),
        ("was", "control", None, 16, 1, 0, 15, 2, 0, 0),
    ]
    # the last came in on 6 March at 10:00: at the end of 8 March some still have time, at the end of 9 March nobody
    assert [row[2] for row in told[8]] == ["still_open", None]
    assert told[9] == [
        ("short", "better", None, 40, 20, 20, 0, 5, 20, 40),
        ("was", "control", None, 40, 5, 35, 0, 5, 5, 40),
    ]
    assert effect == (pytest.approx(0.375), pytest.approx(0.000297, rel=0.01), "tested")
