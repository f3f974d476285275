"""Numbers as people read them, for the sentences that models make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import Texts, numbers, with_columns
from journey_analytics.wording import Language, measured

if TYPE_CHECKING:
    import pandas as pd


def number_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `number_nl` and `number_en`: `number` in its `unit` as people read it, null where it is null.

    >>> import pandas as pd
    >>> number_texts(pd.DataFrame({"number": [0.5], "unit": ["share"]}))[["number_nl", "number_en"]].values.tolist()
    [['50,0%', '50.0%']]
    """
    values = numbers(frame, "number")
    units = frame["unit"].astype(str)

    def texts(language: Language) -> Texts:
        told = [
            None if np.isnan(value) else measured(float(value), unit, language)
            for value, unit in zip(values, units, strict=True)
        ]
        return np.array(told, dtype=object)

    return with_columns(frame, {"number_nl": texts("nl"), "number_en": texts("en")})
