"""How far a value lies from what was to be expected of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import ALPHA, numbers, refuse, with_columns

if TYPE_CHECKING:
    import pandas as pd


def robust_outlier(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the distance of `value` from `expected` in units of `spread`, its two-sided p-value, and the 95 % bounds.

    The distance follows Student's t with `freedom` degrees of freedom, for the spread is an estimate too. Where nothing
    has any spread, nothing can be said of chance: all null.

    >>> import pandas as pd
    >>> row = pd.DataFrame({"value": [40.0], "expected": [60.0], "spread": [8.0], "freedom": [18.0]})
    >>> told = robust_outlier(row).iloc[0]
    >>> [round(float(told[name]), 4) for name in ("robust_z", "outlier_p_value", "expected_low", "expected_high")]
    [-2.5, 0.0223, 43.1926, 76.8074]
    """
    from scipy.stats import t

    value, expected, spread, freedom = (numbers(frame, name) for name in ("value", "expected", "spread", "freedom"))
    refuse(spread < 0, "spread is negative")
    refuse(freedom <= 0, "freedom is not above 0")
    spread = np.where(spread > 0, spread, np.nan)
    z = (value - expected) / spread
    reach = t.ppf(1 - ALPHA / 2, freedom) * spread
    return with_columns(
        frame,
        {
            "robust_z": z,
            "outlier_p_value": np.minimum(2 * t.sf(np.abs(z), freedom), 1),
            "expected_low": expected - reach,
            "expected_high": expected + reach,
        },
    )
