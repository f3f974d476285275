"""Fields that Google's documents do not know: kept as text beside the event, whatever encoding they came in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from journey_analytics.ingest.ga4_layout import FIELD_FIELDS, Shape, list_element, member, struct_list_type
from journey_analytics.ingest.ga4_schema import DOCUMENTED, Documented, new_fields
from journey_analytics.warehouse import literal, quoted

OTHER_FIELDS = "other_fields"
# where the slow path has put them already
RESCUED_FIELDS = "__other_fields"
_LIST = "[]."
_LEVELS = 10


def value_shape(value: Any, levels: int = _LEVELS) -> Shape:
    """Return the shape of a JSON value; all its leaves are `json`, and so is what lies deeper than an export does.

    >>> value_shape({"geo": {"city": "Delft"}, "items": [{"a": 1}, {"b": 2}]})
    {'geo': {'city': 'json'}, 'items': [{'a': 'json', 'b': 'json'}]}
    """
    if isinstance(value, dict) and levels:
        return {name: value_shape(inner, levels - 1) for name, inner in value.items()}
    if isinstance(value, list) and levels:
        return [_merged(value_shape(inner, levels - 1) for inner in value)]
    return "json"


def new_paths(values: Iterable[dict[str, Any]], documented: Documented = DOCUMENTED) -> tuple[str, ...]:
    """Return the paths of the fields in these rows that the documents do not know."""
    shape = _merged(value_shape(value) for value in values)
    return tuple(sorted(new_fields(shape, documented))) if isinstance(shape, dict) else ()


def with_fields(shape: dict[str, Shape], paths: Sequence[str]) -> dict[str, Shape]:
    """Return a shape in which these fields are read too, as JSON.

    >>> with_fields({"items": [{"item_id": "varchar"}]}, ["items[].colour", "planet"])
    {'items': [{'item_id': 'varchar', 'colour': 'json'}], 'planet': 'json'}
    """
    added: Shape = shape
    for path in paths:
        added = _merged((added, _shape_of(path)))
    assert isinstance(added, dict)
    return added


def other_fields_sql(shape: dict[str, Shape], documented: Documented = DOCUMENTED) -> str | None:
    """Return the SQL of the list of a row's new fields that hold a value, or None when no row can have any."""
    if RESCUED_FIELDS in shape:
        return f"coalesce({RESCUED_FIELDS}, [])"
    new = sorted(new_fields(shape, documented).items())
    texts = {path: _text_sql(shape, path, leaf) for path, leaf in new if leaf != "null"}
    if not texts:
        return None
    fields = ", ".join(f"{{'key': {literal(path)}, 'string_value': {text}}}" for path, text in texts.items())
    held = f"list_filter([{fields}], lambda f: f.string_value is not null)"
    return f"cast({held} as {struct_list_type(FIELD_FIELDS)})"


def other_fields(row: dict[str, Any], documented: Documented = DOCUMENTED) -> list[dict[str, str]]:
    """Return the new fields of a row that hold a value, as `other_fields_sql` would.

    >>> other_fields({"planet": "Mars", "geo": {"moon": None}, "items": [{"colour": "red"}, {}]})
    [{'key': 'items[].colour', 'string_value': '["red",null]'}, {'key': 'planet', 'string_value': 'Mars'}]
    """
    texts = ((path, _text(_value(row, path), is_list=_LIST in path)) for path in new_paths([row], documented))
    return [{"key": path, "string_value": text} for path, text in texts if text is not None]


def _merged(shapes: Iterable[Shape]) -> Shape:
    """Return one shape with the members of all; where they differ in kind, the first that is nested."""
    merged: Shape = "json"
    for shape in shapes:
        if shape == merged:  # nearly always: rows of one export look alike
            continue
        if isinstance(merged, dict) and isinstance(shape, dict):
            names = list(dict.fromkeys([*merged, *shape]))
            merged = {name: _merged(s[name] for s in (merged, shape) if name in s) for name in names}
        elif isinstance(merged, list) and isinstance(shape, list):
            merged = [_merged((merged[0], shape[0]))]
        elif merged == "json":
            merged = shape
    return merged


def _shape_of(path: str) -> Shape:
    head, _, tail = path.partition(_LIST)
    shape: Shape = [{tail: "json"}] if tail else "json"
    for name in reversed(head.split(".")):
        shape = {name: shape}
    return shape


def _text_sql(shape: dict[str, Shape], path: str, leaf: Shape) -> str:
    head, _, tail = path.partition(_LIST)
    expression = ".".join(quoted(name) for name in head.split("."))
    if tail:
        found = list_element(member(shape, head))
        is_wrapped = found is not None and found[1]
        rows, row = (f"{expression}.list", "e.element") if is_wrapped else (expression, "e")
        value = ".".join([row, *(quoted(name) for name in tail.split("."))])
        is_held = f"len(list_filter({rows}, lambda e: {value} is not null)) > 0"
        return f"case when {is_held} then cast(to_json(list_transform({rows}, lambda e: {value})) as varchar) end"
    if leaf == "json":
        return f"{expression} ->> '$'"
    return f"cast({expression if isinstance(leaf, str) else f'to_json({expression})'} as varchar)"


def _value(row: Any, path: str) -> Any:
    head, _, tail = path.partition(_LIST)
    value = row
    for name in head.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if not tail:
        return value
    return [_value(element, tail) for element in value] if isinstance(value, list) else None


def _text(value: Any, *, is_list: bool) -> str | None:
    if value is None or (is_list and all(inner is None for inner in value)):
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
