"""How one model is rebuilt when some of its inputs have changed: decided from definitions and facts, without an engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from journey_analytics.definitions.model import Model, tables_read
from journey_analytics.definitions.promise.check import Promise, promise_of
from journey_analytics.definitions.promise.inline import inline_views
from journey_analytics.definitions.promise.inputs import Input, InputKey
from journey_analytics.definitions.promise.remembered import remembered
from journey_analytics.definitions.promise.rewrite import affected, keys_of_rows, over_keys
from journey_analytics.definitions.promise.sums import Summands, columns_used, summands, unit_model

How = Literal["full", "keys", "sums", "slice", "nothing"]


@dataclass(frozen=True)
class SumPlan:
    """How the rows of a model that adds up are brought up to date.

    Attributes:
        select: its SELECT with views inlined.
        parts: which of its columns are sums.
        keys: how each input finds the unit, by its name in lower case.
        columns: the columns of each input that the SELECT names.
        changed: changed inputs -> relations with the rows that are gone and that came.
        maturing: queries for the units (column `k`) that change because time passes.
    """

    select: exp.Query
    parts: Summands
    keys: Mapping[str, InputKey]
    columns: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, tuple[str, ...]]
    maturing: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What to do with a model in this run.

    Attributes:
        how: `full` whole, `keys` the rows of affected keys, `sums` what changed units make more or less, `slice` this
            night's part of a ledger, or `nothing`.
        why: the reason in words.
        key_queries: for `keys`, the queries for the affected keys (column `k`).
        sql: for `keys`, gives the SELECT over the rows of those keys, told whether null is one of them.
        sums: for `sums`, what to add.
    """

    how: How
    why: str
    key_queries: tuple[str, ...] = ()
    sql: Callable[[bool], str] | None = None
    sums: SumPlan | None = None


@dataclass(frozen=True)
class Moved:
    """What is different from the last run, of all that a model may rest on.

    Attributes:
        tables: changed tables -> relations with the rows that are gone and that came; empty where nobody can say.
        dates_only: tables whose relations hold nothing but event_date (raw tables).
        window: SQL literals (from, to) between which as_of has moved, as dates, and as_of_at, as timestamps; None when
            it stands where it stood.
    """

    tables: Mapping[str, tuple[str, ...]]
    dates_only: Collection[str] = ()
    window: tuple[tuple[str, str], tuple[str, str]] | None = None


_INLINED: dict[str, exp.Query] = {}


def inlined(model: Model, views: Mapping[str, exp.Query], digest: str) -> exp.Query:
    """Return a model's SELECT with views and contract unions written out; nobody may change the tree.

    Args:
        digest: of the model and of the views that it reads: what has the same one has the same tree.
    """
    if digest not in _INLINED:
        made = inline_views(model.select, views)
        assert isinstance(made, exp.Query)
        _INLINED[digest] = made
    return _INLINED[digest]


def tables_of(select: exp.Query) -> frozenset[str]:
    """Return the tables that a SELECT reads, CTEs excluded."""
    return remembered("tables", select, (), lambda: tables_read(select))


def plan(
    model: Model,
    select: exp.Query,
    inputs: Mapping[str, Input],
    moved: Moved,
    table_scope: frozenset[str] = frozenset(),
) -> Plan:
    """Return how a model that stands and whose definition is the same comes up to date.

    Args:
        select: its SELECT with views inlined.
        inputs: every table that it reads, by name.
    """
    read = tables_of(select)
    changed = {table: rows for table, rows in moved.tables.items() if table in read}
    time_moved = moved.window is not None and "run_window" in read
    if not changed and not time_moved:
        return Plan("nothing", "no input has changed")
    reason = f"changed: {', '.join(sorted(changed))}" if changed else "as_of has moved"
    if model.front.published == "ledger":
        return Plan("slice", reason)
    if model.front.rebuild_by == "full" and model.front.adds_up_over is None:
        return Plan("full", reason)
    anew = sorted(table for table, rows in changed.items() if not rows)
    if anew:
        return Plan("full", f"made anew: {', '.join(anew)}")
    references = sorted(changed.keys() & set(model.front.reference))
    if references:
        return Plan("full", f"reference has changed: {', '.join(references)}")
    moved = moved if time_moved else Moved(moved.tables, moved.dates_only)
    sums = _by_sums(model, select, inputs, changed, moved)
    if sums is not None:
        moves = changed or sums.maturing
        return Plan("sums", reason, sums=sums) if moves else Plan("nothing", "no row matures")
    if model.front.rebuild_by == "full":
        return Plan("full", reason)
    promise = known_promise(model, select, inputs, table_scope)
    return _by_keys(model, select, promise, changed, moved, reason)


