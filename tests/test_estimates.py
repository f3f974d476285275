"""Estimates against pencil tables, published values and other people's code."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from math import comb, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, test_proportions_2indep
from statsmodels.stats.weightstats import DescrStatsW

from journey_analytics.errors import JourneyError
from journey_analytics.estimates import ESTIMATES, EstimateError, apply_estimates, column_faults, round_significant
from journey_analytics.estimates.shares import fisher_p_value

test_proportions_2indep.__test__ = False  # statsmodels' name; no test of ours

INTERVAL = ["value", "ci_low", "ci_high", "ci_level", "ci_method"]
DIFFERENCE = ["diff", "diff_ci_low", "diff_ci_high", "p_value", "test"]


def shares(*rows: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["numerator", "denominator"])


def pairs(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["x", "n", "baseline_x", "baseline_n"])


def samples(*rows: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"n": len(row), "sum": sum(row), "sum_sq": sum(value * value for value in row)} for row in rows)


def family(*p_values: float | None, name: str = "aida") -> pd.DataFrame:
    return pd.DataFrame({"p_value": p_values, "family": name, "is_tested": True})


def applied(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    return apply_estimates(frame, names)


def nulls(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a one-row frame that are null."""
    return [column for column in frame.columns if frame[column].isna().all()]


# --- strategies ------------------------------------------------------------------------------------------------------

sizes = st.one_of(st.integers(0, 12), st.integers(0, 200), st.integers(0, 10**7))


@st.composite
def counted(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(sizes)
    return draw(st.one_of(st.just(0), st.just(n), st.integers(0, n))), n


share_frames = st.lists(counted(), max_size=8).map(lambda rows: shares(*rows))
pair_frames = st.lists(st.tuples(counted(), counted()), max_size=8).map(lambda rows: pairs(*[a + b for a, b in rows]))
sample_frames = st.lists(
    st.lists(st.decimals(0, 10**6, places=2).map(float), min_size=1, max_size=20), min_size=1, max_size=6
).map(lambda rows: samples(*rows))
test_frames = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from([0.0, 0.01, 0.05, 1.0]), st.floats(0, 1)),
        st.sampled_from(["aida", "see", None]),
        st.sampled_from([True, True, False, None]),
    ),
    max_size=30,
).map(lambda rows: pd.DataFrame(rows, columns=["p_value", "family", "is_tested"]))

# few moments, so that ties and people who are seen no longer at the same moment are frequent
seen = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)
curve_frames = st.lists(
    st.tuples(st.sampled_from(["cart", "order"]), st.integers(0, 12), st.integers(0, 3), st.integers(0, 3)).filter(
        lambda row: row[2] + row[3] > 0
    ),
    max_size=20,
).map(lambda rows: pd.DataFrame(rows, columns=["curve", "microseconds", "reached", "left_unreached"]))


# --- share_interval --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        (310, 500, 0.5767, 0.6615),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_its_published_wilson_interval(numerator, denominator, low, high):
    row = applied(shares((numerator, denominator)), "share_interval").iloc[0]
    assert row["value"] == pytest.approx(numerator / denominator, rel=1e-11)
    assert (round(row["ci_low"], 4), round(row["ci_high"], 4)) == (low, high)
    assert (row["ci_level"], row["ci_method"]) == (0.95, "wilson")


def test_a_share_of_nobody_is_null_and_too_thin():
    row = applied(shares((0, 0)), "share_interval")
    assert nulls(row) == INTERVAL
    assert row["min_sample_ok"].tolist() == [False]


def test_a_missing_count_gives_null():
    result = applied(shares((None, 40), (3, None)), "share_interval")
    assert result[INTERVAL].isna().all(axis=None)
    assert result["min_sample_ok"].tolist() == [True, False]


def test_thirty_are_enough_and_29_are_not():
    assert applied(shares((3, 29), (3, 30)), "share_interval")["min_sample_ok"].tolist() == [False, True]


def test_the_ends_are_exact():
    result = applied(shares((0, 7), (7, 7), (0, 10**9), (10**9, 10**9)), "share_interval")
    assert result["ci_low"].tolist()[::2] == [0, 0]
    assert result["ci_high"].tolist()[1::2] == [1, 1]


@given(share_frames)
def test_the_interval_of_a_share_contains_it_and_stays_within_0_and_1(frame):
    result = applied(frame, "share_interval").dropna(subset="value")
    assert len(result) == (frame["denominator"] > 0).sum()
    assert ((result["ci_low"] >= 0) & (result["ci_low"] <= result["value"])).all()
    assert ((result["value"] <= result["ci_high"]) & (result["ci_high"] <= 1)).all()


