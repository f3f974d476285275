"""The property's calendar: local days to UTC microseconds and back, also around a change of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from journey_analytics.sample.draws import Ints

MICROSECONDS = 1_000_000
HOUR = 3600


@dataclass(frozen=True)
class Calendar:
    """The days of a sample, numbered from 0, in the property's time zone.

    `hour_offsets` holds the zone's distance to UTC for each UTC hour from `first_hour` on: clocks change on whole
    hours, so that a look-up is exact.
    """

    first_date: date
    days: int
    first_hour: int
    hour_offsets: Ints
    noon_offsets: Ints

    def utc_seconds(self, day: Ints, local_seconds: Ints) -> Ints:
        """Return UTC seconds of a local time of day; right from 06:00 on, after any change of the clock."""
        midnight = int(datetime(*self.first_date.timetuple()[:3], tzinfo=UTC).timestamp())
        return midnight + day * 86_400 + local_seconds - self.noon_offsets[day]

    def local_day(self, utc_microseconds: Ints) -> Ints:
        """Return the number of the local day, may be past the last one."""
        seconds = utc_microseconds // MICROSECONDS
        hour = np.clip(seconds // HOUR - self.first_hour, 0, len(self.hour_offsets) - 1)
        midnight = int(datetime(*self.first_date.timetuple()[:3], tzinfo=UTC).timestamp())
        return (seconds + self.hour_offsets[hour] - midnight) // 86_400

    def date_text(self, day: int) -> str:
        """Return a day as GA4 writes it: YYYYMMDD."""
        return (self.first_date + timedelta(days=day)).strftime("%Y%m%d")


def calendar_until(last_date: date, days: int, zone_name: str) -> Calendar:
    """Return the calendar of the `days` days that end with `last_date`."""
    zone = ZoneInfo(zone_name)
    first_date = last_date - timedelta(days=days - 1)
    begin = datetime(first_date.year, first_date.month, first_date.day, tzinfo=UTC) - timedelta(days=1)
    hours = [begin + timedelta(hours=hour) for hour in range(24 * (days + 3))]
    noons = [
        datetime(first_date.year, first_date.month, first_date.day, 12, tzinfo=zone) + timedelta(days=day)
        for day in range(days)
    ]
    return Calendar(
        first_date=first_date,
        days=days,
        first_hour=int(begin.timestamp()) // HOUR,
        hour_offsets=np.array([_offset_seconds(hour.astimezone(zone)) for hour in hours], dtype=np.int64),
        noon_offsets=np.array([_offset_seconds(noon) for noon in noons], dtype=np.int64),
    )


def _offset_seconds(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds())
