"""Whether units were dealt out as they were to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import numbers, refuse, with_columns
from journey_analytics.estimates.shares import MIN_EXPECTED

if TYPE_CHECKING:
    import pandas as pd


def sample_ratio(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `sample_ratio_p_value`: how likely chance deals out `units` over the rows of a `deal` as far from their
    `split_weight` as this.

    Pearson's chi-squared test of goodness of fit. Null where some row was to have fewer than 5 (Cochran's rule), where no
    unit was dealt out, and where a deal has one row only.

    >>> import pandas as pd
    >>> dealt = pd.DataFrame({"deal": ["a", "a"], "units": [500, 600], "split_weight": [1, 1]})
    >>> [round(p, 5) for p in sample_ratio(dealt)["sample_ratio_p_value"]]
    [0.00257, 0.00257]
    """
    import pandas as pd
    from scipy.stats import chi2

    units, weight = numbers(frame, "units"), numbers(frame, "split_weight")
    refuse(~(units >= 0), "units is negative or null")
    refuse(~(weight > 0), "split_weight is not above 0")
    deal, deals = pd.factorize(frame["deal"], use_na_sentinel=False)
    rows = np.bincount(deal, minlength=len(deals))
    dealt = np.bincount(deal, units, minlength=len(deals))
    expected = dealt[deal] * weight / np.bincount(deal, weight, minlength=len(deals))[deal]
    least = np.full(len(deals), np.inf)
    np.minimum.at(least, deal, expected)

    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.bincount(deal, (units - expected) ** 2 / expected, minlength=len(deals))
    known = (rows > 1) & (least >= MIN_EXPECTED)
    p_value = np.full(len(deals), np.nan)
    p_value[known] = chi2.sf(distance[known], rows[known] - 1)
    return with_columns(frame, {"sample_ratio_p_value": p_value[deal]})
