"""Expressions over one event: read, checked and given back as SQL, so that a funnel's step may look at any column.

An expression looks at one row: no subquery, no aggregate, no window, nothing that is another thing tomorrow. A step that
could do more would give another answer by increments than by a full build.
"""

from __future__ import annotations

from typing import Annotated, Any

import sqlglot
from pydantic import BeforeValidator, WithJsonSchema
from sqlglot import exp
from sqlglot.errors import SqlglotError

from journey_analytics.errors import did_you_mean

# the columns of fct_events, without those that say how a row came; a test compares them with the model
EVENT_COLUMNS = (
    "event_key", "user_pseudo_id", "user_id", "session_key", "event_timestamp", "event_at", "event_date", "event_name",
    "session_number", "is_session_engaged", "engagement_milliseconds", "search_term", "transaction_id", "event_value",
    "currency", "page_location", "page_host", "page_path", "page_group", "page_title", "page_referrer", "event_source",
    "event_medium", "event_campaign", "google_click_id", "click_id_kind", "session_source", "session_medium",
    "session_campaign", "google_channel_group", "device_category", "country", "has_consent", "source",
)  # fmt: skip
_TRUE_OR_FALSE = ("is_session_engaged", "has_consent")

# SQL word -> how sqlglot reads it: functions that look at their arguments alone and mean the same on every engine
_FUNCTIONS: dict[str, type[exp.Expr]] = {
    "abs": exp.Abs,
    "case": exp.Case,
    "cast": exp.Cast,
    "ceil": exp.Ceil,
    "coalesce": exp.Coalesce,
    "contains": exp.Contains,
    "ends_with": exp.EndsWith,
    "extract": exp.Extract,
    "floor": exp.Floor,
    "greatest": exp.Greatest,
    "least": exp.Least,
    "length": exp.Length,
    "lower": exp.Lower,
    "nullif": exp.Nullif,
    "regexp_matches": exp.RegexpLike,
    "replace": exp.Replace,
    "round": exp.Round,
    "starts_with": exp.StartsWith,
    "substr": exp.Substring,
    "trim": exp.Trim,
    "try_cast": exp.TryCast,
    "upper": exp.Upper,
}
_OPERATORS = (exp.Connector, exp.If)
_ANSWERS = (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Case, exp.StartsWith, exp.EndsWith, exp.Contains)


def read_event_expression(text: Any) -> Any:
    """Return an expression over one event in the form that the compiler writes.

    >>> read_event_expression("event_value >= 100 and search_term is not null")
    'event_value >= 100 AND NOT search_term IS NULL'

    Raises:
        ValueError: it cannot be read, is no condition, or looks at more than one event.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{text!r} is no condition. Write SQL over one event, such as event_value >= 100")
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        raise ValueError(
            f"{text!r} cannot be read. Is a bracket, a quote or an operator missing, or too many?"
        ) from None
    _refuse_more_than_one_event(tree)
    for function in tree.find_all(exp.Func):
        if not isinstance(function, (*_FUNCTIONS.values(), *_OPERATORS)):
            said = function.name if isinstance(function, exp.Anonymous) else function.sql_name().lower()
            raise ValueError(
                f"{said} is none of the functions. Allowed: {', '.join(_FUNCTIONS)}.{did_you_mean(said, _FUNCTIONS)}"
            )
    if not _is_condition(tree):
        raise ValueError(f"{text!r} is neither true nor false. Write a comparison, such as event_value >= 100")
    return tree.sql("duckdb", comments=False)


def columns_in(text: str) -> tuple[str, ...]:
    """Return the columns that an expression looks at."""
    return tuple(dict.fromkeys(column.name for column in sqlglot.parse_one(text, read="duckdb").find_all(exp.Column)))


def _refuse_more_than_one_event(tree: exp.Expr) -> None:
    if tree.find(exp.Query, exp.AggFunc, exp.Window, exp.Star, exp.Block, exp.Placeholder, exp.Parameter, exp.Lambda):
        raise ValueError(
            "looks further than one event. Write a condition over its columns, without a subquery or a sum"
        )
    for column in tree.find_all(exp.Column):
        if column.table or column.name not in EVENT_COLUMNS:
            raise ValueError(
                f"{column.sql('duckdb')!r} is no column of an event. Allowed: {', '.join(EVENT_COLUMNS)}."
                f"{did_you_mean(column.name, EVENT_COLUMNS)}"
            )


def _is_condition(tree: exp.Expr) -> bool:
    core = tree.unnest()
    return isinstance(core, _ANSWERS) or (isinstance(core, exp.Column) and core.name in _TRUE_OR_FALSE)


EventExpression = Annotated[str, BeforeValidator(read_event_expression), WithJsonSchema({"type": "string"})]
