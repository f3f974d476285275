"""Exact increments: a night costs what changed, and ends in the rows of a full rebuild.

A change set is a row diff: the rows that are gone and the rows that came. Only they are deleted and inserted, and only
their keys travel on to the models that read the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from journey_analytics.definitions.promise.rewrite import AFFECTED
from journey_analytics.warehouse import Warehouse, ordering, quoted


@dataclass(frozen=True)
class Change:
    """What became of a table's rows in this run.

    Attributes:
        relations: the rows that are gone and the rows that came; empty where the table was made anew.
        rows_gone, rows_came: their numbers.
    """

    relations: tuple[str, ...]
    rows_gone: int = 0
    rows_came: int = 0


def write_difference(
    warehouse: Warehouse, table: str, made: str, where: str = "true", order_by: Sequence[str] = ()
) -> Change:
    """Bring the stored rows of `table` in line with the relation `made`, and return what changed.

    Rows are compared by a digest of all their columns and by how many copies there are, so nulls and exact repeats count.

    Args:
        made: a relation with the table's columns.
        where: the stored rows that `made` stands for; all others stay as they are.
    """
    columns = ", ".join(map(quoted, warehouse.columns(table)))
    counted = f"hash({columns}) as row_hash, row_number() over (partition by hash({columns})) as row_copy"
    name, is_whole = quoted(table), where == "true"
    # a look at all columns of a few rows takes a look at those of all, and a second one would take as long again
    with_rows = "" if is_whole else f"{columns}, "
    warehouse.run(f"create or replace temp table made_rows as select {columns}, {counted} from {made}")
    warehouse.run(
        "create or replace temp table kept_rows as "
        f"select rowid as row_place, {with_rows}{counted} from {name} where {where}"
    )
    gone, came = quoted(f"gone__{table}"), quoted(f"came__{table}")
    lost = "from kept_rows anti join made_rows using (row_hash, row_copy)"
    places = f"select row_place {lost}"
    rows_lost = f"select * from {name} where rowid in ({places})" if is_whole else f"select {columns} {lost}"
    rows_gone = warehouse.make(f"temp table {gone}", rows_lost)
    rows_came = warehouse.make(
        f"temp table {came}", f"select {columns} from made_rows anti join kept_rows using (row_hash, row_copy)"
    )
    _note_last_place(warehouse, table)
    if rows_gone:
        warehouse.run(f"delete from {name} where rowid in ({places})")
    if rows_came:
        order = f" order by {ordering(order_by)}" if order_by else ""
        warehouse.run(f"insert into {name} select * from {came}{order}")
    warehouse.run("drop table made_rows")
    warehouse.run("drop table kept_rows")
    return Change((gone, came), rows_gone, rows_came)


def _note_last_place(warehouse: Warehouse, table: str) -> None:
    """Write down the last row of a table that no rows have come to yet."""
    warehouse.run(
        f"create or replace temp table {quoted(f'last__{table}')} as "
        f"select coalesce(max(rowid), -1) as row_place from {quoted(table)}"
    )


def stood_before(table: str) -> str:
    """Return the condition that picks the rows of a changed table which it held before: rows that come are appended."""
    return f"rowid <= (select row_place from {quoted(f'last__{table}')})"


def collect_keys(warehouse: Warehouse, queries: Iterable[str]) -> tuple[int, bool]:
    """Fill the table of affected keys from queries for them (column `k`).

    Returns:
        How many there are, and whether null is one of them.
    """
    union = " union ".join(f"({query})" for query in queries)
    warehouse.run(f"create or replace temp table {AFFECTED} as select distinct k from ({union})")
    count, filled = warehouse.rows(f"select count(*), count(k) from {AFFECTED}")[0]
    return count, filled < count
