"""The command line, put together from its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from journey_analytics import __version__
from journey_analytics.cli import conformance, fetch, look, make, nights, privacy, run, serve, who
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, Shared, exit_with, out

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


for module in (run, fetch, nights, serve, look, who, make, privacy, conformance):
    module.register(app)


def main() -> None:
    """Run the command line."""
    exit_with(app)
