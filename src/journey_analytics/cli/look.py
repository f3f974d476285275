"""`journey show`, `journey lineage` and `journey docs`."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from journey_analytics import pipeline
from journey_analytics.catalogue import write_docs
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, err, out, shared
from journey_analytics.definitions.graph import downstream, upstream
from journey_analytics.definitions.project import Project
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.places import refuse_missing_database
from journey_analytics.warehouse import Warehouse, quoted

WIDEST = 12
ROWS_OF_A_WIDE_TABLE = 3


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
    limit: Annotated[
        int,
        typer.Option(
            min=1, help=f"Rows at the most; {ROWS_OF_A_WIDE_TABLE} where more than {WIDEST} columns are shown."
        ),
    ] = 20,
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
    refuse_missing_database(night.database)
    with Warehouse.open(night.database, read_only=True) as warehouse:
        if table is None:
            _list_tables(night.project, warehouse)
            return
        known = warehouse.tables()
        name = _full_name(table, known, " `journey show` lists them.")
        wanted = [column.strip() for column in columns.split(",")] if columns else list(warehouse.columns(name))
        for column in wanted:
            if column not in warehouse.columns(name):
                raise UsageError(f"{name} has no column {column!r}.{did_you_mean(column, warehouse.columns(name))}")
        shown = limit if len(wanted) <= WIDEST else min(limit, ROWS_OF_A_WIDE_TABLE)
        rows = warehouse.rows(f"select {', '.join(map(quoted, wanted))} from {quoted(name)} limit {shown}")
        total = int(warehouse.value(f"select count(*) from {quoted(name)}"))
    _print_rows(wanted, rows)
    out.print(f"[dim]{name}: {len(rows)} of {total:,} rows.[/]")
    if shown < min(limit, total):
        out.print(
            f"[dim]{len(wanted)} columns do not fit beside each other, so a row is a column here, and {shown} are shown at the "
            f"most. Choose columns to see more rows: --columns {','.join(wanted[:3])}[/]"
        )


def _full_name(table: str, known: Collection[str], advice: str = "") -> str:
    """Return the name of a table; what people read may be called without its `pub_`."""
    for name in (table, f"pub_{table}"):
        if name in known:
            return name
    nearest = did_you_mean(table, known) or did_you_mean(f"pub_{table}", known)
    raise UsageError(f"There is no table {table!r}.{nearest}{advice}")


def _list_tables(project: Project, warehouse: Warehouse) -> None:
    table = Table("table", "rows", "what a row is", box=None)
    stored = warehouse.tables()
    for name in project.order:
        model = project.models[name]
        if name in stored and not model.is_view:
            rows = warehouse.value(f"select count(*) from {quoted(name)}")
            table.add_row(name, f"{rows:,}", model.front.description.split(". ")[0].removesuffix("."))
    out.print(table)


def _print_rows(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Print rows as a table; a wide one lies on its side, a column a line."""
    if len(columns) > WIDEST:
        table = Table("column", *(f"row {place}" for place in range(1, len(rows) + 1)), box=None)
        for place, column in enumerate(columns):
            table.add_row(column, *(_cell(row[place]) for row in rows))
    else:
        table = Table(*columns, box=None)
        for row in rows:
            table.add_row(*map(_cell, row))
    out.print(table)


def _cell(value: object) -> Text:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Text("·")
    # as text, since brackets in a value are no markup
    return Text(f"{float(value):.6g}" if isinstance(value, float | Decimal) else str(value))


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
    table = _full_name(table, known)
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
        written = write_docs(pipeline.whole_project(night.project), to)
    for path in written:
        out.print(f"wrote {path}")
