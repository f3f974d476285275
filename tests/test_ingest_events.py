"""Event-level exports of other tools: any CSV, JSON or Parquet, by a mapping."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import DefinitionError, InputError
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source, prepare_raw
from journey_analytics.warehouse import Warehouse

MAPPING = {"event_timestamp": "time", "event_name": "what", "user_pseudo_id": "who", "page_location": "url"}
PLAN = SourcePlan("tool", "raw_tool__events", "events", MAPPING, "separate")
SETTINGS = Settings(property="shop", title="Shop", time_zone="Europe/Amsterdam", sources={}, rejected_share_limit=0.6)
TEN_O_CLOCK = 1_772_359_200_000_000  # 2026-03-01 10:00 UTC


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


def load(warehouse: Warehouse, folder: Path, plan: SourcePlan = PLAN) -> dict[str, FileOutcome]:
    outcomes = load_source(warehouse, plan, str(folder / "*.*"), SETTINGS, 1)
    assert all(o.rows_read == o.rows_stored + o.rows_rejected + o.rows_removed for o in outcomes)
    return {outcome.file_name: outcome for outcome in outcomes}


def stored(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(f"select {columns} from raw_tool__events order by file_name, event_timestamp, event_name")


def rejected(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows("select row_number, reason from rejected_rows order by all")


def test_empty_tables_have_their_types(warehouse: Warehouse) -> None:
    prepare_raw(warehouse, PLAN)
    assert list(warehouse.columns("raw_tool__events").items())[3:] == [
        ("event_key", "VARCHAR"),
        ("event_date", "DATE"),
        ("event_timestamp", "BIGINT"),
        ("event_name", "VARCHAR"),
        ("user_pseudo_id", "VARCHAR"),
        ("user_id", "VARCHAR"),
        ("session_id", "VARCHAR"),
        ("page_location", "VARCHAR"),
        ("page_title", "VARCHAR"),
        ("page_referrer", "VARCHAR"),
        ("device_category", "VARCHAR"),
        ("country", "VARCHAR"),
        ("element", "VARCHAR"),
        ("value", "DOUBLE"),
        ("other_params", 'STRUCT("key" VARCHAR, string_value VARCHAR)[]'),
    ]


def test_the_same_rows_are_the_same_in_every_encoding(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        {"time": "2026-03-01T10:00:00Z", "what": "click", "who": "1052482.1904194731", "url": "/a?token=x", "n": "1"},
        {"time": "2026-03-01T11:00:00+01:00", "what": "scroll", "who": "007", "url": "", "n": ""},
    ]
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "comma.csv", index=False)
    frame.to_csv(tmp_path / "semicolon.csv", index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    frame.to_csv(tmp_path / "tab.tsv.gz", index=False, sep="\t")
    frame[["n", "url", "who", "what", "time"]].to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rows.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "array.json.gz").write_bytes(gzip.compress(json.dumps(rows, indent=2).encode()))
    load(warehouse, tmp_path)
    columns = "event_timestamp, cast(event_date as varchar), event_name, user_pseudo_id, page_location, other_params"
    per_file = stored(warehouse, columns)
    assert per_file[:2] == [
        (TEN_O_CLOCK, "2026-03-01", "click", "1052482.1904194731", "/a?token=[redacted]",
         [{"key": "n", "string_value": "1"}]),
        (TEN_O_CLOCK, "2026-03-01", "scroll", "007", None, []),
    ]  # fmt: skip
    assert per_file == per_file[:2] * 6
    assert warehouse.value("select count(distinct event_key) from raw_tool__events") == 2


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [
        ("2026-03-01T10:00:00Z", TEN_O_CLOCK),
        ("2026-03-01T11:00:00.5+01:00", TEN_O_CLOCK + 500_000),
        ("2026-03-01T05:00:00-0500", TEN_O_CLOCK),
        ("2026-03-01 10:00:00", TEN_O_CLOCK),
        ("2026-03-01 10:00:00.123", TEN_O_CLOCK + 123_000),
        ("2026-03-01 10:00:00 UTC", TEN_O_CLOCK),
        (" 2026-03-01 10:00 ", TEN_O_CLOCK),
        ("1772359200", TEN_O_CLOCK),
        ("1772359200.25", TEN_O_CLOCK + 250_000),
        ("1772359200123", TEN_O_CLOCK + 123_000),
        ("1772359200123456", TEN_O_CLOCK + 123_456),
        ("1772359200123456789", TEN_O_CLOCK + 123_457),
    ],
)
def test_a_time_is_read_however_it_is_written(
    warehouse: Warehouse, tmp_path: Path, written: str, microseconds: int
) -> None:
    (tmp_path / "a.csv").write_text(f"time,what,who,url\n{written},click,a,b\n")
    load(warehouse, tmp_path)
    assert stored(warehouse, "event_timestamp") == [(microseconds,)]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "event_timestamp is missing"),
        ("soon", "event_timestamp soon is no time: write ISO 8601"),
        ("01-03-2026 10:00", "event_timestamp 01-03-2026 10:00 is no time"),
        ("2026-03-01", "event_timestamp 2026-03-01 is no time"),
        ("2026-02-30 10:00:00", "event_timestamp 2026-02-30 10:00:00 is no time"),
        ("1.61121E+15", "event_timestamp 1.61121E+15 was rounded by a spreadsheet and cannot be recovered"),
        ("12", "event_timestamp 12 is no time"),
        ("99999999999999999999999", "event_timestamp 99999999999999999999999 is no time"),
        ("jan@x.nl", "event_timestamp [email] is no time"),
    ],
)
def test_what_is_no_time_is_refused_with_its_line(
    warehouse: Warehouse, tmp_path: Path, written: str, reason: str
) -> None:
    (tmp_path / "a.csv").write_text(f"time,what,who,url\n1772359200,click,a,b\n{written},click,a,b\n")
    load(warehouse, tmp_path)
    [(line, told)] = rejected(warehouse)
    assert line == 3 and told.startswith(reason)


def test_the_date_is_that_of_the_property(warehouse: Warehouse, tmp_path: Path) -> None:
    times = ["2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"]
    (tmp_path / "a.csv").write_text("time,what,who,url\n" + "".join(f"{time},click,a,b\n" for time in times))
    load(warehouse, tmp_path)  # summer time begins on the 29th: that day has 23 hours
    assert [row[0].day for row in stored(warehouse, "event_date")] == [28, 29, 29, 30]


def test_torn_lines_of_a_csv_cost_their_own_row_only(warehouse: Warehouse, tmp_path: Path) -> None:
    lines = [
        "time,what,who,url",
        "1772359200,click,a,b",
        "1772359201,click",
        '1772359202,"two\nlines",a,"a ""quoted"" word"',
        '1772359203,"never closed,a,b',
        "1772359204,click,a,b",
        "1772359205,,a,b",
        "1772359206,click,a,b,c,d",
        "",
        "1772359207,click,caf\xe9,b",
        "1772359208,click,a,b",
    ]
    (tmp_path / "a.csv").write_bytes("\n".join(lines).encode("latin-1"))
    outcome = load(warehouse, tmp_path)["a.csv"]
    assert stored(warehouse, "event_timestamp // 1000000 - 1772359200, event_name, page_location") == [
        (0, "click", "b"),
        (2, "two\nlines", 'a "quoted" word'),
        (4, "click", "b"),
        (8, "click", "b"),
    ]
    assert rejected(warehouse) == [
        (3, "the row has 2 fields where the header has 4"),
        (6, "the row opens a quote that is not closed"),
        (8, "event_name is missing"),
        (9, "the row has 6 fields where the header has 4"),
        (11, "the line is not UTF-8 text"),
    ]
    assert outcome.reason == "a.csv: 5 of 9 rows refused; row 3: the row has 2 fields where the header has 4."


def test_a_torn_line_of_json_costs_its_own_row_only(warehouse: Warehouse, tmp_path: Path) -> None:
    good = json.dumps({"time": 1772359200, "what": "click", "n": 1.50})
    (tmp_path / "a.json").write_text(f'{good}\n{good[:20]}\n{{}}\n{good}\n{{"what": "x", "time": "?"}}\n')
    (tmp_path / "b.json").write_text(f"{good}\n")
    load(warehouse, tmp_path)
    assert [row[0] for row in rejected(warehouse)] == [2, 3, 5]
    assert warehouse.value("select count(distinct event_key) from raw_tool__events") == 1  # rescued or not


def test_unmapped_columns_and_unreadable_values_are_kept(warehouse: Warehouse, tmp_path: Path) -> None:
    plan = SourcePlan("tool", "raw_tool__events", "events", {**MAPPING, "value": "amount"})
    row = {"time": 1772359200, "what": "buy", "a/b ~c": {"d": [1]}, 'it"s': True, "none": None}
    lines = [{**row, "amount": 12.5}, {**row, "amount": "12,50"}]
    (tmp_path / "a.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    load(warehouse, tmp_path, plan)
    others = [{"key": "a/b ~c", "string_value": '{"d":[1]}'}, {"key": 'it"s', "string_value": "true"}]
    assert sorted(stored(warehouse, "value, other_params"), key=str) == [
        (12.5, others),
        (None, [*others, {"key": "amount", "string_value": "12,50"}]),
    ]


def test_a_mapped_column_that_is_not_there_is_named_with_the_nearest(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,what,who,urls\n1772359200,click,a,b\n")
    pd.DataFrame({"time": [1], "what": ["x"], "url": ["b"]}).to_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.json").write_text('{"tijd": 1, "what": "click"}\n')
    (tmp_path / "d.csv").write_text("time,what,who,url\n1772359200,click,a,b\n")
    outcomes = load(warehouse, tmp_path)
    assert [outcomes[name].reason for name in ("a.csv", "b.parquet", "c.json", "d.csv")] == [
        "a.csv has no column 'url' (for page_location); it has time, what, who, urls. Did you mean 'urls'? "
        "Change the source's mapping, or export again.",
        "b.parquet has no column 'who' (for user_pseudo_id); it has time, what, url. "
        "Change the source's mapping, or export again.",
        "c.json has no column 'time' (for event_timestamp); it has tijd, what. "
        "Change the source's mapping, or export again.",
        "",
    ]


def test_a_better_mapping_reads_a_refused_file_again(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,what,who,urls\n1772359200,click,a,b\n")
    (tmp_path / "b.csv").write_text("time,what,who,url,urls\n1772359200,click,a,b,c\n")
    assert load(warehouse, tmp_path)["a.csv"].status == "quarantined"
    better = SourcePlan("tool", "raw_tool__events", "events", {**MAPPING, "page_location": "urls"})
    assert {outcome.status for outcome in load(warehouse, tmp_path, better).values()} == {"loaded"}
    assert stored(warehouse, "page_location") == [("b",), ("c",)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty; export it again"),
        (b"time,what,time\n1,2,3\n", "has two columns named 'time'; give each column a name of its own"),
        ("time,wh\xe9t\n".encode("latin-1"), "is not UTF-8 text; save it as UTF-8"),
        (b"<!DOCTYPE html>\n<html>", "has no column 'time' (for event_timestamp), 'what'"),
    ],
)
def test_a_file_that_is_no_table_is_refused(warehouse: Warehouse, tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError) as error:
        load(warehouse, tmp_path)
    assert f"a.csv {reason}" in str(error.value)


def test_a_truncated_csv_is_set_apart(warehouse: Warehouse, tmp_path: Path) -> None:
    lines = "time,what,who,url\n" + "".join(f"17723592{number % 100:02},click,{number},b\n" for number in range(9000))
    whole = gzip.compress(lines.encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.csv").write_text("time,what,who,url\n1772359200,click,a,b\n")
    outcomes = load(warehouse, tmp_path)
    assert outcomes["a.csv.gz"].reason.startswith("a.csv.gz ends in the middle (truncated gzip) at about row ")
    assert stored(warehouse, "file_name") == [("b.csv",)]
    assert rejected(warehouse) == []


def test_a_header_without_rows_is_an_empty_file_not_a_bad_one(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,what,who,url")
    assert load(warehouse, tmp_path)["a.csv"].status == "loaded"


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"event_timestamp": "t"}, "source tool: mapping: event_name is missing"),
        ({**MAPPING, "user_pseudoid": "u"}, "unknown column 'user_pseudoid'.*Did you mean 'user_pseudo_id'?"),
    ],
)
def test_a_mapping_is_checked(warehouse: Warehouse, tmp_path: Path, mapping: dict[str, str], reason: str) -> None:
    (tmp_path / "a.csv").write_text("t\n1\n")
    with pytest.raises(DefinitionError, match=reason):
        load(warehouse, tmp_path, SourcePlan("tool", "raw_tool__events", "events", mapping))
