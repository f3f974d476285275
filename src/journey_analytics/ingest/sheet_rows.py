"""GA4 exports that went through a spreadsheet: one event over several lines, nested names with dots in the header."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from journey_analytics.ingest.rows import Row

_LISTS = ("event_params", "user_properties", "items")
_ITEM_PARAMETERS = "item_params"
_ORPHAN = "the line continues an event whose first line could not be read"


def is_flattened(columns: Sequence[str]) -> bool:
    """Return whether these are the columns of a GA4 export with its nested names written with dots.

    >>> is_flattened(["event_date", "event_timestamp", "event_name", "event_params.key"])
    True
    >>> is_flattened(["event_date", "event_name", "ga_session_id"])
    False
    """
    return {"event_date", "event_timestamp", "event_name", "event_params.key"} <= set(columns)


def folded(lines: Iterator[Row]) -> Iterator[Row]:
    """Return one row per event: lines without a value of the event's own hold its further parameters and items.

    A row has the number of its event's first line.
    """
    event: Row | None = None
    is_lost = False
    for line in lines:
        if line.problem:
            yield from _finished(event)
            event, is_lost = None, True
            yield line
            continue
        scalars = {name: text for name, text in line.value.items() if not name.startswith(_LISTS)}
        if scalars:
            yield from _finished(event)
            event, is_lost = Row(line.number, _nested(scalars), ""), False
        elif is_lost or event is None:
            yield Row(line.number, None, json.dumps(line.value, ensure_ascii=False), _ORPHAN)
            continue
        _append(event.value, line.value)
    yield from _finished(event)


def _finished(event: Row | None) -> Iterator[Row]:
    if event is not None:
        yield Row(event.number, event.value, json.dumps(event.value, ensure_ascii=False))


def _append(event: dict[str, Any], line: dict[str, str]) -> None:
    for name in _LISTS:
        cells = {path.removeprefix(f"{name}."): text for path, text in line.items() if path.startswith(f"{name}.")}
        if cells:
            _add(event.setdefault(name, []), _nested(cells))


def _add(rows: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Add a row to a list; one that holds nothing but a parameter of an item belongs to the item above it."""
    parameter = row.pop(_ITEM_PARAMETERS, None)
    if row or not rows:
        rows.append(row)
    if parameter is not None:
        rows[-1].setdefault(_ITEM_PARAMETERS, []).append(parameter)


def _nested(cells: dict[str, str]) -> dict[str, Any]:
    """Return dotted names as nested objects.

    >>> _nested({"key": "page", "value.string_value": "/"})
    {'key': 'page', 'value': {'string_value': '/'}}
    """
    made: dict[str, Any] = {}
    for path, text in cells.items():
        *parents, name = path.split(".")
        inner = made
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = text
    return made
