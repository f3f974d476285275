"""A difference of differences against oracles that are not ours: a regression, and the interval of a single difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from journey_analytics.estimates import apply_estimates

COLUMNS = ["x", "n", "baseline_x", "baseline_n", "control_x", "control_n", "control_baseline_x", "control_baseline_n"]


def of(*counts: float | None) -> pd.Series:
    """Return the estimate for one row of counts."""
    frame = pd.DataFrame([counts], columns=COLUMNS, dtype="float64")
    return apply_estimates(frame, ["compare_shares", "difference_in_differences"]).iloc[0]


@pytest.mark.parametrize("counts", [(60, 100, 40, 110, 45, 90, 40, 120), (5, 50, 30, 60, 700, 1000, 650, 990)])
def test_the_test_is_that_of_an_interaction_with_robust_errors(counts: tuple[int, ...]) -> None:
    rows = []
    for place, (x, n) in enumerate(zip(counts[::2], counts[1::2], strict=True)):
        rows += [(place % 2 == 0, place < 2, done < x) for done in range(n)]
    data = pd.DataFrame(rows, columns=["after", "reached", "done"]).astype(float)
    data["both"] = data["after"] * data["reached"]
    model = sm.OLS(data["done"], sm.add_constant(data[["after", "reached", "both"]])).fit(cov_type="HC0")

    row = of(*counts)

    assert row["did"] == pytest.approx(model.params["both"])
    assert row["did_p_value"] == pytest.approx(model.pvalues["both"], rel=1e-6)


def test_a_huge_control_that_did_not_change_leaves_the_interval_of_the_difference() -> None:
    row = of(60, 100, 40, 100, 5e11, 1e12, 5e11, 1e12)

    assert row["did"] == pytest.approx(row["diff"])
    assert [row["did_ci_low"], row["did_ci_high"]] == pytest.approx([row["diff_ci_low"], row["diff_ci_high"]], abs=1e-5)


def test_the_interval_holds_the_truth_in_about_95_of_100_draws() -> None:
    draw = np.random.default_rng(7).binomial
    truth = np.array([0.5, 0.4, 0.35, 0.3])
    sizes = np.array([80, 120, 60, 90])
    found = draw(sizes, truth, size=(4000, 4))
    frame = pd.DataFrame(
        {
            name: values
            for place in range(4)
            for name, values in ((COLUMNS[2 * place], found[:, place]), (COLUMNS[2 * place + 1], sizes[place]))
        }
    )
    estimated = apply_estimates(frame, ["difference_in_differences"])
    true = (truth[0] - truth[1]) - (truth[2] - truth[3])

    covered = estimated["did_ci_low"].le(true) & estimated["did_ci_high"].ge(true)

    assert 0.94 < covered.mean() < 0.965


@pytest.mark.parametrize("counts", [(6, 10, 4, 10, None, None, None, None), (6, 10, 4, 10, 0, 0, 4, 10)])
def test_without_a_control_there_is_nothing_to_tell(counts: tuple[float | None, ...]) -> None:
    assert of(*counts)[["did", "did_ci_low", "did_ci_high", "did_p_value"]].isna().all()


def test_shares_without_spread_have_a_difference_and_no_test() -> None:
    row = of(10, 10, 0, 10, 10, 10, 10, 10)

    assert row["did"] == 1
    assert np.isnan(row["did_p_value"])


def test_the_difference_of_two_wilson_intervals_is_newcombes() -> None:
    counts = pd.DataFrame(
        {"x": [56, 9, 0, 10], "n": [70, 10, 10, 10], "baseline_x": [48, 3, 0, 0], "baseline_n": [80, 10, 20, 20]}
    )
    here = apply_estimates(counts.rename(columns={"x": "numerator", "n": "denominator"}), ["share_interval"])
    before = apply_estimates(
        counts.rename(columns={"baseline_x": "numerator", "baseline_n": "denominator"}), ["share_interval"]
    )
    sides = {f"kpi_{name}": here[name] for name in ("value", "ci_low", "ci_high")}
    sides |= {f"before_{name}": before[name] for name in ("value", "ci_low", "ci_high")}

    newcombe = apply_estimates(counts, ["compare_shares"])
    told = apply_estimates(pd.DataFrame(sides), ["compare_intervals"])

    for ours, theirs in (
        ("value_diff", "diff"),
        ("value_diff_low", "diff_ci_low"),
        ("value_diff_high", "diff_ci_high"),
    ):
        assert told[ours].tolist() == pytest.approx(newcombe[theirs].tolist(), abs=1e-10)


@given(
    st.tuples(st.floats(-100, 100), st.floats(0.01, 50), st.floats(0.01, 50)),
    st.tuples(st.floats(-100, 100), st.floats(0.01, 50), st.floats(0.01, 50)),
)
def test_the_p_value_of_two_intervals_is_below_a_twentieth_exactly_where_the_interval_leaves_0_out(
    here: tuple[float, float, float], before: tuple[float, float, float]
) -> None:
    sides = {}
    for name, (value, down, up) in (("kpi", here), ("before", before)):
        sides |= {f"{name}_value": [value], f"{name}_ci_low": [value - down], f"{name}_ci_high": [value + up]}
    told = apply_estimates(pd.DataFrame(sides), ["compare_intervals"]).iloc[0]
    assume(min(abs(told["value_diff_low"]), abs(told["value_diff_high"])) > 1e-6)

    assert told["value_diff_low"] <= told["value_diff"] <= told["value_diff_high"]
    assert (told["value_p"] < 0.05) == (not told["value_diff_low"] <= 0 <= told["value_diff_high"])


def test_two_intervals_of_equal_means_differ_in_one_of_twenty_draws() -> None:
    draw = np.random.default_rng(3)
    here, before = draw.gamma(4, 2, (4_000, 60)), draw.gamma(4, 2, (4_000, 40))
    sides = {}
    for name, values in (("kpi", here), ("before", before)):
        sums = pd.DataFrame({"n": values.shape[1], "sum": values.sum(axis=1), "sum_sq": (values**2).sum(axis=1)})
        mean = apply_estimates(sums, ["mean_interval"])
        sides |= {f"{name}_{column}": mean[column] for column in ("value", "ci_low", "ci_high")}

    told = apply_estimates(pd.DataFrame(sides), ["compare_intervals"])

    assert 0.04 < told["value_p"].lt(0.05).mean() < 0.06


def test_a_number_without_an_interval_is_held_against_nothing() -> None:
    frame = pd.DataFrame({"kpi_value": [3.0], "kpi_ci_low": [None], "kpi_ci_high": [None]})
    frame = frame.assign(before_value=1.0, before_ci_low=0.0, before_ci_high=2.0)
    told = apply_estimates(frame, ["compare_intervals"])
    assert told[["value_diff", "value_diff_low", "value_diff_high", "value_p"]].isna().all(axis=None)
