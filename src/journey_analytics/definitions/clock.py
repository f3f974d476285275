"""The clock of a property as a table: models know UTC only, and people live by the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from journey_analytics.definitions.generated import rows_model
from journey_analytics.definitions.model import Model

# as far as dim_periods
_FIRST, _LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Stretch = tuple[int, int, int]


def clock_model(time_zone: str, path: Path) -> Model:
    """Return dim_clock: from when until when the property's clock is how far from UTC."""
    return rows_model(
        "dim_clock", path, "One row per stretch of time in which the clock of the property is equally far from UTC.",
        ["clock_from"], dict.fromkeys(("clock_from", "clock_to", "utc_offset_microseconds"), "bigint"), stretches(time_zone),
    )  # fmt: skip


def stretches(time_zone: str) -> list[Stretch]:
    """Return from (inclusive), to (exclusive) and offset of each stretch, in microseconds; the ends are open.

    >>> stretches("UTC")
    [(0, 9223372036854775807, 0)]
    """
    zone = ZoneInfo(time_zone)
    turns = list(_turns(zone))
    starts = [0, *(_microseconds(turn - datetime(1970, 1, 1, tzinfo=UTC)) for turn in turns)]
    ends = [*starts[1:], 2**63 - 1]
    offsets = [_microseconds(_offset(zone, moment)) for moment in (_FIRST, *turns)]
    return list(zip(starts, ends, offsets, strict=True))


def _turns(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield each moment at which the clock is put forward or back, to the second."""
    day = _FIRST
    while day < _LAST:
        next_day = day + timedelta(days=1)
        if _offset(zone, day) != _offset(zone, next_day):
            before, after = day, next_day
            while after - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
                if _offset(zone, middle) == _offset(zone, day):
                    before = middle
                else:
                    after = middle
            yield after
        day = next_day


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _microseconds(span: timedelta) -> int:
    return span // _MICROSECOND
