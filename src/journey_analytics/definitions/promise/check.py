"""The static check of `rebuild_by`: an output row with key x depends only on input rows with key x, and on references.

It reads the SELECT as it stands, without an engine. Views and contract unions must be inlined before (`inline.py`).
`key_search` finds how each input leads to the key, `key_scopes` follows the key through the scopes, and `repeatable`
finds what two runs over the same rows would answer differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope, traverse_scope

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.columns import Tie
from journey_analytics.definitions.promise.inputs import KEY, OR_FULL, Input, InputKey
from journey_analytics.definitions.promise.repeatable import unrepeatable
from journey_analytics.definitions.promise.scopes import ScopeWalk
from journey_analytics.definitions.promise.search import KeySearch
from journey_analytics.errors import did_you_mean

__all__ = ["Input", "InputKey", "Promise", "check_promise", "promise_of"]

RUN_WINDOW = "run_window"
_MAY_READ_RUN_WINDOW = frozenset({"fct_events"})


@dataclass(frozen=True)
class Promise:
    """What the check found out about a model.

    Attributes:
        faults: sentences for people; empty where the promise holds as far as it can be seen.
        keys: how each input finds the key, by its name in lower case; empty for `rebuild_by: full`.
        matures: inputs of which one row tells `matures_at`, each with the expressions over its columns that do.
    """

    faults: tuple[str, ...]
    keys: Mapping[str, InputKey] = field(default_factory=dict)
    matures: Mapping[str, tuple[exp.Expr, ...]] = field(default_factory=dict)


def check_promise(
    model: Model,
    inputs: Mapping[str, Input],
    *,
    select: exp.Expr | None = None,
    table_scope_estimates: frozenset[str] = frozenset(),
) -> list[str]:
    """Return everything that breaks, or may break, the promise of a model's `rebuild_by`; see `promise_of`."""
    return list(promise_of(model, inputs, select=select, table_scope_estimates=table_scope_estimates).faults)


def promise_of(
    model: Model,
    inputs: Mapping[str, Input],
    *,
    select: exp.Expr | None = None,
    table_scope_estimates: frozenset[str] = frozenset(),
) -> Promise:
    """Return what can be said of a model's promise without running it.

    Args:
        model: the model.
        inputs: every table that its SELECT reads, by name.
        select: its SELECT with views and contract unions inlined; left away, the SELECT as it stands in the file.
        table_scope_estimates: names of estimates that work on the whole table at once.
    """
    known = {name.lower(): given for name, given in inputs.items()}
    select = (select if select is not None else model.select).unnest()
    faults = [
        *unrepeatable(select),
        *_run_window_faults(model, select),
        *_estimate_faults(model, table_scope_estimates),
    ]
    try:
        root = qualified(select, known)
    except OptimizeError as error:
        return Promise((*faults, f"the columns of the SELECT cannot be followed: {str(error).splitlines()[0]}."))
    search = KeySearch(model.front, root, known)
    walk = search.walk()
    lost = _lost_key(model, walk)
    if lost is not None and search.faults:
        # misspelt: what its absence leads to in each input would only hide that
        return Promise((*faults, lost))
    faults += walk.faults
    if model.front.rebuild_by != "full":
        faults += [*search.faults, *_output_faults(model, walk, search)]
    matures = search.matures() if model.front.matures_at else {}
    faults += _matures_faults(model, walk, search, known)
    keys = {} if model.front.rebuild_by == "full" else search.keys
    return Promise(tuple(dict.fromkeys(faults)), keys, matures)


def qualified(select: exp.Expr, inputs: Mapping[str, Input]) -> Scope:
    """Return the root scope of a copy whose stars are written out and whose columns all name their source."""
    # the names are enough; a type that sqlglot cannot read would only be in the way
    schema: dict[str, object] = {name: {c.lower(): "TEXT" for c in given.columns} for name, given in inputs.items()}
    tree = qualify(
        select.copy(), schema=schema, dialect="duckdb", quote_identifiers=False, identify=False, isolate_tables=False,
        validate_qualify_columns=False, allow_partial_qualification=True,
    )  # fmt: skip
    root = build_scope(tree)
    if root is None:
        raise OptimizeError("it is no SELECT")
    return root


def _run_window_faults(model: Model, select: exp.Expr) -> Iterator[str]:
    front = model.front
    allowed = model.is_view or front.rebuild_by == "full" or front.matures_at or model.name in _MAY_READ_RUN_WINDOW
    if allowed:
        return
    for scope in traverse_scope(select):
        if any(
            isinstance(source, exp.Table) and source.name.lower() == RUN_WINDOW for source in scope.sources.values()
        ):
            yield (
                f"reads {RUN_WINDOW}, which changes every night, so rows would have to change although no input row "
                "did. Store the time at which a row changes (such as window_ends_at) and compare it in a view, say "
                f"`matures_at: <that column>`, {OR_FULL}."
            )
            return


def _estimate_faults(model: Model, table_scope: frozenset[str]) -> Iterator[str]:
    for name in model.front.estimate:
        adds = model.front.adds_up_over is not None
        if name in table_scope and (adds or model.front.rebuild_by != "full"):
            yield (
                f"estimate {name} looks at the whole table at once, so one new row moves the results of all. "
                f"Write `rebuild_by: full`{' and leave adds_up_over away' if adds else ''}."
            )


def _lost_key(model: Model, walk: ScopeWalk) -> str | None:
    """Return the sentence for a key that the SELECT does not yield; None where it does, or no key is needed."""
    key, columns = model.front.rebuild_by, walk.result().columns
    if key == "full" or key.lower() in columns:
        return None
    return f"the SELECT has no column {key}, the key of rebuild_by. It yields {', '.join(columns)}.{did_you_mean(key, columns)}"


def _output_faults(model: Model, walk: ScopeWalk, search: KeySearch) -> Iterator[str]:
    key = model.front.rebuild_by
    result = walk.result()
    if (lost := _lost_key(model, walk)) is not None:
        yield lost
        return
    facts = result.columns[key.lower()]
    if result.slice is None or result.broken or (result.slice == KEY and facts.tie is Tie.EXACT):
        return
    if result.slice != KEY:
        yield f"the rows never reach the table that has {key}: join {result.slice[0]} on {result.slice[1]}."
        return
    others = [name for name, each in result.columns.items() if each.tie is Tie.EXACT]
    if facts.tie is Tie.PERHAPS:
        yield (
            f"the output column {key} is null where an outer join finds no row, although these rows belong to a key. "
            f"Take {key} from the side that the join keeps, or coalesce the keys of both sides."
        )
    else:
        hint = f"column {others[0]} is: write `rebuild_by: {others[0]}`, or name it {key}" if others else OR_FULL
        for table, ways in search.rivals().items():
            hint = f"{table} gives it as {' and as '.join(ways)}, and an input has one key only: make a model of each"
        yield f"the output column {key} is not the key that its rows were read by; {hint}."


def _matures_faults(model: Model, walk: ScopeWalk, search: KeySearch, inputs: Mapping[str, Input]) -> Iterator[str]:
    column = model.front.matures_at
    if column is None:
        return
    keyed = [given for given in inputs.values() if not given.is_reference and given.name.lower() != RUN_WINDOW]
    if column.lower() in walk.result().columns or search.is_named(column) or any(given.has(column) for given in keyed):
        return
    names = sorted({name.lower() for given in keyed for name in given.columns})
    yield (
        f"matures_at: {column} is a column neither of the output nor of an input that brings rows. It must name the "
        f"timestamp at which a row changes because time passes.{did_you_mean(column, names)}"
    )
