"""The published files as people open them: which column comes first, and how many digits a number has."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.publish import _rounded_rows
from journey_analytics.published_texts import _period_nl
from journey_analytics.warehouse import Warehouse, literal, quoted


def published(run: pipeline.Run) -> Path:
    assert run.published is not None
    return run.published


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def is_as_documented(told: float | None, whole: float | None) -> bool:
    """Return whether a CSV's number is the whole one as the documentation says that it is rounded."""
    if told is None or whole is None:
        return told is whole
    # from 1 on two ways of rounding a tie are fine
    return told == float(f"{whole:.3e}") if abs(whole) < 1 else abs(told - whole) < 0.00501


def test_a_csv_says_what_its_parquet_says_with_fewer_digits(webshop: pipeline.Run) -> None:
    compared = 0
    with Warehouse.open() as files:
        for path in sorted(published(webshop).glob("*.parquet")):
            parquet = f"read_parquet({literal(str(path))})"
            kinds = files.columns(f"select * from {parquet}")
            types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in kinds.items())
            short = f"read_csv({literal(str(path.with_suffix('.csv')))}, header = true, columns = {{{types}}})"
            others = ", ".join(
                f"cast({quoted(name)} as decimal(38, 2))"
                if kind.startswith("DECIMAL")
                else f"date_trunc('second', {quoted(name)})"
                if kind == "TIMESTAMP"
                else quoted(name)
                for name, kind in kinds.items()
                if kind != "DOUBLE"
            )
            assert files.rows(f"select {others} from {short}") == files.rows(f"select {others} from {parquet}"), path
            for name in (name for name, kind in kinds.items() if kind == "DOUBLE"):
                told, whole = (files.rows(f"select {quoted(name)} from {rows}") for rows in (short, parquet))
                pairs = [(one[0], other[0]) for one, other in zip(told, whole, strict=True)]
                assert [pair for pair in pairs if not is_as_documented(*pair)] == [], (path, name)
                compared += len(pairs)
    assert compared > 100_000


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("0.473684210526", "0.4737"),
        ("1.11939323248e-21", "1.119e-21"),
        ("-0.0708132615310", "-0.07081"),
        ("0.0", "0.0"),
        ("2.158620689655", "2.16"),
        ("1234567.891", "1234567.89"),
        ("86412.345678", "86412.35"),
    ],
)
def test_a_number_has_four_digits_below_1_and_two_decimals_above(number: str, written: str, tmp_path: Path) -> None:
    with Warehouse.open() as tables:
        tables.run(
            f"create temp table published_rows as select cast('{number}' as double) as value, 7 as n, 'text' as phase"
        )
        tables.run(f"copy ({_rounded_rows(tables)}) to {literal(str(tmp_path / 'rows.csv'))} (format csv, header)")
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines() == ["value,n,phase", f"{written},7,text"]


def test_a_rounded_interval_still_contains_its_value(webshop: pipeline.Run) -> None:
    with Warehouse.open() as files:
        for table in ("phase_kpis", "drop_off_points", "friction_annotations"):
            rows = f"read_csv({literal(str(published(webshop) / f'{table}.csv'))}, header = true, all_varchar = true)"
            given = "try_cast(value as double) as value, cast(ci_low as double) as low, cast(ci_high as double) as high"
            assert files.value(f"select count(*) from (select {given} from {rows}) where value is not null") > 500
            assert (
                files.value(f"select count(*) from (select {given} from {rows}) where value < low or value > high") == 0
            )


