"""What every contender makes of an event: the same columns, from the same fields of the export."""

from __future__ import annotations

from dataclasses import asdict

from journey_analytics.ingest.ga4_layout import EVENT_COLUMNS, Shape, export_shape

HOT = tuple(column.parameter for column in EVENT_COLUMNS if column.parameter)
"""The parameters that become columns; all others are kept in one list, `other_params`."""
LISTS = ("items", "user_properties")
# some twenty columns, as somebody would write the statement by hand
_PLAIN_FIELDS = (
    "event_date", "event_timestamp", "event_name", "user_pseudo_id", "user_id", "platform", "device_category",
    "operating_system", "browser", "country", "city", "first_user_source", "first_user_medium", "first_user_campaign",
)  # fmt: skip
_PLAIN_PARAMETERS = ("ga_session_id", "engagement_time_msec", "session_engaged", "param_value", "page_location")
PLAIN_COLUMNS = tuple(column for column in EVENT_COLUMNS if column.name in {*_PLAIN_FIELDS, *_PLAIN_PARAMETERS})


def job(kind: str, pattern: str, out: str) -> dict[str, object]:
    """Return the work as plain data, for a process that knows nothing of this project."""
    return {
        "kind": kind,
        "pattern": pattern,
        "out": out,
        "shape": export_shape(),
        "columns": [asdict(column) for column in EVENT_COLUMNS],
        "lists": LISTS,
    }


def clickhouse_type(shape: Shape) -> str:
    """Return the ClickHouse type of a shape.

    >>> clickhouse_type([{"key": "varchar", "value": {"int_value": "bigint"}}])
    'Array(Tuple(`key` Nullable(String), `value` Tuple(`int_value` Nullable(Int64))))'
    """
    if isinstance(shape, list):
        return f"Array({clickhouse_type(shape[0])})"
    if isinstance(shape, dict):
        return "Tuple(" + ", ".join(f"`{name}` {clickhouse_type(inner)}" for name, inner in shape.items()) + ")"
    return {"varchar": "Nullable(String)", "bigint": "Nullable(Int64)", "double": "Nullable(Float64)"}[shape]
