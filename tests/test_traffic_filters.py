"""Traffic filters leave out events that are no visits, and tell how many."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.definitions.rules import TrafficWhen
from journey_analytics.definitions.settings import Settings, TrafficFilter, read_settings
from journey_analytics.errors import DefinitionError
from journey_analytics.left_out import LeftOut, left_out
from journey_analytics.reports import run_markdown
from journey_analytics.warehouse import Warehouse

HEAD = "property: sample\ntitle: Sample\ntime_zone: UTC\nsources: {}\npublic_salt: public\n"


def filters(**rules: TrafficWhen) -> tuple[TrafficFilter, ...]:
    return tuple(TrafficFilter(traffic_filter=name, when=when) for name, when in rules.items())


def test_the_first_filter_that_holds_names_the_event_and_no_filter_names_none() -> None:
    some = Settings(
        property="a", title="A", time_zone="UTC", sources={},
        traffic_filters=filters(
            staging=TrafficWhen(page_host={"ends_with": ".test"}), internal=TrafficWhen(traffic_type="internal")
        ),
    )  # fmt: skip
    rows = "('a.test', 'internal'), ('shop.example', 'internal'), ('shop.example', null), (null, null)"
    with Warehouse.open() as warehouse:
        found = warehouse.rows(
            f"select {some.traffic_filter_case().sql('duckdb')} from (values {rows}) e (page_host, traffic_type)"
        )
        none = Settings(property="a", title="A", time_zone="UTC", sources={}).traffic_filter_case().sql("duckdb")
        assert [name for (name,) in found] == ["staging", "internal", None, None]
        assert warehouse.value(f"select {none}") is None


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("[{traffic_filter: me, when: {traffic_typ: internal}}]", "traffic_typ"),
        ("[{traffic_filter: me, when: {}}]", "names no column"),
        ("[{traffic_filter: me, when: {source: ga4}}, {traffic_filter: me, when: {source: log}}]", "'me' stands twice"),
        ("[{traffic_filter: all, when: {source: ga4}}]", "'all' stands for all filters together"),
        ("[{traffic_filter: d, when: {page_host: {contains: ''}}}]", "is part of every text"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_with_its_line(rules: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "journey.yml"
    path.write_text(f"{HEAD}traffic_filters: {rules}\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=says) as told:
        read_settings(path)
    assert "journey.yml:6" in str(told.value)


def test_a_filter_that_matches_nothing_is_doubted_in_both_languages() -> None:
    nothing = LeftOut("intern", 0, 4000)
    assert nothing.sentence("nl") == "Filter intern laat geen enkel event weg: staat de regel goed?"
    assert nothing.sentence("en") == "Filter intern leaves out no event: is its rule right?"


def test_a_filter_is_doubted_when_it_holds_for_nothing_or_for_most() -> None:
    assert [LeftOut("a", events, 100).is_doubtful for events in (0, 1, 50, 51, 100)] == [True, False, False, True, True]


def test_debug_mode_would_leave_out_most_of_the_public_sample_and_the_run_says_so(
    real_data: Path, tmp_path: Path
) -> None:
    export = real_data / "ga4_public_sample_24k.parquet"
    (tmp_path / "journey.yml").write_text(
        HEAD.replace("{}", f"{{ga4: '{export}'}}")
        + "traffic_filters: [{traffic_filter: debug, when: {debug_mode: '1'}}]\n",
        encoding="utf-8",
    )
    night = pipeline.plan_night(tmp_path / "journey.yml", database=tmp_path / "w.duckdb", out=tmp_path / "out")
    run = pipeline.run_night(night)
    with Warehouse.open(night.database, read_only=True) as tables:
        debug = tables.value("select count(*) from raw_ga4__events where debug_mode = '1'")
        assert tables.value("select count(*) from raw_ga4__events") == 24_219
        assert tables.value("select count(*) from fct_events") == 24_219 - debug
        assert left_out(night.project.settings, tables) == [LeftOut("debug", debug, 24_219)]
        assert tables.value("select sum(events) from fct_filtered_events") == debug
    assert debug == 20_870
    with pipeline.opened(night) as again:
        again.record = run.record
        assert "- ⚠ Filter debug laat 20.870 van 24.219 aangeleverde events weg (86,2%)." in run_markdown(again)
