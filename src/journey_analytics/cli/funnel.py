"""`journey funnel`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from journey_analytics import pipeline, places
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, err, out, shared
from journey_analytics.definitions.funnels import Funnel, read_funnel
from journey_analytics.definitions.page_group_names import refuse_misspelt_names
from journey_analytics.errors import UsageError
from journey_analytics.funnels.trial import try_funnel
from journey_analytics.places import refuse_missing_database
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import counted

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(funnel)


def funnel(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.yml", help="A funnel, wherever it stands.")],
    states: Annotated[
        bool, typer.Option("--states", help="Also who dropped, who can still convert, and the rate with its interval.")
    ] = False,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Try a funnel on the events of the last run, before it goes to sql/funnels. Nothing is stored.

    Examples:

    - `journey funnel my_checkout.yml`
    - `journey funnel my_checkout.yml --states`
    """
    if not file.is_file():
        raise UsageError(
            f"{file}: there is no such file. Write a funnel as docs/extending.md shows, and name its file."
        )
    tried = read_funnel(file)
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    project = night.project
    refuse_misspelt_names(
        project.settings,
        project.settings_path,
        project.journeys,
        project.touchpoints,
        {file: tried},
        places.sql_folder(),
    )
    refuse_missing_database(night.database)
    passed_over = [*project.settings.not_touches, *project.settings.friction_signals]
    with err.status(f"counting {tried.name}"), Warehouse.open(night.database, read_only=True) as warehouse:
        found = try_funnel(warehouse, tried, passed_over, with_states=states)
        as_of = warehouse.value("select as_of from run_window")
    out.print(_states(tried, found.steps) if states else _counts(tried, found.counts))
    out.print(f"[dim]{_explained(tried)} Events up to {as_of}.[/]")
    for told in found.unseen:
        err.print(f"! {told}", markup=False)
    if found.why:
        out.print(f"[dim]This took the long way: {found.why}.[/]")
    if not states:
        out.print("[dim]Some can still convert: --states tells how many, and the rate of those who had the time.[/]")


def _explained(tried: Funnel) -> str:
    limit = "without a limit of time" if tried.window is None else f"within {_length(tried.window)} of entry"
    said = "Every attempt counts" if tried.count == "totals" else f"Each {tried.unit} counts once"
    return f"{said}, {limit}."


def _length(window: timedelta) -> str:
    """Return a length of time in the largest unit that it is a whole number of."""
    seconds = round(window.total_seconds())
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0)
    return counted(seconds // size, unit)


def _units(tried: Funnel) -> str:
    return "attempts" if tried.count == "totals" else f"{tried.unit}s"


def _table(tried: Funnel, *columns: str) -> Table:
    table = Table(title=f"{tried.title_nl} / {tried.title_en}", title_justify="left", box=None)
    table.add_column("step")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _counts(tried: Funnel, counts: list[int]) -> Table:
    table = _table(tried, _units(tried), "of entrants", "of previous step")
    for number, (step, reached) in enumerate(zip(tried.steps, counts, strict=True)):
        before = counts[max(number - 1, 0)]
        table.add_row(step.title_en, f"{reached:,}", _share(reached, counts[0]), _share(reached, before))
    return table


def _states(tried: Funnel, steps: list[dict[str, Any]]) -> Table:
    table = _table(tried, "converted", "dropped", "still open", "rate (95 %)", "over")
    for step, row in zip(tried.steps, steps, strict=True):
        rate = "·"
        if row["value"] is not None:
            rate = f"{row['value']:.1%} ({row['ci_low']:.1%}–{row['ci_high']:.1%})"
        counts = (f"{int(row[name]):,}" for name in ("converted", "dropped", "pending"))
        table.add_row(step.title_en, *counts, rate, f"{int(row['denominator']):,} {_units(tried)}")
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "·"
