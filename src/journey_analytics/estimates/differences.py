"""The difference of two differences of shares: a change, held against those whom it did not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import with_columns
from journey_analytics.estimates.rounding import Floats
from journey_analytics.estimates.shares import newcombe_difference, whole_counts

if TYPE_CHECKING:
    import pandas as pd


def difference_in_differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Add (x / n - baseline_x / baseline_n) - (the same of the control), its 95 % interval and a two-sided test.

    Interval: MOVER, from the Newcombe intervals of the two differences (Zou, Donner 2008, Statistics in Medicine 27,
    1693-1702). Test: Wald's, with the variance of each of the four shares by itself. Null where a count is missing or 0.

    >>> import pandas as pd
    >>> counts = {"x": [60], "n": [100], "baseline_x": [40], "baseline_n": [100]}
    >>> counts |= {"control_x": [45], "control_n": [100], "control_baseline_x": [40], "control_baseline_n": [100]}
    >>> row = difference_in_differences(pd.DataFrame(counts)).iloc[0]
    >>> [round(float(row[name]), 3) for name in ("did", "did_ci_low", "did_ci_high", "did_p_value")]
    [0.15, -0.042, 0.337, 0.127]
    """
    from scipy.stats import norm

    after = whole_counts(frame, "x", "n"), whole_counts(frame, "baseline_x", "baseline_n")
    control = (
        whole_counts(frame, "control_x", "control_n"),
        whole_counts(frame, "control_baseline_x", "control_baseline_n"),
    )
    four = [counts for pair in (after, control) for counts in pair]
    known = np.all([(n > 0) & ~np.isnan(x) for x, n in four], axis=0)
    did, low, high, p_value = (np.full(known.size, np.nan) for _ in range(4))
    some = [(x[known], n[known]) for x, n in four]

    change, change_low, change_high = newcombe_difference(*some[0], *some[1])
    other, other_low, other_high = newcombe_difference(*some[2], *some[3])
    did[known] = change - other
    low[known] = did[known] - np.hypot(change - change_low, other_high - other)
    high[known] = did[known] + np.hypot(change_high - change, other - other_low)

    variance: Floats = np.sum([x / n * (1 - x / n) / n for x, n in some], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(did[known]) / np.sqrt(variance)
    # four shares of 0 or 1 have no spread: nothing can be said of chance
    p_value[known] = np.where(variance > 0, np.minimum(2 * norm.sf(z), 1), np.nan)
    return with_columns(
        frame,
        {
            "did": did,
            "did_ci_low": np.clip(low, -2, did),
            "did_ci_high": np.clip(high, did, 2),
            "did_p_value": p_value,
        },
    )