def test_the_annotations_open_with_what_people_look_for_and_end_with_what_nobody_fills_yet(
    webshop: pipeline.Run,
) -> None:
    contract = webshop.night.project.contracts["friction_annotation"]
    columns = header(published(webshop) / "friction_annotations.csv")
    assert columns == list(contract.columns)
    assert columns[:18] == [
        "as_of", "journey_model", "journey_model_title_nl", "journey_model_title_en", "priority_rank", "colour_code",
        "phase_title_nl", "phase_title_en", "touchpoint_label", "segment", "segment_nl", "segment_en", "kind", "kind_nl",
        "kind_en", "title_nl", "title_en", "statement_nl",
    ]  # fmt: skip
    assert columns[-len(contract.unfilled) :] == list(contract.unfilled)
    digests = ["contract_version", "data_hash", "rule_hash"]
    assert columns[: -len(contract.unfilled)][-3:] == digests
    with Warehouse.open(published(webshop) / "journey_marts.duckdb", read_only=True) as marts:
        assert list(marts.columns("pub_friction_annotations")) == columns
        filled = ", ".join(f'count("{column}")' for column in contract.unfilled)
        assert set(marts.rows(f"select {filled} from pub_friction_annotations")[0]) == {0}


def test_each_kpi_opens_with_its_newest_month_of_all_visitors_that_has_thirty_units(webshop: pipeline.Run) -> None:
    with (published(webshop) / "phase_kpis.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for kpi in ("bounce_rate", "conversion_rate", "revenue"):
        of_kpi = [row for row in rows if row["kpi"] == kpi]
        first = of_kpi[0]
        same = [
            row["period_start"]
            for row in of_kpi
            if row["min_sample_ok"] == "true"
            and all(row[name] == first[name] for name in ("journey_model", "phase", "period_kind", "segment_kind"))
        ]
        assert (first["period_kind"], first["segment_kind"], first["min_sample_ok"]) == ("month", "all", "true")
        assert first["value"] != ""
        assert first["period_start"] == max(same)


def test_who_reads_kpis_alone_is_told_where_their_meaning_stands(webshop: pipeline.Run) -> None:
    page = (published(webshop) / "00_start_hier.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if line.startswith("- `phase_kpis.csv`"))
    assert "`kpi_dictionary.csv`, onder `base_nl`" in line
    assert {"kpi", "base_nl", "base_en"} < set(header(published(webshop) / "kpi_dictionary.csv"))


def test_money_has_two_decimals(tmp_path: Path) -> None:
    with Warehouse.open() as tables:
        tables.run("create temp table published_rows as select cast(87.6070 as decimal(18, 4)) as value_per_unit")
        tables.run(f"copy ({_rounded_rows(tables)}) to {literal(str(tmp_path / 'rows.csv'))} (format csv, header)")
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == "value_per_unit\n87.61\n"


def test_a_time_loses_what_is_below_the_second(tmp_path: Path) -> None:
    with Warehouse.open() as tables:
        tables.run("create temp table published_rows as select timestamp '2026-06-23 19:59:48.924643' as reached_at")
        tables.run(f"copy ({_rounded_rows(tables)}) to {literal(str(tmp_path / 'rows.csv'))} (format csv, header)")
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == "reached_at\n2026-06-23 19:59:48\n"


@pytest.mark.parametrize(
    ("measured_from", "told"),
    [
        (
            "2026-01-01",
            "De bevindingen gaan over wie van 01-03-2026 tot en met 28-03-2026 instapte: die hadden allemaal 30",
        ),
        (
            "2026-03-20",
            "De bevindingen gaan over wie van 20-03-2026 tot en met 28-03-2026 instapte: die hadden allemaal 30",
        ),
        (
            "2026-04-10",
            "Nog te kort gemeten voor bevindingen: sinds 10-04-2026, en wie instapt heeft 30 dagen de tijd om",
        ),
    ],
)
def test_the_first_page_speaks_of_no_day_that_was_not_measured(measured_from: str, told: str) -> None:
    with Warehouse.open() as tables:
        tables.run(
            "create table int_comparison_periods as select 'm' as journey_model, 'current' as comparison, "
            "date '2026-03-01' as date_from, date '2026-03-28' as date_to"
        )
        tables.run(
            "create table dim_journeys as select 'm' as journey_model, 2592000 as window_seconds, true as is_primary"
        )
        tables.run(f"create table fct_events as select date '{measured_from}' as event_date")
        assert [line.startswith(told) for line in _period_nl(tables)] == [True]
