"""What a reader meets first in each published table of the sample webshop: no row that tells nothing, and no code for a word."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from journey_analytics import pipeline
from journey_analytics.warehouse import Warehouse


def first_rows(run: pipeline.Run, table: str, rows: int = 1) -> list[dict[str, str]]:
    """Return the first rows of a published CSV."""
    assert run.published is not None
    with (Path(run.published) / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return [row for _, row in zip(range(rows), reader, strict=False)]


FIRST: dict[str, dict[str, str]] = {
    "attribution": {"attribution_model": "first"},
    "drop_off_drivers": {"driver_verdict": "drops_less", "scope_kind": "phase"},
    "drop_off_points": {"touchpoint_id": "category", "segment_kind": "all", "x": "209"},
    "end_actions": {"event_name": "purchase", "event_title_nl": "bestelling", "event_title_en": "order"},
    "funnel_breakdowns": {"step": "shipping", "segment_nl": "persona: Kleurendromer"},
    "funnel_trends": {"funnel": "checkout", "is_open": "false"},
    "funnels": {"funnel": "checkout", "entered": "772"},
    "kpi_changes": {
        "kpi_change_rank": "1",
        "segment_nl": "alle bezoekers",
        "kpi": "reach",
        "baseline_value": "198.0",
        "diff": "-11.0",
    },
    "kpi_dictionary": {"is_measured": "true"},
    "phase_content": {"content_level": "page_group", "content_verdict": "seen"},
    "phase_transitions": {"from_phase": "orientatie", "to_phase": "evaluatie", "visits": "535"},
    "purchase_paths": {"path_measure": "sessions", "path_measure_nl": "sessies", "segment_value": "all"},
    "retention": {"periods_since": "1", "segment_kind": "all", "cohort_kind": "month"},
    "touch_calendar": {"segment_kind": "all", "weekday_nl": "zondag", "hour_of_day": "21", "sessions": "95"},
    "touchpoints": {"touchpoint_id": "category", "persons": "533"},
}


@pytest.mark.parametrize("table", FIRST)
def test_a_table_opens_with_what_its_reader_looks_for(table: str, webshop: pipeline.Run) -> None:
    row = first_rows(webshop, table)[0]
    assert {column: row[column] for column in FIRST[table]} == FIRST[table]


def test_what_cannot_be_told_comes_after_all_that_can(webshop: pipeline.Run) -> None:
    week = [row for row in first_rows(webshop, "kpi_changes", 5000) if row["segment_kind"] == "all"]
    first = [row for row in week if row["period_start"] == week[0]["period_start"] and row["journey_model"] == "all"]
    verdicts = [row["kpi_change_verdict"] for row in first]
    told = [verdict == "cannot_tell" for verdict in verdicts]
    assert told == sorted(told) and {True, False} <= set(told)
    reasons = {row["kpi_change_reason"]: row["kpi_change_reason_nl"] for row in first}
    assert reasons["still_open"] == "de termijn loopt nog, het cijfer kan veranderen"


@pytest.mark.parametrize(
    ("what", "count"),
    {
        "no mean of amounts, counts or times has an interval below zero": (
            "select count(*) from pub_phase_kpis where ci_low < 0"
        ),
        "no interval of a time reaches twenty times its mean": (
            "select count(*) from pub_phase_kpis where ci_method = 't_log' and ci_high > 20 * value"
        ),
        "what is no share has no numerator that would make it look like one": (
            "select count(*) from pub_phase_kpis where unit <> 'share' and numerator is not null"
        ),
        "a channel that is not known has a Dutch name": (
            "select count(*) from pub_attribution where channel_group = 'unknown' and channel_group_nl <> 'onbekend'"
        ),
        "every event that people did has a title": (
            "select count(*) from pub_drop_off_drivers where driver_kind = 'event_name' and driver_title_nl = driver_value"
        ),
    }.items(),
)
def test_no_number_stands_without_its_size_and_no_word_is_a_code(
    what: str, count: str, webshop_tables: Warehouse
) -> None:
    found: Any = webshop_tables.value(count)
    assert found == 0, what


def test_a_published_table_with_segments_tells_them_in_words_right_behind_the_code(webshop_tables: Warehouse) -> None:
    columns: dict[str, list[str]] = {}
    for table, column in webshop_tables.rows(
        "select table_name, column_name from information_schema.columns where table_name like 'pub\\_%' escape '\\' "
        "order by table_name, ordinal_position"
    ):
        columns.setdefault(table, []).append(column)
    split = [table for table, names in columns.items() if "segment_value" in names]
    assert len(split) >= 12
    for table in split:
        start = columns[table].index("segment_value")
        assert columns[table][start : start + 3] == ["segment_value", "segment_nl", "segment_en"], table
        codes = f"select segment_value from {table} where segment_nl is null or segment_nl = segment_value"
        assert webshop_tables.rows(f"{codes} except select null") == [], table
