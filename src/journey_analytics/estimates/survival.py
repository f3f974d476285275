"""Time until something happens, with those who are still waiting counted right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import ALPHA, numbers, refuse, text_where, with_columns
from journey_analytics.estimates.rounding import Floats

if TYPE_CHECKING:
    import pandas as pd


def survival(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the share that has not reached it after each time of a curve, with its 95 % interval: Kaplan-Meier.

    Kaplan, Meier 1958, JASA 53, 457-481; interval by Greenwood's variance on the log(-log) scale, as in Kalbfleisch,
    Prentice, The Statistical Analysis of Failure Time Data, 1.4. At one time those who reach it come before those who
    are seen no longer. Null where a number is missing; no interval where all or none are left.

    >>> import pandas as pd
    >>> times = pd.DataFrame({"curve": "a", "microseconds": [1, 2, 3], "reached": [1, 0, 1], "left_unreached": [0, 1, 1]})
    >>> survival(times)["unreached_share"].tolist()
    [0.75, 0.75, 0.375]
    """
    import pandas as pd

    time, reached, left = (numbers(frame, name) for name in ("microseconds", "reached", "left_unreached"))
    for column, values in {"microseconds": time, "reached": reached, "left_unreached": left}.items():
        refuse(values < 0, f"{column} is negative")
    refuse(reached + left == 0, "reached + left_unreached is 0, so nobody is there,")
    curve = pd.factorize(frame["curve"], use_na_sentinel=False)[0]
    known = np.flatnonzero(~np.isnan(time + reached + left))
    known = known[np.lexsort((time[known], curve[known]))]

    share, low, high = (np.full(time.size, np.nan) for _ in range(3))
    ends = np.flatnonzero(np.diff(curve[known])) + 1
    for rows in np.split(known, ends):  # the loop is over curves, not over times
        share[rows], low[rows], high[rows] = _kaplan_meier(time[rows], reached[rows], left[rows])
    return with_columns(
        frame,
        {
            "unreached_share": share,
            "unreached_ci_low": low,
            "unreached_ci_high": high,
            "curve_method": text_where(~np.isnan(share), "kaplan_meier"),
        },
    )


def _kaplan_meier(time: Floats, reached: Floats, left: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the curve and the bounds of its interval at times in order; equal times have equal values."""
    if not time.size:
        return time, time, time
    starts = np.flatnonzero(np.diff(time, prepend=-1))
    rows_of_a_time = np.diff(np.append(starts, time.size))
    reached, left = np.add.reduceat(reached, starts), np.add.reduceat(left, starts)
    gone = np.cumsum(reached + left)
    at_risk = gone[-1] - gone + reached + left
    after = at_risk - reached

    # a run ends where somebody is seen no longer; within it all but one of the factors (n - d) / n cancel, so that
    # without such people the share is one division, whatever the number of times
    opens = np.append(True, left[:-1] > 0)
    run, first = np.cumsum(opens) - 1, np.flatnonzero(opens)
    last = np.append(first[1:], opens.size) - 1
    shares_before = np.cumprod(np.append(1.0, after[last] / at_risk[first]))
    share = shares_before[run] * (after / at_risk[first][run])
    with np.errstate(divide="ignore", invalid="ignore"):
        # Greenwood's sum of d / (n (n - d)), which cancels in the same way
        sums_before = np.cumsum(np.append(0.0, 1 / after[last] - 1 / at_risk[first]))
        low, high = _bounds(share, sums_before[run] + (1 / after - 1 / at_risk[first][run]))
    return (
        np.repeat(share, rows_of_a_time),
        np.repeat(low, rows_of_a_time),
        np.repeat(high, rows_of_a_time),
    )


def _bounds(share: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of shares whose logarithms have these variances; NaN at 0 and 1, where there is no scale."""
    from scipy.stats import norm

    inside = (share > 0) & (share < 1)
    reach = np.exp(norm.ppf(1 - ALPHA / 2) * np.sqrt(np.maximum(variance, 0)) / np.abs(np.log(share)))
    low, high = np.where(inside, share**reach, np.nan), np.where(inside, share ** (1 / reach), np.nan)
    return np.minimum(low, share), np.maximum(high, share)
