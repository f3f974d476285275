"""Commands, options that all of them share, and what happens to an error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from journey_analytics import __version__
from journey_analytics.errors import JourneyError

app = typer.Typer(
    name="journey",
    help="A measured customer journey from exports of web behaviour.\n\n"
    "Start with `journey run`: it reads the sample webshop, or your own export with "
    "`journey run --ga4 'exports/*.json.gz'`.\n\n"
    "Exit codes: 0 ok, 2 usage, 3 definition or settings, 4 input, 5 check failed, 6 busy, 7 storage.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
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


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"journey_analytics {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Keep the options that stand before the command."""
    context.obj = Shared(settings, database, folder)


def exit_with(work: Callable[[], None]) -> None:
    """Do the work; an error that a person can fix becomes sentences and an exit code, never a trace."""
    try:
        work()
    except JourneyError as error:
        err.print(Text.assemble(("Stopped. ", "bold red"), str(error)))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)


def main() -> None:
    """Run the command line."""
    from journey_analytics.cli import look, make, run

    for module in (run, look, make):
        module.register(app)
    exit_with(app)