@given(share_frames)
def test_wilson_agrees_with_statsmodels_row_by_row(frame):
    for row in applied(frame, "share_interval").dropna(subset="value").itertuples():
        low, high = proportion_confint(int(row.numerator), int(row.denominator), method="wilson")
        assert (row.ci_low, row.ci_high) == pytest.approx((low, high), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("row", [(5, 4), (-1, 4), (0, -1)])
def test_counts_that_are_no_share_are_refused(row):
    with pytest.raises(EstimateError, match=r"share_interval: .* in 1 of 2 rows, first in row 1"):
        applied(shares((1, 2), row), "share_interval")


def test_what_one_session_does_ten_times_is_no_ten_draws():
    frame = pd.DataFrame({"numerator": [90, 9, 30, 0], "denominator": [100, 10, 50, 0], "n": [10, 10, 60, 0]})
    result = applied(frame, "share_interval_of_units")
    plain = applied(shares((9, 10), (30, 50)), "share_interval")
    # 90 of 100 touches of ten sessions: as 9 of 10; with more units than things every thing is a draw
    assert result[INTERVAL].iloc[0].tolist() == result[INTERVAL].iloc[1].tolist()
    assert result[["ci_low", "ci_high"]].iloc[[0, 2]].values.tolist() == plain[["ci_low", "ci_high"]].values.tolist()
    assert result["min_sample_ok"].tolist() == [False, False, True, False]
    assert nulls(result.iloc[[3]]) == ["value", "ci_low", "ci_high", "ci_level", "ci_method"]


# --- mean_interval, total, unit_count --------------------------------------------------------------------------------


def test_a_mean_has_its_interval_from_students_t():
    # sleep data of Student 1908, group 1, R: t.test(extra[group == 1]) gives 0.75, -0.5297804, 2.0297804
    row = applied(samples([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]), "mean_interval").iloc[0]
    assert row[["value", "ci_low", "ci_high"]].tolist() == pytest.approx([0.75, -0.5297804, 2.0297804], abs=1e-7)
    assert (row["ci_level"], row["ci_method"], row["min_sample_ok"]) == (0.95, "t", False)


def test_one_value_has_a_mean_and_no_interval():
    row = applied(samples([4.5]), "mean_interval")
    assert row["value"].tolist() == [4.5]
    assert nulls(row) == ["ci_low", "ci_high", "ci_level", "ci_method"]


def test_the_mean_of_nobody_is_null():
    row = applied(pd.DataFrame({"n": [0], "sum": [None], "sum_sq": [None]}), "mean_interval")
    assert nulls(row[INTERVAL]) == INTERVAL


def test_equal_values_have_a_mean_and_no_interval_that_would_look_like_certainty_whatever_the_rounding():
    exact = [Decimal(cents) / 100 for cents in range(1, 40_000, 7)]
    sizes = [2 + position % 5 for position in range(len(exact))]
    frame = pd.DataFrame(
        {
            "n": sizes,
            "sum": [n * value for n, value in zip(sizes, exact, strict=True)],
            "sum_sq": [n * value * value for n, value in zip(sizes, exact, strict=True)],
        }
    )
    result = applied(frame, "mean_interval")
    assert result["value"].tolist() == [float(value) for value in exact]
    assert nulls(result) == ["ci_low", "ci_high", "ci_level", "ci_method"]


@given(sample_frames)
def test_the_interval_of_a_mean_contains_it(frame):
    result = applied(frame, "mean_interval")
    assert result["value"].notna().all()
    told = result["ci_low"].notna()
    assert (frame["n"][told] >= 2).all()
    assert ((result["ci_low"] < result["value"]) & (result["value"] < result["ci_high"]))[told].all()


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=50))
def test_the_mean_agrees_with_statsmodels(values):
    row = applied(samples(values), "mean_interval").iloc[0]
    assume(len(set(values)) > 1)
    low, high = DescrStatsW(values).tconfint_mean()
    assert row[["ci_low", "ci_high"]].tolist() == pytest.approx([low, high], rel=1e-7, abs=1e-6)


def test_a_mean_of_amounts_has_an_interval_that_is_cut_off_at_zero_and_not_moved():
    # 0 and 6: mean 3, and 12.7062 x 3 on both sides
    row = applied(samples([0.0, 6.0]), "mean_interval_from_zero").iloc[0]
    assert row[["value", "ci_low", "ci_high"]].tolist() == pytest.approx([3, 0, 3 + 12.7062 * 3], abs=1e-3)
    assert row["ci_method"] == "t_from_zero"


def test_where_amounts_were_told_as_negative_nothing_is_cut_off():
    row = applied(samples([-6.0, 0.0]), "mean_interval_from_zero").iloc[0]
    assert row[["value", "ci_low", "ci_high"]].tolist() == pytest.approx([-3, -3 - 38.1186, -3 + 38.1186], abs=1e-3)


