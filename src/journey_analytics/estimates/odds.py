"""How strongly two things go together in a table of four cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import ALPHA, refuse, text_where, with_columns
from journey_analytics.estimates.shares import counts

if TYPE_CHECKING:
    import pandas as pd


def odds_ratio(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the odds ratio of x / n against baseline_x / baseline_n with its 95 % interval, and phi.

    Interval: Woolf 1955, Annals of Human Genetics 19, 251-253, from the standard error of the logarithm. Where a cell is
    0, a half is added to all four (Haldane 1956, Anscombe 1956), and `odds_ratio_method` says so; phi, Pearson's
    correlation of two yes-or-no columns, needs no such help. Null where a side is empty; phi also where all or none
    did it.

    >>> import pandas as pd
    >>> row = odds_ratio(pd.DataFrame({"x": [60], "n": [80], "baseline_x": [40], "baseline_n": [80]})).iloc[0]
    >>> float(row["odds_ratio"]), round(float(row["odds_ratio_ci_low"]), 2), round(float(row["phi"]), 4)
    (3.0, 1.54, 0.2582)
    """
    from scipy.stats import norm

    x, n = counts(frame, "x", "n")
    baseline_x, baseline_n = counts(frame, "baseline_x", "baseline_n")
    for column, values in {"x": x, "n": n, "baseline_x": baseline_x, "baseline_n": baseline_n}.items():
        refuse((values != np.rint(values)) & ~np.isnan(values), f"{column} is not a whole number")

    known = (n > 0) & (baseline_n > 0) & ~np.isnan(x) & ~np.isnan(baseline_x)
    cells = np.stack([x, n - x, baseline_x, baseline_n - baseline_x])[:, known]
    has_empty = (cells == 0).any(axis=0)
    filled = cells + np.where(has_empty, 0.5, 0.0)
    ratio, low, high, phi = (np.full(n.size, np.nan) for _ in range(4))
    ratio[known] = filled[0] * filled[3] / (filled[1] * filled[2])
    reach = norm.ppf(1 - ALPHA / 2) * np.sqrt((1 / filled).sum(axis=0))
    low[known], high[known] = ratio[known] * np.exp(-reach), ratio[known] * np.exp(reach)

    a, b, c, d = cells
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    spread = np.sqrt(np.where(margins > 0, margins, np.nan))
    phi[known] = np.clip((a * d - b * c) / spread, -1, 1)

    method = text_where(known, "woolf")
    method[np.flatnonzero(known)[has_empty]] = "haldane_anscombe"
    return with_columns(
        frame,
        {
            "odds_ratio": ratio,
            "odds_ratio_ci_low": low,
            "odds_ratio_ci_high": high,
            "odds_ratio_method": method,
            "phi": phi,
        },
    )
