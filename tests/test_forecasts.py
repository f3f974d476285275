"""How good a forecast was, and the regression that makes one: against pencil tables and other people's code."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from threadpoolctl import threadpool_limits

from journey_analytics.estimates import EstimateError, apply_estimates, column_faults, logistic
from journey_analytics.estimates.rounding import Floats


def sums(scores: Floats, outcomes: Floats) -> pd.DataFrame:
    """Return the row of sums that the SELECT makes of scores and outcomes."""
    hits, misses = scores[outcomes == 1], scores[outcomes == 0]
    u = np.array([2 * (misses < hit).sum() + (misses == hit).sum() for hit in hits])
    v = np.array([2 * (hits > miss).sum() + (hits == miss).sum() for miss in misses])
    row = {"u_sum": u.sum(), "u_sq_sum": (u**2).sum(), "v_sq_sum": (v**2).sum()}
    return pd.DataFrame([losses(scores, outcomes) | row])


def losses(scores: Floats, outcomes: Floats) -> dict[str, float]:
    """Return the part of these sums that the Brier score needs."""
    loss = (scores - outcomes) ** 2
    row = {"x": float(outcomes.sum()), "n": scores.size, "loss_sq_sum": float((loss**2).sum())}
    return row | {"loss_hit_sum": loss[outcomes == 1].sum(), "loss_miss_sum": loss[outcomes == 0].sum()}


def told(frame: pd.DataFrame, name: str) -> dict[str, float]:
    """Return what an estimate adds to a frame of one row."""
    made = apply_estimates(frame, [name]).iloc[0]
    return {str(column): made[column] for column in made.index if column not in frame.columns}


def draws(seed: int, size: int, base: float = 0.1, slope: float = 1.0) -> tuple[Floats, Floats]:
    """Return scores that are the true shares, and outcomes drawn by them."""
    random = np.random.default_rng(seed)
    shares = 1 / (1 + np.exp(-(np.log(base / (1 - base)) + slope * random.normal(size=size))))
    return shares, (random.random(size) < shares).astype(float)


# --- how good it was -------------------------------------------------------------------------------------------------


def test_auc_and_brier_are_those_of_scikit_learn() -> None:
    scores, outcomes = draws(1, 400)
    scores = scores.round(2)  # with ties
    row = sums(scores, outcomes)
    assert told(row, "auc_interval")["auc"] == pytest.approx(roc_auc_score(outcomes, scores))
    assert told(row, "brier_skill")["brier"] == pytest.approx(brier_score_loss(outcomes, scores))


def test_auc_has_the_interval_of_delong_as_it_was_published() -> None:
    """Variance by its definition: that of the placements of either side over their numbers."""
    scores, outcomes = draws(2, 300, slope=1.5)
    hits, misses = scores[outcomes == 1], scores[outcomes == 0]
    of_hits = np.array([((misses < hit).mean() + (misses == hit).mean() / 2) for hit in hits])
    of_misses = np.array([((hits > miss).mean() + (hits == miss).mean() / 2) for miss in misses])
    spread = np.sqrt(of_hits.var(ddof=1) / hits.size + of_misses.var(ddof=1) / misses.size)
    made = told(sums(scores, outcomes), "auc_interval")
    assert made["auc_ci_low"] == pytest.approx(of_hits.mean() - 1.959964 * spread, abs=1e-6)
    assert made["auc_ci_high"] == pytest.approx(min(of_hits.mean() + 1.959964 * spread, 1), abs=1e-6)


def test_saying_the_base_rate_of_everybody_has_no_skill_and_no_doubt_about_it() -> None:
    outcomes = np.array([1.0] * 30 + [0.0] * 70)
    made = told(sums(np.full(100, 0.3), outcomes), "brier_skill")
    assert made["brier"] == made["brier_base"] == pytest.approx(0.21)
    assert [made["skill"], made["skill_ci_low"], made["skill_ci_high"]] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_perfect_forecast_has_a_skill_of_one() -> None:
    outcomes = np.array([1.0] * 30 + [0.0] * 70)
    made = told(sums(outcomes, outcomes), "brier_skill")
    assert (made["skill"], made["skill_ci_low"]) == (1, 1)


@pytest.mark.parametrize("base", [0.03, 0.15, 0.5])
def test_the_interval_of_the_skill_holds_the_true_skill_in_about_95_of_100_draws(base: float) -> None:
    shares, _ = draws(0, 400_000, base, slope=1.2)
    mean = shares.mean()
    truth = 1 - (shares * (1 - shares)).mean() / (mean * (1 - mean))
    rows = pd.DataFrame(losses(*draws(seed, 1500, base, slope=1.2)) for seed in range(1, 1001))
    made = apply_estimates(rows, ["brier_skill"])
    held = ((made["skill_ci_low"] <= truth) & (truth <= made["skill_ci_high"])).sum()
    assert 920 <= held <= 970, held


def test_the_interval_of_the_lift_holds_the_true_lift_in_about_95_of_100_draws() -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"top_x": random.binomial(100, 0.24, 1000), "rest": random.binomial(900, 0.04, 1000)})
    rows = rows.assign(x=rows["top_x"] + rows["rest"], n=1000, top_n=100)
    made = apply_estimates(rows[["x", "n", "top_x", "top_n"]], ["lift_interval"])
    truth = 0.24 / (0.1 * 0.24 + 0.9 * 0.04)
    held = ((made["lift_ci_low"] <= truth) & (truth <= made["lift_ci_high"])).sum()
    assert 930 <= held <= 970, held


def test_the_lift_of_a_top_with_all_of_them_is_ten_and_has_a_lower_end() -> None:
    made = told(pd.DataFrame({"x": [30], "n": [1000], "top_x": [30], "top_n": [100]}), "lift_interval")
    assert made["lift"] == made["lift_ci_high"] == 10
    assert 5 < made["lift_ci_low"] < 10


@pytest.mark.parametrize("outcomes", [[0.0] * 40, [1.0] * 40])
def test_where_nobody_did_it_or_all_there_is_nothing_to_tell(outcomes: list[float]) -> None:
    row = sums(np.full(40, 0.2), np.array(outcomes))
    for name in ("brier_skill", "auc_interval"):
        assert all(np.isnan(value) for value in told(row, name).values()), name
    nobody = pd.DataFrame({"x": [0], "n": [40], "top_x": [0], "top_n": [4]})
    assert all(np.isnan(value) for value in told(nobody, "lift_interval").values())


# --- the regression --------------------------------------------------------------------------------------------------


def people(seed: int, size: int = 600, effect: float = 1.5) -> pd.DataFrame:
    """Return people half of whom are learnt from; whoever saw many products or came by mail orders more often."""
    random = np.random.default_rng(seed)
    views, pages = random.poisson(2, size), random.poisson(5, size)
    channel = random.choice(["Email", "Direct", "rare"], size, p=[0.4, 0.58, 0.02])
    odds = -2 + effect * (np.log1p(views) - 1) + effect * (channel == "Email")
    frame = pd.DataFrame(
        {
            "target": "order",
            "unit_key": [f"{number:04}" for number in range(size)],
            "is_training": np.arange(size) % 2 == 0,
            "outcome": (random.random(size) < 1 / (1 + np.exp(-odds))).astype(float),
            "feature_views": views,
            "feature_pages": pages,
            "feature_always": 1,
            "feature_channel": channel,
        }
    )
    frame.loc[frame["is_training"].eq(False), "outcome"] = np.nan
    return frame


def scored(frame: pd.DataFrame) -> pd.DataFrame:
    return apply_estimates(frame, ["predicted_share"])


def test_the_scores_are_those_of_scikit_learn_on_standardised_features() -> None:
    frame = people(1)
    learns = frame["is_training"].to_numpy()
    design = np.column_stack(
        [
            np.log1p(frame["feature_views"]),
            np.log1p(frame["feature_pages"]),
            frame["feature_channel"] == "Email",
            frame["feature_channel"] == "Direct",
        ]
    )
    design = (design - design[learns].mean(axis=0)) / design[learns].std(axis=0)
    model = LogisticRegression(C=0.25, tol=1e-10, max_iter=1000).fit(design[learns], frame["outcome"][learns])
    assert scored(frame)["score"].to_numpy() == pytest.approx(model.predict_proba(design)[:, 1], abs=2e-5)


@settings(max_examples=10)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 2]))
def test_neither_the_order_of_rows_nor_the_number_of_threads_changes_a_score(random: object, threads: int) -> None:
    frame = people(2)
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    with threadpool_limits(limits=threads):
        again = scored(frame.iloc[order].reset_index(drop=True)).sort_values("unit_key", ignore_index=True)
    pd.testing.assert_frame_equal(scored(frame), again[[*frame.columns, "score", "driver"]])


def test_what_is_learnt_of_one_target_says_nothing_of_another() -> None:
    one, other = people(3), people(4, effect=0.5).assign(target="churn")
    both = scored(pd.concat([one, other], ignore_index=True))
    assert both["score"].tolist() == [*scored(one)["score"], *scored(other)["score"]]


def test_what_became_of_those_who_are_not_learnt_from_changes_no_score() -> None:
    frame = people(5)
    other = frame.assign(outcome=frame["outcome"].fillna(1.0))
    assert scored(frame)["score"].tolist() == scored(other)["score"].tolist()


def test_a_driver_is_what_raises_the_score_most() -> None:
    made = scored(people(6, size=4000))
    many = made["feature_views"].ge(5) & made["feature_channel"].eq("Direct")
    mail = made["feature_views"].eq(2) & made["feature_channel"].eq("Email")
    assert set(made.loc[many, "driver"]) == {"views_high"}
    assert set(made.loc[mail, "driver"]) == {"channel=Email"}
    nothing = made["feature_views"].eq(0) & made["feature_channel"].eq("Direct")
    assert made.loc[nothing, "driver"].isna().mean() > 0.5
    assert "always_high" not in set(made["driver"])


def test_a_feature_whose_weight_only_corrects_another_is_no_driver() -> None:
    random = np.random.default_rng(10)
    views, noise = random.poisson(4, 6000), random.poisson(2, 6000)
    # pages are views and noise: of two with as many views, more pages say nothing good, yet those with many pages order more
    odds = -2 + 2.5 * np.log1p(views) - 1.5 * np.log1p(views + noise)
    outcome = (random.random(6000) < 1 / (1 + np.exp(-odds))).astype(float)
    columns = {"feature_views": views, "feature_pages": views + noise, "outcome": outcome, "is_training": True}
    frame = pd.DataFrame(columns).assign(target="order", unit_key=[f"{number:04}" for number in range(6000)])
    assert np.corrcoef(frame["feature_pages"], outcome)[0, 1] > 0.05
    assert set(scored(frame)["driver"].dropna()) == {"views_high"}


def test_with_29_who_did_it_nothing_is_learnt_and_with_30_it_is() -> None:
    frame = people(7).assign(is_training=True, outcome=0.0)
    frame.loc[:28, "outcome"] = 1.0
    assert scored(frame)["score"].isna().all()
    frame.loc[29, "outcome"] = 1.0
    assert scored(frame)["score"].notna().all()


def test_features_that_are_alike_for_all_leave_the_base_rate() -> None:
    frame = people(8).assign(feature_views=1, feature_pages=2, feature_channel="Direct")
    base = frame["outcome"].mean()
    assert scored(frame)["score"].unique().tolist() == [pytest.approx(base, abs=1e-6)]


@pytest.mark.parametrize(
    ("column", "value", "told_of"),
    [
        ("feature_views", -1.0, "feature_views is null or negative in 1 of 600 rows, first in row 5"),
        ("feature_views", np.nan, "feature_views is null or negative"),
        ("outcome", 0.5, "outcome is neither 0 nor 1"),
        ("outcome", np.nan, "is_training without an outcome"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(column: str, value: float, told_of: str) -> None:
    frame = people(9).astype({"feature_views": float})
    frame.loc[10 if column == "outcome" else 5, column] = value
    with pytest.raises(EstimateError, match=f"predicted_share: {told_of}"):
        scored(frame)


def test_a_select_without_features_is_told_so() -> None:
    needed = ["target", "unit_key", "is_training", "outcome"]
    assert column_faults(["predicted_share"], needed) == [
        "predicted_share: needs a column that begins with 'feature_', and the SELECT yields none."
    ]


def test_scikit_learn_is_imported_only_where_there_is_something_to_learn() -> None:
    code = (
        "import sys, pandas as pd\n"
        "from journey_analytics import pipeline\n"
        "from journey_analytics.estimates import apply_estimates, logistic\n"
        "logistic.is_installed()\n"
        "apply_estimates(pd.DataFrame({'target': ['a'], 'unit_key': ['b'], 'is_training': [True], 'outcome': [1.0],"
        " 'feature_x': [1]}), ['predicted_share'])\n"
        "print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert logistic.is_installed()
