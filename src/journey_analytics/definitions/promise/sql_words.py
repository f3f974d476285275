"""Parts of a SELECT in words, for messages to people."""

from __future__ import annotations

from sqlglot import exp


def short_sql(node: exp.Expr, longest: int = 80) -> str:
    """Return a node as DuckDB's SQL on one line, cut off where it is long."""
    text = " ".join(node.sql("duckdb").split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def place(node: exp.Expr) -> str:
    """Return where a node stands, in words: its CTE or subquery, or the final SELECT.

    >>> from sqlglot import parse_one
    >>> place(parse_one("with pages as (select lower(path) from events) select * from pages").find(exp.Lower))
    "CTE 'pages'"
    """
    parent = node
    while parent.parent is not None:
        parent = parent.parent
        if isinstance(parent, exp.CTE):
            return f"CTE '{parent.alias}'"
        if isinstance(parent, exp.Subquery) and parent.alias:
            return f"subquery '{parent.alias}'"
        if isinstance(parent, exp.Exists | exp.In) or (isinstance(parent, exp.Subquery) and not _is_source(parent)):
            return f"the subquery {short_sql(parent, 70)}"
    return "the final SELECT"


def _is_source(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.From | exp.Join | exp.SetOperation) or node.parent is None
