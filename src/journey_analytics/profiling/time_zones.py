"""In which zone the days of an export begin and end."""

from __future__ import annotations

from collections.abc import Mapping

from journey_analytics.profiling.profile import TimeZoneGuess
from journey_analytics.warehouse import Warehouse, literal

# the first of those that fit equally well is proposed
_NAMED = (
    "UTC", "Europe/Amsterdam", "Europe/London", "Europe/Athens", "Europe/Istanbul", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata",
    "Asia/Jakarta", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
# the sign is the other way round in these names: Etc/GMT-3 is three hours ahead of UTC
_FIXED = tuple(f"Etc/GMT{-hours:+d}" for hours in range(-12, 15) if hours)


def guessed_time_zone(work: Warehouse) -> TimeZoneGuess:
    """Return the zone in which event_date is the date of event_timestamp for the most rows."""
    zones = [*_NAMED, *_FIXED]
    tests = ", ".join(
        f"coalesce(sum(n) filter (where cast(timezone({literal(zone)}, quarter_at) as date) = event_date), 0)"
        for zone in zones
    )
    # every offset from UTC is a number of quarters: a quarter of an hour lies in one day wherever one is
    row = work.rows(
        "with quarters as (select event_date, to_timestamp(event_timestamp // 900000000 * 900) as quarter_at, "
        "count(*) as n from profiled_events where event_timestamp is not null group by all) "
        f"select coalesce(sum(n), 0), {tests} from quarters"
    )[0]
    return best_zone(dict(zip(zones, row[1:], strict=True)), row[0])


def best_zone(agreeing: Mapping[str, int], rows: int) -> TimeZoneGuess:
    """Return the zone that agrees with the most rows, the first of equals.

    >>> best_zone({"UTC": 90, "Europe/Amsterdam": 100, "Europe/London": 100, "Etc/GMT-1": 100}, 100)
    TimeZoneGuess(name='Europe/Amsterdam', share=1.0, also_fits=('Europe/London',))
    """
    most = max(agreeing.values())
    best = [zone for zone, count in agreeing.items() if count == most]
    also = tuple(zone for zone in best[1:] if not zone.startswith("Etc/"))
    return TimeZoneGuess(best[0], most / rows if rows else 0.0, also)
