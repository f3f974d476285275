"""The difference over strata: against statsmodels' test, against a long series of draws, and where only selection is planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from journey_analytics.estimates import apply_estimates

COUNTS = ["x", "n", "baseline_x", "baseline_n"]


def estimated(strata: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    """Return the estimate of one family."""
    frame = pd.DataFrame(strata, columns=COUNTS).assign(family="one")
    return apply_estimates(frame, ["stratified_difference"])


@pytest.mark.parametrize(
    "strata",
    [
        [(8, 20, 5, 30), (3, 15, 9, 60)],
        [(30, 100, 20, 100)],
        [(1, 4, 2, 9), (5, 7, 1, 3), (0, 5, 2, 8), (6, 6, 4, 5)],
    ],
)
def test_the_test_is_that_of_statsmodels(strata: list[tuple[int, int, int, int]]) -> None:
    tables = [np.array([[x, n - x], [y, m - y]]) for x, n, y, m in strata]
    theirs = StratifiedTable(tables).test_null_odds(correction=False)

    assert estimated(strata)["adjusted_p_value"].iloc[0] == pytest.approx(theirs.pvalue, rel=1e-9)


def test_one_stratum_is_the_plain_difference() -> None:
    row = estimated([(30, 100, 20, 80)]).iloc[0]

    assert row["adjusted_diff"] == pytest.approx(0.05)


def test_a_stratum_with_nobody_on_a_side_changes_nothing() -> None:
    alone = estimated([(8, 20, 5, 30)]).iloc[0]
    beside = estimated([(8, 20, 5, 30), (50, 90, 0, 0), (0, 0, 7, 9)]).iloc[0]

    columns = ["adjusted_diff", "adjusted_ci_low", "adjusted_ci_high", "adjusted_p_value"]
    assert beside[columns].tolist() == alone[columns].tolist()


def test_strata_without_anybody_to_compare_tell_nothing() -> None:
    assert estimated([(50, 90, 0, 0)]).filter(like="adjusted").isna().all(axis=None)


def test_where_nobody_did_it_the_difference_is_nothing_and_has_no_interval() -> None:
    row = estimated([(0, 20, 0, 30), (0, 5, 0, 9)]).iloc[0]

    assert row["adjusted_diff"] == 0
    assert row[["adjusted_ci_low", "adjusted_ci_high", "adjusted_p_value"]].isna().all()


def drawn(lift: float, repeats: int) -> pd.DataFrame:
    """Return estimates of draws in which who is active meets the touchpoint more and orders more."""
    draw = np.random.default_rng(11)
    rows = []
    for repeat in range(repeats):
        for met, chance, size in ((0.1, 0.05, 900), (0.4, 0.15, 400), (0.8, 0.40, 150)):
            n = int(draw.binomial(size, met))
            rows.append((repeat, draw.binomial(n, chance + lift), n, draw.binomial(size - n, chance), size - n))
    frame = pd.DataFrame(rows, columns=["family", *COUNTS])
    return apply_estimates(frame, ["stratified_difference"]).groupby("family").first()


def test_only_selection_leaves_a_lift_near_zero_though_the_plain_difference_is_large() -> None:
    found = drawn(0.0, 400)
    crude = (0.1 * 900 * 0.05 + 0.4 * 400 * 0.15 + 0.8 * 150 * 0.4) / 370 - (
        0.9 * 900 * 0.05 + 0.6 * 400 * 0.15 + 0.2 * 150 * 0.4
    ) / 1080

    assert crude > 0.12
    assert abs(found["adjusted_diff"].mean()) < 0.003
    assert 0.03 < found["adjusted_p_value"].lt(0.05).mean() < 0.075


def test_the_interval_holds_a_planted_lift_in_about_95_of_100_draws() -> None:
    found = drawn(0.05, 1000)
    covered = found["adjusted_ci_low"].le(0.05) & found["adjusted_ci_high"].ge(0.05)

    assert 0.93 < covered.mean() < 0.97
