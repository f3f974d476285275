"""The second lowering of a funnel: each ASOF join becomes a window, for engines that have none.

What an ASOF join asks for each row of its left side is the nearest row on the right. Here the moments that are asked
for and those that there are stand in one list; a running minimum from the end of the list, or a maximum from its
beginning, tells each question its answer, and plain joins bring the columns. It is another way to the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp, parse_one

# operator -> running aggregate, order of the list, and whether a question stands before an equal moment
_NEAREST: dict[type[exp.Expr], tuple[str, str, bool]] = {
    exp.LT: ("min", "desc", True),
    exp.LTE: ("min", "desc", False),
    exp.GT: ("max", "asc", True),
    exp.GTE: ("max", "asc", False),
}
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE,
}  # fmt: skip


@dataclass(frozen=True)
class _Condition:
    """What an ASOF join is on: pairs of columns that are equal, and one that is nearest."""

    pairs: tuple[tuple[exp.Expr, exp.Column], ...]
    asked: exp.Expr
    nearest: exp.Column
    operator: type[exp.Expr]


def without_asof(sql: str) -> str:
    """Return a SELECT with a window in place of each ASOF join.

    The right side of each must have one row at most per key and moment, as the steps of a funnel do.
    """
    tree = parse_one(sql, dialect="duckdb")
    for select in list(tree.find_all(exp.Select)):
        for join in select.args.get("joins") or []:
            if join.method.upper() == "ASOF":
                _replace(select, join)
    return tree.sql(dialect="duckdb", pretty=True)


def _replace(select: exp.Select, join: exp.Join) -> None:
    """Turn `left asof join right` into `left join answers join right`."""
    left, right = select.args["from_"].this, join.this
    condition = _read(join.args["on"], right.alias_or_name)
    side = join.side.lower()
    names = [f"key_{number}" for number in range(len(condition.pairs))]
    answers = f"{right.alias_or_name}_answers"
    ours = [(name, pair[0]) for name, pair in zip(names, condition.pairs, strict=True)] + [
        ("asked_at", condition.asked)
    ]
    theirs = [(name, pair[1]) for name, pair in zip(names, condition.pairs, strict=True)]
    theirs.append(("nearest", condition.nearest))
    joins = select.args["joins"]
    place = joins.index(join)
    joins[place : place + 1] = [
        exp.Join(this=_answers(condition, names, left, right).subquery(answers), side=side, on=_agree(answers, ours)),
        exp.Join(this=right.copy(), side=side, on=_agree(answers, theirs)),
    ]


def _agree(table: str, pairs: Iterable[tuple[str, exp.Expr]]) -> exp.Condition:
    return exp.and_(*(exp.EQ(this=exp.column(name, table), expression=other.copy()) for name, other in pairs))


def _read(on: exp.Expr, right: str) -> _Condition:
    """Take the condition of an ASOF join apart; each part compares something of the left with a column of the right."""
    pairs, nearest = [], None
    for part in on.flatten() if isinstance(on, exp.And) else [on]:
        operator, ours, theirs = type(part), part.this, part.expression
        if isinstance(ours, exp.Column) and ours.table == right:
            operator, ours, theirs = _MIRRORED.get(operator, operator), theirs, ours
        if operator is exp.EQ:
            pairs.append((ours, theirs))
        else:
            nearest = (ours, theirs, operator)
    if nearest is None:
        raise ValueError(f"an ASOF join needs a comparison: {on.sql('duckdb')}")
    return _Condition(tuple(pairs), *nearest)


def _answers(condition: _Condition, names: list[str], left: exp.Expr, right: exp.Expr) -> exp.Select:
    """Each moment that is asked for, once, with the nearest one that there is."""
    aggregate, direction, asks_first = _NEAREST[condition.operator]
    ours, theirs = zip(*condition.pairs, strict=True)
    asked = _columns([*ours, condition.asked], [*names, "at"]).distinct().from_(left.copy())
    there = _columns([*theirs, condition.nearest], [*names, "at"]).from_(right.copy())
    first = "is_there" if asks_first else "is_there desc"
    keys = ", ".join(names)
    return parse_one(
        f"select {keys}, at as asked_at, nearest from ("
        f"select {keys}, at, is_there, {aggregate}(case when is_there = 1 then at end) over (partition by {keys} "
        f"order by at {direction}, {first} rows between unbounded preceding and current row) as nearest from ("
        f"select {keys}, at, 0 as is_there from ({asked.sql('duckdb')}) as questions "
        f"union all select {keys}, at, 1 as is_there from ({there.sql('duckdb')}) as moments"
        ") as all_moments) as told where is_there = 0 and nearest is not null",
        dialect="duckdb",
        into=exp.Select,
    )


def _columns(values: Iterable[exp.Expr], names: Iterable[str]) -> exp.Select:
    return exp.select(*(exp.alias_(value.copy(), name) for value, name in zip(values, names, strict=True)))
