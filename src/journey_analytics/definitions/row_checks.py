"""The checks of front matter, read before any row is there: each has to be a rule for one row."""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from journey_analytics.definitions.front_matter import Check
from journey_analytics.definitions.model import Model


def check_faults(models: Iterable[Model]) -> list[str]:
    """Return a sentence for each check that looks further than one row: a night asks it of the changed rows only."""
    faults = []
    for model in models:
        for number, check in enumerate(model.front.checks):
            place = model.place_of("checks", number, "sql")
            rule = rule_in(check)
            if rule is None:
                faults.append(
                    f"{place}: check {check.name}: {check.sql!r} is no expression that can be read. Is a bracket, a quote "
                    "or an operator missing, or one too many?"
                )
            elif rule.find(exp.Query):
                faults.append(
                    f"{place}: check {check.name}: holds a subquery, but a check looks at one row, and a "
                    "night asks it of the rows that have changed only. Put the other table's fact into the model as a "
                    "column, and check that."
                )
    return faults


def rule_in(check: Check) -> exp.Expr | None:
    """Return a check's expression; None where it cannot be read."""
    try:
        return sqlglot.parse_one(check.sql, read="duckdb")
    except SqlglotError:
        return None
