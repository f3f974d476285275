"""What two runs over the same rows may answer differently: the clock, chance, and the order in which rows arrive."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from journey_analytics.definitions.promise.sql_words import place, short_sql

_ORDERED = "Write arg_min(x, <order column>) or arg_max"
_CLOCK = "gives another answer in each run. Read run_window.as_of or as_of_at, in a view or a small `full` model"
_CHANCE = "gives another answer in each run. Compute a key from the row itself, such as md5(...)"
_FLOAT = (
    "is computed in binary floating point in the order in which threads deliver rows, so its last digits differ from "
    "run to run. Give out sums of whole numbers or decimals, and let `estimate:` or the last SELECT divide"
)
_TIE = "takes any of several equals. Count per value, then take arg_max over a total order"
_GUESS = "is an estimate that depends on the order of the rows. Use an exact aggregate: median, count(distinct ...)"

# functions that sqlglot has no class for
_NAMED = {
    **dict.fromkeys(("now", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp"), _CLOCK),
    **dict.fromkeys(("setseed", "nextval", "currval", "txid_current"), _CHANCE),
    **dict.fromkeys(("fsum", "kahan_sum", "sumkahan", "favg", "product", "geomean", "geometric_mean", "sem"), _FLOAT),
    **dict.fromkeys(("kurtosis_pop", "regr_avgx", "regr_avgy", "regr_sxx", "regr_sxy", "regr_syy"), _FLOAT),
    **dict.fromkeys(("reservoir_quantile", "approx_top_k"), _GUESS),
    "arbitrary": f"takes the value of any row. {_ORDERED}",
}
_CLASSES: dict[type[exp.Expr], str] = {
    **dict.fromkeys(
        (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp), _CLOCK
    ),
    **dict.fromkeys((exp.Rand, exp.Randn, exp.Uuid), _CHANCE),
    **dict.fromkeys((exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop), _FLOAT),
    **dict.fromkeys((exp.Corr, exp.CovarPop, exp.CovarSamp, exp.Skewness, exp.Kurtosis), _FLOAT),
    **dict.fromkeys((exp.RegrSlope, exp.RegrIntercept, exp.RegrR2), _FLOAT),
    exp.Mode: _TIE,
    **dict.fromkeys((exp.ApproxQuantile, exp.ApproxDistinct, exp.ApproxTopK), _GUESS),
    exp.TableSample: "picks rows by chance. Leave it away",
}
# aggregates that answer by the order of the rows, unless they say an order
_BY_ORDER = (exp.First, exp.Last, exp.AnyValue, exp.ArrayAgg, exp.GroupConcat, exp.ArrayConcatAgg, exp.JSONArrayAgg)
_IN_WINDOW = (exp.RowNumber, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.Ntile)


def unrepeatable(select: exp.Expr) -> list[str]:
    """Return one sentence for everything in a SELECT whose answer is not decided by the rows alone."""
    return list(
        dict.fromkeys(f"{place(node)}: {short_sql(node)} {fault}." for node in select.walk() for fault in _faults(node))
    )


def _faults(node: exp.Expr) -> Iterator[str]:
    reason = _NAMED.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _CLASSES.get(type(node))
    if reason is not None:
        yield reason
    elif isinstance(node, _BY_ORDER) and not _is_ordered(node):
        yield f"without ORDER BY depends on the order in which rows arrive. {_ORDERED}, or give it an ORDER BY"
    elif isinstance(node, _IN_WINDOW) and not _has_order(node):
        yield "needs an ORDER BY in its window: without one any row may come first"
    elif isinstance(node, exp.Distinct) and node.args.get("on") is not None and not _is_ordered_query(node.parent):
        yield "without ORDER BY keeps any row of each group. Add an ORDER BY with a total order, or use row_number()"
    elif isinstance(node, exp.Column) and node.name.lower() == "rowid":
        yield "is the place of a row in the file, which changes when rows are rewritten. Use a key of the data"


def _is_ordered(node: exp.Expr) -> bool:
    """Whether an aggregate says the order of its rows, or makes a list that is sorted at once: equals in it are alike."""
    is_sorted = isinstance(node, exp.ArrayAgg) and isinstance(node.parent, exp.ArraySort)
    return is_sorted or isinstance(_argument(node), exp.Order) or _has_order(node)


def _argument(node: exp.Expr) -> exp.Expr | None:
    argument: exp.Expr | None = node.this
    return argument.expressions[0] if isinstance(argument, exp.Distinct) and argument.expressions else argument


def _is_ordered_query(node: exp.Expr | None) -> bool:
    return node is not None and node.args.get("order") is not None


def _has_order(node: exp.Expr) -> bool:
    """Whether an aggregate or window function stands in a window with an order."""
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parent = parent.parent
    select = node.find_ancestor(exp.Select)
    named = {window.this.name.lower(): window for window in (select.args.get("windows") or [] if select else [])}
    while isinstance(parent, exp.Window | exp.WithinGroup):
        if isinstance(parent, exp.WithinGroup) or parent.args.get("order") is not None:
            return True
        parent = named.pop(parent.alias.lower(), None) if parent.alias else None
    return False
