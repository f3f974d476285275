"""Words of a closed list in published tables: one that no label knows stops the night."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from journey_analytics import expectations, pipeline
from journey_analytics.definitions.front_matter import FrontMatter
from journey_analytics.definitions.model import Model
from journey_analytics.errors import CheckFailed
from tests.conftest import ROOT
from tests.histories import SETTINGS, History

NO_COUNTS = pd.DataFrame({"violations": [0], "severity": ["fail"]})


def labels() -> dict[str, set[str]]:
    """Return the words of each list that the project labels."""
    found: dict[str, set[str]] = {}
    with (ROOT / "sql" / "reference" / "dim_labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["enum"], set()).add(row["enum_value"])
    return found


def table(words: dict[str, str | None]) -> dict[str, tuple[Model, pd.DataFrame]]:
    """Return a published table of one row."""
    front = FrontMatter(description="One row per finding.", grain=("finding",), owner="marketing-analytics")
    model = Model("pub_findings", "publish", Path("pub_findings.sql"), front, "select 1 as finding")
    return {"pub_findings": (model, pd.DataFrame([{"finding": 1, **words}]))}


def test_each_list_that_is_checked_has_labels_and_words_with_a_label_or_none_pass() -> None:
    known = labels()
    assert [name for name in expectations._ENUMS if name not in known] == []
    for chosen in (min, max, lambda _: None):
        words = {name: chosen(known[name]) for name in expectations._ENUMS}
        assert [r for r in expectations.validate(NO_COUNTS, table(words), known) if r.is_broken] == []


def test_a_word_without_a_label_is_broken_in_every_list() -> None:
    known = labels()
    wrong = {name: min(known[name]) + "t" for name in expectations._ENUMS}
    found = [r for r in expectations.validate(NO_COUNTS, table(wrong), known) if r.is_broken]
    assert {r.check_name.rpartition("in_set_")[2] for r in found} == set(expectations._ENUMS)
    assert {(r.model, r.severity, r.violations) for r in found} == {("pub_findings", "fail", 1)}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"finding": None}, "grain_is_told"),
        ({"n": -1}, "no_count_is_negative"),
        ({"n": 3, "pending_n": -1}, "no_count_is_negative"),
    ],
)
def test_a_row_without_its_key_and_a_negative_count_are_broken(row: dict[str, int | None], says: str) -> None:
    (name, (model, frame)) = next(iter(table({"state": None}).items()))
    rows = pd.concat([frame, frame.assign(finding=2).assign(**row)], ignore_index=True)
    found = [r for r in expectations.validate(NO_COUNTS, {name: (model, rows)}, {}) if r.is_broken]
    assert [(r.check_name.rpartition("in_set_")[2], r.violations) for r in found] == [(says, 1)]


def test_a_misspelt_word_of_a_detector_stops_the_night_and_publishes_nothing(tmp_path: Path) -> None:
    History(4, tmp_path)
    (tmp_path / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    night = pipeline.plan_night(tmp_path / "journey.yml", database=tmp_path / "w.duckdb", out=tmp_path / "out")
    model = night.project.models["frc_touchpoint_drop_off"]
    assert model.sql.count("'rest' as baseline_kind") == 1
    wrong = replace(model, sql=model.sql.replace("'rest' as", "'rset' as"))
    models = {**night.project.models, model.name: wrong}
    with pytest.raises(CheckFailed, match=r"pub_friction_annotations: .* in set baseline kind"):
        pipeline.run_night(replace(night, project=replace(night.project, models=models)))
    assert not (tmp_path / "out" / "current").exists()
