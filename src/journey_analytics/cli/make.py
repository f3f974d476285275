"""`journey sample` and `journey init`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from journey_analytics import places
from journey_analytics.cli.options import out
from journey_analytics.cli.run import progress
from journey_analytics.errors import UsageError
from journey_analytics.wording import counted

_COMMITTED = {"webshop": 4_000, "b2b_leads": 500, "government_form": 500}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(sample)
    app.command()(init)


def sample(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help=f"One of {', '.join(_COMMITTED)}; all without it.")
    ] = None,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the scenarios' folders are made.")] = Path(
        "data/sample"
    ),
    persons: Annotated[int | None, typer.Option(min=1, help="How many people. [default: 4,000 or 500]")] = None,
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 7,
    last: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last date.")] = datetime(
        2026, 6, 30
    ),
) -> None:
    """Make sample exports, with planted frictions that `truth.yml` tells of.

    Examples:

    - `journey sample`
    - `journey sample webshop --persons 100000 --days 365 --to /tmp/big`
    """
    from journey_analytics.sample import write_sample

    if scenario is not None and scenario not in _COMMITTED:
        raise UsageError(f"There is no sample {scenario!r}. Allowed: {', '.join(_COMMITTED)}.")
    names = [scenario] if scenario else list(_COMMITTED)
    for place, name in enumerate(names):
        with progress() as on_progress:
            on_progress(f"making {name}", place, len(names))
            made = write_sample(to / name, name, persons or _COMMITTED[name], days, seed, last.date())
        out.print(
            f"{to / name}: {counted(made.events, 'event')} of {counted(made.persons, 'person')} in "
            f"{counted(made.files, 'file')}, {made.bytes / 1e6:.1f} MB"
        )


def init(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Export files: GA4's, or those of another tool (JSON, CSV, Parquet)."),
    ],
    to: Annotated[Path, typer.Option(metavar="FILE", help="The settings file to write.")] = Path("journey.yml"),
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the property. [default: from its main host]")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="Name of the property for people.")] = None,
) -> None:
    """Look through an export and write a commented `journey.yml` with proposed key events, page groups and touchpoints.

    For an export of another tool than GA4 it also writes the staging model that reads it, into `sql/staging`: one of
    the recipes where the columns are those of PostHog, Amplitude, Matomo or Snowplow, else a guess from names and values.
    An existing file is never overwritten. Read the proposal over: the comments say what each line rests on.

    Examples:

    - `journey init exports/*.json.gz`
    - `journey init posthog/*.jsonl --to shop.yml`
    """
    from journey_analytics.profiling import (
        found_files,
        profile_export,
        profile_summary,
        proposed_glob,
        proposed_settings,
    )

    if to.exists():
        raise UsageError(f"{to} exists and is left as it is. Choose another file with --to.")
    files = found_files(files)
    with _staging_model(files) as (source, staging), progress() as on_progress:
        profile = profile_export(
            files, on_progress=lambda done, total: on_progress("reading", done, total), staging=staging
        )
    for what, found in profile_summary(profile):
        out.print(Text.assemble((f"{what}: ", "bold"), found))
    host = profile.hosts[0].name if profile.hosts else "my_property"
    chosen = name or host.removeprefix("www.").split(".")[0]
    text = proposed_settings(profile, chosen, title or chosen, {source: proposed_glob(files, to.parent)})
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8")
    # a journey.yml in this folder is found without being named
    told = "" if to == Path("journey.yml") else f" --settings {to}"
    out.print(f"\nWrote {to}. Read it over, then: journey check{told}, then: journey run{told}", markup=False)


@contextmanager
def _staging_model(files: list[Path]) -> Iterator[tuple[str, Path | None]]:
    """Offer source and staging model of an export within the block; a new one is kept when it could read the export.

    Raises:
        UsageError: the export needs a staging model, and there is no `sql/` of one's own to put it in.
    """
    from journey_analytics.profiling import proposed_source

    folder = places.sql_folder() / "staging"
    taken = [path.stem.removeprefix("stg_").split("__")[0] for path in folder.glob("stg_*.sql")]
    proposal = proposed_source(files, taken)
    if proposal is None:
        yield "ga4", None
        return
    for what, found in proposal.summary:
        out.print(Text.assemble((f"{what}: ", "bold"), found))
    target = folder / proposal.file_name
    if target.exists():
        out.print(f"{target} is there already and is used as it is.", markup=False)
        yield proposal.name, target
        return
    if places.sql_folder() == places.shipped("sql"):
        raise UsageError(
            "This export is not GA4's: it needs a staging model, and this folder has no sql/ to put it in. Work in a "
            "checkout of the project, or copy its sql/ here."
        )
    with tempfile.TemporaryDirectory(prefix="journey_init_") as work:
        written = Path(work) / proposal.file_name
        written.write_text(proposal.text, encoding="utf-8")
        yield proposal.name, written
    target.write_text(proposal.text, encoding="utf-8")
    out.print(f"\nWrote {target}: which column of the export is which of ours.", markup=False)
