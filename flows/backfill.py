"""Replay a range of dates, a night each, so that ledgers hold what each night would have said.

`python -m flows.backfill --from 2026-06-01 --to 2026-06-30 --settings journey.yml`
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from prefect import flow

from flows.nightly import STEPS, nights_task
from journey_analytics import pipeline
from journey_analytics.cli.options import exit_with
from journey_analytics.cli.run import print_run
from journey_analytics.nights import range_of, run_nights


@flow(name="backfill")
def backfill(
    first: date,
    last: date,
    settings: Path | None = None,
    database: Path | None = None,
    out: Path | None = None,
    again: bool = False,
) -> pipeline.Run:
    """Replay each complete date from `first` to `last`, and end with a night on all that there is, which is published.

    Stopped at any moment and started again, it goes on where it was: a night that went well on the same rules and files
    is not repeated.

    Args:
        again: repeat those too.

    Raises:
        UsageError: the range ends before it starts, or holds no complete date.
    """
    choose = range_of(first, last, again)
    night = pipeline.plan_night(settings, database=database, out=out)
    return nights_task(lambda on_progress: run_nights(night, choose, STEPS, on_progress))


def main(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First night.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last night.")],
    settings: Annotated[Path | None, typer.Option(help="The property's journey.yml. [default: here]")] = None,
    database: Annotated[Path | None, typer.Option("--db", help="Working database.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the published tables.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Repeat nights that went well before, too.")] = False,
) -> None:
    """Replay a range of dates; started again, it goes on where it stopped."""
    here = Path("journey.yml")
    chosen = settings or (here if here.exists() else None)
    exit_with(lambda: print_run(backfill(first.date(), last.date(), chosen, database, out, again)))


if __name__ == "__main__":
    typer.run(main)
