"""The staging models of docs/recipes/sources: each is copied into a project and run on a small export of its tool."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from journey_analytics import pipeline, places
from journey_analytics.warehouse import Warehouse
from tests.tool_exports import EXPECTED, RECIPES, ROOT, WRITERS

TOOLS = sorted(EXPECTED)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pipeline.Run]:
    """One night over the exports of all tools, in a project into which every recipe was copied."""
    folder = tmp_path_factory.mktemp("recipes")
    shutil.copytree(ROOT / "sql", folder / "sql")
    for tool, write in WRITERS.items():
        shutil.copy(RECIPES / f"stg_{tool}__events.sql", folder / "sql" / "staging")
        (folder / tool).mkdir()
        write(folder / tool)
    sources = ", ".join(f"{tool}: '{tool}/?*'" for tool in WRITERS)
    (folder / "journey.yml").write_text(
        f"property: shop\ntitle: Shop\ntime_zone: Europe/Amsterdam\nsources: {{{sources}}}\npublic_salt: public\n"
        "own_hosts: [www.shop.example]\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "sql_folder", lambda: folder / "sql")
        night = pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")
        yield pipeline.run_night(night)


@pytest.fixture
def tables(run: pipeline.Run) -> Iterator[Warehouse]:
    with Warehouse.open(run.night.database, read_only=True) as warehouse:
        yield warehouse


def test_every_recipe_is_tested() -> None:
    assert [f"stg_{tool}__events.sql" for tool in TOOLS] == sorted(path.name for path in RECIPES.iterdir())


def test_the_recipes_keep_the_rules_of_a_model(run: pipeline.Run) -> None:
    assert pipeline.check_definitions(run.night) == []


@pytest.mark.parametrize("tool", TOOLS)
def test_no_row_of_an_export_is_lost(run: pipeline.Run, tables: Warehouse, tool: str) -> None:
    files = [file for file in run.record.files if file.source == tool]
    assert {file.status for file in files} == {"loaded"}
    for file in files:
        assert file.rows_read == file.rows_stored + file.rows_rejected, file.file_name
    told = EXPECTED[tool]
    assert told.read == told.events + told.refused
    assert sum(file.rows_read for file in files) == told.read
    assert tables.value(f"select count(*) from raw_{tool}__events") == told.events
    assert tables.value(f"select count(*) from rejected_rows where source = '{tool}'") == told.refused


@pytest.mark.parametrize("tool", TOOLS)
def test_events_sessions_and_persons_are_those_of_the_export(tables: Warehouse, tool: str) -> None:
    told = EXPECTED[tool]
    names = tables.rows(f"select event_name, count(*) from fct_events where source = '{tool}' group by all")
    assert dict(names) == told.names
    own = f"(select distinct session_key from fct_events where source = '{tool}')"
    assert tables.value(f"select count(*) from fct_sessions where session_key in {own}") == told.sessions
    browsers = f"(select distinct user_pseudo_id from fct_events where source = '{tool}' and session_key is not null)"
    assert (
        tables.value(f"select count(distinct person_key) from dim_people where user_pseudo_id in {browsers}")
        == told.persons
    )


def found(tables: Warehouse, tool: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return tables.rows(f"select {columns} from fct_events where source = '{tool}' and {where} order by event_order")


def test_posthog_knows_who_a_servers_event_is_about(tables: Warehouse) -> None:
    assert found(tables, "posthog", "user_id, session_key, event_value, transaction_id", "event_name = 'order completed'") == [
        ("0012", None, 74.5, "0007")
    ]  # fmt: skip
    first, second = found(tables, "posthog", "page_location, page_title, page_referrer, event_source, event_medium")[:2]
    assert first == ("https://www.shop.example/", None, None, "nieuwsbrief", "email")
    assert second == ("https://www.shop.example/prijzen?token=[redacted]", "Prijzen – €", None, None, None)
    [(day, path, device, country)] = found(
        tables, "posthog", "event_date, page_path, device_category, country", "event_name = 'rage_click'"
    )
    assert (day, path, device, country) == (date(2026, 6, 3), "/zürich", "mobile", "Curaçao")  # half past midnight


def test_amplitudes_times_are_utc_and_its_minus_one_is_no_session(tables: Warehouse) -> None:
    rows = found(
        tables, "amplitude", "epoch_us(event_at) // 1000 - 1780300800000, session_key, user_pseudo_id, user_id"
    )
    assert [row[0] for row in rows] == [0, 137, 9_000, 60_000, 120_000, 86_400_000]
    assert [row[1] for row in rows] == [*["1780300800000-a-ana"] * 4, None, "1780387200000-a-ben"]
    assert rows[4][2:] == ("0012", "0012")
    assert {row[0] for row in found(tables, "amplitude", "device_category")} == {"desktop", "mobile"}
    # e-mail addresses are cut out of what no mapping names as well
    assert (
        tables.value("select count(*) from raw_amplitude__events where cast(other_params as varchar) like '%ana@%'")
        == 0
    )


def test_matomos_actions_happen_when_the_clock_of_the_site_says(tables: Warehouse) -> None:
    rows = found(tables, "matomo", "strftime(event_at, '%d %H:%M:%S'), cast(event_date as varchar), session_key")
    assert rows[0] == ("01 08:00:00", "2026-06-01", "101-2004d5832c108bec")
    assert rows[-1] == ("01 22:30:00", "2026-06-02", "103-77aa")
    assert found(tables, "matomo", "user_pseudo_id, session_key", "page_path = '/anoniem'") == [(None, None)]
    [order] = found(tables, "matomo", "event_value, transaction_id, currency, user_id", "event_name = 'purchase'")
    assert order == (120, "0042", "EUR", "0012")
    assert found(tables, "matomo", "search_term", "event_name = 'view_search_results'") == [("grondverf",)]
    assert found(tables, "matomo", "distinct event_source, event_medium", "page_path = '/bedankt'") == [(None, None)]


def test_snowplows_quotes_are_data_and_its_contexts_are_kept(tables: Warehouse) -> None:
    assert found(tables, "snowplow", "page_title, event_value, transaction_id, country", "event_name = 'purchase'") == [
        ('5" scherm', Decimal("49.95"), "00042", "NL")
    ]  # fmt: skip
    contexts = "list_filter(other_params, lambda p: p.key = 'contexts')[1].string_value"
    assert tables.value(f"select count(*) from raw_snowplow__events where {contexts} like '%0e8656b0%'") == 6
    reasons = [
        row[0] for row in tables.rows("select reason from rejected_rows where source = 'snowplow' order by row_number")
    ]
    assert reasons[0] == "the row has 130 fields where the source names 131 columns"
    assert reasons[1].startswith("event_timestamp morgen is no time")


def test_ids_of_a_plain_csv_stay_the_texts_that_they_are(tables: Warehouse) -> None:
    assert [row[0] for row in found(tables, "plain", "user_pseudo_id")] == [
        "1052482.1904194731", "1052482.1904194731", "0012", "0012", 'é, "x"',
    ]  # fmt: skip
