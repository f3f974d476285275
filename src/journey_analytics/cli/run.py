"""`journey run` and `journey check`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from journey_analytics import pipeline
from journey_analytics.alerts import watched
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, err, out, shared
from journey_analytics.errors import CheckFailed, DefinitionError
from journey_analytics.findings import Finding, top_findings
from journey_analytics.left_out import left_out
from journey_analytics.nights import missed_nights, no_replay, run_nights
from journey_analytics.places import refuse_missing_database
from journey_analytics.verify import verify
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import counted

Glob = str | None
SAMPLE_IS_USED = "There is no journey.yml here: this is the sample, an invented webshop. `journey init FILE…` makes one for your export."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(check)
    app.command(name="verify")(verify_tables)


def run(
    context: typer.Context,
    ga4: Annotated[
        Glob, typer.Option(metavar="GLOB", help="GA4 exports: JSON, Parquet or Avro, plain or gzipped.")
    ] = None,
    events: Annotated[
        Glob, typer.Option(metavar="GLOB", help="Event exports that sql/staging/stg_events__*.sql maps.")
    ] = None,
    clarity: Annotated[
        Glob, typer.Option(metavar="GLOB", help="Clarity-style events: CSV, JSON or Parquet, one event a row.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Look no further than this date.")
    ] = None,
    unattended: Annotated[
        bool,
        typer.Option("--unattended", help="For cron: replay missed nights first, and alert when something is wrong."),
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each model what was rebuilt, and why.")] = False,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Load exports, build and check every table, publish them, and say what matters most.

    Without a glob the sources of the settings are read; any glob replaces all of them. Safe to repeat: files that were
    loaded before are not read again.

    Examples:

    - `journey run`
    - `journey run --ga4 'exports/*.json.gz' --settings journey.yml`
    - `journey run --ga4 'exports/*.parquet' --clarity 'signals/*.csv' --as-of 2026-06-30`
    - `journey run --settings journey.yml --unattended`
    """
    options = shared(context, settings, database, folder)
    patterns = {
        name: glob for name, glob in (("ga4", ga4), ("events", events), ("clarity", clarity)) if glob is not None
    }

    def work() -> pipeline.Run:
        night = pipeline.plan_night(
            options.settings,
            database=options.database,
            out=options.out,
            patterns=patterns,
            as_of=as_of.date() if as_of is not None else None,
        )
        with progress() as on_progress:
            return run_nights(night, missed_nights if unattended else no_replay, on_progress=on_progress)

    if options.settings is None and not patterns:
        warn(SAMPLE_IS_USED)
    done = watched(work, options.settings, warn) if unattended else work()
    if explain:
        print_models(done)
    print_run(done)


@contextmanager
def progress() -> Iterator[pipeline.Progress]:
    """Show a bar on the terminal's error stream while the block runs; yield the function that moves it."""
    columns = (
        TextColumn("{task.description:<40}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)

        def moved(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield moved


def print_run(done: pipeline.Run) -> None:
    """Print where the tables are, what deserves attention, and the three findings that matter most."""
    record, title = done.record, done.night.project.settings.title
    seen = [file for night in (*done.earlier, record) for file in night.files]
    read = sum(f.rows_read for f in seen if f.status == "loaded")
    files = sum(1 for f in seen if f.status == "loaded")
    same = sum(1 for f in seen if f.status in ("unchanged", "same_content"))
    replayed = [night.as_of for night in done.earlier if night.status == "ok"]
    out.print(f"\n[bold]{title}[/], complete up to {record.as_of}")
    before = f"{counted(same, 'file')} {'was' if same == 1 else 'were'} loaded before"
    out.print(f"Read {counted(read, 'row')} from {counted(files, 'new file')}; {before}.")
    if replayed:
        out.print(f"Replayed {counted(len(replayed), 'earlier night')}, from {replayed[0]} to {replayed[-1]}.")
    for warning in done.warnings:
        warn(warning, out)
    out.print(f"Tables: {done.published}", markup=False)
    with Warehouse.open(done.night.database, read_only=True) as warehouse:
        for each in left_out(done.night.project.settings, warehouse):
            if each.is_doubtful:
                warn(each.sentence("en"), out)
            else:
                out.print(each.sentence("en"), markup=False)
        print_findings(top_findings(warehouse))


def warn(sentence: str, console: Console = err) -> None:
    """Print a sentence that deserves attention."""
    console.print(Text.assemble(("! ", "yellow"), sentence))


def print_models(done: pipeline.Run) -> None:
    """Print what was rebuilt of each stored model, and why."""
    table = Table("model", "rebuilt", "why", "rows", "gone", "came", "seconds", box=None)
    for model in done.record.models:
        if model.how != "view":
            counts = (f"{count:,}" for count in (model.rows, model.rows_gone, model.rows_came))
            table.add_row(model.model, model.how, model.why, *counts, f"{model.seconds:.2f}")
    out.print(table)


def print_findings(findings: list[Finding]) -> None:
    """Print findings in Dutch and English."""
    if not findings:
        out.print("No friction stands out beyond chance (yet).")
        return
    out.print("\n[bold]What matters most[/]")
    for place, finding in enumerate(findings, start=1):
        out.print(f"[bold]{place}. {finding.phase['nl']}[/] / {finding.phase['en']}")
        out.print(f"   {finding.sentences('nl')}")
        out.print(f"   [dim]{finding.sentences('en')}[/]")


def check(
    context: typer.Context, settings: SettingsFile = None, database: Database = None, folder: OutFolder = None
) -> None:
    """Check all definitions without data: SQL, YAML, columns, increments, functions.

    Builds every model on empty tables, in seconds. Says file, line, what is wrong and what is allowed.
    """
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    with progress() as on_progress:
        faults = pipeline.check_definitions(night, on_progress)
    if faults:
        raise DefinitionError("\n".join(faults))
    project = night.project
    table = Table(show_header=False, box=None)
    table.add_row("models", str(len(project.models)))
    table.add_row("journey models", ", ".join(journey.name for journey in project.journeys))
    table.add_row("funnels", ", ".join(funnel.name for funnel in project.funnels) or "none")
    table.add_row("published tables", ", ".join(model.name for model in project.published))
    out.print(table)
    out.print(f"{project.settings_path}: all definitions hold.")
    for warning in night.warnings:
        warn(warning, out)
    if options.settings is None:
        warn(SAMPLE_IS_USED, out)


def verify_tables(
    context: typer.Context, settings: SettingsFile = None, database: Database = None, folder: OutFolder = None
) -> None:
    """Rebuild every table beside the database and compare it, row by row, with what the nights have made.

    Run it on a new model: it names each table whose increments do not equal a full rebuild, and the first keys that differ.
    """
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    refuse_missing_database(night.database)
    with progress() as on_progress:
        faults = verify(night.project, night.database, on_progress)
    if faults:
        raise CheckFailed("\n".join(faults))
    tables = sum(1 for model in night.project.models.values() if not model.is_view)
    out.print(f"{night.database}: {counted(tables, 'table')} equal a full rebuild, row for row.")