def test_a_mean_time_has_students_interval_of_its_logarithm():
    # 1, 2 and 3 s: mean 2, s = 1, t(2) = 4.3027, so 4.3027 / √3 / 2 = 1.2421 and exp(1.2421) = 3.4628 is the factor
    row = applied(samples([1.0, 2.0, 3.0]), "positive_mean_interval").iloc[0]
    assert row[["value", "ci_low", "ci_high"]].tolist() == pytest.approx([2, 2 / 3.4628, 2 * 3.4628], abs=1e-3)
    assert (row["ci_level"], row["ci_method"], row["min_sample_ok"]) == (0.95, "t_log", False)


def test_times_of_nothing_have_a_mean_of_nothing_and_no_interval_and_neither_has_one_time():
    result = applied(pd.DataFrame({"n": [2, 1], "sum": [0, 4], "sum_sq": [0, 16]}), "positive_mean_interval")
    assert result["value"].tolist() == [0, 4]
    assert nulls(result.iloc[[0]]) == ["ci_low", "ci_high", "ci_level", "ci_method"]
    assert nulls(result.iloc[[1]]) == ["ci_low", "ci_high", "ci_level", "ci_method"]


@given(st.lists(st.floats(0, 1e7), min_size=2, max_size=50))
def test_the_interval_of_a_mean_time_contains_it_and_is_never_negative(values):
    row = applied(samples(values), "positive_mean_interval").iloc[0]
    assert nulls(pd.DataFrame([row])) or 0 <= row["ci_low"] <= row["value"] <= row["ci_high"] <= 20 * row["value"]


def test_two_times_that_are_far_apart_have_no_interval():
    # a minute and a week: mean ± t is 84 ± 1067 hours, so the factor would be exp(12.7)
    assert nulls(applied(samples([1 / 60, 168.0]), "positive_mean_interval")[INTERVAL]) == INTERVAL[1:]


def test_a_negative_time_is_refused():
    with pytest.raises(EstimateError, match=r"positive_mean_interval: sum is negative.* first in row 1"):
        applied(pd.DataFrame({"n": [2, 2], "sum": [4, -4], "sum_sq": [8, 8]}), "positive_mean_interval")


def test_a_total_and_a_count_are_complete_and_have_no_interval():
    frame = pd.DataFrame({"n": [30, 29, 0], "sum": [Decimal("1234.50"), Decimal("0.10"), None]})
    for name, values in {"total": [1234.5, 0.1, None], "unit_count": [30, 29, 0]}.items():
        result = applied(frame, name)
        assert result["value"].astype(object).where(result["value"].notna(), None).tolist() == values
        assert result[["ci_low", "ci_high", "ci_level"]].isna().all(axis=None)
        assert (result["ci_method"].dropna() == "none").all()
        assert (result["ci_method"].isna() == result["value"].isna()).all()
        assert result["min_sample_ok"].tolist() == [True, False, False]


# --- compare_shares --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_has_its_published_newcombe_interval(counts, low, high):
    row = applied(pairs(counts), "compare_shares").iloc[0]
    assert (round(row["diff_ci_low"], 4), round(row["diff_ci_high"], 4)) == (low, high)


@pytest.mark.parametrize(
    ("counts", "p_value", "test"),
    [
        ((3, 4, 1, 4), 34 / 70, "fisher"),  # Fisher 1935, the lady tasting tea: 2 * (16 + 1) of 70 ways
        ((0, 3, 3, 3), 2 / 20, "fisher"),  # one of 20 ways, and its mirror image
        ((1, 6, 9, 11), 671 / 19448, "fisher"),  # 6 * 55 + 1 * 11 ways, and 1 * 330 as likely at the other end
        ((2, 17, 10, 13), 3.0627e-4, "score"),  # chi-squared 30 * (2*3 - 15*10)**2 / (17 * 13 * 12 * 18) = 13.0317
        ((56, 70, 48, 80), 8.0451e-3, "score"),  # z = 0.2 / sqrt(104/150 * 46/150 * (1/70 + 1/80)) = 2.6502
    ],
)
def test_a_difference_has_the_p_value_of_the_pencil(counts, p_value, test):
    row = applied(pairs(counts), "compare_shares").iloc[0]
    assert row["p_value"] == pytest.approx(p_value, rel=2e-5)
    assert row["test"] == test


@pytest.mark.parametrize(
    "counts", [(0, 5, 0, 9), (5, 5, 9, 9), (0, 10**6, 0, 10**6), (10**6, 10**6, 40, 40), (1, 2, 2, 4)]
)
def test_equal_shares_have_the_p_value_1(counts):
    row = applied(pairs(counts), "compare_shares").iloc[0]
    assert (row["diff"], row["p_value"]) == (0, 1)


