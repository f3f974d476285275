"""How likely each is to do something, learnt from others of whom it is known: a plain logistic regression.

The only module that imports scikit-learn, an optional extra, and only where there are rows to learn from.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import MIN_SAMPLE, Flags, Texts, flags, numbers, refuse, with_columns
from journey_analytics.estimates.rounding import Floats, round_significant

if TYPE_CHECKING:
    import pandas as pd

FEATURE = "feature_"
# what it takes beside the house's own libraries: its name to import, and that of the optional extra
LIBRARY, EXTRA = "sklearn", "predict"

# the penalty, set on the sample shop, whose 72 buyers the library's default fitted too closely: as if it were known that one
# standard deviation of a feature seldom changes the odds by more than a factor e. A hundred buyers do not teach fifteen
# weights; with thousands it no longer counts
_PENALTY = 0.5**2
_SCORE_DECIMALS = 6  # few enough to be summed exactly as decimals
_WEIGHT_DIGITS = 9  # the solver stops within 1e-8 of the one best fit: what is left is the same on every machine
_LEAST_DRIVER = float(np.log(1.1))  # raises the odds by a tenth at least


def is_installed() -> bool:
    """Return whether the optional extra is there; nothing is imported."""
    return importlib.util.find_spec(LIBRARY) is not None


def predicted_share(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `score`, how likely the outcome is (0 to 1), and `driver`, the feature that raises it most.

    Rows of one `target` are one forecast: it learns from those with `is_training`, whose `outcome` (0 or 1) is known, and
    scores all of them. A logistic regression without weights of classes, so that the scores are shares as they are, and with
    a light penalty. Numbers go in as log(1 + x), texts as one column per value that 30 rows to learn from have; all are
    standardised by the rows to learn from. Null in both where fewer than 30 of these had the outcome, or had it not.

    `driver` is `<feature>_high`, `<feature>_low` (above or below what is usual) or `<feature>=<value>`; null where nothing
    raises the odds by a tenth. Only a feature that points the same way on its own is one: a weight that corrects another
    feature would read as nonsense.

    The same rows give the same scores, in whatever order they come and on however many threads.

    Raises:
        EstimateError: a feature that is null or negative, or an outcome that is missing where it is learnt from.
    """
    learns, outcome = flags(frame, "is_training"), numbers(frame, "outcome")
    refuse(~np.isnan(outcome) & (outcome != 0) & (outcome != 1), "outcome is neither 0 nor 1")
    refuse(learns & np.isnan(outcome), "is_training without an outcome")
    features = [str(column) for column in frame.columns if str(column).startswith(FEATURE)]
    targets, keys = (frame[column].astype(str).to_numpy(dtype=object) for column in ("target", "unit_key"))

    score: Floats = np.full(len(frame), np.nan)
    driver: Texts = np.full(len(frame), None, dtype=object)
    for target in sorted(set(targets)):
        rows = np.flatnonzero(targets == target)
        rows = rows[np.argsort(keys[rows].astype(str), kind="stable")]
        had_it = outcome[rows][learns[rows]]
        if min(had_it.sum(), had_it.size - had_it.sum()) >= MIN_SAMPLE:
            columns = list(_design(frame.iloc[rows][features], learns[rows]))
            fit = _fitted(columns, learns[rows], had_it)
            score[rows], driver[rows] = _scored(columns, fit, _ways(columns, learns[rows], had_it))
    return with_columns(frame, {"score": score, "driver": driver})


@dataclass(frozen=True)
class _Column:
    """A column of the design: standardised values, what it is called, and whether it says that a text has one value."""

    name: str
    values: Floats
    holds: Flags | None = None


def _design(frame: pd.DataFrame, learns: Flags) -> Iterator[_Column]:
    """Yield the columns that are learnt from; a column that is the same for all rows to learn from teaches nothing."""
    for feature in frame.columns:
        name = str(feature).removeprefix(FEATURE)
        if str(frame[feature].dtype) in ("str", "string", "object"):
            texts = frame[feature].astype(str).to_numpy(dtype=object)
            values, counts = np.unique(texts[learns].astype(str), return_counts=True)
            for value in values[counts >= MIN_SAMPLE]:
                holds: Flags = np.asarray(texts == value, dtype=np.bool_)
                standard = _standardised(holds.astype(np.float64), learns)
                if standard is not None:
                    yield _Column(f"{name}={value}", standard, holds)
            continue
        amounts = numbers(frame, str(feature))
        refuse(np.isnan(amounts) | (amounts < 0), f"{feature} is null or negative")
        standard = _standardised(np.log1p(amounts), learns)
        if standard is not None:
            yield _Column(name, standard)


def _standardised(values: Floats, learns: Flags) -> Floats | None:
    known = values[learns]
    spread = float(known.std())
    if spread < 1e-12:
        return None
    standard: Floats = (values - known.mean()) / spread
    return standard


def _fitted(columns: list[_Column], learns: Flags, had_it: Floats) -> tuple[float, Floats]:
    """Return the intercept and the weight of each column."""
    share = float(had_it.mean())
    if not columns:
        return float(np.log(share / (1 - share))), np.empty(0)
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    known = np.column_stack([column.values[learns] for column in columns])
    # one thread: the sums of several depend on how many there are
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=_PENALTY, solver="newton-cholesky", tol=1e-8, max_iter=100).fit(known, had_it)
    weights = round_significant(np.append(model.intercept_, model.coef_[0]), _WEIGHT_DIGITS)
    return float(weights[0]), weights[1:]


def _ways(columns: list[_Column], learns: Flags, had_it: Floats) -> Floats:
    """Return of each column, on its own, whether more of it goes with the outcome (1) or with none (-1)."""
    centred = had_it - had_it.mean()
    return np.array([np.sign(round(float((column.values[learns] * centred).sum()), 6)) for column in columns])


def _scored(columns: list[_Column], fit: tuple[float, Floats], ways: Floats) -> tuple[Floats, Texts]:
    """Return the score of each row and what raises it most."""
    from scipy.special import expit

    intercept, weights = fit
    size = columns[0].values.size if columns else 1
    odds: Floats = np.full(size, intercept)
    most: Floats = np.full(size, _LEAST_DRIVER)
    driver: Texts = np.full(size, None, dtype=object)
    # column by column, from left to right: a product of matrices adds in an order of its own
    for column, weight, way in zip(columns, weights, ways, strict=True):
        raises: Floats = weight * column.values
        odds = odds + raises
        if weight * way <= 0:
            continue
        counts = raises > most if column.holds is None else (raises > most) & column.holds
        most = np.where(counts, raises, most)
        driver[counts] = column.name if column.holds is not None else f"{column.name}_{'high' if weight > 0 else 'low'}"
    return np.round(expit(odds), _SCORE_DECIMALS), driver
