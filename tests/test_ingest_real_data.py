"""Real exports, read where they lie beside the checkout: counts that others published, one table from four encodings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import InputError
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source
from journey_analytics.ingest.event_header import file_layout
from journey_analytics.ingest.file_kind import file_kind
from journey_analytics.ingest.ga4_layout import EVENT_COLUMNS
from journey_analytics.ingest.rows import csv_rows
from journey_analytics.ingest.sheet_rows import folded
from journey_analytics.warehouse import Warehouse

REAL = Path(__file__).parents[2] / "shared" / "data"
SETTINGS = Settings(property="google_shop", title="Google shop", time_zone="UTC", sources={})

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real exports are not here: {REAL}")


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def outcomes(warehouse: Warehouse) -> dict[str, FileOutcome]:
    return {
        outcome.file_name: outcome
        for table, pattern in [
            ("raw_parquet", "ga4_public_sample_24k.parquet"),
            ("raw_extract", "ga4_extract_style_6k.ndjson.gz"),
            ("raw_wrapped", "ga4_list_element_wrapped_6k.parquet"),
            ("raw_console", "ga4_console_array_style_800.json.gz"),
            ("raw_avro", "ga4_style_6k.avro"),
            ("raw_2023", "ga4_console_2023_16rows.ndjson"),
        ]
        for outcome in load_source(warehouse, SourcePlan(table, table, "ga4"), str(REAL / pattern), SETTINGS, 1)
    }


def test_every_row_is_stored(outcomes: dict[str, FileOutcome]) -> None:
    assert {name: (o.status, o.rows_read, o.rows_stored) for name, o in outcomes.items()} == {
        "ga4_public_sample_24k.parquet": ("loaded", 24_219, 24_219),
        "ga4_extract_style_6k.ndjson.gz": ("loaded", 6_440, 6_440),
        "ga4_list_element_wrapped_6k.parquet": ("loaded", 6_440, 6_440),
        "ga4_console_array_style_800.json.gz": ("loaded", 800, 800),
        "ga4_style_6k.avro": ("loaded", 6_440, 6_440),
        "ga4_console_2023_16rows.ndjson": ("loaded", 16, 16),
    }


@pytest.mark.usefixtures("outcomes")
def test_the_counts_are_those_of_the_export(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select count(*), count(distinct event_key), count(distinct user_pseudo_id), count(distinct event_name), "
        "count(distinct (user_pseudo_id, ga_session_id)), count_if(event_name = 'purchase'), "
        "min(event_date)::varchar, max(event_date)::varchar from raw_parquet"
    ) == [(24_219, 24_219, 19_210, 17, 20_705, 624, "2020-11-01", "2021-01-31")]
    # values counted by hand in the export: formats.md 1.5
    assert warehouse.rows(
        "select count_if(session_engaged = 1), count_if(session_engaged = 0), count_if(session_engaged is null), "
        "count(param_value), count(param_transaction_id), count_if(user_first_touch_timestamp is null) from raw_parquet"
    ) == [(17_636 + 1_744, 3_236, 1_603, 575, 575, 477)]


@pytest.mark.usefixtures("outcomes")
def test_every_parameter_with_a_value_is_stored_once(warehouse: Warehouse) -> None:
    hot = " + ".join(f"count({column.name})" for column in EVENT_COLUMNS if column.parameter)
    has_value = "coalesce({0}.string_value, {0}.int_value::varchar, {0}.double_value::varchar) is not null"
    kept = warehouse.value(
        f"select {hot} + sum(len(list_filter(other_params, lambda p: {has_value.format('p')}))) from raw_parquet"
    )
    sent = warehouse.value(
        f"select sum(len(list_filter(event_params, lambda p: {has_value.format('p.value')}))) "
        f"from read_parquet('{REAL / 'ga4_public_sample_24k.parquet'}')"
    )
    assert kept == sent > 200_000


@pytest.mark.parametrize("table", ["raw_extract", "raw_wrapped", "raw_avro", "raw_console"])
@pytest.mark.usefixtures("outcomes")
def test_the_same_rows_are_equal_in_every_column_and_encoding(warehouse: Warehouse, table: str) -> None:
    content = f"select * exclude (delivery, delivery_kind, file_name) from {table}"
    whole = "select * exclude (delivery, delivery_kind, file_name) from raw_parquet"
    assert warehouse.value(f"select count(*) from ({content} except {whole})") == 0
    assert warehouse.value(f"select count(*) from {table} semi join raw_parquet using (event_key)") == warehouse.value(
        f"select count(*) from {table}"
    )


@pytest.mark.usefixtures("outcomes")
def test_newer_columns_are_read(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select count(hostname), count(gclid), count_if(analytics_storage = 'Yes'), count(manual_source) from raw_2023"
    ) == [(16, 0, 11, 9)]


def test_files_that_are_no_ga4_export_are_set_apart_with_a_reason() -> None:
    with Warehouse.open() as warehouse:
        outcomes = load_source(warehouse, SourcePlan("all", "raw_all", "ga4"), str(REAL / "*"), SETTINGS, 1)
    reasons = {outcome.file_name: outcome.reason for outcome in outcomes if outcome.status == "quarantined"}
    assert set(reasons) == {
        "INDEX.md",
        "clarity_live_insights_numbers.json",
        "clarity_live_insights_strings.json",
        "ga4_public_known_totals.json",
        "ga4_sheets_flattened_55events.csv",
    }
    assert reasons["ga4_sheets_flattened_55events.csv"] == (
        "ga4_sheets_flattened_55events.csv cannot be loaded: no good row in the first 55 rows (row 2: event_timestamp "
        "1.61121E+15 was rounded by a spreadsheet and cannot be recovered); export it again."
    )


def test_a_spreadsheet_folds_to_its_events() -> None:
    path = REAL / "ga4_sheets_flattened_55events.csv"
    kind = file_kind(path)
    layout = file_layout(path, kind, ["event_params.key"])
    events = list(folded(csv_rows(path, kind, layout.columns, layout.delimiter)))
    assert Counter(event.value["event_name"] for event in events) == {
        "page_view": 13, "scroll": 11, "session_start": 8, "view_promotion": 7, "user_engagement": 7, "first_visit": 5,
        "view_item": 3, "select_promotion": 1,
    }  # fmt: skip
    assert sum(len(event.value["event_params"]) for event in events) == 497


def test_timestamps_that_a_spreadsheet_rounded_are_refused() -> None:
    plan = SourcePlan(
        "sheets", "raw_sheets", "events", {"event_timestamp": "event_timestamp", "event_name": "event_name"}
    )
    with Warehouse.open() as warehouse, pytest.raises(InputError, match="rounded by a spreadsheet"):
        load_source(warehouse, plan, str(REAL / "ga4_sheets_flattened_55events.csv"), SETTINGS, 1)
