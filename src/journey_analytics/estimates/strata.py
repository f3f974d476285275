"""A difference of shares among the alike: strata taken together, so that who does more is not compared with who does less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import ALPHA, with_columns
from journey_analytics.estimates.rounding import Floats
from journey_analytics.estimates.shares import whole_counts

if TYPE_CHECKING:
    import pandas as pd


def stratified_difference(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the Mantel-Haenszel difference x / n - baseline_x / baseline_n over the strata of a family, to each of its rows.

    Each stratum weighs n · baseline_n / (n + baseline_n): one with nobody on a side weighs nothing. Interval: the variance
    of Sato, Greenland, Robins 1989, Biometrics 45, 1323-1324, right for few large and for many small strata. Test:
    Cochran-Mantel-Haenszel without continuity correction (Mantel, Haenszel 1959, JNCI 22, 719-748). Null where no stratum
    has somebody on both sides; without interval and test where nobody of them did it, or everybody.

    >>> import pandas as pd
    >>> strata = {"family": ["a", "a"], "x": [8, 4], "n": [10, 40], "baseline_x": [32, 1], "baseline_n": [40, 10]}
    >>> row = stratified_difference(pd.DataFrame(strata)).iloc[0]    # 24% against 66% in all, and alike in each stratum
    >>> [round(float(row[name]), 3) for name in ("adjusted_diff", "adjusted_ci_low", "adjusted_ci_high", "adjusted_p_value")]
    [0.0, -0.173, 0.173, 1.0]
    """
    import pandas as pd
    from scipy.stats import norm

    x, n = whole_counts(frame, "x", "n")
    y, m = whole_counts(frame, "baseline_x", "baseline_n")
    both = (n > 0) & (m > 0)
    family, names = pd.factorize(frame["family"], use_na_sentinel=False)

    def over(values: Floats) -> Floats:
        """Return the sum over each family, row by row in a fixed order."""
        order = np.lexsort((m, y, n, x, family))
        sums = np.zeros(len(names))
        np.add.at(sums, family[order], np.where(both, values, 0.0)[order])
        return sums

    whole, events = n + m, x + y
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = over(n * m / whole)
        diff = over((x * m - y * n) / whole) / weight
        p = over((n**2 * y - m**2 * x + n * m * (m - n) / 2) / whole**2)
        q = over((x * (m - y) + y * (n - x)) / (2 * whole))
        variance = (diff * p + q) / weight**2
        reach = norm.ppf(1 - ALPHA / 2) * np.sqrt(np.maximum(variance, 0))
        spread = over(np.where(whole > 1, n * m * events * (whole - events) / (whole**2 * (whole - 1)), 0.0))
        z = over(x - n * events / whole) / np.sqrt(spread)
    # where nobody did it, or everybody, on both sides, there is no spread to tell an interval from
    reach = np.where(spread > 0, reach, np.nan)
    low, high = np.clip(diff - reach, -1, diff), np.clip(diff + reach, diff, 1)
    p_value = np.where(spread > 0, np.minimum(2 * norm.sf(np.abs(z)), 1), np.nan)
    return with_columns(
        frame,
        {
            "adjusted_diff": diff[family],
            "adjusted_ci_low": low[family],
            "adjusted_ci_high": high[family],
            "adjusted_p_value": p_value[family],
        },
    )
