"""Durations with a unit, as people write them in YAML: `30 days`, `90 seconds`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_PATTERN = re.compile(r"^(\d+) (second|minute|hour|day|week)s?$")


def read_duration(value: Any) -> Any:
    """Return a timedelta; a day is 86,400 seconds, also where the clock changes.

    >>> read_duration("30 days").total_seconds()
    2592000.0

    Raises:
        ValueError: no unit, an unknown unit, or not longer than zero.
    """
    if isinstance(value, timedelta):
        return value
    match = _PATTERN.match(str(value).strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(
            f"{value!r} is no duration. Write a whole number and a unit, such as '30 minutes' or '14 days'"
        )
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def in_whole_days(value: timedelta | None) -> timedelta | None:
    """Return a duration that is a whole number of days, or none.

    Raises:
        ValueError: it is not.
    """
    if value is not None and value % timedelta(days=1):
        raise ValueError("is no whole number of days. Write for example '400 days' or '60 weeks'")
    return value


Duration = Annotated[
    timedelta, BeforeValidator(read_duration), WithJsonSchema({"type": "string", "pattern": _PATTERN.pattern})
]
