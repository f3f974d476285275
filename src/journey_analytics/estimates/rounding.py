"""Significant digits: what an estimate is rounded to before it is stored, so that platforms agree.

The mathematical functions of two machines differ in the last of a double's 15 to 17 digits; 12 of them agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIGNIFICANT_DIGITS = 12

_LOWEST = -40  # exponent of the first of the powers below
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(_LOWEST, 61)])
_EXACT = 22  # 10**22 is the last power of ten that a double holds exactly


def round_significant(values: Floats, digits: int = SIGNIFICANT_DIGITS) -> Floats:
    """Return the doubles nearest to `values` written with so many significant digits.

    It keeps order (a <= b stays a <= b) and changes nothing the second time, so an interval still contains its point.
    NaN and infinity stay; minus zero becomes zero.

    >>> round_significant(np.array([1 / 3, 2 / 3e-20, 12345.6789, -0.0]), digits=4).tolist()
    [0.3333, 6.667e+19, 12350.0, 0.0]
    """
    rounded = np.asarray(values, dtype=np.float64) + 0.0  # a copy
    sizes = np.abs(rounded)
    some = np.flatnonzero(np.isfinite(rounded) & (rounded != 0))
    exponents = np.floor(np.log10(sizes[some])).astype(np.int64)
    by_factor = np.abs(digits - 1 - exponents) < _EXACT
    if by_factor.any():
        rows = some[by_factor]
        rounded[rows] = _rounded_by_factor(rounded[rows], sizes[rows], exponents[by_factor], digits)
    if not by_factor.all():  # far from 1, p-values mostly: powers of ten are inexact there, text is not
        rows = some[~by_factor]
        rounded[rows] = np.strings.mod(f"%.{digits - 1}e", rounded[rows]).astype(np.float64)
    return rounded


def _rounded_by_factor(values: Floats, sizes: Floats, exponents: NDArray[np.int64], digits: int) -> Floats:
    """Return `values` rounded by way of whole numbers and exact powers of ten: one rounding each way."""
    exponents = exponents + (sizes >= _POWERS[exponents + 1 - _LOWEST])  # log10 errs next to a power of ten
    exponents = exponents - (sizes < _POWERS[exponents - _LOWEST])
    places = digits - 1 - exponents
    factors = _POWERS[np.abs(places) - _LOWEST]
    rounded: Floats = np.where(places >= 0, np.rint(values * factors) / factors, np.rint(values / factors) * factors)
    return rounded
