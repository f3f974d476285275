"""Which tables to fetch: those without a file, and those that may have been written anew. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from journey_analytics.definitions.bigquery import TableKind
from journey_analytics.errors import InputError
from journey_analytics.fetching.tables import STREAMED, ExportTable, export_table
from journey_analytics.wording import counted


@dataclass(frozen=True)
class Wish:
    """What is asked for. Both dates belong to it; none is no bound."""

    kinds: tuple[TableKind, ...] = ("daily",)
    first: date | None = None
    last: date | None = None
    look_back_days: int = 4


@dataclass(frozen=True)
class Plan:
    """What becomes of the tables that are asked for.

    Attributes:
        ask: those without a file, and those whose file may be out of date; the earliest date first.
        final: those whose file is older than the look-back.
        replaced: streamed ones of a date that has its daily table.
        delivered: those whose date lies in the folder by other means.
    """

    ask: tuple[ExportTable, ...] = ()
    final: tuple[ExportTable, ...] = ()
    replaced: tuple[ExportTable, ...] = ()
    delivered: tuple[ExportTable, ...] = ()


def wanted_tables(names: Iterable[str], wish: Wish) -> list[ExportTable]:
    """Return the tables of a dataset that are asked for, the earliest date first.

    Raises:
        InputError: there is none; the message says which there are.
    """
    known = [table for table in map(export_table, names) if table is not None]
    of_kind = [table for table in known if table.kind in wish.kinds]
    wanted = [table for table in of_kind if (wish.first or date.min) <= table.day <= (wish.last or date.max)]
    if not known:
        raise InputError("holds no table of a GA4 export. Is it the right dataset, and has the export begun?")
    if not of_kind:
        kinds = ", ".join(f"{kind} ({count:,})" for kind, count in Counter(table.kind for table in known).items())
        raise InputError(f"holds no {' or '.join(wish.kinds)} table. There are: {kinds}. Choose with --tables.")
    if not wanted:
        days = [table.day for table in of_kind]
        raise InputError(f"holds tables from {min(days)} to {max(days)}, and none of the dates that are asked for.")
    return sorted(wanted, key=lambda table: (table.day, table.name))


def plan_fetch(
    tables: Collection[ExportTable], fetched: Collection[str], delivered: Collection[str], wish: Wish
) -> Plan:
    """Return which tables to ask about.

    The look-back counts from the newest file of a kind, not from today: after a pause it also covers the days that were
    not final when the pause began. As the earliest date comes first, that holds after an interruption too.

    Args:
        tables: those that are asked for, the earliest date first.
        fetched: names of the tables whose file was fetched before.
        delivered: names of the tables whose date lies in the folder by other means.
        wish: its look-back.
    """
    here = [table for table in map(export_table, fetched) if table is not None]
    newest: dict[TableKind, date] = {}
    for table in here:
        newest[table.kind] = max(table.day, newest.get(table.kind, date.min))
    whole = {t.day for t in (*tables, *here, *filter(None, map(export_table, delivered))) if t.kind == "daily"}

    def fate(table: ExportTable) -> str:
        if table.name in delivered:
            return "delivered"
        if table.kind in STREAMED and table.day in whole:
            return "replaced"
        if table.name in fetched and table.day <= newest[table.kind] - timedelta(days=wish.look_back_days):
            return "final"
        return "ask"

    fates: dict[str, list[ExportTable]] = {}
    for table in tables:
        fates.setdefault(fate(table), []).append(table)
    return Plan(**{name: tuple(members) for name, members in fates.items()})


def told_delivered(tables: Collection[ExportTable], files: Collection[str]) -> str:
    """Return what to say of days that lie in the folder by other means."""
    return (
        f"{counted(len(tables), 'table')} not fetched, because the folder holds the same by other means "
        f"({', '.join(sorted(files)[:3])}{' …' if len(files) > 3 else ''}): both would be loaded as one delivery. "
        "To fetch them, take those files out of the folder."
    )
