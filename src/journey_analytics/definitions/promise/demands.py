"""What the check demands of one SELECT once its sources are joined: the key wherever rows are brought together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import find_all_in_scope

from journey_analytics.definitions.promise.columns import Frame, Tie, is_double
from journey_analytics.definitions.promise.inputs import OR_FULL
from journey_analytics.definitions.promise.sql_words import short_sql

_SUMS: tuple[type[exp.Expr], ...] = (exp.Sum, exp.Avg)
_MIXED = "so one row would mix rows of different keys"


def demands(select: exp.Select, frame: Frame, key: str) -> Iterator[str]:
    """Yield what is wrong with a SELECT, without saying where it stands.

    Args:
        frame: its joined sources.
        key: the words for what its rows are sliced by.
    """
    if not frame.demands_key:
        return
    yield from _groups(select, frame, key)
    yield from _windows(select, frame, key)
    yield from _distinct(select, frame, key)


def limits(query: exp.Expr) -> Iterator[str]:
    """Yield the clauses that pick some rows of all."""
    for name in ("limit", "offset"):
        clause = query.args.get(name)
        if clause is not None:
            yield (
                f"{short_sql(clause)} picks rows out of all keys together, so a new row of one key moves the rows of "
                "another. Write `rebuild_by: full`, best at publish over a small table, or number the rows with "
                "row_number() over (partition by <the key> order by ...)"
            )


def grouped_by(select: exp.Select) -> list[exp.Expr] | None:
    """Return the expressions that stand in every grouping set of a GROUP BY; None without a GROUP BY."""
    group = select.args.get("group")
    if group is None:
        return None
    if group.args.get("all"):
        return [each.unalias() for each in select.expressions if not each.find(exp.AggFunc)]
    plain: list[exp.Expr] = []
    kinds = [
        *group.expressions,
        *(each for name in ("grouping_sets", "rollup", "cube") for each in group.args.get(name) or []),
    ]
    for each in kinds:
        if isinstance(each, exp.GroupingSets):
            plain += _in_every_set(each)
        elif not isinstance(each, exp.Rollup | exp.Cube):  # both have an empty set
            plain.append(each)
    return plain


def has_grouping_sets(select: exp.Select) -> bool:
    """Whether a GROUP BY leaves some of its columns null in some of its rows."""
    group = select.args.get("group")
    return group is not None and group.find(exp.GroupingSets, exp.Rollup, exp.Cube) is not None


def _in_every_set(sets: exp.Expr) -> list[exp.Expr]:
    members = [_members(each) for each in sets.expressions]
    if not members:
        return []
    return [each for text, each in members[0].items() if all(text in other for other in members[1:])]


def _members(grouping_set: exp.Expr) -> dict[str, exp.Expr]:
    if isinstance(grouping_set, exp.Rollup | exp.Cube):
        return {}
    parts = grouping_set.expressions if isinstance(grouping_set, exp.Tuple) else [grouping_set]
    return {part.unnest().sql(): part.unnest() for part in parts}


def _groups(select: exp.Select, frame: Frame, key: str) -> Iterator[str]:
    grouped = grouped_by(select)
    if grouped is None:
        aggregate = next(plain_aggregates(select), None)
        if aggregate is not None:
            cure = _cure(frame, key, clause="GROUP BY")
            yield f"{short_sql(aggregate)} without GROUP BY runs over the rows of all keys. {cure}"
        return
    if not frame.determines_key(grouped):
        where = " in one of its grouping sets" if has_grouping_sets(select) else ""
        cure = _cure(frame, key, clause="GROUP BY")
        yield f"{short_sql(select.args['group'])} leaves out {key}{where}, {_MIXED}. {cure}"


def plain_aggregates(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield aggregates of a SELECT that are no window functions."""
    for node in find_all_in_scope(select, exp.AggFunc):
        if not _is_windowed(node):
            yield node


def _is_windowed(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parent = parent.parent
    return isinstance(parent, exp.Window)


def _windows(select: exp.Select, frame: Frame, key: str) -> Iterator[str]:
    named = {window.this.name.lower(): window for window in select.args.get("windows") or []}
    seen = set()
    for window in find_all_in_scope(select, exp.Window):
        if window.arg_key == "windows":
            continue
        parts = partition(window, named)
        text = short_sql(window)
        if frame.determines_key(parts) or text in seen:
            continue
        seen.add(text)
        if parts:
            listed = ", ".join(part.sql("duckdb") for part in parts)
            own = f"compute it in a model of its own, rebuilt by {parts[0].name or listed}"
            cure = _cure(frame, key, own)
            yield f"{text} leaves {key} out of PARTITION BY {listed}, so its rows see rows of other keys. {cure}"
        else:
            yield f"{text} has no PARTITION BY, so it runs over the rows of all keys. {_cure(frame, key)}"


def partition(window: exp.Expr, named: dict[str, exp.Expr]) -> list[exp.Expr]:
    """Return what a window is partitioned by, its named window included."""
    parts = list(window.args.get("partition_by") or [])
    base = named.get(window.alias.lower()) if window.alias else None
    return parts + (partition(base, named) if base is not None and base is not window else [])


def _distinct(select: exp.Select, frame: Frame, key: str) -> Iterator[str]:
    distinct = select.args.get("distinct")
    if distinct is None:
        return
    on = distinct.args.get("on")
    chosen = (
        _resolved(on.expressions, select, frame) if on is not None else [each.unalias() for each in select.expressions]
    )
    if not frame.determines_key(chosen):
        name = short_sql(distinct) if on is not None else "SELECT DISTINCT"
        yield f"{name} leaves out {key}, {_MIXED}. {_cure(frame, key, clause='selected columns')}"


def _resolved(named: Iterable[exp.Expr], select: exp.Select, frame: Frame) -> list[exp.Expr]:
    """Return the columns of DISTINCT ON, which sqlglot leaves without their tables."""
    projections = {each.alias_or_name: each.unalias() for each in select.expressions}
    found = []
    for each in named:
        owners = [alias for alias, relation in frame.relations.items() if each.name.lower() in relation.columns]
        if type(each) is not exp.Column or each.table:
            found.append(each)
        elif len(owners) == 1:
            found.append(exp.column(each.name, owners[0]))
        else:
            found.append(projections.get(each.name, each))
    return found


def sums_of_doubles(select: exp.Select, frame: Frame) -> Iterator[str]:
    """Yield sums and averages of binary floating-point numbers, which differ from run to run."""
    seen = set()
    for node in find_all_in_scope(select, *_SUMS):
        text = node.sql("duckdb")
        if text not in seen and is_double(node.this, frame):
            seen.add(text)
            yield (
                f"{text} adds up binary floating-point numbers: with two threads the last digits differ from run to "
                "run. Cast to decimal or whole numbers (at staging, or before the sum), and divide after summing"
            )


def _cure(frame: Frame, key: str, instead: str = "", clause: str = "PARTITION BY") -> str:
    sure, unsure = frame.key_names(), frame.key_names(Tie.PERHAPS)
    if sure:
        what = f"Add {sure[0]} to the {clause}"
    elif unsure:
        each = f"coalesce({', '.join(unsure)})" if len(unsure) > 1 else "the key of the side that the join keeps"
        what = f"{unsure[0]} alone is null where an outer join finds no row: add {each} to the {clause}"
    else:
        what = f"Select {key} in what this reads from and add it to the {clause}"
    return "; ".join(filter(None, [what, instead, OR_FULL]))
