"""`journey forget`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.text import Text

from journey_analytics import pipeline
from journey_analytics.cli.options import Database, OutFolder, SettingsFile, out, shared
from journey_analytics.cli.run import progress
from journey_analytics.forget import Forgotten
from journey_analytics.forget import forget as forget_people


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(forget)


def forget(
    context: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID…", help="user_id or user_pseudo_id; - reads them from standard input, one a line."),
    ],
    even_if_unknown: Annotated[
        bool, typer.Option("--even-if-unknown", help="Put an id on the list of which no row is stored (yet).")
    ] = False,
    whole_person: Annotated[
        bool,
        typer.Option("--whole-person", help="Of a browser: forget who logged in on it too, with all their browsers."),
    ] = False,
    settings: SettingsFile = None,
    database: Database = None,
    folder: OutFolder = None,
) -> None:
    """Remove people from the database and from all that is published, and keep them out of later loads.

    A user_id takes along the browsers that nobody else logged in on; of a shared browser only this user's time goes. A
    user_pseudo_id is one browser. Salted hashes of the ids are kept in the forget list, never the ids. Safe to repeat.

    Examples:

    - `journey forget U-1042`
    - `journey forget 1029384756.1764000000 --whole-person`
    - `journey forget - < ids.txt`
    """
    options = shared(context, settings, database, folder)
    night = pipeline.plan_night(options.settings, database=options.database, out=options.out)
    wanted = [each for each in ids if each != "-"]
    if "-" in ids:
        wanted += [line.strip() for line in sys.stdin if line.strip()]
    with progress() as on_progress:
        done = forget_people(
            night, wanted, even_if_unknown=even_if_unknown, whole_person=whole_person, on_progress=on_progress
        )
    _print(done)


def _print(done: Forgotten) -> None:
    out.print(
        f"Forget list: {done.people.path}, {len(done.people.entries):,} entries, {done.added:,} new.", markup=False
    )
    if done.run is None:
        out.print("No stored row was theirs; nothing else has changed.")
        return
    out.print(
        f"{done.rows:,} rows removed; tables made and published anew, earlier versions deleted, the database rewritten."
    )
    for warning in done.run.warnings:
        out.print(Text.assemble(("! ", "yellow"), warning))
    if done.logged_in:
        out.print(
            f"{done.logged_in:,} of these browsers had somebody logged in. Their other browsers are kept: "
            "--whole-person forgets those too."
        )
    out.print("The export files are not touched: delete this person there, and in GA4 and BigQuery, as well.")
