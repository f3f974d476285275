"""The difference of two numbers of which each has an interval of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import ALPHA, numbers, refuse, with_columns
from journey_analytics.estimates.rounding import Floats

if TYPE_CHECKING:
    import pandas as pd


def compare_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Add kpi_value - before_value, its 95 % interval and a two-sided p-value, from the 95 % intervals of the two.

    Interval: MOVER, the square-and-add rule of Zou and Donner 2008, Statistics in Medicine 27, 1693-1702; of two Wilson
    intervals that is Newcombe's. The p-value is that of the normal distribution whose spread is the arm of the interval
    that points to 0, so that it is below 0.05 exactly where the interval leaves 0 out. Null where a side has no interval.

    >>> import pandas as pd
    >>> row = {"kpi_value": [30.0], "kpi_ci_low": [27.0], "kpi_ci_high": [33.0]}
    >>> row |= {"before_value": [24.0], "before_ci_low": [20.0], "before_ci_high": [28.0]}
    >>> told = compare_intervals(pd.DataFrame(row)).iloc[0]
    >>> [round(float(told[name]), 4) for name in ("value_diff", "value_diff_low", "value_diff_high", "value_p")]
    [6.0, 1.0, 11.0, 0.0187]
    """
    from scipy.stats import norm

    value, low, high = _bounds(frame, "kpi")
    before, before_low, before_high = _bounds(frame, "before")
    diff = value - before
    down = np.hypot(value - low, before_high - before)
    up = np.hypot(high - value, before - before_low)
    arm = np.where(diff > 0, down, up)
    with np.errstate(divide="ignore", invalid="ignore"):
        # two numbers without any spread: nothing can be said of chance
        z = np.where(arm > 0, np.abs(diff) / arm, np.nan) * norm.ppf(1 - ALPHA / 2)
    return with_columns(
        frame,
        {
            "value_diff": np.where(np.isnan(down), np.nan, diff),
            "value_diff_low": diff - down,
            "value_diff_high": diff + up,
            "value_p": np.minimum(2 * norm.sf(z), 1),
        },
    )


def _bounds(frame: pd.DataFrame, side: str) -> tuple[Floats, Floats, Floats]:
    """Return a number and the ends of its interval; NaN in all three where one is null."""
    value, low, high = (numbers(frame, f"{side}_{name}") for name in ("value", "ci_low", "ci_high"))
    refuse((low > value) | (value > high), f"{side}_value lies outside its interval")
    unknown = np.isnan(value) | np.isnan(low) | np.isnan(high)
    return np.where(unknown, np.nan, value), np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
