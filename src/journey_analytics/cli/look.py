"""`journey show`, `journey lineage` and `journey docs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table
from rich.tree import Tree

from journey_analytics import pipeline
from journey_analytics.catalogue import write_docs
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, err, out, shared
from journey_analytics.definitions.graph import downstream, upstream
from journey_analytics.definitions.project import Project
from journey_analytics.errors import StorageError, UsageError, did_you_mean
from journey_analytics.warehouse import Warehouse, quoted

WIDEST = 12


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(show)
    app.command()(lineage)
    app.command()(docs)


def show(
    context: typer.Context,
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="Name of a table; without it, the list of tables.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows at the most.")] = 20,
    columns: Annotated[str | None, typer.Option(metavar="A,B,C", help="Only these columns.")] = None,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Show the first rows of a table, or which tables there are.

    Examples:

    - `journey show`
    - `journey show pub_drop_off_points --limit 10`
    - `journey show pub_phase_kpis --columns kpi,phase,period_start,value,n`
    """
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    if not night.database.exists():
        raise StorageError(f"{night.database}: there is no database yet. Make it with `journey run`.")
    with Warehouse.open(night.database, read_only=True) as warehouse:
        if table is None:
            _list_tables(night.project, warehouse)
            return
        known = warehouse.tables()
        name = table if table in known else f"pub_{table}"
        if name not in known:
            raise UsageError(f"There is no table {table!r}.{did_you_mean(table, known)} `journey show` lists them.")
        wanted = [column.strip() for column in columns.split(",")] if columns else list(warehouse.columns(name))
        for column in wanted:
            if column not in warehouse.columns(name):
                raise UsageError(f"{name} has no column {column!r}.{did_you_mean(column, warehouse.columns(name))}")
        frame = warehouse.frame(f"select {', '.join(map(quoted, wanted))} from {quoted(name)} limit {limit}")
        _print_rows(name, frame, int(warehouse.value(f"select count(*) from {quoted(name)}")))


def _list_tables(project: Project, warehouse: Warehouse) -> None:
    table = Table("table", "rows", "what a row is", box=None)
    stored = warehouse.tables()
    for name in project.order:
        model = project.models[name]
        if name in stored and not model.is_view:
            rows = warehouse.value(f"select count(*) from {quoted(name)}")
            table.add_row(name, f"{rows:,}", model.front.description.split(". ")[0].removesuffix("."))
    out.print(table)


def _print_rows(name: str, frame: pd.DataFrame, rows: int) -> None:
    """Print rows as a table; a wide one lies on its side, a column a line."""
    if frame.shape[1] > WIDEST:
        shown = frame.head(3).T
        table = Table("column", *(f"row {place}" for place in range(1, shown.shape[1] + 1)), box=None)
        for column, values in zip(shown.index, shown.values.tolist(), strict=True):
            table.add_row(str(column), *map(_cell, values))
        seen = min(3, len(frame))
    else:
        table = Table(*map(str, frame.columns), box=None)
        for values in frame.values.tolist():
            table.add_row(*map(_cell, values))
        seen = len(frame)
    out.print(table)
    out.print(f"[dim]{name}: {seen} of {rows:,} rows.[/]")


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return "·"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def lineage(
    context: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Name of a model, a raw table or a contract union.")],
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Show what a table is made from, and what is made from it."""
    options = shared(context, settings, database, folder)
    project = pipeline.plan_night(options.settings, database=options.database, out=options.out).project
    known = {*project.models, *project.given_tables}
    if table not in known:
        raise UsageError(f"There is no table {table!r}.{did_you_mean(table, known)}")
    tree = Tree(f"[bold]{table}[/]" + (f" [dim]{project.models[table].path}[/]" if table in project.models else ""))
    reads = tree.add("is made from")
    for name in upstream(project.models, table):
        reads.add(_with_station(project, name))
    feeds = tree.add("feeds")
    for name in downstream(project.models, table):
        feeds.add(_with_station(project, name))
    out.print(tree)


def _with_station(project: Project, name: str) -> str:
    return f"{name} [dim]{project.models[name].station}[/]" if name in project.models else f"{name} [dim]given[/]"


def docs(
    context: typer.Context,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write.")] = Path("docs"),
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Write the catalogue of all tables and the JSON Schemas that let editors complete and check the YAML."""
    options = shared(context, settings, database, folder)
    with err.status("reading the definitions"):
        night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
        written = write_docs(night.project, to)
    for path in written:
        out.print(f"wrote {path}")
