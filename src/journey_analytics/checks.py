"""Checks declared in front matter, run as SQL: one count of broken rows per rule.

A night looks at the rows that have changed; the counts over all rows follow from those of the last night, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from journey_analytics.definitions.front_matter import Check
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.errors import DefinitionError
from journey_analytics.increments import Change
from journey_analytics.warehouse import EngineError, Warehouse, quoted

_KEPT = "kept_checks"
_SHOWN = 3


@dataclass(frozen=True)
class CheckResult:
    """How many rows of a table break a rule, and where the rule names columns, which ones."""

    model: str
    check_name: str
    severity: str
    violations: int
    rows: int
    why: str
    examples: str = ""

    @property
    def is_broken(self) -> bool:
        """At least one row breaks the rule."""
        return self.violations > 0

    def sentence(self) -> str:
        """Return the result in words."""
        rule = self.check_name.replace("_", " ")
        examples = f" Among them: {self.examples}." if self.examples else ""
        return (
            f"{self.model}: {self.violations:,} of {self.rows:,} rows break the rule “{rule}” ({self.why}).{examples}"
        )


def run_checks(
    project: Project, warehouse: Warehouse, changes: Mapping[str, Change] | None = None
) -> list[CheckResult]:
    """Return the result of every check of every stored model: its own rules, and that its grain is unique.

    Args:
        changes: what became of each table in this run; tables that are not among them stand as they stood. Without it
            every row is looked at. With it only the rows that are gone or came are: the counts of the others are those
            of the last run.

    Raises:
        DefinitionError: a rule that the engine cannot read.
    """
    warehouse.run(f"create table if not exists {_KEPT} (model varchar, rule varchar, violations bigint)")
    kept: dict[str, dict[str, int]] = {}
    for model, rule, violations in warehouse.rows(f"select model, rule, violations from {_KEPT}"):
        kept.setdefault(model, {})[rule] = violations
    models = [project.models[name] for name in project.order if not project.models[name].is_view]
    results, counts = [], []
    for model in models:
        found = check_model(model, warehouse, _partly(model, kept.get(model.name, {}), changes))
        results += found
        counts += [(model.name, rule, each.violations) for rule, each in zip(_rules(model), found, strict=True)]
    frame = pd.DataFrame(counts, columns=["model", "rule", "violations"])
    with warehouse.registered("new_counts", frame):
        warehouse.run(f"create or replace table {_KEPT} as select * from new_counts")
    return results


@dataclass(frozen=True)
class Partly:
    """What is known of a table's checks without looking at all its rows.

    Attributes:
        before: rows that broke each rule when the table was last checked; the first rule is the grain.
        gone, came: relations with the rows that are gone and that came since; None where nothing has changed.
    """

    before: tuple[int, ...]
    gone: str | None = None
    came: str | None = None


def _rules(model: Model) -> list[str]:
    return [f"grain {', '.join(model.front.grain)}", *(f"{each.name}: {each.sql}" for each in model.front.checks)]


def _partly(model: Model, kept: Mapping[str, int], changes: Mapping[str, Change] | None) -> Partly | None:
    """Return what is known of a model's checks; None where every row has to be looked at."""
    rules = _rules(model)
    if changes is None or not all(rule in kept for rule in rules) or kept[rules[0]] > 0:
        return None
    before = tuple(kept[rule] for rule in rules)
    change = changes.get(model.name)
    if change is None:
        return Partly(before)
    return Partly(before, *change.relations) if change.relations else None


def check_model(model: Model, warehouse: Warehouse, partly: Partly | None = None) -> list[CheckResult]:
    """Return the results of one model's checks.

    Raises:
        DefinitionError: a rule that the engine cannot read.
    """
    try:
        rows, violations = _counts(model, warehouse) if partly is None else _counts_partly(model, warehouse, partly)
    except EngineError as error:
        raise DefinitionError(f"{model.path}: a check cannot be run: {error}") from error
    unique = Check(
        name=f"one_row_per_{'_and_'.join(model.front.grain)}",
        sql="true",
        severity="fail",
        why="the grain is not unique",
    )
    return [
        CheckResult(
            model.name, check.name, check.severity, broken, rows, check.why, _examples(model, warehouse, check, broken)
        )
        for check, broken in zip([unique, *model.front.checks], violations, strict=True)
    ]


def _examples(model: Model, warehouse: Warehouse, check: Check, broken: int) -> str:
    """Return the first rows that break a rule, as the values of the columns that the rule names."""
    if broken == 0 or not check.shows:
        return ""
    columns = ", ".join(map(quoted, check.shows))
    found = warehouse.rows(
        f"select distinct {columns} from {quoted(model.name)} where not ({check.sql}) order by all limit {_SHOWN}"
    )
    return "; ".join(
        ", ".join(f"{name} = {value}" for name, value in zip(check.shows, row, strict=True)) for row in found
    )


def _counts(model: Model, warehouse: Warehouse) -> tuple[int, list[int]]:
    """Return the number of rows of a table and how many break each rule, the grain first."""
    grain = ", ".join(map(quoted, model.front.grain))
    # as many numbers as rows are as many keys; keys themselves are counted only where there are fewer numbers: a large
    # table's texts take several times the memory of all models
    number = f"case when {' or '.join(f'{quoted(column)} is not null' for column in model.front.grain)} then hash({grain}) end"
    counts = ", ".join(["count(*)", f"count(distinct {number})", *_broken(model)])
    rows, distinct, *broken = warehouse.rows(f"select {counts} from {quoted(model.name)}")[0]
    if distinct < rows:
        distinct = int(warehouse.value(f"select count(distinct ({grain})) from {quoted(model.name)}"))
    return rows, [rows - distinct, *broken]


def _counts_partly(model: Model, warehouse: Warehouse, partly: Partly) -> tuple[int, list[int]]:
    """Return the same as `_counts`, from what was counted before and the rows that have changed."""
    rows = int(warehouse.value(f"select count(*) from {quoted(model.name)}"))
    if partly.came is None or partly.gone is None:
        return rows, list(partly.before)
    grain = ", ".join(map(quoted, model.front.grain))
    nulls = " or ".join(f"{quoted(column)} is null" for column in model.front.grain)
    came, distinct, with_null, *more = warehouse.rows(
        f"select {', '.join(['count(*)', f'count(distinct ({grain}))', f'count_if({nulls})', *_broken(model)])} from {partly.came}"
    )[0]
    if 2 * came > rows:
        return _counts(model, warehouse)
    _, *less = warehouse.rows(f"select {', '.join(['count(*)', *_broken(model)])} from {partly.gone}")[0]
    # plain equality lets the engine skip what cannot match; it loses nulls
    equals = "is not distinct from" if with_null else "="
    same = " and ".join(f"kept.{quoted(column)} {equals} came.{quoted(column)}" for column in model.front.grain)
    there = int(
        warehouse.value(f"select count(*) from {quoted(model.name)} as kept semi join {partly.came} as came on {same}")
    )
    broken = [old - out + into for old, out, into in zip(partly.before[1:], less, more, strict=True)]
    return rows, [there - distinct, *broken]


def _broken(model: Model) -> list[str]:
    return [f"count(*) filter (where not ({check.sql}))" for check in model.front.checks]


def results_frame(results: list[CheckResult]) -> pd.DataFrame:
    """Return the results as a frame, one row per model and check."""
    columns = ["model", "check_name", "severity", "violations", "rows", "why", "examples"]
    return pd.DataFrame([asdict(result) for result in results], columns=columns)
