"""Great Expectations over the small results: the check counts of a run and the tables that people read.

Rules over events run as SQL (see `checks`); here their counts are validated, and the published tables as frames. This is
the only module that imports great_expectations, which takes seconds: `preload` does it beside the loading of files.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from typing import Any

import pandas as pd

from journey_analytics.checks import CheckResult
from journey_analytics.definitions.model import Model

os.environ["GX_ANALYTICS_ENABLED"] = "false"

_ENUMS = (
    "baseline_kind", "cause_basis", "colour_code", "direction", "drop_kind", "evidence_level", "kind", "quadrant_proposed",
    "sentiment_basis", "state", "touchpoint_ownership", "trend_state",
)  # fmt: skip
_COUNTS = ("n", "x", "pending_n", "entered", "persons", "visits")


def _library() -> Any:
    import great_expectations as gx

    return gx


def preload() -> threading.Thread:
    """Start importing the library beside other work and return the thread."""
    thread = threading.Thread(target=_library, name="import great_expectations", daemon=True)
    thread.start()
    return thread


def validate(
    results: pd.DataFrame, tables: Mapping[str, tuple[Model, pd.DataFrame]], enums: Mapping[str, set[str]]
) -> list[CheckResult]:
    """Return what Great Expectations finds, in the form of any other check.

    Args:
        results: the counts of the SQL checks, as `checks.results_frame` gives them.
        tables: published table -> its model and its rows.
        enums: column -> the values that have a label.
    """
    gx = _library()
    # this one sets its own level when it is imported, and tells of each temporary folder
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = gx.data_context.types.base.ProgressBarsConfig(globally=False)
    # one for all tables: the library writes its whole configuration down each time that it is told of another
    whole = (
        context.data_sources.add_pandas("run").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("whole")
    )
    found = _validated(whole, "check_results", results, _counts_suite(gx))
    for name, (model, frame) in tables.items():
        found += _validated(whole, name, _with_rules_of_many(model, frame), _table_suite(gx, model, frame, enums))
    return found


def _with_rules_of_many(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what is asked of several columns as one column each: an expectation takes the library some
    20 ms however few the rows are, and a night hundreds of them."""
    return frame.assign(
        grain_is_told=frame[list(model.front.grain)].notna().all(axis=1),
        no_count_is_negative=~(frame[_counts(frame)] < 0).any(axis=1),
    )


def _counts(frame: pd.DataFrame) -> list[str]:
    return [column for column in _COUNTS if column in frame]


def _counts_suite(gx: Any) -> list[Any]:
    e = gx.expectations
    return [
        e.ExpectColumnValuesToNotBeNull(column="violations"),
        e.ExpectColumnValuesToBeBetween(column="violations", min_value=0),
        e.ExpectColumnValuesToBeInSet(column="severity", value_set=["fail", "warn"]),
    ]


def _table_suite(gx: Any, model: Model, frame: pd.DataFrame, enums: Mapping[str, set[str]]) -> list[Any]:
    e = gx.expectations
    suite = [
        e.ExpectColumnValuesToBeInSet(column=column, value_set=[True])
        for column in ("grain_is_told", "no_count_is_negative")
    ]
    if len(model.front.grain) > 1:
        suite.append(e.ExpectCompoundColumnsToBeUnique(column_list=list(model.front.grain)))
    else:
        suite.append(e.ExpectColumnValuesToBeUnique(column=model.front.grain[0]))
    for column in [str(c) for c in frame if str(c).endswith("_share") or str(c) == "share_of_visits"]:
        suite.append(e.ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=1))
    if {"value", "unit"} <= set(frame.columns):
        suite.append(
            e.ExpectColumnValuesToBeBetween(
                column="value",
                min_value=0,
                max_value=1,
                row_condition=gx.expectations.row_conditions.Column("unit") == "share",
            )
        )
    for column in _ENUMS:
        if column in frame and column in enums:
            suite.append(e.ExpectColumnValuesToBeInSet(column=column, value_set=sorted(enums[column])))
    return suite


def _validated(whole: Any, name: str, frame: pd.DataFrame, suite: list[Any]) -> list[CheckResult]:
    gx = _library()
    batch = whole.get_batch({"dataframe": frame})
    expected = gx.ExpectationSuite(name=name, expectations=suite)
    # how many rows break it takes as long again to tell, and is asked only where any does
    outcome = batch.validate(expected, result_format="BOOLEAN_ONLY")
    if not outcome.success:
        outcome = batch.validate(expected)
    found = []
    for result in outcome.results:
        config = result.expectation_config
        columns = config.kwargs.get("column") or "_and_".join(config.kwargs.get("column_list", []))
        broken = int((result.result or {}).get("unexpected_count") or 0)
        failed = 0 if result.success else max(broken, 1)
        why = "a published table breaks what its readers rely on"
        found.append(CheckResult(name, f"{config.type}_{columns}", "fail", failed, len(frame), why))
    return found
