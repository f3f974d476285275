"""Shares and the difference of two shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import (
    ALPHA,
    CONFIDENCE,
    MIN_SAMPLE,
    Flags,
    numbers,
    refuse,
    text_where,
    with_columns,
)
from journey_analytics.estimates.rounding import Floats

if TYPE_CHECKING:
    import pandas as pd

MIN_EXPECTED = 5  # Cochran's rule: below it the score test's normal approximation is not trusted

_AS_LIKELY = 1 + 1e-7  # tables this close count as equally likely, as in R's fisher.test
_CELLS_AT_ONCE = 1_000_000


def share_interval(frame: pd.DataFrame) -> pd.DataFrame:
    """Add numerator / denominator and its 95 % interval; all null where nobody could have done it.

    Wilson's score interval: Wilson 1927, JASA 22, 209-212; recommended by Brown, Cai, DasGupta 2001,
    Statistical Science 16, 101-133.

    >>> import pandas as pd
    >>> row = share_interval(pd.DataFrame({"numerator": [310], "denominator": [500]})).iloc[0]
    >>> float(row["value"]), round(float(row["ci_low"]), 4), round(float(row["ci_high"]), 4)
    (0.62, 0.5767, 0.6615)
    """
    x, n = counts(frame, "numerator", "denominator")
    value, low, high = _wilson(x, n)
    known = ~np.isnan(value)
    return with_columns(
        frame,
        {
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "ci_level": np.where(known, CONFIDENCE, np.nan),
            "ci_method": text_where(known, "wilson"),
            "min_sample_ok": n >= MIN_SAMPLE,
        },
    )


def share_interval_of_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Add numerator / denominator and its 95 % interval where one unit may count several times, as a session its touches.

    Wilson's interval, as in `share_interval`, of as many draws as there are units at most (`n`): what one unit does again
    tells less than what another does. That is the widest that likeness within a unit of the usual size makes it; it is too
    wide where the things of a unit differ as much as those of different units.

    >>> import pandas as pd
    >>> row = share_interval_of_units(pd.DataFrame({"numerator": [310], "denominator": [500], "n": [100]})).iloc[0]
    >>> float(row["value"]), round(float(row["ci_low"]), 4), round(float(row["ci_high"]), 4)
    (0.62, 0.5221, 0.709)
    """
    x, whole = counts(frame, "numerator", "denominator")
    units = numbers(frame, "n")
    refuse(units < 0, "n is negative")
    draws = np.minimum(whole, units)
    value, low, high = _wilson(x * np.divide(draws, whole, out=np.ones(x.size), where=whole > 0), draws)
    # the share itself is of all that was counted, and rounding must not move it
    value = np.divide(x, whole, out=value, where=~np.isnan(value))
    known = ~np.isnan(value)
    return with_columns(
        frame,
        {
            "value": value,
            "ci_low": np.minimum(low, value),
            "ci_high": np.maximum(high, value),
            "ci_level": np.where(known, CONFIDENCE, np.nan),
            "ci_method": text_where(known, "wilson_units"),
            "min_sample_ok": draws >= MIN_SAMPLE,
        },
    )


def share_of_previous(frame: pd.DataFrame) -> pd.DataFrame:
    """Add previous_numerator / previous_denominator and its 95 % interval: of those who did the one thing, who went on.

    As `share_interval`, under names of its own, since a row has room for one `value`.

    >>> import pandas as pd
    >>> row = share_of_previous(pd.DataFrame({"previous_numerator": [218], "previous_denominator": [265]})).iloc[0]
    >>> [round(float(row[name]), 3) for name in ("share_of_previous", "previous_ci_low", "previous_ci_high")]
    [0.823, 0.772, 0.864]
    """
    x, n = counts(frame, "previous_numerator", "previous_denominator")
    value, low, high = _wilson(x, n)
    return with_columns(
        frame,
        {
            "share_of_previous": value,
            "previous_ci_low": low,
            "previous_ci_high": high,
            "previous_ci_method": text_where(~np.isnan(value), "wilson"),
            "previous_min_sample_ok": n >= MIN_SAMPLE,
        },
    )


