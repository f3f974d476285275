"""The raw table of a GA4 export: its columns, and where in the export each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

# The shape of nested data: a leaf is its SQL type, a struct a mapping, a list a list of one shape.
Shape: TypeAlias = "str | dict[str, Shape] | list[Shape]"


@dataclass(frozen=True)
class Column:
    """A column of the raw table: the first field of the export that holds a value, else an event parameter."""

    name: str
    type: str
    fields: tuple[str, ...] = ()
    parameter: str | None = None
    is_free_text: bool = False  # a URL or a text that people type or paste: redacted


def _text(name: str, *fields: str, parameter: str | None = None) -> Column:
    return Column(name, "varchar", fields, parameter)


def _free_text(name: str, *fields: str, parameter: str | None = None) -> Column:
    return Column(name, "varchar", fields, parameter, is_free_text=True)


def _whole(name: str, *fields: str, parameter: str | None = None) -> Column:
    return Column(name, "bigint", fields, parameter)


def _amount(name: str, *fields: str, parameter: str | None = None) -> Column:
    return Column(name, "double", fields, parameter)


EVENT_COLUMNS = (
    Column("event_date", "date", ("event_date",)),
    _whole("event_timestamp", "event_timestamp"),
    _text("event_name", "event_name"),
    _text("user_pseudo_id", "user_pseudo_id"),
    _text("user_id", "user_id"),
    _text("stream_id", "stream_id"),
    _text("platform", "platform"),
    _text("analytics_storage", "privacy_info.analytics_storage"),
    _whole("user_first_touch_timestamp", "user_first_touch_timestamp"),
    _whole("batch_page_id", "batch_page_id", parameter="batch_page_id"),
    _whole("batch_ordering_id", "batch_ordering_id", parameter="batch_ordering_id"),
    _whole("batch_event_index", "batch_event_index", parameter="batch_event_index"),
    # parameters that models ask for; all others stay together in other_params
    _whole("ga_session_id", parameter="ga_session_id"),
    _whole("ga_session_number", parameter="ga_session_number"),
    _whole("session_engaged", parameter="session_engaged"),
    _whole("engagement_time_msec", parameter="engagement_time_msec"),
    _free_text("page_location", parameter="page_location"),
    _free_text("page_title", parameter="page_title"),
    _free_text("page_referrer", parameter="page_referrer"),
    _free_text("param_source", parameter="source"),
    _free_text("param_medium", parameter="medium"),
    _free_text("param_campaign", parameter="campaign"),
    _free_text("param_term", parameter="term"),
    _free_text("param_content", parameter="content"),
    _text("param_gclid", parameter="gclid"),
    _text("ignore_referrer", parameter="ignore_referrer"),
    _free_text("search_term", parameter="search_term"),
    _free_text("link_url", parameter="link_url"),
    _text("param_currency", parameter="currency"),
    _amount("param_value", parameter="value"),
    _text("param_transaction_id", parameter="transaction_id"),
    _text("traffic_type", parameter="traffic_type"),
    _text("debug_mode", parameter="debug_mode"),
    _text("device_category", "device.category"),
    _text("operating_system", "device.operating_system"),
    _text("browser", "device.web_info.browser", "device.browser"),
    _text("language", "device.language"),
    _text("hostname", "device.web_info.hostname", "event_dimensions.hostname"),
    _text("country", "geo.country"),
    _text("region", "geo.region"),
    _text("city", "geo.city"),
    _free_text("first_user_source", "traffic_source.source"),
    _free_text("first_user_medium", "traffic_source.medium"),
    _free_text("first_user_campaign", "traffic_source.name"),
    _free_text("manual_source", "collected_traffic_source.manual_source"),
    _free_text("manual_medium", "collected_traffic_source.manual_medium"),
    _free_text("manual_campaign_name", "collected_traffic_source.manual_campaign_name"),
    _free_text("manual_term", "collected_traffic_source.manual_term"),
    _free_text("manual_content", "collected_traffic_source.manual_content"),
    _text("gclid", "collected_traffic_source.gclid"),
    _text("dclid", "collected_traffic_source.dclid"),
    _text("srsltid", "collected_traffic_source.srsltid"),
    _free_text("session_source", "session_traffic_source_last_click.cross_channel_campaign.source"),
    _free_text("session_medium", "session_traffic_source_last_click.cross_channel_campaign.medium"),
    _free_text("session_campaign", "session_traffic_source_last_click.cross_channel_campaign.campaign_name"),
    _text(
        "session_default_channel_group",
        "session_traffic_source_last_click.cross_channel_campaign.default_channel_group",
    ),
    _text("transaction_id", "ecommerce.transaction_id"),
    _amount("purchase_revenue", "ecommerce.purchase_revenue"),
    _amount("refund_value", "ecommerce.refund_value"),
    _amount("shipping_value", "ecommerce.shipping_value"),
    _amount("tax_value", "ecommerce.tax_value"),
    _whole("total_item_quantity", "ecommerce.total_item_quantity"),
)

ITEM_FIELDS = {
    "item_id": "varchar",
    "item_name": "varchar",
    "item_brand": "varchar",
    "item_variant": "varchar",
    "item_category": "varchar",
    "price": "double",
    "quantity": "bigint",
    "item_revenue": "double",
    "coupon": "varchar",
    "item_list_name": "varchar",
    "promotion_name": "varchar",
}
PARAMETER_FIELDS = {"key": "varchar", "string_value": "varchar", "int_value": "bigint", "double_value": "double"}
# parameters of the event's items: `item` says of which, from 1
ITEM_PARAMETER_FIELDS = {"item": "bigint"} | PARAMETER_FIELDS
FIELD_FIELDS = {"key": "varchar", "string_value": "varchar"}

LIST_COLUMNS = {
    "items": ITEM_FIELDS,
    "item_params": ITEM_PARAMETER_FIELDS,
    "user_properties": PARAMETER_FIELDS,
    "other_params": PARAMETER_FIELDS,
    "other_fields": FIELD_FIELDS,  # what Google's documents do not know, by dotted path
}
# how many parameters of the event came after another of the same name
REPEATED_PARAMETERS = "repeated_parameters"

# Without these a file is no GA4 export.
REQUIRED_FIELDS = ("event_date", "event_timestamp", "event_name", "event_params")

_PARAMETER_VALUE: dict[str, Shape] = {
    "string_value": "varchar",
    "int_value": "bigint",
    "float_value": "double",
    "double_value": "double",
}


def content_columns() -> dict[str, str]:
    """Return the columns of the raw table that hold the event, and their types, in order."""
    lists = {name: struct_list_type(fields) for name, fields in LIST_COLUMNS.items()}
    return {column.name: column.type for column in EVENT_COLUMNS} | lists | {REPEATED_PARAMETERS: "smallint"}


def struct_list_type(fields: Mapping[str, str]) -> str:
    """Return the SQL type of a list of structs.

    >>> struct_list_type({"key": "varchar", "n": "bigint"})
    'struct(key varchar, n bigint)[]'
    """
    return f"struct({', '.join(f'{name} {type_}' for name, type_ in fields.items())})[]"


def export_shape() -> dict[str, Shape]:
    """Return the shape of an export row, as far as the raw table needs it: what NDJSON is read with."""
    parameter: dict[str, Shape] = {"key": "varchar", "value": dict(_PARAMETER_VALUE)}
    lists: dict[str, Shape] = {
        "event_params": [parameter],
        "user_properties": [parameter],
        "items": [ITEM_FIELDS | {"item_params": [parameter]}],
    }
    return columns_shape(EVENT_COLUMNS) | lists


def columns_shape(columns: Iterable[Column]) -> dict[str, Shape]:
    """Return the shape of a row that has the fields of these columns; dates are texts in an export.

    >>> columns_shape([Column("city", "varchar", ("geo.city",)), Column("event_date", "date", ("event_date",))])
    {'geo': {'city': 'varchar'}, 'event_date': 'varchar'}
    """
    shape: dict[str, Shape] = {}
    for column in columns:
        for path in column.fields:
            _put(shape, path.split("."), "varchar" if column.type == "date" else column.type)
    return shape


def shape_type(shape: Shape) -> str:
    """Return the SQL type that has this shape.

    >>> shape_type([{"key": "varchar", "value": {"int_value": "bigint"}}])
    'struct("key" varchar, "value" struct("int_value" bigint))[]'
    """
    if isinstance(shape, str):
        return shape
    if isinstance(shape, list):
        return shape_type(shape[0]) + "[]"
    return "struct(" + ", ".join(f'"{name}" {shape_type(member)}' for name, member in shape.items()) + ")"


def member(shape: Shape | None, path: str) -> Shape | None:
    """Return what lies at a dotted path, or None.

    >>> member({"device": {"category": "varchar"}}, "device.category")
    'varchar'
    """
    for name in path.split("."):
        shape = shape.get(name) if isinstance(shape, dict) else None
    return shape


def list_element(shape: Shape | None) -> tuple[dict[str, Shape], bool] | None:
    """Return the shape of a list's structs, and whether Parquet's own list wrapper stands in the data.

    >>> list_element([{"key": "varchar"}])
    ({'key': 'varchar'}, False)
    >>> list_element({"list": [{"element": {"key": "varchar"}}]})
    ({'key': 'varchar'}, True)
    """
    if isinstance(shape, list):
        return (shape[0], False) if isinstance(shape[0], dict) else None
    inner = member(shape, "list")
    element = member(inner[0], "element") if isinstance(inner, list) else None
    return (element, True) if isinstance(element, dict) else None


def is_nested_as(found: Shape, wanted: Shape) -> bool:
    """Return whether data of one shape can be read as another, as far as structs and lists go. Nulls go as anything."""
    if found == "null":
        return True
    if isinstance(wanted, list):
        return list_element(found) is not None
    return isinstance(found, dict) == isinstance(wanted, dict) and not isinstance(found, list)


def frozen(shape: Shape) -> Any:
    """Return a shape as a value that can be a key."""
    if isinstance(shape, dict):
        return ("struct", tuple((name, frozen(inner)) for name, inner in shape.items()))
    return ("list", frozen(shape[0])) if isinstance(shape, list) else shape


def thawed(value: Any) -> Shape:
    """Return the shape that was frozen.

    >>> thawed(frozen({"items": [{"price": "double"}]}))
    {'items': [{'price': 'double'}]}
    """
    if isinstance(value, str):
        return value
    kind, inner = value
    return [thawed(inner)] if kind == "list" else {name: thawed(member) for name, member in inner}


def _put(shape: dict[str, Shape], path: list[str], type_: str) -> None:
    for name in path[:-1]:
        inner = shape.setdefault(name, {})
        assert isinstance(inner, dict), f"{name} is both a value and a struct"
        shape = inner
    shape[path[-1]] = type_
