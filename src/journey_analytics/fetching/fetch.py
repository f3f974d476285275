"""Fetching a GA4 export: one Parquet file per table, only what is missing or was written anew, the earliest date first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from journey_analytics.errors import DefinitionError, InputError
from journey_analytics.fetching.files import Folder, Origin, forget_drafts, read_folder, write_table
from journey_analytics.fetching.plan import Plan, Wish, plan_fetch, told_delivered, wanted_tables
from journey_analytics.fetching.tables import STREAMED, Exports, ExportTable, TableState
from journey_analytics.lock import run_lock
from journey_analytics.wording import counted

Progress = Callable[[str, int, int], None]


@dataclass
class Fetched:
    """What a call did.

    Attributes:
        rows: table -> rows of the file that was written.
        replaced: of these, the tables that had a file before.
        unchanged: how many files are as their table is.
        warnings: sentences that deserve attention.
    """

    rows: dict[str, int] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)


def fetch_exports(exports: Exports, wish: Wish, folder: Path, on_progress: Progress | None = None) -> Fetched:
    """Write each table that is asked for, and not there as it is now, to its file in a folder. Safe to repeat.

    Stopped at any moment, the files that are there are whole, and the next call goes on where this one stopped. A file
    whose table has gone in BigQuery stays.

    Raises:
        InputError: no such table, BigQuery says no, or not all rows of a table came.
        DefinitionError: the folder holds tables of another dataset.
        Busy: another process fetches into this folder.
        StorageError: the folder cannot be written.
    """
    names = list(exports.names())
    try:
        tables = wanted_tables(names, wish)
    except InputError as error:
        raise InputError(f"{exports.dataset} {error}") from None
    with run_lock(folder / ".fetch", option="--to"):
        forget_drafts(folder)
        here = read_folder(folder)
        _refuse_another_dataset(here, exports.dataset, folder)
        plan = plan_fetch(tables, here.fetched, here.delivered, wish)
        done = Fetched(unchanged=len(plan.final))
        if plan.delivered:
            files = [here.delivered[table.name] for table in plan.delivered]
            done.warnings.append(told_delivered(plan.delivered, files))
        _fetch_all(exports, plan, here, folder, done, on_progress or _silent)
    return done


def _silent(_what: str, _done: int, _total: int) -> None:
    """Show nothing."""


def _refuse_another_dataset(here: Folder, dataset: str, folder: Path) -> None:
    for name, origin in here.fetched.items():
        if origin.table != f"{dataset}.{name}":
            raise DefinitionError(
                f"{folder} holds {origin.table}, and {dataset} is asked for: two properties in one folder would count as "
                "one. Choose another folder with --to."
            )


def _fetch_all(exports: Exports, plan: Plan, here: Folder, folder: Path, done: Fetched, on_progress: Progress) -> None:
    total = len(plan.ask)
    for place, table in enumerate(plan.ask):

        def told(what: str, place: int = place) -> None:
            on_progress(what, place, total)

        told(table.name)
        try:
            _fetch_if_new(exports, table, here.fetched.get(table.name), folder, done, told)
        except InputError as error:
            stays = f" {counted(len(done.rows), 'table')} before it came whole." if done.rows else ""
            raise InputError(f"{error}{stays} The next call goes on at {table.name}.") from None


def _fetch_if_new(
    exports: Exports,
    table: ExportTable,
    before: Origin | None,
    folder: Path,
    done: Fetched,
    told: Callable[[str], None],
) -> None:
    """Write one table to its file when that is not there, or is of an earlier state; note what was done.

    Raises:
        InputError: other than all its rows came; a file that is there stays.
    """
    state = exports.state(table.name)
    if state is None:
        return  # it has gone since the tables were listed: streamed ones do when their daily table comes
    if before is not None and before.modified == state.modified:
        done.unchanged += 1
        return
    origin, is_whole = Origin(f"{exports.dataset}.{table.name}", state.modified), _is_whole(table, state)
    rows = write_table(
        folder,
        table.name,
        exports.batches(table.name),
        origin,
        is_whole,
        lambda rows: told(f"{table.name}: {rows:,} of {state.rows:,} rows"),
    )
    if not is_whole(rows):
        raise InputError(
            f"{origin.table}: has {counted(state.rows, 'row')}, and {rows:,} came. Nothing of it was kept: it may have been "
            "written anew meanwhile."
        )
    if not rows:
        done.warnings.append(f"{table.name} has no rows (yet), and was not fetched.")
        return
    done.rows[table.name] = rows
    done.replaced += [table.name] if before is not None else []


def _is_whole(table: ExportTable, state: TableState) -> Callable[[int], bool]:
    """Return what tells whether so many rows are the whole table; to a streamed one rows are added while it is read."""
    return lambda rows: rows == state.rows or (table.kind in STREAMED and rows > state.rows)
