"""Columns in, columns out: what every estimate shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from journey_analytics.errors import JourneyError
from journey_analytics.estimates.rounding import Floats, round_significant

if TYPE_CHECKING:
    import pandas as pd

Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]

CONFIDENCE = 0.95
ALPHA = 0.05  # written out: 1 - 0.95 is not 0.05 in doubles
MIN_SAMPLE = 30  # below it: grey, no verdict


class EstimateError(JourneyError):
    """An estimate that cannot be made from the columns it was given."""

    exit_code = 3


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as doubles, NaN where it is null; whole numbers, Decimals, nullable and Arrow types are fine.

    Raises:
        EstimateError: text, or a number that is not finite.
    """
    series = frame[column]
    if str(series.dtype) in ("str", "string") and series.notna().any():
        raise EstimateError(f"column {column!r} holds text, numbers are needed. Cast it in the SELECT.")
    try:
        # a copy, always: object columns are filled in place otherwise
        values = series.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    except (TypeError, ValueError) as error:
        raise EstimateError(f"column {column!r} is no number: {error}. Cast it in the SELECT.") from error
    refuse(np.isinf(values), f"column {column!r} is infinite")
    return values


def flags(frame: pd.DataFrame, column: str) -> Flags:
    """Return a column as yes or no; null is no."""
    yes: Flags = np.nan_to_num(numbers(frame, column)) != 0
    return yes


def refuse(wrong: Flags, what: str) -> None:
    """Raise an EstimateError that says in how many rows, and in which first, `what` is the case."""
    if wrong.any():
        raise EstimateError(
            f"{what} in {int(wrong.sum())} of {wrong.size} rows, first in row {int(wrong.argmax())} (counted from 0)."
        )


def text_where(condition: Flags, text: str) -> Texts:
    """Return `text` where the condition holds, else None."""
    texts: Texts = np.full(condition.size, None, dtype=object)
    texts[condition] = text
    return texts


def with_columns(frame: pd.DataFrame, columns: Mapping[str, Floats | Flags | Texts]) -> pd.DataFrame:
    """Return the frame with columns added: doubles rounded, text as pandas `str`, flags as bool.

    `str` and not `object`: an engine that reads the frame must see text also where every value is null.
    """
    import pandas as pd

    added: dict[str, Any] = {}
    for name, values in columns.items():
        if values.dtype == np.float64:
            added[name] = round_significant(values.astype(np.float64))
        elif values.dtype == np.bool_:
            added[name] = values
        else:
            added[name] = pd.array(values, dtype="str")
    return frame.assign(**added)