def test_nobody_on_one_side_leaves_what_can_be_computed():
    result = applied(pairs((0, 0, 3, 40), (3, 40, 0, 0), (0, 0, 0, 0), (None, 50, 3, 40)), "compare_shares")
    assert result[DIFFERENCE].isna().all(axis=None)
    assert result["value"].isna().tolist() == [True, False, True, True]
    assert result["ci_method"].isna().tolist() == [True, False, True, True]
    assert result["baseline_value"].isna().tolist() == [False, True, True, False]
    assert result["min_sample_ok"].tolist() == [False, False, False, True]


def test_both_sides_must_be_large_enough():
    result = applied(pairs((3, 30, 3, 29), (3, 29, 3, 30), (3, 30, 3, 30)), "compare_shares")
    assert result["min_sample_ok"].tolist() == [False, False, True]


def test_fractions_of_people_are_refused():
    with pytest.raises(EstimateError, match="x is not a whole number"):
        applied(pairs((1.5, 4, 1, 4)), "compare_shares")


@given(pair_frames)
def test_the_interval_of_a_difference_contains_it(frame):
    result = applied(frame, "compare_shares").dropna(subset="diff")
    assert ((result["diff_ci_low"] >= -1) & (result["diff_ci_low"] <= result["diff"])).all()
    assert ((result["diff"] <= result["diff_ci_high"]) & (result["diff_ci_high"] <= 1)).all()
    assert result["p_value"].between(0, 1).all()
    assert np.allclose(result["diff"], result["value"] - result["baseline_value"], atol=1e-11)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # statsmodels computes ratios on the way
@given(pair_frames)
def test_newcombe_and_the_score_test_agree_with_statsmodels_row_by_row(frame):
    for row in applied(frame, "compare_shares").dropna(subset="diff").itertuples():
        four = (int(row.x), int(row.n), int(row.baseline_x), int(row.baseline_n))
        low, high = confint_proportions_2indep(*four, method="newcomb", compare="diff")
        assert (row.diff_ci_low, row.diff_ci_high) == pytest.approx((low, high), rel=1e-9, abs=1e-12)
        if row.test == "score":
            oracle = test_proportions_2indep(*four, method="score", compare="diff", correction=False)
            assert row.p_value == pytest.approx(oracle.pvalue, rel=1e-7, abs=1e-300)


@given(st.lists(st.tuples(*[st.integers(0, 60)] * 4), min_size=1, max_size=20))
def test_fisher_agrees_with_scipy_where_an_expected_count_is_below_5(tables):
    frame = pairs(*[(a, a + b, c, c + d) for a, b, c, d in tables if a + b and c + d])
    for row in applied(frame, "compare_shares").itertuples():
        table = [[row.x, row.n - row.x], [row.baseline_x, row.baseline_n - row.baseline_x]]
        rows, columns = np.sum(table, axis=1), np.sum(table, axis=0)
        assert row.test == ("fisher" if np.outer(rows, columns).min() < 5 * np.sum(table) else "score")
        if row.test == "fisher":
            assert row.p_value == pytest.approx(stats.fisher_exact(table)[1], rel=1e-9)


def test_fisher_agrees_with_counting_also_where_tables_are_equally_likely():
    tables = [(x, n, y, n) for n in range(1, 19) for x in range(n + 1) for y in range(n + 1)]
    result = applied(pairs(*tables), "compare_shares")
    for (x, n, y, _), p_value in zip(tables, result["p_value"].where(result["test"] == "fisher"), strict=True):
        ways = [comb(n, k) * comb(n, x + y - k) for k in range(max(0, x + y - n), min(n, x + y) + 1)]
        extreme = sum(way for way in ways if way <= comb(n, x) * comb(n, y))
        assert np.isnan(p_value) or p_value == pytest.approx(extreme / comb(2 * n, x + y), rel=1e-11)


def test_an_expected_count_of_5_is_enough_for_the_score_test():
    assert applied(pairs((4, 10, 6, 10), (4, 10, 5, 10)), "compare_shares")["test"].tolist() == ["score", "fisher"]


def test_fisher_is_right_for_lopsided_tables_of_any_size_side_by_side():
    tables = [(0, 12, 900, 10**6), (9, 3_000_000, 0, 2_000_000), (4, 4, 1_000, 10**6), (30, 30, 0, 30), (1, 1, 0, 1)]
    tables += [(9, 10**6, 100, 10**5), (2_000, 1_000_000, 0, 1_200)]
    result = applied(pairs(*tables), "compare_shares")
    for row in result[result["test"] == "fisher"].itertuples():
        table = [[row.x, row.n - row.x], [row.baseline_x, row.baseline_n - row.baseline_x]]
        assert row.p_value == pytest.approx(stats.fisher_exact(table)[1], rel=1e-6)
    assert (result["test"] == "fisher").sum() >= 5


