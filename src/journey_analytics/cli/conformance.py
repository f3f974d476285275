"""`journey conformance`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from journey_analytics.cli.options import out
from journey_analytics.errors import CheckFailed
from journey_analytics.wording import counted

OWN_ENGINE = "journey_analytics.funnels.engine:JourneyEngine"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(conformance)


def conformance(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="JSON files of cases; docs/funnels.md tells how.")
    ],
    engine: Annotated[
        str, typer.Option(metavar="MODULE:CLASS", help="The engine that is asked; any class with `answer(case)`.")
    ] = OWN_ENGINE,
) -> None:
    """Put the cases of a funnel suite to an engine, and say of each: passed, failed or not offered and why.

    Examples:

    - `journey conformance tests/conformance/own_cases.json`
    - `journey conformance cases.json --engine my_package.my_module:MyEngine`
    """
    from journey_analytics.funnels.cases import read_cases
    from journey_analytics.funnels.conformance import load_engine, run_cases

    asked = load_engine(engine)
    verdicts: Counter[str] = Counter()
    for path in files:
        for outcome in run_cases(asked, read_cases(path)):
            verdicts[outcome.verdict] += 1
            told = f": {outcome.told}" if outcome.told else ""
            out.print(f"{outcome.case.id}  {outcome.verdict}{told}", markup=False)
    passed, failed, left = (verdicts[verdict] for verdict in ("passed", "failed", "not offered"))
    out.print(f"\n{counted(passed + failed + left, 'case')}: {passed} passed, {failed} failed, {left} not offered.")
    if failed:
        raise CheckFailed(f"{counted(failed, 'case')} of {passed + failed + left} failed; what differs stands above.")
