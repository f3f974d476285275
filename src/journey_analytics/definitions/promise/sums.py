"""Models whose rows are sums over groups of input rows, `adds_up_over: unit`: a night adds what the changed groups make
more or less of, and reads nothing else.

The promise: with only the input rows of some units the SELECT makes the summands of those units, and the whole table is
the sum of all summands. A count of distinct units adds up over units as well, though never over days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.demands import has_grouping_sets
from journey_analytics.definitions.promise.inputs import Input
from journey_analytics.definitions.promise.remembered import remembered


@dataclass(frozen=True)
class Summands:
    """The output columns of a SELECT that adds up.

    Attributes:
        groups: columns that say of what a row is the sum.
        measures: the sums and counts.
        rows: the measure that counts the rows behind a sum: a row whose count falls to 0 is gone.
    """

    groups: tuple[str, ...]
    measures: tuple[str, ...]
    rows: str


def summands(select: exp.Expr) -> Summands | None:
    """Return what a SELECT adds up, or None where no measure is a plain count(*)."""
    groups, measures, rows = [], [], None
    for made in _top(select).expressions:
        if _aggregates(made):
            measures.append(made.alias_or_name)
            if isinstance(_bare(made), exp.Count) and isinstance(_bare(made).this, exp.Star):
                rows = made.alias_or_name
        else:
            groups.append(made.alias_or_name)
    return Summands(tuple(groups), tuple(measures), rows) if rows is not None else None


def sum_faults(select: exp.Expr, unit: str) -> list[str]:
    """Return why a SELECT does not add up over its units, in sentences; nothing where it does."""
    top = _top(select)
    if not isinstance(top, exp.Select) or top.args.get("group") is None:
        return ["adds_up_over needs a SELECT with GROUP BY as its outermost; put what follows into a view."]
    faults = []
    if summands(select) is None:
        faults.append("adds_up_over needs a plain count(*) among the columns: when it falls to 0 the row is gone.")
    if any(top.args.get(part) for part in ("qualify", "windows", "distinct", "limit", "order")):
        faults.append("adds_up_over allows no window, DISTINCT, LIMIT or ORDER BY beside the GROUP BY.")
    having = top.args.get("having")
    if having is not None and (_aggregates(having) or having.find(exp.Query)):
        faults.append("adds_up_over allows no sums in HAVING, and no subquery: a night sees a part of them only.")
    for hidden in _hidden_groups(top):
        faults.append(
            f"GROUP BY {hidden} is not among the selected columns, so a night could not tell rows apart that differ in "
            "it only. Select it too, or leave it out of the GROUP BY."
        )
    for made in top.expressions:
        if made.find(exp.Query, exp.Window):
            faults.append(
                f"{made.alias_or_name} holds a subquery or a window, which a night would answer from the changed units "
                "alone. Leave it away and compute it in a view over this model."
            )
            continue
        for each in _aggregates(made):
            if (each is not _bare(made)) or not _adds_up(each, unit):
                faults.append(
                    f"{made.alias_or_name} does not add up: allowed are count(*), count(x), count(distinct {unit}) or of a "
                    f"CASE that gives {unit} or null, and sum of something never null (CASE with ELSE, or coalesce), cast or not."
                )
                break
    return faults


def unit_model(model: Model, select: exp.Expr, counted: exp.Expr | None = None) -> tuple[Model, exp.Query]:
    """Return the rows behind the sums as a model of their own, rebuilt by the unit: what the promise is checked on.

    Args:
        counted: the column that is to be the unit; left away, that of the table after FROM.
    """
    unit = model.front.adds_up_over
    assert unit is not None
    tree = select.copy()
    top = _top(tree)
    for part in ("group", "having"):
        top.set(part, None)
    column = counted.copy() if counted is not None else exp.column(unit, table=top.args["from_"].this.alias_or_name)
    top.set("expressions", [column.as_(unit)])
    front = model.front.model_copy(
        update={"rebuild_by": unit, "adds_up_over": None, "through": None, "grain": (unit,), "estimate": ()}
    )
    assert isinstance(tree, exp.Query)
    return replace(model, front=front, sql=tree.sql("duckdb")), tree


def counted_units(select: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    """Yield the name of each measure that counts distinct units, with each column that it counts."""
    for made in _top(select).expressions:
        for distinct in made.find_all(exp.Distinct):
            for counted in distinct.expressions:
                for column in _counted(counted):
                    yield made.alias_or_name, column


def casts_of_sums(select: exp.Expr) -> dict[str, tuple[str, ...]]:
    """Return the types to which each measure is cast after it is summed; measures that are not cast are left out."""
    found = {}
    for made in _top(select).expressions:
        kinds, inner = [], made
        while isinstance(inner, exp.Alias | exp.Cast | exp.Paren):
            kinds += [inner.to.sql("duckdb")] if isinstance(inner, exp.Cast) else []
            inner = inner.this
        if kinds and _aggregates(made):
            found[made.alias_or_name] = tuple(kinds)
    return found


def without_casts(select: exp.Expr) -> str:
    """Return the SELECT with its measures as they are before any cast, as SQL."""
    tree = select.copy()
    for made in _top(tree).expressions:
        if _aggregates(made):
            made.replace(exp.alias_(_bare(made).copy(), made.alias_or_name))
    return tree.sql("duckdb")


def columns_used(select: exp.Expr, given: Input, keys: Collection[str] = ()) -> tuple[str, ...]:
    """Return the columns of an input that a SELECT names anywhere; a star gives on only what somebody names.

    Args:
        keys: columns, in lower case, by which inputs find the unit: read also where the SELECT does not name them. They
            are those of all inputs together, so that the sides of a union keep the same columns.
    """
    named = {column.name.lower() for column in select.find_all(exp.Column)}
    for join in select.find_all(exp.Join):
        named |= {column.name.lower() for column in join.args.get("using") or ()}
    for star in select.find_all(exp.Star):
        named |= {column.name.lower() for column in star.args.get("except_") or ()}
    unions = [(_is_starred(union.left), _is_starred(union.right)) for union in select.find_all(exp.SetOperation)]
    # a star beside a list of columns, or beside a star over other columns: fewer on one side would not fit the other
    if any(left is not right or (left and not named.issuperset(keys)) for left, right in unions):
        return given.columns
    return tuple(column for column in given.columns if column.lower() in named.union(keys))


def _is_starred(side: exp.Expr) -> bool:
    query = side.unnest()
    return isinstance(query, exp.Query) and any(each.is_star for each in query.selects)


def over_relations(select: exp.Expr, relations: Mapping[str, str]) -> str:
    """Return the SELECT with other relations in the place of some tables, by name in lower case, as SQL."""
    also = tuple(sorted(relations.items()))
    return remembered("over", select, also, lambda: _over_relations(select, relations))


def _over_relations(select: exp.Expr, relations: Mapping[str, str]) -> str:
    tree = select.copy()
    for scope in traverse_scope(tree):
        ctes = {name.lower() for name in scope.cte_sources}
        for table in scope.tables:
            name = table.name.lower()
            if name in relations and name not in ctes:
                alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
                riders = {"joins": table.args["joins"]} if table.args.get("joins") else {}
                table.replace(exp.Table(this=exp.to_identifier(relations[name]), alias=alias, **riders))
    return tree.sql("duckdb")


def _top(select: exp.Expr) -> exp.Expr:
    return select.unnest()


def _bare(made: exp.Expr) -> exp.Expr:
    while isinstance(made, exp.Alias | exp.Cast | exp.Paren):
        made = made.this
    return made


def _aggregates(made: exp.Expr) -> list[exp.Expr]:
    # grouping() only says to which grouping set a row belongs
    found = [each for each in made.find_all(exp.AggFunc) if not isinstance(each, exp.Grouping)]
    return [each for each in found if each.find_ancestor(exp.Subquery) is None]


def _hidden_groups(top: exp.Select) -> Iterator[str]:
    """Yield what a GROUP BY names and the SELECT does not give out."""
    group = top.args["group"]
    if group.args.get("all") or has_grouping_sets(top):
        return
    shown = {_without_tables(made.unalias()) for made in top.expressions}
    shown |= {made.alias_or_name.lower() for made in top.expressions}
    for each in group.expressions:
        # a number is the place of a selected column
        if not isinstance(each, exp.Literal) and _without_tables(each) not in shown:
            yield each.sql("duckdb")


def _without_tables(made: exp.Expr) -> str:
    tree = made.unnest().copy()
    for column in tree.find_all(exp.Column):
        column.set("table", None)
    return tree.sql("duckdb").lower()


def _counted(counted: exp.Expr) -> list[exp.Expr]:
    """Return the columns that count(distinct ...) counts, without those that a CASE only asks."""
    if isinstance(counted, exp.Case):
        return [column for branch in counted.args["ifs"] for column in _counted(branch.args["true"])]
    return [counted]


def _adds_up(each: exp.Expr, unit: str) -> bool:
    if isinstance(each, exp.Count):
        counted = each.this
        if not isinstance(counted, exp.Distinct):
            return True
        return len(counted.expressions) == 1 and _is_unit(counted.expressions[0], unit)
    return isinstance(each, exp.Sum) and _is_never_null(each.this)


def _is_unit(counted: exp.Expr, unit: str) -> bool:
    if isinstance(counted, exp.Case):
        branches = [branch.args["true"] for branch in counted.args["ifs"]]
        return counted.args.get("default") is None and all(_is_unit(branch, unit) for branch in branches)
    return isinstance(counted, exp.Column) and counted.name.lower() == unit.lower()


def _is_never_null(summed: exp.Expr) -> bool:
    summed = _bare(summed)
    if isinstance(summed, exp.Coalesce):
        return isinstance(_bare(([summed.this, *summed.expressions])[-1]), exp.Literal)
    if isinstance(summed, exp.Case):
        branches = [branch.args["true"] for branch in summed.args["ifs"]]
        default = summed.args.get("default")
        return default is not None and all(_is_never_null(part) for part in [*branches, default])
    if isinstance(summed, exp.Mul):
        return _is_never_null(summed.this) and _is_never_null(summed.expression)
    return isinstance(summed, exp.Literal)
