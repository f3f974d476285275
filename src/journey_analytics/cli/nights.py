"""`journey status` and `journey rollback`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from journey_analytics import pipeline
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, out, shared
from journey_analytics.lock import run_lock
from journey_analytics.places import refuse_missing_database
from journey_analytics.status import REWRITTEN_DAYS, Status, read_status
from journey_analytics.versions import published_versions
from journey_analytics.versions import rollback as go_back
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import counted

# a row stays on one line, also where the output is no terminal
WIDTH = 130
_MESSAGE_SHOWN = 200


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(status)
    app.command()(rollback)


def status(
    context: typer.Context,
    last: Annotated[int, typer.Option(min=1, help="How many runs.")] = 10,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Show the last runs, how fresh each source is, and what is final or may still change."""
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    refuse_missing_database(night.database)
    with Warehouse.open(night.database, read_only=True) as warehouse:
        read = read_status(night.project, warehouse, last)
    out.print(f"[bold]{night.project.settings.title}[/], complete up to {_date(read.as_of)}")
    _print_runs(read)
    _print_sources(read)
    _print_final(read)
    versions = published_versions(night.out)
    if versions:
        told = ", ".join(f"{v.number}{' (readers see this one)' if v.is_current else ''}" for v in versions)
        out.print(f"\nPublished versions in {night.out}: {told}.")


def _print_runs(read: Status) -> None:
    table = Table(
        "run",
        "started (UTC)",
        "seconds",
        "as_of",
        "ended",
        "new files",
        "rows",
        "stored",
        "refused",
        "rebuilt",
        box=None,
    )
    for run in read.runs:
        seconds = "·" if run.seconds is None else f"{run.seconds:,.0f}"
        rows = (
            f"{count:,}" for count in (run.files, run.rows_read, run.rows_stored, run.rows_rejected, run.models_rebuilt)
        )
        table.add_row(str(run.run_id), _moment(run.started_at), seconds, _date(run.as_of), run.status, *rows)
    out.print("\n[bold]Runs[/]")
    _print_table(table)
    for run in read.runs:
        if run.status != "ok" and run.message:
            out.print(f"Run {run.run_id} {run.status}: {' '.join(run.message.split())[:_MESSAGE_SHOWN]}", markup=False)


def _print_sources(read: Status) -> None:
    table = Table(
        "source",
        "rows",
        "first date",
        "complete up to",
        "provisional up to",
        "dates missing",
        "files waiting",
        "last loaded (UTC)",
        box=None,
    )
    for source in read.sources:
        if source.rows or source.files_quarantined:
            table.add_row(
                source.source, f"{source.rows:,}", _date(source.first_date), _date(source.complete_to),
                _date(source.provisional_to), str(source.missing_dates), str(source.files_quarantined),
                _moment(source.loaded_at),
            )  # fmt: skip
    out.print("\n[bold]Sources[/]")
    _print_table(table)


def _print_final(read: Status) -> None:
    out.print("\n[bold]What may still change[/]")
    if read.pending_dates:
        are = "is" if read.pending_dates == 1 else "are"
        out.print(f"{counted(read.pending_dates, 'date')} {are} loaded and not built yet: the next run builds them.")
    if read.as_of is None or read.events_final_to is None:
        out.print("Nothing is complete yet.")
        return
    out.print(
        f"Days after {read.events_final_to}: GA4 may deliver a day again for {REWRITTEN_DAYS} days. Earlier days change only "
        "when they are delivered again after all."
    )
    table = Table("journey model", "window", "rates are final for who entered up to", box=None)
    for model in read.models:
        table.add_row(model.journey_model, f"{model.window_days:g} days", _date(model.final_to))
    _print_table(table)


def _print_table(table: Table) -> None:
    Console(highlight=False, width=max(out.width, WIDTH)).print(table)


def _date(day: date | None) -> str:
    return "·" if day is None else day.isoformat()


def _moment(moment: datetime | None) -> str:
    return "·" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def rollback(
    context: typer.Context,
    version: Annotated[
        int | None,
        typer.Argument(metavar="VERSION", help="A kept version; without it, the one before the current one."),
    ] = None,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Let readers see an earlier published version again; `journey status` lists those that are kept.

    The working database stays as it is: the next run publishes a new version, so mend what was wrong first.
    """
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    if not published_versions(night.out):
        refuse_missing_database(night.database)
    with run_lock(night.database):
        chosen = go_back(night.out, version)
    out.print(f"{night.out}/current shows version {chosen.number} (as_of {chosen.as_of or 'unknown'}).", markup=False)
