"""Why a row that is JSON does not fit the columns it is meant for."""

from __future__ import annotations

from typing import Any

from journey_analytics.ingest.ga4_layout import Shape

_BIGINT = range(-(2**63), 2**63)


def misfit(value: Any, shape: Shape, path: str = "") -> str | None:
    """Return what does not fit, or None.

    >>> misfit({"n": "12", "more": 1}, {"n": "bigint"})
    >>> misfit({"n": "12x"}, {"n": "bigint"})
    "n is '12x', not a whole number"
    >>> misfit({"list": {"key": "a"}}, {"list": [{"key": "varchar"}]})
    'list is an object, not a list'
    """
    if value is None:
        return None
    if isinstance(shape, dict):
        return _struct_misfit(value, shape, path)
    if isinstance(shape, list):
        return _list_misfit(value, shape[0], path)
    if shape == "bigint" and not _is_whole(value):
        return f"{path} is {_shown(value)}, not a whole number"
    if shape == "double" and not _is_number(value):
        return f"{path} is {_shown(value)}, not a number"
    return None


def _struct_misfit(value: Any, shape: dict[str, Shape], path: str) -> str | None:
    if not isinstance(value, dict):
        return f"{path} is {_shown(value)}, not an object"
    found = (misfit(value.get(name), inner, f"{path}.{name}".lstrip(".")) for name, inner in shape.items())
    return next((reason for reason in found if reason), None)


def _list_misfit(value: Any, shape: Shape, path: str) -> str | None:
    if not isinstance(value, list):
        return f"{path} is {_shown(value)}, not a list"
    found = (misfit(element, shape, f"{path}[{number}]") for number, element in enumerate(value, start=1))
    return next((reason for reason in found if reason), None)


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        digits = value.strip()
        return digits.lstrip("+-").isdecimal() and digits.isascii() and int(digits) in _BIGINT
    return value.is_integer() if isinstance(value, float) else isinstance(value, int) and value in _BIGINT


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return repr(value)[:40]
