"""The second lowering of a funnel: each ASOF join becomes a window, for engines that have none.

What an ASOF join asks for each row of its left side is the nearest row on the right. Here the moments that are asked
for and those that there are stand in one list; a running minimum from the end of the list, or a maximum from its
beginning, tells each question its answer, and plain joins bring the columns. It is another way to the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp, parse_one

# operator -> running aggregate, order of the list, and whether a question stands before an equal moment
_NEAREST: dict[type[exp.Expression], tuple[str, str, bool]] = {
    exp.LT: ("min", "desc", True),
    exp.LTE: ("min", "desc", False),
    exp.GT: ("max", "asc", True),
    exp.GTE: ("max", "asc", False),
}
_MIRRORED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE,
}  # fmt: skip


@dataclass(frozen=True)
class _Condition:
    """What an ASOF join is on: pairs of columns that are equal, and one that is nearest."""

    pairs: tuple[tuple[exp.Expression, exp.Column], ...]
    asked: exp.Expression
    nearest: exp.Column
    operator: type[exp.Expression]


def without_asof(sql: str) -> str:
    """Return a SELECT with a window in place of each ASOF join.

    The right side of each must have one row at most per key and moment, as the steps of a funnel do.
    """
    tree = parse_one(sql, dialect="duckdb")
    for select in list(tree.find_all(exp.Select)):
        for join in select.args.get("joins") or []:
            if join.method == "ASOF":
                _replace(select, join)
    return tree.sql(dialect="duckdb", pretty=True)


def _replace(select: exp.Select, join: exp.Join) -> None:
    """Turn `left asof join right` into `left join answers join right`."""
    condition = _read(join)
    left, right = select.args["from_"].this, join.this
    is_kept = join.side == "LEFT"
    names = [f"key_{number}" for number in range(len(condition.pairs))]
    answers = _answers(condition, names, left, right)
    asked = [exp.EQ(this=ours.copy(), expression=exp.column(name, "answers")) for (ours, _), name in zip(condition.pairs, names, strict=True)]
    asked.append(exp.EQ(this=condition.asked.copy(), expression=exp.column("asked_at", "answers")))
    found = [exp.EQ(this=exp.column(name, "answers"), expression=theirs.copy()) for (_, theirs), name in zip(condition.pairs, names, strict=True)]
    found.append(exp.EQ(this=exp.column("nearest", "answers"), expression=condition.nearest.copy()))
    side = "left" if is_kept else ""
    joins = select.args["joins"]
    place = joins.index(join)
    joins[place : place + 1] = [
        exp.Join(this=answers, side=side, on=exp.and_(*asked)),
        exp.Join(this=right.copy(), side=side, on=exp.and_(*found)),
    ]
    select.set("joins", joins)
