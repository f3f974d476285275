"""Checks declared in front matter, run as SQL: one pass over each table, one count of broken rows per rule."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from journey_analytics.definitions.front_matter import Check
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.errors import DefinitionError
from journey_analytics.warehouse import EngineError, Warehouse, quoted


@dataclass(frozen=True)
class CheckResult:
    """How many rows of a table break a rule."""

    model: str
    check_name: str
    severity: str
    violations: int
    rows: int
    why: str

    @property
    def is_broken(self) -> bool:
        """At least one row breaks the rule."""
        return self.violations > 0

    def sentence(self) -> str:
        """Return the result in words."""
        rule = self.check_name.replace("_", " ")
        return f"{self.model}: {self.violations:,} of {self.rows:,} rows break the rule “{rule}” ({self.why})."


def run_checks(project: Project, warehouse: Warehouse) -> list[CheckResult]:
    """Return the result of every check of every stored model: its own rules, and that its grain is unique."""
    return [
        result
        for name in project.order
        if not project.models[name].is_view
        for result in check_model(project.models[name], warehouse)
    ]


def check_model(model: Model, warehouse: Warehouse) -> list[CheckResult]:
    """Return the results of one model's checks.

    Raises:
        DefinitionError: a rule that the engine cannot read.
    """
    grain = ", ".join(map(quoted, model.front.grain))
    rules = [f"count(*) filter (where not ({check.sql}))" for check in model.front.checks]
    counts = ", ".join(["count(*)", f"count(distinct ({grain}))", *rules])
    try:
        rows, distinct, *broken = warehouse.rows(f"select {counts} from {quoted(model.name)}")[0]
    except EngineError as error:
        raise DefinitionError(f"{model.path}: a check cannot be run: {error}") from error
    unique = Check(
        name=f"one_row_per_{'_and_'.join(model.front.grain)}",
        sql="true",
        severity="fail",
        why="the grain is not unique",
    )
    results = [CheckResult(model.name, unique.name, unique.severity, rows - distinct, rows, unique.why)]
    for check, violations in zip(model.front.checks, broken, strict=True):
        results.append(CheckResult(model.name, check.name, check.severity, violations, rows, check.why))
    return results


def results_frame(results: list[CheckResult]) -> pd.DataFrame:
    """Return the results as a frame, one row per model and check."""
    columns = ["model", "check_name", "severity", "violations", "rows", "why"]
    return pd.DataFrame([asdict(result) for result in results], columns=columns)
