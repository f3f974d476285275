"""Single days are told of each segment where the settings ask for it, and of all visitors together where they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.verify import verify
from journey_analytics.warehouse import Warehouse
from tests.histories import SETTINGS, History
from tests.test_increments import run, tiny

__all__ = ["tiny"]

SEGMENTS_OF_DAYS = "from pub_phase_kpis where period_kind = 'day' and segment_kind <> 'all'"
# the whole of each day and journey model, and what the channels of that day add up to
WHOLES_AND_PARTS = """
    select kpi, journey_model, phase, period_start,
        max(case when segment_kind = 'all' then value end),
        round(sum(case when segment_kind = 'channel_group' then value end), 4)
    from pub_phase_kpis
    where period_kind = 'day' and is_additive and segment_kind in ('all', 'channel_group')
    group by all
"""
MEDIANS_OF_DAYS = """
    select segment_kind from int_wait_curves where wait = 'purchase_cycle_length' and period_kind = 'day' group by all
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Night:
    """The definitions of the tiny shop that asks for segments of days."""
    settings = tmp_path_factory.mktemp("asked") / "journey.yml"
    settings.write_text(SETTINGS + "segments_per_day: true\n", encoding="utf-8")
    return pipeline.plan_night(settings)


def test_a_property_that_asks_for_segments_of_days_gets_them_and_they_add_up_to_the_day(
    tiny: pipeline.Night, asked: pipeline.Night, tmp_path: Path
) -> None:
    history = History(61, tmp_path)
    database = tmp_path / "nightly.duckdb"
    with Warehouse.open(database) as warehouse:
        run(replace(tiny, patterns=history.patterns), warehouse)
        assert warehouse.value(f"select count(*) {SEGMENTS_OF_DAYS}") == 0
        assert warehouse.rows(MEDIANS_OF_DAYS) == []

        run(replace(asked, patterns=history.patterns), warehouse)
        kinds = {kind for (kind,) in warehouse.rows(f"select distinct segment_kind {SEGMENTS_OF_DAYS}")}
        assert kinds == {"channel_group", "device_category", "country", "visitor_kind", "persona_id"}
        told = warehouse.rows(WHOLES_AND_PARTS)
        assert {row[0] for row in told} >= {"sessions", "orders", "revenue", "key_events"}
        assert [row for row in told if row[4] != row[5]] == []
        assert {kind for (kind,) in warehouse.rows(MEDIANS_OF_DAYS)} >= {"all", "channel_group"}

        for change in (history._new_daily, history._late_rows):
            change()
            history._write()
            run(replace(asked, patterns=history.patterns), warehouse)
    assert verify(asked.project, database) == []
