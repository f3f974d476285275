"""Parameters and items of events as GA4's raw table holds them, and the conditions on them."""

from __future__ import annotations

from sqlglot import exp

from journey_analytics.definitions.rules import TextMatch, When, Word

# parameter -> its column in the raw table; all others stay together in other_params. A test compares them with the layout
PARAMETER_COLUMNS = {
    **{name: name for name in (
        "batch_page_id", "batch_ordering_id", "batch_event_index", "ga_session_id", "ga_session_number", "session_engaged",
        "engagement_time_msec", "page_location", "page_title", "page_referrer", "ignore_referrer", "search_term", "link_url",
        "traffic_type", "debug_mode",
    )},
    **{name: f"param_{name}" for name in (
        "source", "medium", "campaign", "term", "content", "gclid", "currency", "value", "transaction_id",
    )},
}  # fmt: skip
_OTHER_VALUE = "coalesce(param.string_value, cast(param.int_value as varchar), cast(param.double_value as varchar))"


class ItemWhen(When):
    """What a step may look at in one item of an event."""

    item_id: Word | None = None
    item_name: Word | None = None
    item_brand: Word | None = None
    item_variant: Word | None = None
    item_category: Word | None = None
    item_list_name: Word | None = None
    coupon: Word | None = None
    promotion_name: Word | None = None

    def holds_of_an_item(self) -> str:
        """Return the condition that some item of an event of the raw table matches."""

        def within(node: exp.Expr) -> exp.Expr:
            return exp.column(node.name, table="item") if isinstance(node, exp.Column) else node

        matches = self.condition().transform(within).sql("duckdb")
        return f"array_length(list_filter(items, lambda item: {matches})) > 0"


class _Parameter(When):
    text: Word


def holds_of_a_parameter(name: str, match: TextMatch | tuple[str, ...]) -> str:
    """Return the condition that a parameter of an event of the raw table matches; numbers are compared as texts.

    >>> holds_of_a_parameter("method", ("Google",))[:60]
    'array_length(list_filter(other_params, lambda param: param.k'
    """
    column = PARAMETER_COLUMNS.get(name)
    value: exp.Expr = exp.maybe_parse(
        _OTHER_VALUE if column is None else f"cast({column} as varchar)", dialect="duckdb"
    )

    def within(node: exp.Expr) -> exp.Expr:
        return value.copy() if isinstance(node, exp.Column) else node

    told = _Parameter(text=match).condition().transform(within).sql("duckdb")
    if column is not None:
        return told
    key = exp.Literal.string(name).sql("duckdb")
    return f"array_length(list_filter(other_params, lambda param: param.key = {key} and {told})) > 0"
