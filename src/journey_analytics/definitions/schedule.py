"""When nights run, and who is told when one goes wrong: two parts of `journey.yml`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator

from journey_analytics.definitions.durations import Duration
from journey_analytics.definitions.rules import Texts
from journey_analytics.definitions.strict import Definition

_CRON_FIELDS = 5


def checked_zone(name: str) -> str:
    """Return the name of a time zone that exists.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone. Write one of the IANA names, such as Europe/Amsterdam") from None
    return name


class Schedule(Definition):
    """When `journey serve` starts a night, and how many missed ones a night makes up for."""

    cron: str = Field("0 3 * * *", description="minute hour day month weekday; '0 3 * * *' is each night at three")
    time_zone: str | None = Field(None, description="of the clock that cron is read by; the property's when left out")
    catch_up_nights: int = Field(31, ge=0, le=366, description="missed nights that are replayed at the most")

    @field_validator("cron")
    @classmethod
    def _cron_can_be_read(cls, value: str) -> str:
        try:
            CronSim(value, datetime(2026, 1, 1))
            is_read = len(value.split()) == _CRON_FIELDS
        except CronSimError:
            is_read = False
        if not is_read:
            raise ValueError(
                f"{value!r} is no cron line. Write five fields, minute hour day month weekday, such as '0 3 * * *' "
                "for each night at three"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        return value if value is None else checked_zone(value)

    def last_due(self, now: datetime, property_zone: str) -> datetime:
        """Return the newest moment up to `now` at which a night was to start, in UTC.

        Args:
            now: an aware moment.
        """
        here = now.astimezone(ZoneInfo(self.time_zone or property_zone))
        return next(CronSim(self.cron, here, reverse=True)).astimezone(ZoneInfo("UTC"))


class Alerts(Definition):
    """Who is told of a night that failed and of exports that are late."""

    urls: Texts = Field(
        (), description="addresses as apprise writes them; those with a password belong in JOURNEY_ALERT_URLS instead"
    )
    late_after: Duration = Field(
        default="36 hours",
        validate_default=True,
        description="exports are late when their newest complete date ended longer ago than this",
    )