def known_promise(model: Model, select: exp.Query, inputs: Mapping[str, Input], table_scope: frozenset[str]) -> Promise:
    """Return what the static check says of a model, worked out once for the same SELECT over the same columns."""
    columns = tuple((table, given.columns) for table, given in sorted(inputs.items()))
    return remembered(
        "promise",
        select,
        (model.definition_hash, columns),
        lambda: promise_of(model, inputs, select=select, table_scope_estimates=table_scope),
    )


def _by_sums(
    model: Model, select: exp.Query, inputs: Mapping[str, Input], changed: Mapping[str, tuple[str, ...]], moved: Moved
) -> SumPlan | None:
    """Return what to add to a model that adds up; None where it has to be made by its keys."""
    parts = summands(select) if model.front.adds_up_over is not None else None
    if parts is None or changed.keys() & set(moved.dates_only):
        return None
    units, rows = remembered("units", select, model.definition_hash, lambda: unit_model(model, select))
    promise = known_promise(units, rows, inputs, frozenset())
    if promise.faults or any(key.how == "unknown" for key in promise.keys.values()):
        return None
    keys = {name: key for name, key in promise.keys.items() if name != "run_window"}
    maturing: tuple[str, ...] = ()
    if moved.window is not None:
        column = model.front.matures_at
        if column is None or not (promise.matures or _never_matures(select, column)):
            return None
        maturing = tuple(_maturing(promise, keys, moved.window[1]))
    leading = _leading_columns(keys)
    columns = {name: _columns_used(select, given, leading) for name, given in inputs.items()}
    return SumPlan(select, parts, keys, columns, changed, maturing)


def _columns_used(select: exp.Query, given: Input, leading: frozenset[str]) -> tuple[str, ...]:
    also = (given.name, given.columns, leading)
    return remembered("columns", select, also, lambda: columns_used(select, given, leading))


def _leading_columns(keys: Mapping[str, InputKey]) -> frozenset[str]:
    """Return the columns by which inputs find the key, bridges at both ends."""
    own = {column.name for key in keys.values() if key.expression for column in key.expression.find_all(exp.Column)}
    return frozenset(column.lower() for column in own | {key.column for key in keys.values() if key.how == "bridge"})


def _maturing(promise: Promise, keys: Mapping[str, InputKey], moments: tuple[str, str]) -> Iterator[str]:
    for table, expressions in promise.matures.items():
        for expression in expressions:
            told = expression.sql("duckdb")
            rows = f"(select * from main.{table} where {told} >= {moments[0]} and {told} < {moments[1]})"
            yield keys_of_rows(table, rows, keys)


def _by_keys(
    model: Model, select: exp.Query, promise: Promise, changed: Mapping[str, tuple[str, ...]], moved: Moved, reason: str
) -> Plan:
    keys = {name: key for name, key in promise.keys.items() if name != "run_window"}
    for table in changed.keys() & set(moved.dates_only):
        if not _is_event_date(keys[table]):
            return Plan("full", f"{table} tells its changes by event_date only")
    queries = [keys_of_rows(table, rows, keys) for table, each in changed.items() for rows in each]
    if moved.window is not None:
        dates, moments = moved.window
        if model.front.matures_at is None:
            queries += [_between_dates(table, dates) for table, key in keys.items() if _is_event_date(key)]
        elif not promise.matures and not _never_matures(select, model.front.matures_at):
            return Plan("full", f"as_of has moved, and {model.front.matures_at} is not to be read from one input row")
        queries += _maturing(promise, keys, moments)
    if not queries:
        return Plan("nothing", "no row matures")

    def sql(has_null: bool) -> str:
        by = model.front.rebuild_by
        return remembered("keys", select, (by, has_null), lambda: over_keys(select, keys, by, affected(has_null)))

    return Plan("keys", reason, tuple(queries), sql)


def _is_event_date(key: InputKey) -> bool:
    return key.how == "column" and isinstance(key.expression, exp.Column) and key.expression.name == "event_date"


def _between_dates(table: str, dates: tuple[str, str]) -> str:
    return (
        f"select distinct event_date as k from main.{table} where event_date > {dates[0]} and event_date <= {dates[1]}"
    )


def _never_matures(select: exp.Query, column: str) -> bool:
    """Whether the column is null wherever the SELECT makes it: then nothing changes as time passes."""
    made = [alias.this for alias in select.find_all(exp.Alias) if alias.alias.lower() == column.lower()]
    plain = [expression.this if isinstance(expression, exp.Cast) else expression for expression in made]
    own = [each for each in plain if not isinstance(each, exp.Column)]
    return bool(own) and all(isinstance(each, exp.Null) for each in own)
