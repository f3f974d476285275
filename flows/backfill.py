"""Replay a range of dates, a night each, so that ledgers hold what each night would have said.

`python -m flows.backfill --from 2026-06-01 --to 2026-06-30 --settings journey.yml`
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from prefect import flow

from flows.nightly import nightly
from journey_analytics.cli.options import exit_with
from journey_analytics.errors import UsageError


@flow(name="backfill", validate_parameters=False)
def backfill(first: date, last: date, settings: Path | None = None) -> int:
    """Run one night for each date from `first` to `last` and return their number. Safe to repeat.

    Raises:
        UsageError: the range ends before it starts.
    """
    if last < first:
        raise UsageError(f"The range ends on {last}, before it starts on {first}. Give the earlier date first.")
    nights = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    for as_of in nights:
        nightly(settings, as_of=as_of)
    return len(nights)


def main(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First night.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last night.")],
    settings: Annotated[Path | None, typer.Option(help="The property's journey.yml.")] = None,
) -> None:
    """Replay a range of dates."""
    exit_with(lambda: print(f"{backfill(first.date(), last.date(), settings)} nights are done."))


if __name__ == "__main__":
    typer.run(main)
