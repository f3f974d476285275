"""`journey sample` and `journey init`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from journey_analytics.cli.app import err, out
from journey_analytics.errors import UsageError

_COMMITTED = {"webshop": 4_000, "b2b_leads": 500, "government_form": 500}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(sample)


def sample(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help=f"One of {', '.join(_COMMITTED)}; all without it.")
    ] = None,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the scenarios' folders are made.")] = Path(
        "data/sample"
    ),
    persons: Annotated[int | None, typer.Option(min=1, help="How many people. [default: 4,000 or 500]")] = None,
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 7,
    last: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last date.")] = datetime(
        2026, 6, 30
    ),
) -> None:
    """Make sample exports, with planted frictions that `truth.yml` tells of.

    Examples:

    - `journey sample`
    - `journey sample webshop --persons 100000 --days 365 --to /tmp/big`
    """
    from journey_analytics.sample import write_sample

    if scenario is not None and scenario not in _COMMITTED:
        raise UsageError(f"There is no sample {scenario!r}. Allowed: {', '.join(_COMMITTED)}.")
    for name in [scenario] if scenario else _COMMITTED:
        with err.status(f"making {name}"):
            made = write_sample(to / name, name, persons or _COMMITTED[name], days, seed, last.date())
        out.print(
            f"{to / name}: {made.events:,} events of {made.persons:,} people in {made.files} files, {made.bytes / 1e6:.1f} MB"
        )
