"""How exports write times, for the SQL that reads them and for whoever has to tell them from other texts."""

from __future__ import annotations

import re
from datetime import date, time

from journey_analytics.ingest.reader import FIRST_TIMESTAMP, LAST_TIMESTAMP

NUMBER = r"\d{1,19}(\.\d{1,9})?"
TIME = r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}.*"
TIME_WITHOUT_ZONE = r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d*)?)?"

_PARTS = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{2}).*")
# numbers below this size, and what makes them microseconds
_SIZES = ((100_000_000_000, 1_000_000.0), (100_000_000_000_000, 1_000.0), (100_000_000_000_000_000, 1.0))
_NANOSECONDS = 0.001


def is_time(text: str) -> bool:
    """Return whether the loader would take a text for the time of an event.

    >>> [is_time(text) for text in ("2026-03-01T10:00:00Z", "2026-03-01 10:00", "1772359200", "1772359200123")]
    [True, True, True, True]
    >>> [is_time(text) for text in ("2026-03-01", "2026-02-30 10:00", "12", "/a", "1.2E+15")]
    [False, False, False, False, False]
    """
    text = text.strip()
    if re.fullmatch(NUMBER, text):
        number = float(text)
        factor = next((factor for size, factor in _SIZES if number < size), _NANOSECONDS)
        return FIRST_TIMESTAMP <= number * factor <= LAST_TIMESTAMP
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return False
    year, month, day, hour, minute = map(int, parts.groups())
    try:
        date(year, month, day)
        time(hour, minute)
    except ValueError:
        return False
    return True
