"""Exchange rates: a file read strictly, and nights with and without the rates that their orders need."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.definitions.exchange_rates import FOREVER, ExchangeRate, read_exchange_rates
from journey_analytics.errors import CheckFailed, DefinitionError
from journey_analytics.warehouse import Warehouse

HEADER = "currency,valid_from,rate\n"


def test_a_rate_holds_until_the_next_one_of_its_currency(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(
        b"\xef\xbb\xbfcurrency,valid_from,rate\r\nUSD,2026-01-01,0.92\r\nGBP,2026-03-01,1.1\r\nGBP,2026-01-01,1.2\r\n\r\n"
    )
    assert read_exchange_rates(path, "EUR") == [
        ExchangeRate("GBP", date(2026, 1, 1), date(2026, 3, 1), Decimal("1.2")),
        ExchangeRate("GBP", date(2026, 3, 1), FOREVER, Decimal("1.1")),
        ExchangeRate("USD", date(2026, 1, 1), FOREVER, Decimal("0.92")),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rates.csv:1: the first line should be currency,valid_from,rate, but is empty"),
        ("currency;valid_from;rate\n", "rates.csv:1: the first line should be currency,valid_from,rate"),
        (HEADER, "rates.csv: holds no rate"),
        (HEADER + "GBP,2026-01-01,1,15\n", "rates.csv:2: has 4 values instead of 3"),
        (HEADER + "\ngbp,2026-01-01,1.15\n", "rates.csv:3: currency 'gbp' is no ISO 4217 code: three capitals"),
        (HEADER + "EUR,2026-01-01,1\n", "rates.csv:2: EUR is the property's own currency"),
        (HEADER + "GBP,01-02-2026,1.15\n", "rates.csv:2: valid_from '01-02-2026' is no date. Write it as 2026-01-31"),
        (HEADER + "GBP,2026-02-30,1.15\n", "rates.csv:2: valid_from '2026-02-30' is not in the calendar"),
        (HEADER + "GBP,2026-01-01,0\n", "rates.csv:2: rate '0' is no rate"),
        (HEADER + "GBP,2026-01-01,-1.15\n", "rates.csv:2: rate '-1.15' is no rate"),
        (HEADER + "GBP,2026-01-01,NaN\n", "rates.csv:2: rate 'NaN' is no rate"),
        (HEADER + "GBP,2026-01-01,1.123456789\n", "at most 8 digits behind it"),
        (HEADER + "GBP,2026-01-01,1.1\nGBP,2026-01-01,1.2\n", "rates.csv:3: GBP has a rate from 2026-01-01 already"),
    ],
)
def test_a_file_that_cannot_be_meant_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_exchange_rates(path, "EUR")
    assert told in str(error.value)


def test_a_file_that_is_not_there_is_told_with_the_key_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"rates\.csv: exchange rates cannot be read .* `exchange_rates:`"):
        read_exchange_rates(tmp_path / "rates.csv", "EUR")


def test_every_faulty_line_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(HEADER + "pound,2026-01-01,1.1\nGBP,2026-01-01,1.1\nUSD,2026-01-01,one\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_exchange_rates(path, "EUR")
    assert [line.split(": ")[0] for line in str(error.value).splitlines()] == [f"{path}:2", f"{path}:4"]


def shop(folder: Path, rates: str | None) -> pipeline.Night:
    """Return the night of a shop in euros with an order in euros, one in pounds, and a refund of half of the latter."""
    events = [(1, "purchase", "A-1", "EUR", 40), (2, "purchase", "A-2", "GBP", 100), (3, "refund", "A-2", "GBP", 50)]
    lines = []
    for day, name, number, currency, value in events:
        at = int(datetime(2026, 3, day, 12, tzinfo=UTC).timestamp())
        params = {
            "ga_session_id": {"int_value": at},
            "currency": {"string_value": currency},
            "value": {"int_value": value},
        }
        lines.append({
            "event_date": f"202603{day:02}", "event_timestamp": at * 1_000_000, "event_name": name, "user_pseudo_id": "1.1",
            "event_params": [{"key": key, "value": held} for key, held in params.items()],
            "ecommerce": {"transaction_id": number},
        })  # fmt: skip
    (folder / "events_202603.json").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    settings = (
        "property: shop\ntitle: Shop\ntime_zone: UTC\ncurrency: EUR\nsources: {ga4: 'events_*.json'}\npublic_salt: x\n"
    )
    if rates is not None:
        (folder / "rates.csv").write_text(HEADER + rates, encoding="utf-8")
        settings += "exchange_rates: rates.csv\n"
    (folder / "journey.yml").write_text(settings, encoding="utf-8")
    return pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")


def revenue(folder: Path) -> dict[str, list[float]]:
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        rows = tables.rows(
            """select kpi, value from pub_phase_kpis where period_kind = 'day' and unit = 'EUR'
            and kpi not in ('order_value', 'lifetime_value_90_days') order by kpi, period_start"""
        )
    return {kpi: [value for name, value in rows if name == kpi] for kpi, _ in rows}


def test_without_rates_a_foreign_order_is_left_out_and_the_cure_is_told(tmp_path: Path) -> None:
    run = pipeline.run_night(shop(tmp_path, rates=None))
    (told,) = [warning for warning in run.warnings if warning.startswith("fct_orders: 1 of 2 rows")]
    assert "`currency:`" in told
    assert "`exchange_rates:`" in told
    assert told.endswith("Among them: currency = GBP.")
    assert revenue(tmp_path) == {"net_revenue": [40], "revenue": [40]}


def test_rates_that_lack_a_currency_stop_the_night_and_a_line_more_lets_it_go_on(tmp_path: Path) -> None:
    with pytest.raises(
        CheckFailed, match="currency = GBP, event_date = 2026-03-02; currency = GBP, event_date = 2026-03-03"
    ):
        pipeline.run_night(shop(tmp_path, rates="USD,2026-01-01,0.9\nGBP,2026-03-04,1.2\n"))
    pipeline.run_night(shop(tmp_path, rates="GBP,2026-01-01,1.2\n"))
    # 40 euros, and 100 pounds of which 50 are given back a day later
    assert revenue(tmp_path) == {"net_revenue": [40, 120, -60], "refunds": [60], "revenue": [40, 120]}


def test_a_changed_rate_changes_what_rests_on_it_without_a_new_export(tmp_path: Path) -> None:
    pipeline.run_night(shop(tmp_path, rates="GBP,2026-01-01,1.2\n"))
    run = pipeline.run_night(shop(tmp_path, rates="GBP,2026-01-01,1.2\nGBP,2026-03-03,1.1\n"))
    assert revenue(tmp_path) == {"net_revenue": [40, 120, -55], "refunds": [55], "revenue": [40, 120]}
    how = {model.model: model.how for model in run.record.models}
    assert (how["int_key_events"], how["fct_refunds"], how["fct_orders"], how["fct_sessions"]) == (
        "full",
        "keys",
        "keys",
        "nothing",
    )
