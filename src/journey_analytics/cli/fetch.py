"""`journey fetch ga4`."""

from __future__ import annotations

from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from pydantic import ValidationError

from journey_analytics.cli.options import out, shared
from journey_analytics.cli.run import progress, warn
from journey_analytics.definitions.bigquery import BigQuery, TableKind
from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.definitions.strict import fault_message, place_in
from journey_analytics.errors import DefinitionError, UsageError
from journey_analytics.ingest.deliveries import fixed_part
from journey_analytics.wording import counted

if TYPE_CHECKING:
    from journey_analytics.fetching.fetch import Fetched

_DAY = ["%Y-%m-%d"]

app = typer.Typer(
    no_args_is_help=True, help="Fetch exports from where they are made, into files that `journey run` loads."
)


def register(parent: typer.Typer) -> None:
    """Add the commands of this module."""
    parent.add_typer(app, name="fetch")


@app.callback()
def _more_than_one_source_may_come() -> None:
    """Fetch exports from where they are made, into files that `journey run` loads."""


@app.command()
def ga4(
    context: typer.Context,
    project: Annotated[
        str | None, typer.Option(metavar="PROJECT", help="Google Cloud project that holds the dataset.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(metavar="DATASET", help="Such as analytics_123456789.")] = None,
    billing_project: Annotated[
        str | None, typer.Option(metavar="PROJECT", help="Project that pays for reading. [default: the same]")
    ] = None,
    tables: Annotated[
        str | None,
        typer.Option(metavar="A,B", help=f"Kinds of tables: {', '.join(get_args(TableKind))}. [default: daily]"),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the files go. [default: that of the source ga4]")
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, metavar="DATE", help="First date. [default: all]")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--until", formats=_DAY, metavar="DATE", help="Last date. [default: all]")
    ] = None,
    look_back: Annotated[
        int | None,
        typer.Option(min=0, metavar="DAYS", help="How far back days are asked about again. [default: 4]"),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The property's journey.yml. [default: the one here]")
    ] = None,
) -> None:
    """Fetch GA4's export from BigQuery: a Parquet file per daily table, only days that are missing or were written anew.

    What `bigquery:` says in `journey.yml` holds unless an option says otherwise. Log in as Google's own tools do: gcloud
    auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS. Safe to repeat and to stop: it goes on with the
    days that are missing. Needs the optional extra `bigquery`. BigQuery asks money for the bytes that are read.

    Examples:

    - `journey fetch ga4`
    - `journey fetch ga4 --from 2026-06-01 --until 2026-06-30`
    - `journey fetch ga4 --project shop-123 --dataset analytics_123456789 --to exports`
    """
    from journey_analytics.fetching.bigquery import open_dataset
    from journey_analytics.fetching.fetch import fetch_exports
    from journey_analytics.fetching.plan import Wish

    path = shared(context, settings, None, None).settings
    said = read_settings(path) if path is not None else None
    kinds = [kind.strip() for kind in tables.split(",")] if tables else None
    options = {"project": project, "dataset": dataset, "billing_project": billing_project, "tables": kinds}
    source = _source(said, options)
    folder = to or _folder(said, path)
    wish = Wish(
        kinds=source.tables,
        first=_day(first) or source.first_date,
        last=_day(last),
        look_back_days=source.look_back.days if look_back is None else look_back,
    )
    if wish.first and wish.last and wish.last < wish.first:
        raise UsageError(
            f"The range ends on {wish.last}, before it starts on {wish.first}. Give the earlier date first."
        )
    with progress() as on_progress:
        on_progress(f"opening {source.dataset}", 0, 1)
        done = fetch_exports(open_dataset(source), wish, folder, on_progress)
    _print(done, folder, is_source=to is None)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _source(settings: Settings | None, options: dict[str, Any]) -> BigQuery:
    """Return where the export is: what the settings say, and options before them."""
    said = settings.bigquery.model_dump() if settings is not None and settings.bigquery is not None else {}
    said |= {name: value for name, value in options.items() if value}
    missing = [f"--{name}" for name in ("project", "dataset") if name not in said]
    if missing:
        raise UsageError(
            f"Which export is to be fetched? Give {' and '.join(missing)}, or write it in journey.yml, for example "
            "bigquery: {project: shop-123, dataset: analytics_123456789}"
        )
    try:
        return BigQuery.model_validate(said)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        option, told = str(fault["loc"][0]).replace("_", "-"), fault_message(fault)
        raise UsageError(f"--{option}: {told}{'' if told.endswith(('.', '?')) else '.'}") from None


def _folder(settings: Settings | None, path: Path | None) -> Path:
    """Return the folder in which the source ga4 of the settings looks for files.

    Raises:
        UsageError: there is none.
        DefinitionError: it would not find what is fetched there.
    """
    if settings is None or path is None or "ga4" not in settings.sources:
        raise UsageError("Where are the files to go? Give --to, or a source ga4 in journey.yml.")
    glob = settings.sources["ga4"]
    folder = fixed_part(str(path.parent / glob))
    if not finds_fetched_files(glob):
        raise DefinitionError(
            f"{place_in(path, ('sources', 'ga4'))}: {glob!r} would not find events_20260601.parquet in {folder}. Write for "
            "example ga4/events_*, or give --to."
        )
    return folder


def finds_fetched_files(glob: str) -> bool:
    """Whether a glob finds fetched files in its own fixed folder.

    >>> finds_fetched_files("ga4/events_*"), finds_fetched_files("ga4/**/*.parquet"), finds_fetched_files("ga4/*.json.gz")
    (True, True, False)
    """
    *between, name = Path(glob).parts[len(fixed_part(glob).parts) :]
    return all(part == "**" for part in between) and fnmatchcase("events_20260601.parquet", name)


def _print(done: Fetched, folder: Path, is_source: bool) -> None:
    for warning in done.warnings:
        warn(warning, out)
    rows, again = sum(done.rows.values()), len(done.replaced)
    anew = f", {again:,} of them because BigQuery had written {'it' if again == 1 else 'them'} anew" if again else ""
    were = "was" if done.unchanged == 1 else "were"
    out.print(
        f"Fetched {counted(len(done.rows), 'table')} with {counted(rows, 'row')} into {folder}{anew}; "
        f"{counted(done.unchanged, 'table')} {were} there before.",
        markup=False,
    )
    if done.rows:
        load = "journey run" if is_source else f"journey run --ga4 '{folder}/events_*'"
        out.print(f"To load what is new: {load}", markup=False)
