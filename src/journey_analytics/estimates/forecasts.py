"""How good forecasts were of what has come out since: against the base rate, in their order, and at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import ALPHA, numbers, refuse, with_columns
from journey_analytics.estimates.rounding import Floats
from journey_analytics.estimates.shares import whole_counts

if TYPE_CHECKING:
    import pandas as pd


def brier_skill(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the Brier score of n forecasts, that of the base rate, and the skill: how much smaller the first is, 0 to 1.

    The Brier score is the mean of (score - outcome)²: Brier 1950, Monthly Weather Review 78, 1-3. The base rate is x / n of
    these very rows, which nobody knew beforehand: a forecast that always says it is the best of those that say the same of
    all. Skill below 0 is worse than that. Interval by the delta method, over units; a unit stands in one row.

    `loss_hit_sum` is the sum of (score - outcome)² over the x that did it, `loss_miss_sum` over the others, `loss_sq_sum` the
    sum of its square over all. Null where nobody did it, or all.

    >>> import pandas as pd
    >>> sums = {"n": [100], "x": [50], "loss_hit_sum": [8.0], "loss_miss_sum": [8.0], "loss_sq_sum": [2.56]}
    >>> row = brier_skill(pd.DataFrame(sums)).iloc[0]
    >>> [round(float(row[name]), 3) for name in ("brier", "brier_base", "skill", "skill_ci_low", "skill_ci_high")]
    [0.16, 0.25, 0.36, 0.36, 0.36]
    """
    x, n = whole_counts(frame, "x", "n")
    hit, miss, squares = (numbers(frame, f"loss_{name}_sum") for name in ("hit", "miss", "sq"))
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where((x > 0) & (x < n), x / n, np.nan)
        loss = (hit + miss) / n
        worst = base * (1 - base)
        # each unit pulls the skill by -(b - B) / R + B / R² (r - R): b its loss, r that of the base rate
        of_hit, of_miss = (1 - base) ** 2, base**2
        variance_loss = squares / n - loss**2
        variance_base = (x * of_hit**2 + (n - x) * of_miss**2) / n - worst**2
        together = (hit * of_hit + miss * of_miss) / n - loss * worst
        ratio = loss / worst
        variance = (variance_loss - 2 * ratio * together + ratio**2 * variance_base) / worst**2
        skill = 1 - ratio
        arm = _arm(variance / (n - 1))
    known = np.where(np.isnan(skill), np.nan, 0)
    return with_columns(
        frame,
        {
            "brier": loss + known,
            "brier_base": worst + known,
            "skill": skill,
            "skill_ci_low": skill - arm,
            "skill_ci_high": np.minimum(skill + arm, 1),
        },
    )


def auc_interval(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `auc` and its interval: how often one who did it had a higher score than one who did not; a tie counts half.

    DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837-845. Of each of the x who did it, u is twice the number of others
    with a lower score plus the number with the same; of each other, v is the same seen from there. `u_sum` and `u_sq_sum` are
    sums over the x, `v_sq_sum` over the n - x. Null where nobody did it, or all; without an interval where one side is a
    single unit.

    >>> import pandas as pd
    >>> # scores 0.9 and 0.4 did it, 0.5 and 0.1 did not: 3 of the 4 pairs are in order
    >>> row = auc_interval(pd.DataFrame({"x": [2], "n": [4], "u_sum": [6], "u_sq_sum": [20], "v_sq_sum": [20]})).iloc[0]
    >>> float(row["auc"])
    0.75
    """
    x, n = whole_counts(frame, "x", "n")
    u, u_squares, v_squares = (numbers(frame, name) for name in ("u_sum", "u_sq_sum", "v_sq_sum"))
    others = n - x
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = np.where((x > 0) & (others > 0), u / (2 * x * others), np.nan)
        of_hits = (u_squares / (4 * others**2) - x * auc**2) / (x - 1)
        of_others = (v_squares / (4 * x**2) - others * auc**2) / (others - 1)
        arm = np.where((x > 1) & (others > 1), _arm(of_hits / x + of_others / others), np.nan)
    return with_columns(
        frame,
        {"auc": auc, "auc_ci_low": np.maximum(auc - arm, 0), "auc_ci_high": np.minimum(auc + arm, 1)},
    )


def lift_interval(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `lift`, the share of the top (top_x / top_n) over the share of all (x / n), and its interval.

    The ratio of the top to the rest has the log interval with half a unit added (Walter 1975, Biometrika 62, 371-374); the
    lift rises and falls with that ratio, for the top is a fixed part of all, so its interval is that one carried over. Null
    where nobody did it, or the top is none or all.

    >>> import pandas as pd
    >>> row = lift_interval(pd.DataFrame({"x": [60], "n": [1000], "top_x": [24], "top_n": [100]})).iloc[0]
    >>> [round(float(row[name]), 2) for name in ("lift", "lift_ci_low", "lift_ci_high")]
    [4.0, 2.95, 5.16]
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    x, n = whole_counts(frame, "x", "n")
    top_x, top_n = whole_counts(frame, "top_x", "top_n")
    refuse((top_x > x) | (top_n - top_x > n - x), "the top is more than all")
    known = (x > 0) & (top_n > 0) & (top_n < n)
    lift, low, high = (np.full(n.size, np.nan) for _ in range(3))
    x, n, top_x, top_n = (counts[known] for counts in (x, n, top_x, top_n))
    ratios = confint_proportions_2indep(
        top_x, top_n, x - top_x, n - top_n, compare="ratio", method="log-adjusted", alpha=ALPHA
    )
    part = top_n / n
    lift[known] = (top_x * n) / (top_n * x)
    bounds = [ratio / (part * ratio + 1 - part) for ratio in map(np.asarray, ratios)]
    low[known], high[known] = np.minimum(bounds[0], lift[known]), np.maximum(bounds[1], lift[known])
    return with_columns(frame, {"lift": lift, "lift_ci_low": low, "lift_ci_high": high})


def _arm(variance: Floats) -> Floats:
    """Return half the width of the 95 % interval; a variance below 0 is a rounding of 0."""
    from scipy.stats import norm

    arm: Floats = norm.ppf(1 - ALPHA / 2) * np.sqrt(np.maximum(variance, 0))
    return arm