@given(pair_frames)
def test_to_swap_the_sides_turns_the_sign_and_nothing_else(frame):
    swapped = pairs(*frame[["baseline_x", "baseline_n", "x", "n"]].itertuples(index=False))
    one, other = applied(frame, "compare_shares"), applied(swapped, "compare_shares")
    assert np.allclose(one["diff"], -other["diff"], equal_nan=True)
    assert np.allclose(one["diff_ci_low"], -other["diff_ci_high"], equal_nan=True)
    assert np.allclose(one["p_value"], other["p_value"], rtol=1e-9, equal_nan=True)


# --- false_discovery -------------------------------------------------------------------------------------------------


def test_false_discovery_gives_the_published_values():
    # Benjamini, Hochberg 1995, section 4.1: 15 tests, of which the first four stand at 0.05; q as R's p.adjust
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    q = applied(family(*p), "false_discovery")["q_value"]
    assert q.iloc[:6].tolist() == pytest.approx([0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571428571])
    assert (q <= 0.05).sum() == 4


def test_only_tested_rows_with_a_p_value_take_part():
    frame = family(0.01, 0.02, None, 0.03).assign(is_tested=[True, False, True, None])
    assert applied(frame, "false_discovery")["q_value"].fillna(-1).tolist() == [0.01, -1, -1, -1]


@given(test_frames)
def test_false_discovery_agrees_with_statsmodels_family_by_family(frame):
    result = applied(frame, "false_discovery")
    tested = frame["is_tested"].eq(True) & frame["p_value"].notna()
    assert (result["q_value"].notna() == tested).all()
    for _, rows in result[tested].groupby("family", dropna=False):
        oracle = multipletests(rows["p_value"].astype(float), method="fdr_bh")[1]
        assert rows["q_value"].tolist() == pytest.approx(oracle.tolist(), rel=1e-11)


@given(test_frames)
def test_q_is_never_below_p(frame):
    frame["p_value"] = round_significant(frame["p_value"].to_numpy(dtype=float, na_value=nan))
    result = applied(frame, "false_discovery").dropna(subset="q_value")
    assert ((result["p_value"] <= result["q_value"]) & (result["q_value"] <= 1)).all()


@given(test_frames, st.lists(st.floats(0, 1), max_size=5))
def test_another_family_changes_nothing(frame, others):
    alone = applied(frame, "false_discovery")
    together = applied(pd.concat([frame, family(*others, name="other")], ignore_index=True), "false_discovery")
    assert together["q_value"].iloc[: len(frame)].equals(alone["q_value"])


# --- survival ---------------------------------------------------------------------------------------------------------


def curve(rows: list[tuple[int, bool]]) -> pd.DataFrame:
    """One row per person: when seen last, and whether it was reached then."""
    return pd.DataFrame(
        {"curve": "cart", "microseconds": time, "reached": int(is_reached), "left_unreached": int(not is_reached)}
        for time, is_reached in rows
    )


def first_time(frame: pd.DataFrame, column: str, left: float) -> float:
    """Return the first time at which no more than so many are left; infinite where there is none."""
    return float(frame.loc[frame[column] <= left, "microseconds"].min()) if (frame[column] <= left).any() else np.inf


def test_a_curve_has_the_published_shares():
    # the 6-MP group of Freireich's leukaemia trial: Kalbfleisch, Prentice, The Statistical Analysis of Failure Time Data
    reached = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    left = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    result = applied(curve([(t, True) for t in reached] + [(t, False) for t in left]), "survival")
    shares = result.loc[result["reached"] == 1].drop_duplicates("microseconds").set_index("microseconds")
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert shares["unreached_share"].round(3).to_dict() == published
    assert set(result["curve_method"]) == {"kaplan_meier"}


@given(seen)
def test_a_curve_agrees_with_scipy(rows):
    result = applied(curve(rows), "survival")
    reached, left = ([time for time, is_reached in rows if is_reached is wanted] for wanted in (True, False))
    sf = stats.ecdf(stats.CensoredData(uncensored=reached, right=left)).sf
    expected = dict(zip(sf.quantiles, sf.probabilities, strict=True))
    for time, share in zip(result["microseconds"], result["unreached_share"], strict=True):
        assert share == pytest.approx(expected[time], abs=1e-11)


