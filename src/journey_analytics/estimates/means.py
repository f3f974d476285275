"""Means from sums, and numbers that are complete and so need no interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import (
    ALPHA,
    CONFIDENCE,
    MIN_SAMPLE,
    numbers,
    refuse,
    text_where,
    with_columns,
)
from journey_analytics.estimates.rounding import Floats

if TYPE_CHECKING:
    import pandas as pd

_NOISE = 4 * np.finfo(np.float64).eps


def mean_interval(frame: pd.DataFrame) -> pd.DataFrame:
    """Add sum / n and its 95 % interval; no interval for one unit, nothing for none.

    Student's t interval, mean ± t(n - 1) · s / √n with s² = (sum_sq - sum² / n) / (n - 1), as in any textbook
    (DeGroot, Schervish, Probability and Statistics, 8.5).

    >>> import pandas as pd
    >>> row = mean_interval(pd.DataFrame({"n": [3], "sum": [6], "sum_sq": [14]})).iloc[0]
    >>> float(row["value"]), round(float(row["ci_low"]), 4), round(float(row["ci_high"]), 4)
    (2.0, -0.4841, 4.4841)
    """
    from scipy.stats import t

    n, sums, squares = numbers(frame, "n"), numbers(frame, "sum"), numbers(frame, "sum_sq")
    refuse(n < 0, "n is negative")
    value, low, high = (np.full(n.size, np.nan) for _ in range(3))
    some = n > 0
    value[some] = sums[some] / n[some]

    many = (n >= 2) & ~np.isnan(value) & ~np.isnan(squares)
    size, centre = n[many], value[many]
    # what is left of two nearly equal sums is noise, and may be negative: equal values have no spread
    spread = squares[many] - centre * sums[many]
    spread = np.where(spread <= _NOISE * squares[many], 0, spread)
    reach = t.ppf(1 - ALPHA / 2, size - 1) * np.sqrt(spread / (size - 1) / size)
    low[many], high[many] = centre - reach, centre + reach
    return with_columns(
        frame,
        {
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "ci_level": np.where(many, CONFIDENCE, np.nan),
            "ci_method": text_where(many, "t"),
            "min_sample_ok": n >= MIN_SAMPLE,
        },
    )


def total(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the sum as it is: it is complete, not a sample, so it has no interval.

    >>> import pandas as pd
    >>> total(pd.DataFrame({"n": [40], "sum": [99.5]}))[["value", "ci_method", "min_sample_ok"]].values.tolist()
    [[99.5, 'none', True]]
    """
    return _complete(frame, numbers(frame, "sum"))


def unit_count(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the number of units as it is: it is complete, not a sample, so it has no interval.

    >>> import pandas as pd
    >>> unit_count(pd.DataFrame({"n": [29]}))[["value", "ci_method", "min_sample_ok"]].values.tolist()
    [[29.0, 'none', False]]
    """
    return _complete(frame, numbers(frame, "n"))


def _complete(frame: pd.DataFrame, value: Floats) -> pd.DataFrame:
    nothing = np.full(value.size, np.nan)
    return with_columns(
        frame,
        {
            "value": value,
            "ci_low": nothing,
            "ci_high": nothing,
            "ci_level": nothing,
            "ci_method": text_where(~np.isnan(value), "none"),
            "min_sample_ok": numbers(frame, "n") >= MIN_SAMPLE,
        },
    )
