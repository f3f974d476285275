"""Anomalies: how often clean data raises an alarm, and whether what is planted is found. Draws, with a fixed seed."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import t

from journey_analytics.estimates import EstimateError, apply_estimates
from journey_analytics.runner import build_model
from tests.model_cases import House, house

FIRST = date(2025, 1, 6)  # a Monday
DAYS, JUDGED = 260, 200
WEEKDAYS = np.array([1.0, 1.05, 1.1, 1.0, 0.9, 0.6, 0.7])
MODELS = ("int_kpi_expectations", "int_kpi_outliers")
Days = NDArray[np.float64]


@pytest.fixture(scope="module")
def shop() -> House:
    """Return the house of the sample, in which the newest 200 days are judged."""
    return house(json.dumps({"thresholds": {"int_kpi_expectations": {"newest_days": JUDGED, "newest_weeks": 60}}}))


def counted(draw: np.random.Generator, level: float, wobble: float = 0.0) -> Days:
    """Return a count for each day: Poisson around its weekday, and with `wobble` wider than that."""
    mean = level * WEEKDAYS[np.arange(DAYS) % 7]
    return draw.poisson(mean * draw.gamma(1 / wobble, wobble, DAYS) if wobble else mean).astype(float)


def series(kpi: str, value: Days, n: Days, unit: str, period_kind: str = "day") -> pd.DataFrame:
    """Return rows of int_kpi_points."""
    step = 1 if period_kind == "day" else 7
    starts = [FIRST + timedelta(days=step * number) for number in range(len(value))]
    return pd.DataFrame(
        {
            "kpi": kpi, "journey_model": "all", "phase": "all", "period_kind": period_kind, "period_start": starts,
            "period_ends_on": [start + timedelta(days=step - 1) for start in starts], "unit": unit,
            "is_counted": unit != "share", "is_final": True, "is_measured": True, "value": value,
            "n": n.astype(int), "draws": n.astype(int), "half_width": np.nan,
        }
    )  # fmt: skip


def shares(draw: np.random.Generator, kpi: str, level: float, chance: float, period_kind: str = "day") -> pd.DataFrame:
    """Return a share of persons who come as they do; chance is that of the weekday."""
    n = counted(draw, level)
    x = draw.binomial(n.astype(int), chance * WEEKDAYS[np.arange(DAYS) % 7] if period_kind == "day" else chance)
    return series(kpi, x / np.maximum(n, 1), n, "share", period_kind)


def clean(seed: int, wobble: float) -> pd.DataFrame:
    """Return twenty KPIs of a shop in which nothing ever happens."""
    draw = np.random.default_rng(seed)
    counts = [counted(draw, 60 * (number + 1), wobble) for number in range(10)]
    frames = [series(f"count_{number}", count, count, "sessions") for number, count in enumerate(counts)]
    frames += [shares(draw, f"share_{number}", 80 * (number + 1), 0.05 + 0.08 * number) for number in range(10)]
    return pd.concat(frames)


def outliers(shop: House, points: pd.DataFrame) -> pd.DataFrame:
    """Return int_kpi_outliers of these points."""
    warehouse, kinds = shop.warehouse, shop.columns["int_kpi_points"]
    warehouse.run("begin transaction")
    try:
        for name in shop.differing:
            build_model(shop.project.models[name], warehouse)
        warehouse.run("delete from int_kpi_points")
        columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in kinds.items())
        with warehouse.registered("drawn", points):
            warehouse.run(f"insert into int_kpi_points select {columns} from drawn")
        for name in MODELS:
            build_model(shop.project.models[name], warehouse)
        found = warehouse.frame("select * from int_kpi_outliers")
    finally:
        warehouse.run("rollback")
    return found


# an alarm is a q-value of at most 0.05 over the KPIs of the day: so one of twenty clean days may raise one
@pytest.mark.parametrize(("seed", "wobble"), [(1, 0.0), (2, 0.0), (3, 0.02), (4, 0.02)])
def test_of_a_hundred_clean_days_at_most_five_raise_an_alarm(shop: House, seed: int, wobble: float) -> None:
    found = outliers(shop, clean(seed, wobble))
    by_day = found.groupby("period_start")["q_value"].min()

    assert len(by_day) == JUDGED
    assert len(found) > 0.95 * JUDGED * 20
    assert by_day.le(0.05).mean() <= 0.05


def test_what_is_expected_lies_where_the_bounds_say(shop: House) -> None:
    found = outliers(shop, clean(4, 0.0))
    assert 0.94 < found["value"].between(found["expected_low"], found["expected_high"]).mean() < 0.99


def test_a_day_on_which_half_the_orders_are_missing_is_found_and_no_day_around_it(shop: House) -> None:
    points = clean(5, 0.0)
    planted = FIRST + timedelta(days=DAYS - 20)
    share = points["kpi"].eq("share_2") & points["period_start"].eq(planted)
    points.loc[share, "value"] = (points.loc[share, "value"] * points.loc[share, "n"] // 2) / points.loc[share, "n"]
    orders = points["kpi"].eq("count_4") & points["period_start"].eq(planted)
    points.loc[orders, "value"] = points.loc[orders, "value"] // 2

    found = outliers(shop, points)
    alarms = found[found["q_value"].le(0.05) & found["kpi"].isin(["share_2", "count_4"])]

    assert sorted(alarms["kpi"]) == ["count_4", "share_2"]
    assert set(pd.to_datetime(alarms["period_start"]).dt.date) == {planted}
    assert alarms["value"].lt(alarms["expected_low"]).all()


def test_one_wild_week_before_hides_no_drop(shop: House) -> None:
    points = clean(6, 0.0)
    sale = [FIRST + timedelta(days=DAYS - 20 - 14 + number) for number in range(7)]
    is_orders = points["kpi"].eq("count_4")
    points.loc[is_orders & points["period_start"].isin(sale), "value"] *= 5
    planted = FIRST + timedelta(days=DAYS - 20)
    points.loc[is_orders & points["period_start"].eq(planted), "value"] //= 2

    found = outliers(shop, points).set_index(["kpi", "period_start"])

    assert found.loc[("count_4", pd.Timestamp(planted)), "q_value"] <= 0.05


def test_weeks_of_small_shares_raise_no_more_alarms_and_show_a_drop_by_half(shop: House) -> None:
    draw = np.random.default_rng(7)
    weeks = 70
    frames = []
    for number in range(12):
        n = draw.poisson(150 + 20 * number, weeks).astype(float)
        frames.append(series(f"rate_{number}", draw.binomial(n.astype(int), 0.3) / n, n, "share", "iso_week"))
    points = pd.concat(frames)
    planted = FIRST + timedelta(days=7 * (weeks - 1))
    alarms = outliers(shop, points).groupby("period_start")["q_value"].min().le(0.05)
    points.loc[points["kpi"].eq("rate_11") & points["period_start"].eq(planted), "value"] = 0.06
    dropped = outliers(shop, points).set_index(["kpi", "period_start"])

    assert len(alarms) >= 50
    assert alarms.mean() <= 0.05
    assert dropped.loc[("rate_11", pd.Timestamp(planted)), "q_value"] <= 0.05


def test_the_p_value_is_that_of_students_t() -> None:
    frame = pd.DataFrame(
        {"value": [12.0, 40.0], "expected": [20.0, 40.0], "spread": [4.0, 3.0], "freedom": [6.0, 18.0]}
    )
    told = apply_estimates(frame, ["robust_outlier"])

    assert told["outlier_p_value"].tolist() == pytest.approx([2 * t.cdf(-2, 6), 1])
    assert told["expected_low"].tolist() == pytest.approx([t.ppf(0.025, 6, 20, 4), t.ppf(0.025, 18, 40, 3)])


def test_where_nothing_has_any_spread_nothing_is_said_of_chance() -> None:
    frame = pd.DataFrame({"value": [1.0], "expected": [0.0], "spread": [0.0], "freedom": [18.0]})
    assert (
        apply_estimates(frame, ["robust_outlier"])[["robust_z", "outlier_p_value", "expected_low"]]
        .isna()
        .all(axis=None)
    )


@pytest.mark.parametrize(("column", "value"), [("spread", -1.0), ("freedom", 0.0)])
def test_a_spread_that_cannot_be_is_refused(column: str, value: float) -> None:
    frame = pd.DataFrame({"value": [1.0], "expected": [0.0], "spread": [1.0], "freedom": [18.0], column: value})
    with pytest.raises(EstimateError, match=column):
        apply_estimates(frame, ["robust_outlier"])
