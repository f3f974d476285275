"""Statistics in the middle of the graph: pure functions from a frame to the same frame with columns added.

A model names them in its front matter, `estimate: [compare_shares, false_discovery]`; its SELECT yields the columns
that they need. scipy and statsmodels are imported when a function first runs, not with this package.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from journey_analytics.errors import did_you_mean
from journey_analytics.estimates.differences import difference_in_differences
from journey_analytics.estimates.discovery import false_discovery
from journey_analytics.estimates.forecasts import auc_interval, brier_skill, lift_interval
from journey_analytics.estimates.frames import EstimateError
from journey_analytics.estimates.intervals import compare_intervals
from journey_analytics.estimates.logistic import FEATURE, predicted_share
from journey_analytics.estimates.means import (
    mean_interval,
    mean_interval_from_zero,
    positive_mean_interval,
    total,
    unit_count,
)
from journey_analytics.estimates.odds import odds_ratio
from journey_analytics.estimates.outliers import robust_outlier
from journey_analytics.estimates.ratios import sample_ratio
from journey_analytics.estimates.removal import removal_effect
from journey_analytics.estimates.rounding import round_significant
from journey_analytics.estimates.shares import (
    compare_shares,
    share_interval,
    share_interval_of_units,
    share_of_previous,
)
from journey_analytics.estimates.strata import stratified_difference
from journey_analytics.estimates.survival import survival
from journey_analytics.estimates.texts import number_texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ESTIMATES",
    "TABLE_SCOPE",
    "Estimate",
    "EstimateError",
    "apply_estimates",
    "column_faults",
    "round_significant",
]


@dataclass(frozen=True)
class Estimate:
    """A function that a model may name, and what a model must know about it before it runs."""

    name: str
    function: Callable[[pd.DataFrame], pd.DataFrame]
    version: int  # part of a model's hash: raise it when the same rows give another answer
    needs: tuple[str, ...]
    adds: Mapping[str, str]  # column -> SQL type
    scope: Literal["row", "table"] = "row"  # a table-scope one looks at other rows too: `rebuild_by: full`
    also_needs: str | None = None  # columns that begin so, one or more of them

    def columns_of(self, columns: Iterable[str]) -> list[str]:
        """Return which of a SELECT's columns it reads."""
        return [
            column
            for column in columns
            if column in self.needs or (self.also_needs is not None and column.startswith(self.also_needs))
        ]


_VALUE = {
    "value": "double",
    "ci_low": "double",
    "ci_high": "double",
    "ci_level": "double",
    "ci_method": "varchar",
}
_SAMPLE = {"min_sample_ok": "boolean"}
_DIFFERENCE = {
    "baseline_value": "double",
    "diff": "double",
    "diff_ci_low": "double",
    "diff_ci_high": "double",
    "p_value": "double",
    "test": "varchar",
}
_ODDS = {
    "odds_ratio": "double",
    "odds_ratio_ci_low": "double",
    "odds_ratio_ci_high": "double",
    "odds_ratio_method": "varchar",
    "phi": "double",
}