@given(seen.filter(lambda rows: any(is_reached for _, is_reached in rows)))
def test_the_interval_of_the_median_agrees_with_statsmodels(rows):
    result = applied(curve(rows), "survival")
    assume((result["unreached_share"] > 0).all())  # there statsmodels has bounds, and the scale has none
    theirs = SurvfuncRight([time for time, _ in rows], [is_reached for _, is_reached in rows])
    low, high = theirs.quantile_ci(0.5, method="cloglog")
    assert (first_time(result, "unreached_ci_low", 0.5), first_time(result, "unreached_ci_high", 0.5)) == (
        np.inf if np.isnan(low) else low,
        np.inf if np.isnan(high) else high,
    )


@given(curve_frames)
def test_a_curve_falls_from_time_to_time_and_its_interval_contains_it(frame):
    result = applied(frame, "survival").sort_values(["curve", "microseconds"])
    assert (result.groupby("curve")["unreached_share"].diff().dropna() <= 0).all()
    assert result["unreached_share"].between(0, 1).all()
    known = result.dropna(subset="unreached_ci_low")
    assert (known["unreached_ci_low"] <= known["unreached_share"]).all()
    assert (known["unreached_share"] <= known["unreached_ci_high"]).all()


def test_without_anybody_who_is_seen_no_longer_a_curve_is_a_plain_share_to_the_last_digit():
    times = pd.DataFrame({"curve": "cart", "microseconds": range(100_000), "reached": 1, "left_unreached": 0})
    result = applied(times, "survival")
    assert result["unreached_share"].tolist()[49_999::50_000] == [0.5, 0.0]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("cart", -1, 1, 0), "microseconds is negative"),
        (("cart", 1, -1, 2), "reached is negative"),
        (("cart", 1, 0, 0), "nobody is there"),
    ],
)
def test_a_curve_of_what_cannot_be_is_refused(row, says):
    frame = pd.DataFrame([row], columns=["curve", "microseconds", "reached", "left_unreached"])
    with pytest.raises(EstimateError, match=says):
        applied(frame, "survival")


# --- all of them -----------------------------------------------------------------------------------------------------

frames_and_names = st.one_of(
    st.tuples(share_frames, st.just(["share_interval"])),
    st.tuples(
        sample_frames, st.sampled_from([["mean_interval"], ["mean_interval_from_zero"], ["total"], ["unit_count"]])
    ),
    st.tuples(sample_frames.filter(lambda frame: (frame["sum"] >= 0).all()), st.just(["positive_mean_interval"])),
    st.tuples(
        pair_frames.map(lambda frame: frame.assign(family="aida", is_tested=True)),
        st.just(["compare_shares", "false_discovery"]),
    ),
    st.tuples(test_frames, st.just(["false_discovery"])),
    st.tuples(
        share_frames.map(
            lambda frame: frame.rename(
                columns={"numerator": "previous_numerator", "denominator": "previous_denominator"}
            )
        ),
        st.just(["share_of_previous"]),
    ),
    st.tuples(curve_frames, st.just(["survival"])),
)


@given(frames_and_names, st.randoms())
def test_row_order_does_not_matter(case, random):
    frame, names = case
    shuffled = frame.iloc[random.sample(range(len(frame)), len(frame))]
    assert_frame_equal(
        apply_estimates(shuffled, names), apply_estimates(frame, names).loc[shuffled.index], check_exact=True
    )


