"""The checks of front matter, read before any row is there: each has to be a rule for one row."""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from journey_analytics.definitions.model import Model


def check_faults(models: Iterable[Model]) -> list[str]:
    """Return a sentence for each check that looks further than one row: a night asks it of the changed rows only."""
    faults = []
    for model in models:
        for number, check in enumerate(model.front.checks):
            line = model.lines.get(("checks", number, "sql"), model.lines.get(("checks", number), 1))
            try:
                rule = sqlglot.parse_one(check.sql, read="duckdb")
            except ParseError as error:
                faults.append(f"{model.path}:{line}: check {check.name}: {str(error).splitlines()[0]}")
                continue
            if rule.find(exp.Query):
                faults.append(
                    f"{model.path}:{line}: check {check.name}: holds a subquery, but a check looks at one row, and a "
                    "night asks it of the rows that have changed only. Put the other table's fact into the model as a "
                    "column, and check that."
                )
    return faults
