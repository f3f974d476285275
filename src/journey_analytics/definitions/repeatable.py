"""What two runs over the same rows may answer differently: the clock, chance, and the order in which rows arrive."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from journey_analytics.definitions.key_scopes import place

_ORDERED = "Write arg_min(x, <order column>) or arg_max"
_CLOCK = "gives another answer in each run. Read run_window.as_of or as_of_at, in a view or a small `full` model"
_CHANCE = "gives another answer in each run. Compute a key from the row itself, such as md5(...)"
_FLOAT = (
    "is computed in binary floating point in the order in which threads deliver rows, so the last digits differ from run to run. "
    "Give out sums of whole numbers or decimals, and let `estimate:` or the last SELECT divide"
)
_TIE = "takes any of several equals. Count per value, then take arg_max over a total order"
_GUESS = "is an estimate that depends on the order of the rows. Use an exact aggregate, such as median or count(distinct ...)"

# names that sqlglot knows no class for, or one class for several
_NAMED = {
    **dict.fromkeys(
        ("now", "get_current_timestamp", "get_current_time", "transaction_timestamp", "current_localtimestamp"), _CLOCK
    ),
    **dict.fromkeys(("setseed", "nextval", "currval", "txid_current", "gen_random_uuid"), _CHANCE),
    **dict.fromkeys(("arbitrary", "any_value"), f"takes the value of any row. {_ORDERED}"),
    **dict.fromkeys(
        ("fsum", "kahan_sum", "sumkahan", "favg", "product", "geomean", "geometric_mean", "kurtosis_pop", "sem"), _FLOAT
    ),
    **dict.fromkeys(("reservoir_quantile", "approx_top_k"), _GUESS),
}
_CLASSES: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    (
        (
            exp.CurrentDate,
            exp.CurrentTime,
            exp.CurrentTimestamp,
            exp.CurrentDatetime,
            exp.Localtime,
            exp.Localtimestamp,
        ),
        _CLOCK,
    ),
    ((exp.Rand, exp.Randn, exp.Uuid), _CHANCE),
    (
        (
            exp.Stddev,
            exp.StddevPop,
            exp.StddevSamp,
            exp.Variance,
            exp.VariancePop,
            exp.Corr,
            exp.CovarPop,
            exp.CovarSamp,
        ),
        _FLOAT,
    ),
    ((exp.Skewness, exp.Kurtosis, exp.RegrSlope, exp.RegrIntercept, exp.RegrR2), _FLOAT),
    ((exp.Mode,), _TIE),
    ((exp.ApproxQuantile, exp.ApproxDistinct, exp.ApproxTopK), _GUESS),
)
# aggregates that answer by the order of the rows, unless they say an order
_BY_ORDER = (exp.First, exp.Last, exp.AnyValue, exp.ArrayAgg, exp.GroupConcat, exp.ArrayConcatAgg, exp.JSONArrayAgg)
_NEED_WINDOW_ORDER = (exp.RowNumber, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.Ntile)


def unrepeatable(select: exp.Expr) -> list[str]:
    """Return one sentence for everything in a SELECT whose answer is not decided by the rows alone."""
    return list(dict.fromkeys(f"{place(node)}: {fault}." for node in select.walk() for fault in _faults(node)))


def _faults(node: exp.Expr) -> Iterator[str]:
    text = " ".join(node.sql("duckdb").split())
    text = text if len(text) <= 80 else text[:79] + "…"
    if isinstance(node, exp.Anonymous) and (reason := _NAMED.get(node.name.lower())):
        yield f"{text} {reason}"
    for classes, reason in _CLASSES:
        if isinstance(node, classes):
            yield f"{text} {reason}"
    if isinstance(node, _BY_ORDER) and not isinstance(_bare(node.this), exp.Order) and not _has_window_order(node):
        yield f"{text} without ORDER BY depends on the order in which rows arrive. {_ORDERED}, or give it an ORDER BY"
    if isinstance(node, _NEED_WINDOW_ORDER) and not _has_window_order(node):
        yield f"{text} needs an ORDER BY in its window: without one any row may come first"
    if (
        isinstance(node, exp.Distinct)
        and node.args.get("on") is not None
        and not node.find_ancestor(exp.Select).args.get("order")
    ):  # type: ignore[union-attr]
        yield f"{text} without ORDER BY keeps any row of each group. Add an ORDER BY with a total order, or use row_number()"
    if isinstance(node, exp.TableSample):
        yield f"{text} picks rows by chance. Leave it away"
    if isinstance(node, exp.Column) and node.name.lower() == "rowid":
        yield "rowid is the place of a row in the file, which changes when rows are rewritten. Use a key of the data"


def _bare(node: exp.Expr | None) -> exp.Expr | None:
    while isinstance(node, exp.Distinct):
        node = node.expressions[0] if node.expressions else None
    return node


def _has_window_order(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup):
        if isinstance(parent, exp.WithinGroup):
            return True
        parent = parent.parent
    if not isinstance(parent, exp.Window):
        return False
    if parent.args.get("order") is not None:
        return True
    select = parent.find_ancestor(exp.Select)
    named = {window.this.name.lower(): window for window in (select.args.get("windows") or [] if select else [])}
    base = named.get(parent.alias.lower()) if parent.alias else None
    return base is not None and base.args.get("order") is not None