ESTIMATES: Mapping[str, Estimate] = MappingProxyType(
    {
        estimate.name: estimate
        for estimate in (
            Estimate("share_interval", share_interval, 1, ("numerator", "denominator"), _VALUE | _SAMPLE),
            Estimate(
                "share_interval_of_units",
                share_interval_of_units,
                1,
                ("numerator", "denominator", "n"),
                _VALUE | _SAMPLE,
            ),
            Estimate(
                "share_of_previous",
                share_of_previous,
                1,
                ("previous_numerator", "previous_denominator"),
                {
                    "share_of_previous": "double",
                    "previous_ci_low": "double",
                    "previous_ci_high": "double",
                    "previous_ci_method": "varchar",
                    "previous_min_sample_ok": "boolean",
                },
            ),
            Estimate("mean_interval", mean_interval, 2, ("n", "sum", "sum_sq"), _VALUE | _SAMPLE),
            Estimate("mean_interval_from_zero", mean_interval_from_zero, 2, ("n", "sum", "sum_sq"), _VALUE | _SAMPLE),
            Estimate("positive_mean_interval", positive_mean_interval, 3, ("n", "sum", "sum_sq"), _VALUE | _SAMPLE),
            Estimate("total", total, 1, ("n", "sum"), _VALUE | _SAMPLE),
            Estimate("unit_count", unit_count, 1, ("n",), _VALUE | _SAMPLE),
            Estimate(
                "compare_shares",
                compare_shares,
                1,
                ("x", "n", "baseline_x", "baseline_n"),
                _VALUE | _DIFFERENCE | _SAMPLE,
            ),
            Estimate("odds_ratio", odds_ratio, 1, ("x", "n", "baseline_x", "baseline_n"), _ODDS),
            Estimate(
                "difference_in_differences",
                difference_in_differences,
                1,
                tuple(
                    f"{side}{count}"
                    for side in ("", "baseline_", "control_", "control_baseline_")
                    for count in ("x", "n")
                ),
                dict.fromkeys(("did", "did_ci_low", "did_ci_high", "did_p_value"), "double"),
            ),
            Estimate(
                "false_discovery",
                false_discovery,
                1,
                ("p_value", "family", "is_tested"),
                {"q_value": "double"},
                scope="table",
            ),
            Estimate(
                "survival",
                survival,
                1,
                ("curve", "microseconds", "reached", "left_unreached"),
                {
                    "unreached_share": "double",
                    "unreached_ci_low": "double",
                    "unreached_ci_high": "double",
                    "curve_method": "varchar",
                },
                scope="table",
            ),
            Estimate(
                "removal_effect",
                removal_effect,
                1,
                ("from_state", "to_state", "transitions"),
                {"removal_share": "double"},
                scope="table",
            ),
            Estimate(
                "stratified_difference",
                stratified_difference,
                2,
                ("x", "n", "baseline_x", "baseline_n", "family"),
                dict.fromkeys(("adjusted_diff", "adjusted_ci_low", "adjusted_ci_high", "adjusted_p_value"), "double"),
                scope="table",
            ),
            Estimate(
                "compare_intervals",
                compare_intervals,
                1,
                tuple(f"{side}_{name}" for side in ("kpi", "before") for name in ("value", "ci_low", "ci_high")),
                dict.fromkeys(("value_diff", "value_diff_low", "value_diff_high", "value_p"), "double"),
            ),
            Estimate(
                "robust_outlier",
                robust_outlier,
                1,
                ("value", "expected", "spread", "freedom"),
                dict.fromkeys(("robust_z", "outlier_p_value", "expected_low", "expected_high"), "double"),
            ),
            Estimate(
                "sample_ratio",
                sample_ratio,
                1,
                ("deal", "units", "split_weight"),
                {"sample_ratio_p_value": "double"},
                scope="table",
            ),
            Estimate(
                "predicted_share",
                predicted_share,
                1,
                ("target", "unit_key", "is_training", "outcome"),
                {"score": "double", "driver": "varchar"},
                scope="table",
                also_needs=FEATURE,
            ),
            Estimate(
                "brier_skill",
                brier_skill,
                1,
                ("x", "n", "loss_hit_sum", "loss_miss_sum", "loss_sq_sum"),
                dict.fromkeys(("brier", "brier_base", "skill", "skill_ci_low", "skill_ci_high"), "double"),
            ),
            Estimate(
                "auc_interval",
                auc_interval,
                1,
                ("x", "n", "u_sum", "u_sq_sum", "v_sq_sum"),
                dict.fromkeys(("auc", "auc_ci_low", "auc_ci_high"), "double"),
            ),
            Estimate(
                "lift_interval",
                lift_interval,
                1,
                ("x", "n", "top_x", "top_n"),
                dict.fromkeys(("lift", "lift_ci_low", "lift_ci_high"), "double"),
            ),
            Estimate(
                "number_texts", number_texts, 2, ("number", "unit"), {"number_nl": "varchar", "number_en": "varchar"}
            ),
        )
    }
)

