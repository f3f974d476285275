"""`journey who`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from journey_analytics import pipeline
from journey_analytics.cli.options import Database, SettingsFile, err, out, shared
from journey_analytics.errors import StorageError
from journey_analytics.funnels.who import FunnelStep, Unit, find_step, refuse_unknown_state
from journey_analytics.funnels.who import who as units_of
from journey_analytics.places import refuse_missing_database
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import counted

COLUMNS = ("person_key", "entered_at", "last_step_number", "last_step")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(who)


def who(
    context: typer.Context,
    funnel: Annotated[str, typer.Argument(metavar="FUNNEL", help="Name of a funnel, such as checkout.")],
    step: Annotated[str, typer.Option(metavar="STEP", help="Number or name of a step.")],
    state: Annotated[str, typer.Option(metavar="STATE", help="converted, dropped or pending.")] = "dropped",
    form: Annotated[
        Literal["table", "csv"] | None,
        typer.Option("--format", help="How the list is written. [default: table; csv into a file]"),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the list to this file. [default: print it]")
    ] = None,
    settings: SettingsFile = None,
    database: Database = None,
) -> None:
    """List who is behind a number of pub_funnels: those who reached a step, dropped before it or are still open.

    A person is told by its key, a salted digest: never by an id of the export. Times are UTC. Each row is one unit of the
    funnel, so a person stands there more than once where sessions or attempts are counted.

    Examples:

    - `journey who checkout --step 3`
    - `journey who checkout --step payment --state pending --format csv`
    - `journey who checkout --step purchase --state converted --out buyers.csv`
    """
    refuse_unknown_state(state)
    options = shared(context, settings, database, None)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    refuse_missing_database(night.database)
    with Warehouse.open(night.database, read_only=True) as warehouse:
        found = find_step(warehouse, funnel, step)
        units = units_of(warehouse, found, state)
    if (form or ("csv" if file else "table")) == "csv":
        _write(_as_csv(units), file)
    elif file is None:
        out.print(_as_table(units))
    else:
        raise typer.BadParameter("a file holds csv. Leave --format away, or --out.", param_hint="--format")
    err.print(_summary(found, state, units, file), markup=False)


def _cells(unit: Unit) -> tuple[str, str, str, str]:
    return (
        unit.person_key,
        unit.entered_at.isoformat(" ", "seconds"),
        str(unit.last_step_number),
        unit.last_step,
    )


def _as_csv(units: Sequence[Unit]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows(map(_cells, units))
    return text.getvalue()


def _as_table(units: Sequence[Unit]) -> Table:
    lines = [_cells(unit) for unit in units]
    table = Table(box=None)
    for place, column in enumerate(COLUMNS):
        # as wide as it is, on any screen: a key that is cut off is nobody's
        width = max(len(line[place]) for line in [COLUMNS, *lines])
        table.add_column(column, no_wrap=True, min_width=width)
    for line in lines:
        table.add_row(*line)
    return table


def _write(text: str, file: Path | None) -> None:
    """Write to a file, or to where the output goes.

    Raises:
        StorageError: the file cannot be written.
    """
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}. Give another file with --out.") from None


def _summary(step: FunnelStep, state: str, units: Sequence[Unit], file: Path | None) -> str:
    """Return the sentence below a list: how many, and in which state."""
    thing = "attempt" if step.count == "totals" else step.unit
    place = f"step {step.number} of {step.funnel} ({step.title})"
    words = {
        "converted": f"reached {place}",
        "dropped": f"came in, did not reach {place} and can no longer",
        "pending": f"came in, did not reach {place} yet and still can",
    }
    persons = len({unit.person_key for unit in units})
    whose = "" if thing == "person" else f", of {counted(persons, 'person')},"
    told = f"{counted(len(units), thing)}{whose} {words[state]}."
    return told if file is None else f"{told} Written to {file}."
