"""The clock of a property against Python's own."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from journey_analytics.definitions.clock import stretches

ZONES = ("Europe/Amsterdam", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))


@given(moments, st.sampled_from(ZONES))
@example(datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC), "Europe/Amsterdam")
@example(datetime(2026, 3, 29, 1, tzinfo=UTC), "Europe/Amsterdam")
@example(datetime(2026, 10, 25, 1, tzinfo=UTC), "Europe/Amsterdam")
def test_the_offset_is_that_of_the_zone_at_every_moment(moment: datetime, zone: str) -> None:
    microseconds = (moment - EPOCH) // timedelta(microseconds=1)
    found = stretches(zone)
    start, end, offset = found[bisect_right([stretch[0] for stretch in found], microseconds) - 1]

    assert start <= microseconds < end
    assert timedelta(microseconds=offset) == moment.astimezone(ZoneInfo(zone)).utcoffset()


@pytest.mark.parametrize("zone", ZONES)
def test_stretches_follow_one_another_without_a_hole(zone: str) -> None:
    found = stretches(zone)

    assert [stretch[1] for stretch in found[:-1]] == [stretch[0] for stretch in found[1:]]
    assert (found[0][0], found[-1][1]) == (0, 2**63 - 1)