# those that look at other rows of the table too
TABLE_SCOPE = frozenset(name for name, estimate in ESTIMATES.items() if estimate.scope == "table")


def apply_estimates(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return the frame with the columns of each named estimate added, in that order; `frame` itself stays as it is.

    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"numerator": [0], "denominator": [0]})
    >>> apply_estimates(sessions, ["share_interval"])[["value", "min_sample_ok"]].values.tolist()
    [[nan, False]]

    Two that add the same column must agree on it; `min_sample_ok` is then true where both say so.

    Raises:
        EstimateError: an unknown name, a column that is missing or would be overwritten, or counts that cannot be.
    """
    result = frame
    names = [names] if isinstance(names, str) else list(names)
    for position, name in enumerate(names):
        if name not in ESTIMATES:
            raise EstimateError(
                f"Unknown estimate {name!r}. Allowed: {', '.join(sorted(ESTIMATES))}.{did_you_mean(name, ESTIMATES)}"
            )
        estimate = ESTIMATES[name]
        faults = _column_faults(estimate, frame.columns, result.columns, names[:position])
        if faults:
            raise EstimateError("\n".join(faults))
        before = result
        try:
            result = estimate.function(before)
        except EstimateError as error:
            raise EstimateError(f"{name}: {error}") from error
        for column in before.columns.intersection(list(estimate.adds)):
            if column == "min_sample_ok":
                result = result.assign(min_sample_ok=before[column] & result[column])
            elif not before[column].equals(result[column]):
                raise EstimateError(
                    f"{name}: gives another {column!r} than {' or '.join(names[:position])} before it. "
                    "One row has room for one estimate: keep one of them, or use two models."
                )
    return result


def column_faults(names: Sequence[str], columns: Collection[str]) -> list[str]:
    """Return a sentence for each column that estimates need and lack, and for each that they would overwrite.

    Args:
        names: estimates, in the order in which they are applied.
        columns: what the SELECT yields.

    >>> column_faults(["total"], ["n", "sums"])
    ["total: needs the column 'sum', which the SELECT does not yield. It yields n, sums. Did you mean 'sums'?"]
    """
    present, faults = dict.fromkeys(columns), []
    for position, name in enumerate(names):
        faults += _column_faults(ESTIMATES[name], columns, present, names[:position])
        present |= dict.fromkeys(ESTIMATES[name].adds)
    return faults


def _column_faults(
    estimate: Estimate, given: Collection[str], present: Collection[str], earlier: Sequence[str]
) -> list[str]:
    """Tell of what an estimate cannot read, and of what it would overwrite.

    Args:
        given: the columns of the SELECT.
        present: these, and those that earlier estimates have added.
    """
    faults = []
    # what the estimate reads as something else is no misspelling of what it lacks
    others = [str(column) for column in present if column not in estimate.needs]
    for column in estimate.needs:
        if column in present:
            continue
        makers = [name for name, other in ESTIMATES.items() if column in other.adds and name not in earlier]
        faults.append(
            f"{estimate.name}: needs the column {column!r}, which the SELECT does not yield. "
            f"It yields {', '.join(map(str, given))}.{did_you_mean(column, others)}"
            + (f" Or name {' or '.join(makers)} before it, which adds it." if makers else "")
        )
    if estimate.also_needs is not None and not any(column.startswith(estimate.also_needs) for column in given):
        faults.append(
            f"{estimate.name}: needs a column that begins with {estimate.also_needs!r}, and the SELECT yields none."
        )
    taken = [column for column in estimate.adds if column in given]
    if taken:
        faults.append(
            f"{estimate.name}: adds {', '.join(taken)}, which the SELECT yields already. Leave it out of the SELECT."
        )
    return faults
