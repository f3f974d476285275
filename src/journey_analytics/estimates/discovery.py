"""Many tests at once: how many of the findings are false."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import flags, numbers, refuse, with_columns

if TYPE_CHECKING:
    import pandas as pd


def false_discovery(frame: pd.DataFrame) -> pd.DataFrame:
    """Add q_value: the share of false findings to expect among the family's findings at or below this p-value.

    Benjamini, Hochberg 1995, Journal of the Royal Statistical Society B 57, 289-300, within each family, over its rows
    that are tested and have a p-value; null elsewhere. Rows whose family is null are one family.

    >>> import pandas as pd
    >>> is_tested = [True, True, True, False]
    >>> tests = pd.DataFrame({"p_value": [0.01, 0.04, 0.03, 0.5], "family": "aida", "is_tested": is_tested})
    >>> false_discovery(tests)["q_value"].tolist()
    [0.03, 0.04, 0.04, nan]
    """
    import pandas as pd
    from scipy.stats import false_discovery_control

    p_value = numbers(frame, "p_value")
    refuse((p_value < 0) | (p_value > 1), "p_value is not between 0 and 1")
    tested = np.flatnonzero(flags(frame, "is_tested") & ~np.isnan(p_value))
    family = pd.factorize(frame["family"].iloc[tested], use_na_sentinel=False)[0]

    # families of one size are the rows of one matrix: the loop is over sizes, not over families
    size = np.bincount(family)[family] if family.size else family
    by_family = np.lexsort((family, size))
    tested, size = tested[by_family], size[by_family]
    q_value = np.full(p_value.size, np.nan)
    for width in np.unique(size):
        rows = tested[size == width].reshape(-1, width)
        q_value[rows] = false_discovery_control(p_value[rows], axis=1, method="bh")
    return with_columns(frame, {"q_value": q_value})