@given(frames_and_names)
def test_rows_and_input_stay_and_columns_are_added(case):
    frame, names = case
    frame = frame.set_axis(np.arange(len(frame)) // 2)  # an index need not be unique
    before = frame.copy(deep=True)
    result = apply_estimates(frame, names)
    assert_frame_equal(frame, before)
    assert_frame_equal(result[list(frame.columns)], before)
    assert list(result.columns) == [*frame.columns, *(column for name in names for column in ESTIMATES[name].adds)]


@given(frames_and_names)
def test_a_row_does_not_depend_on_the_rows_beside_it(case):
    frame, names = case
    names = [name for name in names if ESTIMATES[name].scope == "row"]
    together = apply_estimates(frame, names)
    for position in range(len(frame)):
        alone = apply_estimates(frame.iloc[[position]], names)
        assert_frame_equal(alone, together.iloc[[position]], check_exact=True)


def test_fisher_gives_the_same_last_bit_also_beside_a_much_wider_table():
    random = np.random.default_rng(1)
    n, baseline_n = random.integers(1, 60, 20_000), random.integers(1, 5_000, 20_000)
    tables = np.array([random.binomial(n, 0.06), n, random.binomial(baseline_n, 0.06), baseline_n], dtype=float)
    wide = np.array([[700.0], [1e6], [0.0], [900.0]])
    assert (fisher_p_value(*np.hstack([tables, wide]))[:-1] == fisher_p_value(*tables)).all()


@given(frames_and_names)
def test_every_double_is_rounded(case):
    frame, names = case
    result = apply_estimates(frame, names)
    for column in result.columns.difference(frame.columns):
        if result[column].dtype == "float64":
            values = result[column].dropna()
            assert values.tolist() == [float(f"{value:.11e}") for value in values]


@pytest.mark.parametrize("name", ESTIMATES)
def test_the_added_columns_and_their_types_are_as_announced_also_without_rows(name):
    estimate = ESTIMATES[name]
    # of those that are known by how they begin, one
    needs = [*estimate.needs, *([f"{estimate.also_needs}x"] if estimate.also_needs else [])]
    result = apply_estimates(pd.DataFrame(columns=needs), [name])
    dtypes = {"double": "float64", "varchar": "str", "boolean": "bool"}
    added = {column: str(result[column].dtype) for column in result.columns if column not in needs}
    assert added == {column: dtypes[sql_type] for column, sql_type in estimate.adds.items()}
    assert set(added) == set(estimate.adds)
    assert estimate.name == name


@pytest.mark.parametrize(
    "dtype",
    ["int64", "Int64", "int32", "float64", "Float64", "int64[pyarrow]", "decimal128(38, 0)[pyarrow]", "decimal"],
)
def test_any_kind_of_number_gives_the_same(dtype):
    frame = pairs((3, 40, 9, 50), (30, 90, 40, 80))
    if dtype == "decimal":
        typed = frame.map(Decimal).astype(object)
    elif dtype.startswith("decimal"):
        pa = pytest.importorskip("pyarrow")
        typed = frame.astype(pd.ArrowDtype(pa.decimal128(38, 0)))
    else:
        typed = frame.astype(dtype)
    names = list(ESTIMATES["compare_shares"].adds)
    assert_frame_equal(applied(typed, "compare_shares")[names], applied(frame, "compare_shares")[names])


@pytest.mark.parametrize("missing", [None, nan, pd.NA, Decimal("NaN")])
@pytest.mark.parametrize("dtype", [object, "Float64", "double[pyarrow]"])
def test_any_kind_of_null_is_null(missing, dtype):
    if dtype is not object and isinstance(missing, Decimal):
        missing = None
    frame = shares((Decimal(3), Decimal(4))).reindex([0, 0]).reset_index(drop=True)
    frame["numerator"] = pd.Series([3, missing], dtype=dtype)
    assert applied(frame, "share_interval")["value"].fillna(-1).tolist() == [0.75, -1]


@pytest.mark.parametrize("dtype", ["bool", "boolean", "bool[pyarrow]", "int64", object])
def test_any_kind_of_flag_is_a_flag(dtype):
    frame = family(0.01, 0.02)
    frame["is_tested"] = pd.Series([True, False], dtype=dtype)
    assert applied(frame, "false_discovery")["q_value"].notna().tolist() == [True, False]


# --- errors ----------------------------------------------------------------------------------------------------------


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(EstimateError, match=r"'share_intervall'\. Allowed: .*Did you mean 'share_interval'\?"):
        applied(shares(), "share_intervall")


def test_a_missing_column_is_refused_with_what_is_there_and_who_adds_it():
    with pytest.raises(EstimateError) as error:
        applied(pairs().assign(family="aida", is_tested=True), "false_discovery", "compare_shares")
    assert str(error.value) == (
        "false_discovery: needs the column 'p_value', which the SELECT does not yield. "
        "It yields x, n, baseline_x, baseline_n, family, is_tested. Or name compare_shares before it, which adds it."
    )


def test_a_misspelt_column_is_told_with_the_nearest_that_the_estimate_does_not_read_itself():
    told = column_faults(["compare_shares"], ["x", "n", "baselin_x", "baseline_n"])
    assert [fault.partition("baseline_n. ")[2] for fault in told] == ["Did you mean 'baselin_x'?"]


def test_what_an_earlier_estimate_adds_a_later_one_may_read():
    given = ["x", "n", "baseline_x", "baseline_n", "family", "is_tested"]
    assert column_faults(["compare_shares", "false_discovery"], given) == []
    assert len(column_faults(["false_discovery", "compare_shares"], given)) == 1


def test_a_column_of_the_select_is_never_overwritten():
    with pytest.raises(EstimateError, match="share_interval: adds value, which the SELECT yields already"):
        applied(shares((1, 2)).assign(value=1), "share_interval")


def test_two_estimates_of_one_column_must_agree():
    frame = pairs((3, 40, 2, 9)).assign(numerator=3, denominator=40, sum=3)
    both = applied(frame, "share_interval", "compare_shares")
    assert both["value"].tolist() == [0.075]
    assert both["min_sample_ok"].tolist() == [False]  # 40 are enough for the share, 9 are not for the comparison
    with pytest.raises(EstimateError, match="total: gives another 'value' than share_interval"):
        applied(frame, "share_interval", "total")


@pytest.mark.parametrize("wrong", [["a", "b"], [float("inf"), 1.0], pd.array(["1", "2"], dtype="str"), [[1], [2]]])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(EstimateError, match="unit_count: column 'n'"):
        applied(pd.DataFrame({"n": wrong}), "unit_count")


def test_a_p_value_outside_0_and_1_is_refused():
    with pytest.raises(EstimateError, match="p_value is not between 0 and 1"):
        applied(family(1.1), "false_discovery")


def test_an_estimate_error_belongs_to_the_family():
    assert issubclass(EstimateError, JourneyError)
    assert EstimateError.exit_code == 3


# --- rounding, import ------------------------------------------------------------------------------------------------


@given(st.floats(allow_subnormal=True))
def test_rounding_is_the_nearest_double_of_twelve_digits(value):
    rounded = float(round_significant(np.array([value]))[0])
    if np.isfinite(value):
        assert rounded == float(f"{rounded:.11e}")
        if abs(value) < 1e308:
            assert rounded == pytest.approx(float(f"{value:.11e}"), rel=1.1e-11, abs=0)
    else:
        assert str(rounded) == str(value)
    assert str(round_significant(np.array([rounded]))[0]) == str(rounded) or np.isnan(rounded)


@given(st.lists(st.one_of(st.floats(0, 1), st.floats(allow_nan=False), st.floats(0.99e-10, 1.01e-10)), min_size=2))
def test_rounding_keeps_order(values):
    assert (np.diff(round_significant(np.sort(np.array(values)))[np.isfinite(np.sort(np.array(values)))]) >= 0).all()


@pytest.mark.parametrize("power", range(-40, 40))
def test_powers_of_ten_and_their_neighbours_stay_in_their_decade(power):
    ten = float(f"1e{power}")
    around = np.array([np.nextafter(ten, 0), ten, np.nextafter(ten, np.inf)])
    assert round_significant(around).tolist() == [ten] * 3


def test_import_loads_no_statistics():
    code = "import journey_analytics.estimates, sys; print([m for m in ('scipy', 'statsmodels') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- odds_ratio ------------------------------------------------------------------------------------------------------

ODDS = ["odds_ratio", "odds_ratio_ci_low", "odds_ratio_ci_high", "odds_ratio_method", "phi"]


@given(pair_frames)
def test_odds_ratio_and_phi_agree_with_statsmodels_and_scipy(frame):
    for row in applied(frame, "odds_ratio").dropna(subset="odds_ratio").itertuples():
        table = np.array([[row.x, row.n - row.x], [row.baseline_x, row.baseline_n - row.baseline_x]], dtype=float)
        has_empty = (table == 0).any()
        assert row.odds_ratio_method == ("haldane_anscombe" if has_empty else "woolf")
        # statsmodels would add the half to cells of 0 alone
        theirs = Table2x2(table + 0.5 * has_empty, shift_zeros=False)
        assert row.odds_ratio == pytest.approx(theirs.oddsratio, rel=1e-9)
        low, high = theirs.oddsratio_confint(0.05)
        assert (row.odds_ratio_ci_low, row.odds_ratio_ci_high) == pytest.approx((low, high), rel=1e-9)
        if pd.isna(row.phi):
            assert 0 in table.sum(axis=0)
        else:
            size = stats.contingency.association(table.astype(int), method="cramer", correction=False)
            assert row.phi == pytest.approx(np.sign(np.linalg.det(table)) * size, rel=1e-6, abs=1e-7)


@given(pair_frames)
def test_the_interval_of_an_odds_ratio_contains_it_and_its_side_is_that_of_the_difference(frame):
    result = applied(frame, "compare_shares", "odds_ratio").dropna(subset="odds_ratio")
    assert (result["odds_ratio_ci_low"] <= result["odds_ratio"]).all()
    assert (result["odds_ratio"] <= result["odds_ratio_ci_high"]).all()
    exact = result[result["odds_ratio_method"] == "woolf"]
    assert (np.sign(exact["diff"]) == np.sign(exact["phi"])).all()
    assert (result["phi"].dropna().abs() <= 1).all()


def test_a_side_without_anybody_has_no_odds_ratio_and_an_outcome_that_all_share_no_phi():
    result = applied(pairs((3, 4, 0, 0), (4, 4, 6, 6)), "odds_ratio")
    assert nulls(result.iloc[[0]]) == ODDS
    assert nulls(result.iloc[[1]]) == ["phi"]
    assert result["odds_ratio"].iloc[1] == pytest.approx((4.5 * 0.5) / (0.5 * 6.5))


def test_odds_of_part_of_a_unit_are_refused():
    with pytest.raises(EstimateError, match="odds_ratio: x is not a whole number"):
        applied(pairs((1.5, 4, 1, 4)), "odds_ratio")