def compare_shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Add x / n, baseline_x / baseline_n, their difference with its 95 % interval, and a two-sided test.

    Interval of the difference: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10 (from two Wilson
    intervals). Test: the score test with pooled variance (Pearson's chi-squared without correction); Fisher's exact
    test where an expected count is below 5, two-sided by the sum of all tables that are not more likely.

    >>> import pandas as pd
    >>> counts = pd.DataFrame({"x": [56], "n": [70], "baseline_x": [48], "baseline_n": [80]})
    >>> row = compare_shares(counts).iloc[0]
    >>> [round(float(row[name]), 4) for name in ("diff", "diff_ci_low", "diff_ci_high", "p_value")], row["test"]
    ([0.2, 0.0524, 0.3339, 0.008], 'score')
    """
    x, n = whole_counts(frame, "x", "n")
    baseline_x, baseline_n = whole_counts(frame, "baseline_x", "baseline_n")

    value, low, high = _wilson(x, n)
    baseline_value = _wilson(baseline_x, baseline_n)[0]
    known = ~np.isnan(value)
    both = known & ~np.isnan(baseline_value)

    four = (x[both], n[both], baseline_x[both], baseline_n[both])
    diff, diff_low, diff_high, p_value = (np.full(n.size, np.nan) for _ in range(4))
    diff[both], diff_low[both], diff_high[both] = newcombe_difference(*four)
    is_small = np.zeros(n.size, dtype=np.bool_)
    p_value[both], is_small[both] = _two_sided_test(*four)

    test = text_where(both, "score")
    test[is_small] = "fisher"
    return with_columns(
        frame,
        {
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "ci_level": np.where(known, CONFIDENCE, np.nan),
            "ci_method": text_where(known, "wilson"),
            "baseline_value": baseline_value,
            "diff": diff,
            "diff_ci_low": diff_low,
            "diff_ci_high": diff_high,
            "p_value": p_value,
            "test": test,
            "min_sample_ok": (n >= MIN_SAMPLE) & (baseline_n >= MIN_SAMPLE),
        },
    )


def counts(frame: pd.DataFrame, part: str, whole: str) -> tuple[Floats, Floats]:
    """Return two columns, the first of which counts some of the second; null where either is null."""
    x, n = numbers(frame, part), numbers(frame, whole)
    refuse(n < 0, f"{whole} is negative")
    refuse((x < 0) | (x > n), f"{part} is not between 0 and {whole}, so it is no share,")
    return x, n


def whole_counts(frame: pd.DataFrame, part: str, whole: str) -> tuple[Floats, Floats]:
    """Return two columns of whole numbers, the first of which counts some of the second; null where either is null.

    Raises:
        EstimateError: a fraction, less than nothing, or more than the whole.
    """
    x, n = counts(frame, part, whole)
    for column, values in {part: x, whole: n}.items():
        refuse((values != np.rint(values)) & ~np.isnan(values), f"{column} is not a whole number")
    return x, n


def _wilson(x: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the share and the bounds of its interval; NaN where n is 0 or a count is missing."""
    from statsmodels.stats.proportion import proportion_confint

    value, low, high = (np.full(n.size, np.nan) for _ in range(3))
    known = (n > 0) & ~np.isnan(x)
    some, whole = x[known], n[known]
    value[known] = some / whole
    low[known], high[known] = proportion_confint(some, whole, alpha=ALPHA, method="wilson")
    # exact at the ends, where the formula leaves 1e-18 instead of 0
    low = np.where(x == 0, 0 * value, np.minimum(low, value))
    high = np.where(x == n, value, np.maximum(high, value))
    return value, low, high


def newcombe_difference(x: Floats, n: Floats, baseline_x: Floats, baseline_n: Floats) -> tuple[Floats, Floats, Floats]:
    """Return x / n - baseline_x / baseline_n and the bounds of its 95 % interval (Newcombe 1998); all n above 0."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    # over the common denominator: the products are exact, the difference of two quotients is not
    diff = (x * baseline_n - baseline_x * n) / (n * baseline_n)
    low, high = confint_proportions_2indep(x, n, baseline_x, baseline_n, compare="diff", method="newcomb", alpha=ALPHA)
    return diff, np.clip(low, -1, diff), np.clip(high, diff, 1)


def _two_sided_test(x: Floats, n: Floats, baseline_x: Floats, baseline_n: Floats) -> tuple[Floats, Flags]:
    """Return the p-value of "the two shares are equal", and where it is Fisher's."""
    from scipy.stats import norm

    successes, total = x + baseline_x, n + baseline_n
    least_expected = np.minimum(n, baseline_n) * np.minimum(successes, total - successes) / total
    is_small = least_expected < MIN_EXPECTED

    p_value = np.empty(n.size)
    p_value[is_small] = fisher_p_value(x[is_small], n[is_small], baseline_x[is_small], baseline_n[is_small])
    x, n, baseline_x, baseline_n, successes, total = (
        counts[~is_small] for counts in (x, n, baseline_x, baseline_n, successes, total)
    )
    variance = successes * (total - successes) * n * baseline_n / total
    z = (x * baseline_n - baseline_x * n) / np.sqrt(variance)
    p_value[~is_small] = np.minimum(2 * norm.sf(np.abs(z)), 1)
    return p_value, is_small


def fisher_p_value(x: Floats, n: Floats, baseline_x: Floats, baseline_n: Floats) -> Floats:
    """Return Fisher's exact p-value, two-sided, many tables at a time.

    The hypergeometric probabilities are walked from the mode outwards by their ratios, so only multiplications are
    needed: `scipy.stats.hypergeom.pmf` costs 7 microseconds for each cell, this 0.03.
    """
    if not x.size:
        return np.empty(0)
    tables, where = np.unique(np.column_stack([x, n, baseline_x, baseline_n]), axis=0, return_inverse=True)
    x, n, baseline_x, baseline_n = tables.T
    successes, total = x + baseline_x, n + baseline_n
    mode = np.floor((n + 1) * (successes + 1) / (total + 2))
    above = np.minimum(n, successes) - mode
    below = mode - np.maximum(0, successes - baseline_n)
    width = above + below + 1

    p_value = np.empty(len(tables))
    by_width = np.argsort(-width, kind="stable")
    start = 0
    while start < by_width.size:  # a few rounds, each of many tables of about the same width
        rows = by_width[start : start + max(1, int(_CELLS_AT_ONCE / width[by_width[start]]))]
        p_value[rows] = _fisher_from_mode(
            x[rows, None],
            n[rows, None],
            successes[rows, None],
            baseline_n[rows, None],
            mode[rows, None],
            int(above[rows].max()),
            int(below[rows].max()),
        )
        start += rows.size
    return p_value[where.reshape(-1)]


def _fisher_from_mode(
    x: Floats, n: Floats, successes: Floats, baseline_n: Floats, mode: Floats, above: int, below: int
) -> Floats:
    """Return p-values of a block of tables; a row that ends before the block's width goes on with zeros."""
    up = mode + np.arange(above)
    up = (successes - up) * (n - up) / ((up + 1) * (baseline_n - successes + up + 1))  # P(k + 1) / P(k)
    up = np.concatenate([np.ones_like(mode), np.cumprod(up, axis=1)], axis=1)
    down = mode - np.arange(below)
    down = down * (baseline_n - successes + down) / ((successes - down + 1) * (n - down + 1))  # P(k - 1) / P(k)
    down = np.concatenate([np.zeros_like(mode), np.cumprod(down, axis=1)], axis=1)

    steps = (x - mode).astype(np.int64)
    from_mode = np.take_along_axis(up, np.maximum(steps, 0), axis=1)
    observed = np.where(steps >= 0, from_mode, np.take_along_axis(down, np.maximum(-steps, 0), axis=1))
    limit = observed * _AS_LIKELY
    extreme = _row_sums(np.where(up <= limit, up, 0)) + _row_sums(np.where(down <= limit, down, 0))
    p_value: Floats = np.minimum(extreme / (_row_sums(up) + _row_sums(down)), 1)
    return p_value


def _row_sums(weights: Floats) -> Floats:
    """Return the sum of each row, from left to right.

    `sum` adds in pairs, so that the zeros at the end of a row, which depend on the other rows, change the last digit.
    """
    sums: Floats = np.cumsum(weights, axis=1)[:, -1]
    return sums
