"""Rows of a GA4 export in another dress than Google's: nested data written as text, list wrappers that became data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from journey_analytics.ingest.drift import RESCUED_FIELDS, other_fields
from journey_analytics.ingest.ga4_layout import Shape
from journey_analytics.ingest.ga4_schema import DOCUMENTED, Documented
from journey_analytics.ingest.rows import Row


def mended_rows(rows: Iterator[Row], shape: dict[str, Shape], documented: Documented = DOCUMENTED) -> Iterator[Row]:
    """Return the rows as Google would write them, and with the fields that its documents do not know set apart."""
    for row in rows:
        yield _mended(row, shape, documented) if isinstance(row.value, dict) else row


def is_written_as_text(row: dict[str, Any], shape: dict[str, Shape]) -> bool:
    """Return whether a row holds nested data as text, as client libraries and connectors write it.

    >>> is_written_as_text({"event_params": '[{"key": "a"}]'}, {"event_params": [{"key": "varchar"}]})
    True
    """
    return any(isinstance(row.get(name), str) for name, inner in shape.items() if not isinstance(inner, str))


def _mended(row: Row, shape: dict[str, Shape], documented: Documented) -> Row:
    value = dict(row.value)
    for name, inner in shape.items():
        if isinstance(inner, str) or value.get(name) is None:
            continue
        try:
            value[name] = _opened(value[name], inner)
        except ValueError:
            return replace(row, problem=f"{name} is text that is no JSON")
    others = other_fields(value, documented)
    if others:
        value[RESCUED_FIELDS] = others
    return row if value == row.value else Row(row.number, value, json.dumps(value))


def _opened(value: Any, shape: Shape) -> Any:
    """Return nested data as Google writes it: no text, no wrapper, at any depth.

    >>> _opened('[{"item_params": "[]"}]', [{"item_params": [{"key": "varchar"}]}])
    [{'item_params': []}]

    Raises:
        ValueError: a text is no JSON.
    """
    if value is None or isinstance(shape, str):
        return value
    value = _unwrapped(_parsed(value), shape)
    if isinstance(shape, list) and isinstance(value, list):
        return [_opened(element, shape[0]) for element in value]
    if isinstance(shape, dict) and isinstance(value, dict):
        return {name: _opened(inner, shape.get(name, "varchar")) for name, inner in value.items()}
    return value


def _parsed(value: Any) -> Any:
    return (json.loads(value) if value.strip() else None) if isinstance(value, str) else value


def _unwrapped(value: Any, shape: Shape) -> Any:
    """Return a list without the wrapper that Parquet puts around its elements.

    >>> _unwrapped({"list": [{"element": {"key": "a"}}]}, [{"key": "varchar"}])
    [{'key': 'a'}]
    """
    if not isinstance(shape, list) or not isinstance(value, dict) or not isinstance(value.get("list"), list):
        return value
    return [inner.get("element") if isinstance(inner, dict) else inner for inner in value["list"]]
