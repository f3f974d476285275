"""`journey serve`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from journey_analytics import pipeline
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, shared


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(serve)


def serve(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the Prefect server. [default: 4200, else a free one]")
    ] = None,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Start a Prefect server and run a night whenever the schedule of `journey.yml` says so, until you stop it.

    A night that was due while nothing was served starts at once, and replays the nights that were missed. Ctrl-C ends
    everything. Where the server's data and log stand: the folder `.prefect` below the one you are in.

    Example:

    - `journey serve --settings journey.yml`
    """
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    words = [sys.executable, "-m", "flows.serve", "--settings", str(night.project.settings_path)]
    words += ["--db", str(night.database), "--out", str(night.out)]
    words += ["--port", str(port)] if port is not None else []
    # this process becomes the other: Prefect stays out of the package, and signals have one way to go
    os.execv(sys.executable, words)  # noqa: S606
