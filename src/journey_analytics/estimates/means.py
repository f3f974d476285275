"""Means from sums, and numbers that are complete and so need no interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import (
    ALPHA,
    CONFIDENCE,
    MIN_SAMPLE,
    Flags,
    Texts,
    numbers,
    refuse,
    text_where,
    with_columns,
)
from journey_analytics.estimates.rounding import Floats

if TYPE_CHECKING:
    import pandas as pd

_NOISE = 4 * np.finfo(np.float64).eps
_SAYS_NOTHING = 20  # an interval of times from a twentieth of the mean to twenty times the mean


def mean_interval(frame: pd.DataFrame) -> pd.DataFrame:
    """Add sum / n and its 95 % interval; no interval for one unit or for equal ones, nothing for none.

    Student's t interval, mean ± t(n - 1) · s / √n with s² = (sum_sq - sum² / n) / (n - 1), as in any textbook
    (DeGroot, Schervish, Probability and Statistics, 8.5). Units that are all equal say nothing of how far others would lie
    from them: the interval would be the mean itself, and look like certainty.

    >>> import pandas as pd
    >>> row = mean_interval(pd.DataFrame({"n": [3], "sum": [6], "sum_sq": [14]})).iloc[0]
    >>> float(row["value"]), round(float(row["ci_low"]), 4), round(float(row["ci_high"]), 4)
    (2.0, -0.4841, 4.4841)
    """
    value, half_width, many = _means(frame)
    return with_columns(frame, _interval(frame, value, value - half_width, value + half_width, many, "t"))


def mean_interval_from_zero(frame: pd.DataFrame) -> pd.DataFrame:
    """Add sum / n of amounts or counts and its 95 % interval, cut off at zero; no interval for one unit.

    As `mean_interval`. What lies below zero is no mean that such values can have, so the part that is left holds the true
    one just as often. Where the mean itself is negative, because an amount was told as negative, nothing is cut.

    >>> import pandas as pd
    >>> row = mean_interval_from_zero(pd.DataFrame({"n": [3], "sum": [6], "sum_sq": [14]})).iloc[0]
    >>> float(row["value"]), round(float(row["ci_low"]), 4), round(float(row["ci_high"]), 4)
    (2.0, 0.0, 4.4841)
    """
    value, half_width, many = _means(frame)
    low = np.where(value < 0, value - half_width, np.maximum(value - half_width, 0))
    return with_columns(frame, _interval(frame, value, low, value + half_width, many, "t_from_zero"))


def positive_mean_interval(frame: pd.DataFrame) -> pd.DataFrame:
    """Add sum / n of what is never negative, such as a time, and its 95 % interval, which is not negative either.

    Student's t interval of the logarithm of the mean by the delta method: the mean divided and multiplied by
    exp(t(n - 1) · s / √n / mean). Times are skewed, and mean ± t · s / √n would reach below zero. Where that factor is 20 or
    more, as of two times that are far apart, nothing is known of the mean, and there is no interval.

    >>> import pandas as pd
    >>> row = positive_mean_interval(pd.DataFrame({"n": [3], "sum": [6], "sum_sq": [14]})).iloc[0]
    >>> float(row["value"]), round(float(row["ci_low"]), 4), round(float(row["ci_high"]), 4)
    (2.0, 0.5776, 6.9255)
    """
    refuse(numbers(frame, "sum") < 0, "sum is negative, and this interval is for values that are not")
    value, half_width, many = _means(frame)
    factor = np.exp(np.divide(half_width, value, out=np.zeros(value.size), where=many & (value > 0)))
    told = many & (factor < _SAYS_NOTHING)
    return with_columns(frame, _interval(frame, value, value / factor, value * factor, told, "t_log"))


def _means(frame: pd.DataFrame) -> tuple[Floats, Floats, Flags]:
    """Return mean, t(n - 1) · s / √n, and where there is one: for two units that differ, or more. NaN where there is none."""
    from scipy.stats import t

    n, sums, squares = numbers(frame, "n"), numbers(frame, "sum"), numbers(frame, "sum_sq")
    refuse(n < 0, "n is negative")
    value, half_width = (np.full(n.size, np.nan) for _ in range(2))
    some = n > 0
    value[some] = sums[some] / n[some]

    many = (n >= 2) & ~np.isnan(value) & ~np.isnan(squares)
    size = n[many]
    # what is left of two nearly equal sums is noise, and may be negative: equal values have no spread
    spread = squares[many] - value[many] * sums[many]
    spread = np.where(spread <= _NOISE * squares[many], np.nan, spread)
    half_width[many] = t.ppf(1 - ALPHA / 2, size - 1) * np.sqrt(spread / (size - 1) / size)
    return value, half_width, ~np.isnan(half_width)


def _interval(
    frame: pd.DataFrame, value: Floats, low: Floats, high: Floats, many: Flags, method: str
) -> dict[str, Floats | Flags | Texts]:
    return {
        "value": value,
        "ci_low": np.where(many, low, np.nan),
        "ci_high": np.where(many, high, np.nan),
        "ci_level": np.where(many, CONFIDENCE, np.nan),
        "ci_method": text_where(many, method),
        "min_sample_ok": numbers(frame, "n") >= MIN_SAMPLE,
    }


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
