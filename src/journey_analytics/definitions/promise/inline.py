"""Views and contract unions put in the place where they are read: on the tree, at scopes, never on the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from journey_analytics.errors import GraphError

_RIDERS = ("joins", "laterals", "pivots", "sample")  # clauses that hang on a table in a FROM


def inline_views(select: exp.Expr, views: Mapping[str, exp.Expr]) -> exp.Expr:
    """Return a SELECT that reads only tables: each view becomes `(its SELECT) as alias`, views in views included.

    A CTE that bears a view's name stays as it is. A CTE that bears the name of a table which some view reads gets
    another name, because inside the view's brackets it would hide that table.

    Raises:
        GraphError: views that read each other in a circle.
    """
    return _inlined(select, {name.lower(): view for name, view in views.items()}, ())


def _inlined(select: exp.Expr, views: Mapping[str, exp.Expr], around: tuple[str, ...]) -> exp.Expr:
    tree = select.copy()
    reads = [(table, table.name.lower()) for table in _tables(tree) if table.name.lower() in views]
    circle = next((name for _, name in reads if name in around), None)
    if circle is not None:
        raise GraphError(
            f"views read each other in a circle: {' -> '.join([*around[around.index(circle) :], circle])}."
        )
    bodies = {name: _inlined(views[name], views, (*around, name)) for name in {name for _, name in reads}}
    hidden = {table.name.lower() for body in bodies.values() for table in _tables(body)}
    _rename_ctes(tree, hidden)
    for table, name in reads:
        body = bodies[name].copy()
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
        riders = {rider: table.args[rider] for rider in _RIDERS if table.args.get(rider)}
        table.replace(exp.Subquery(this=body, alias=alias.copy(), **riders))
    return tree


def _tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Yield the references to real tables and views, those to CTEs left out."""
    for scope in traverse_scope(tree):
        ctes = {name.lower() for name in scope.cte_sources}
        for table in scope.tables:
            if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in ctes):
                yield table


def _rename_ctes(tree: exp.Expr, hidden: set[str]) -> None:
    """Give the CTEs that would hide a table another name; who reads them keeps the old name as alias."""
    taken = {table.name.lower() for table in tree.find_all(exp.Table)} | {
        cte.alias.lower() for cte in tree.find_all(exp.CTE)
    }
    new: dict[str, str] = {}
    for name in sorted({cte.alias.lower() for cte in tree.find_all(exp.CTE)} & hidden):
        number = 1
        while f"{name}_{number}" in taken | hidden:
            number += 1
        new[name] = f"{name}_{number}"
    if not new:
        return
    for scope in traverse_scope(tree):
        ctes = {name.lower() for name in scope.cte_sources}
        for table in scope.tables:
            name = table.name.lower()
            if name in new and name in ctes and not table.db:
                if not table.args.get("alias"):
                    table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
                table.set("this", exp.to_identifier(new[name]))
    for cte in tree.find_all(exp.CTE):
        if cte.alias.lower() in new:
            cte.args["alias"].set("this", exp.to_identifier(new[cte.alias.lower()]))
