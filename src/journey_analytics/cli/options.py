"""What the commands share: consoles, options that hold for all of them, and what happens to an error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from journey_analytics.errors import JourneyError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Database = Annotated[
    Path | None, typer.Option("--db", metavar="FILE", help="Working database. [default: var/PROPERTY.duckdb]")
]
OutFolder = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="Published tables. [default: out/PROPERTY]")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="The property's journey.yml. [default: here, else the sample]")
]  # fmt: skip


@dataclass(frozen=True)
class Shared:
    """Options that hold for every command; they may stand before or behind the command's name."""

    settings: Path | None = None
    database: Path | None = None
    out: Path | None = None


def shared(context: typer.Context, settings: Path | None, database: Path | None, folder: Path | None) -> Shared:
    """Return the options of a command, each taken from behind the command's name, else from before it."""
    before = context.find_object(Shared) or Shared()
    chosen = settings or before.settings
    if chosen is None and Path("journey.yml").exists():
        chosen = Path("journey.yml")
    return Shared(chosen, database or before.database, folder or before.out)


def exit_with(work: Callable[[], None]) -> None:
    """Do the work; an error that a person can fix becomes sentences and an exit code, never a trace."""
    try:
        work()
    except JourneyError as error:
        err.print(Text.assemble(("Stopped. ", "bold red"), str(error)))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
