"""A large model is made slice by slice of its keys, and ends in the rows that it has when it is made in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics import night_build, pipeline
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise import slices
from journey_analytics.verify import verify
from journey_analytics.warehouse import Warehouse
from tests.histories import History
from tests.test_increments import run, tiny

__all__ = ["tiny"]


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many SELECTs each model is made of, where twenty rows are many."""
    parts_of: dict[str, int] = {}
    write = night_build.write_in_parts

    def noted(model: Model, warehouse: Warehouse, target: str, parts: Sequence[str]) -> None:
        parts_of[model.name] = len(parts)
        write(model, warehouse, target, parts)

    monkeypatch.setattr(slices, "ROWS_A_SLICE", 20)
    monkeypatch.setattr(night_build, "write_in_parts", noted)
    return parts_of


def test_what_is_made_in_slices_equals_what_is_made_whole_then_and_after_nights_of_changes(
    tiny: pipeline.Night, made_of: dict[str, int], tmp_path: Path
) -> None:
    history = History(77, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        # by person, by date, by session and by a bridge from browsers to persons; with views and without
        sliced = {
            "fct_events",
            "fct_sessions",
            "fct_touches",
            "int_touch_runs",
            "int_visit_touchpoints",
            "fct_phase_visits",
        }
        assert {name for name in sliced if made_of[name] > 1} == sliced
        # estimates look at all rows, and who counts persons by date reads dates that lead to several periods
        assert made_of["kpi_reach_by_period"] == made_of["fct_frictions"] == 1
    assert verify(night.project, tmp_path / "nightly.duckdb") == []
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        for change in (history._new_daily, history._late_rows, history._late_user):
            change()
            history._write()
            run(night, warehouse)
    assert verify(night.project, tmp_path / "nightly.duckdb") == []


def test_a_definition_that_has_changed_is_made_anew_in_slices_and_only_its_difference_is_written(
    tiny: pipeline.Night, made_of: dict[str, int], tmp_path: Path
) -> None:
    night = replace(tiny, patterns=History(78, tmp_path).patterns)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        made_of.clear()
        model = night.project.models["fct_phase_visits"]
        told = replace(model, sql=f"{model.sql}\n-- the same rows, told anew")
        models = {**night.project.models, "fct_phase_visits": told}
        taken = run(replace(night, project=replace(night.project, models=models)), warehouse)
    assert made_of["fct_phase_visits"] > 1
    assert (taken["fct_phase_visits"].how, taken["fct_phase_visits"].rows_gone) == ("full", 0)
    assert taken["fct_phase_visits"].rows_came == 0
