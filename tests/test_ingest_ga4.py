"""GA4 exports, small enough to check with a pencil: what is stored, what is refused and why, what a second load does."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journey_analytics.definitions.settings import Redaction, Settings
from journey_analytics.errors import DefinitionError, InputError
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source, prepare_raw
from journey_analytics.ingest.outcomes import oddities
from journey_analytics.warehouse import Warehouse

PLAN = SourcePlan("ga4", "raw_ga4__events", "ga4")
SETTINGS = Settings(property="shop", title="Shop", time_zone="Europe/Amsterdam", sources={})
TEN_O_CLOCK = 1_772_359_200_000_000  # 2026-03-01 10:00 UTC


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


def event(
    number: int = 0, name: str = "page_view", params: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return an export row; events of another number differ in time."""
    row: dict[str, Any] = {
        "event_date": "20260301",
        "event_timestamp": str(TEN_O_CLOCK + number),
        "event_name": name,
        "user_pseudo_id": "1.2",
        "event_params": [{"key": key, "value": typed(value)} for key, value in (params or {}).items()],
    }
    return {key: value for key, value in (row | fields).items() if value is not ...}


def typed(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"string_value": value}
    if isinstance(value, int):
        return {"int_value": str(value)}
    return {} if value is None else {"double_value": value}


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    """Write rows as newline-delimited JSON; a text is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())
    return path


def load(warehouse: Warehouse, pattern: Path, settings: Settings = SETTINGS, run_id: int = 1) -> dict[str, FileOutcome]:
    outcomes = load_source(warehouse, PLAN, str(pattern), settings, run_id)
    assert all(o.rows_read == o.rows_stored + o.rows_rejected + o.rows_removed for o in outcomes)
    for outcome in outcomes:  # what is reported is what is there
        stored = warehouse.value("select count(*) from raw_ga4__events where file_name = ?", [outcome.file_name])
        refused = warehouse.value("select count(*) from rejected_rows where file_name = ?", [outcome.file_name])
        assert outcome.status not in ("loaded", "unchanged") or stored == outcome.rows_stored
        assert outcome.status not in ("loaded", "unchanged") or refused == outcome.rows_rejected
    return {outcome.file_name: outcome for outcome in outcomes}


def stored(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(f"select {columns} from raw_ga4__events order by file_name, event_timestamp")


def rejected(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows("select file_name, row_number, reason from rejected_rows order by all")


# --- what is stored


def test_empty_tables_have_their_types(warehouse: Warehouse) -> None:
    prepare_raw(warehouse, PLAN)
    prepare_raw(warehouse, PLAN)
    columns = warehouse.columns("raw_ga4__events")
    assert list(columns)[:6] == ["delivery", "delivery_kind", "file_name", "event_key", "event_date", "event_timestamp"]
    assert list(columns)[-6:] == [
        "items", "item_params", "user_properties", "other_params", "other_fields", "repeated_parameters",
    ]  # fmt: skip
    assert (columns["event_date"], columns["ga_session_id"], columns["param_value"]) == ("DATE", "BIGINT", "DOUBLE")
    assert columns["other_params"] == (
        'STRUCT("key" VARCHAR, string_value VARCHAR, int_value BIGINT, double_value DOUBLE)[]'
    )


def test_hot_parameters_get_columns_and_the_others_stay_together(warehouse: Warehouse, tmp_path: Path) -> None:
    params = {"ga_session_id": 7, "page_title": "Home", "value": 12.5, "percent_scrolled": 90, "empty": None}
    write(tmp_path / "events_20260301.json", event(params=params))
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "delivery, delivery_kind, ga_session_id, page_title, param_value") == [
        ("events_20260301", "daily", 7, "Home", 12.5)
    ]
    (others,) = stored(warehouse, "other_params")[0]
    assert [(p["key"], p["string_value"], p["int_value"], p["double_value"]) for p in others] == [
        ("percent_scrolled", None, 90, None),
        ("empty", None, None, None),
    ]


def test_a_parameter_is_read_whatever_its_type(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path / "a.json",
        event(1, params={"session_engaged": "1", "value": 5, "transaction_id": 123, "debug_mode": 1}),
        event(2, params={"session_engaged": 1, "value": 5.0, "transaction_id": "0123"}),
        event(3, params={"session_engaged": "yes", "value": "5,00"}),
    )
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "session_engaged, param_value, param_transaction_id, debug_mode") == [
        (1, 5.0, "123", "1"),
        (1, 5.0, "0123", None),
        (None, None, None, None),
    ]
    # a text where a number belongs is not lost
    (others,) = stored(warehouse, "other_params")[2]
    assert [(p["key"], p["string_value"]) for p in others] == [("session_engaged", "yes"), ("value", "5,00")]


def test_of_a_key_that_comes_twice_the_first_counts(warehouse: Warehouse, tmp_path: Path) -> None:
    row = event(params={"page_title": "first"})
    row["event_params"].append({"key": "page_title", "value": {"string_value": "second"}})
    row["event_params"] += [{"key": "colour", "value": {"string_value": name}} for name in ("red", "blue")]
    write(tmp_path / "a.json", row, event(1, params={"page_title": "only"}))
    assert load(warehouse, tmp_path / "*.json")["a.json"].parameters_repeated == 2
    assert stored(
        warehouse, "page_title, repeated_parameters, list_transform(other_params, lambda p: p.string_value)"
    ) == [
        ("first", 2, ["second", "red", "blue"]),
        ("only", 0, []),
    ]


def test_batch_fields_come_from_columns_or_parameters(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path / "a.json",
        event(1, batch_page_id="5", batch_ordering_id="2", params={"batch_page_id": 9}),
        event(2, params={"batch_page_id": 6, "batch_ordering_id": 3}),
    )
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "batch_page_id, batch_ordering_id, len(other_params)") == [(5, 2, 0), (6, 3, 0)]


def test_nested_fields_are_found_and_missing_ones_are_null(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path / "a.json",
        event(
            1,
            device={"category": "mobile", "web_info": {"hostname": "www.x.nl"}},
            ecommerce={"transaction_id": "T1", "purchase_revenue": 10},
            items=[{"item_id": "A", "price": 5, "quantity": "2"}],
            user_properties=[{"key": "plan", "value": {"string_value": "gold"}}],
            session_traffic_source_last_click={"cross_channel_campaign": {"default_channel_group": "Direct"}},
        ),
        event(2),
    )
    load(warehouse, tmp_path / "*.json")
    columns = "device_category, hostname, transaction_id, purchase_revenue, session_default_channel_group"
    assert stored(warehouse, columns) == [("mobile", "www.x.nl", "T1", 10.0, "Direct"), (None,) * 5]
    assert stored(warehouse, "items[1].item_id, items[1].quantity, user_properties[1].string_value, len(items)") == [
        ("A", 2, "gold", 1),
        (None, None, None, 0),
    ]


def test_the_same_event_has_the_same_key_in_every_encoding(warehouse: Warehouse, tmp_path: Path) -> None:
    params = {"b": 1.5, "a": "x", "ga_session_id": 7}
    row = event(params=params, items=[{"item_id": "A", "price": 5.0}])
    shuffled = row | {"event_params": row["event_params"][::-1]}
    write(tmp_path / "a.json", row)
    (tmp_path / "b.json").write_text(json.dumps([shuffled], indent=1))
    table = pd.DataFrame([row | {"event_timestamp": TEN_O_CLOCK, "event_params": parquet_params(row)}])
    table.to_parquet(tmp_path / "c.parquet")
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "file_name, count(*) over (partition by event_key)") == [
        ("a.json", 3), ("b.json", 3), ("c.parquet", 3)
    ]  # fmt: skip


def parquet_params(row: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("string_value", "int_value", "float_value", "double_value")
    values = [{name: param["value"].get(name) for name in names} for param in row["event_params"]]
    for value in values:
        value["int_value"] = int(value["int_value"]) if value["int_value"] else None
    return [{"key": param["key"], "value": value} for param, value in zip(row["event_params"], values, strict=True)]


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": "u"},
        {"event_timestamp": str(TEN_O_CLOCK + 1)},
        {"params": {"a": ""}},
        {"params": {"a": "1"}},
        {"params": {"a": 1}},
        {"params": {"a": 1.5}},
        {"params": {"page_title": ""}},
        {"params": {"ga_session_id": 1}},
        {"items": [{"item_id": "A"}]},
        {"ecommerce": {"tax_value": 1}},
    ],
)
def test_events_that_differ_have_different_keys(warehouse: Warehouse, tmp_path: Path, other: dict[str, Any]) -> None:
    write(tmp_path / "a.json", event(params={"a": None}), event(**({"params": {"a": None}} | other)))
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "count(distinct event_key) over ()")[0] == (2,)


def test_a_parquet_file_with_fewer_columns_is_read(warehouse: Warehouse, tmp_path: Path) -> None:
    value = pa.struct([("string_value", pa.string()), ("int_value", pa.int64())])
    schema = pa.schema([
        ("event_date", pa.date32()), ("event_timestamp", pa.int64()), ("event_name", pa.string()),
        ("event_params", pa.list_(pa.struct([("key", pa.string()), ("value", value)]))),
        ("device", pa.struct([("category", pa.string())])), ("user_id", pa.null()),
    ])  # fmt: skip
    params = [{"key": "value", "value": {"int_value": 3}}]
    row = {"event_date": pd.Timestamp("2026-03-01").date(), "event_timestamp": TEN_O_CLOCK, "event_name": "purchase",
           "event_params": params, "device": {"category": "tablet"}}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row], schema), tmp_path / "events_20260301.parquet")
    pq.write_table(pa.Table.from_pylist([], schema), tmp_path / "events_20260302.parquet")
    outcomes = load(warehouse, tmp_path / "*.parquet")
    assert outcomes["events_20260302.parquet"].status == "loaded"
    columns = "cast(event_date as varchar), event_name, param_value, device_category, user_id, browser, len(items)"
    assert stored(warehouse, columns) == [("2026-03-01", "purchase", 3.0, "tablet", None, None, 0)]


def test_texts_are_redacted_and_the_rows_counted(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path / "a.json",
        event(1, user_id="jan@x.nl", params={"page_location": "https://x.nl/?token=abc&p=1", "note": "bel jan@x.nl"}),
        event(2, user_properties=[{"key": "mail", "value": {"string_value": "jan%40x.nl"}}]),
        event(3, params={"page_location": "https://x.nl/?p=1", "term": "jan@x.nl"}),
        event(4, params={"page_location": "https://x.nl/?p=1"}),
    )
    assert load(warehouse, tmp_path / "*.json")["a.json"].rows_redacted == 3
    assert stored(warehouse, "user_id, page_location, other_params[1].string_value")[0] == (
        "jan@x.nl", "https://x.nl/?token=[redacted]&p=1", "bel [email]"
    )  # fmt: skip
    assert stored(warehouse, "user_properties[1].string_value")[1] == ("[email]",)
    assert stored(warehouse, "page_location, param_term")[2] == ("https://x.nl/?p=1", "[email]")


def test_a_key_does_not_betray_what_was_redacted(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(params={"page_title": "jan@x.nl"}), event(params={"page_title": "ana@x.nl"}))
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "count(distinct event_key) over ()")[0] == (1,)


def test_a_change_of_what_is_redacted_reads_the_files_again(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(params={"page_title": "bel jan@x.nl"}))
    load(warehouse, tmp_path / "*.json", SETTINGS.model_copy(update={"redaction": Redaction(is_on=False)}))
    assert stored(warehouse, "page_title") == [("bel jan@x.nl",)]
    assert load(warehouse, tmp_path / "*.json")["a.json"].status == "loaded"
    assert stored(warehouse, "page_title") == [("bel [email]",)]


def test_progress_is_told_in_files(warehouse: Warehouse, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write(tmp_path / "a.json", event(1))
    write(tmp_path / "b.json.gz", event(2))
    load_source(warehouse, PLAN, str(tmp_path / "*"), SETTINGS, 1, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


# --- what is refused


def test_half_a_line_costs_one_row(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(1), json.dumps(event(2, params={"page_title": "jan@x.nl"}))[:-30], "", event(3))
    outcome = load(warehouse, tmp_path / "*.json")["a.json"]
    assert (outcome.status, outcome.rows_read, outcome.rows_stored) == ("loaded", 3, 2)
    assert outcome.reason == "a.json: 1 of 3 rows refused; row 2: the line is torn: its JSON ends in the middle."
    ((content,),) = warehouse.rows("select content from rejected_rows")
    assert content.startswith('{"event_date": "20260301"') and len(content) <= 200


def test_the_content_of_a_refused_row_is_redacted(warehouse: Warehouse, tmp_path: Path) -> None:
    write(
        tmp_path / "a.json", event(1), r'{"page": "https:\/\/x.nl\/?a=1\u0026token\u003dgeheim", "mail": "jan@x.nl", '
    )
    load(warehouse, tmp_path / "*.json")
    ((content,),) = warehouse.rows("select content from rejected_rows")
    assert "geheim" not in content and "jan@" not in content and "token=[redacted]" in content


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (event(2, name=...), "event_name is missing"),
        (event(2, name=""), "event_name is missing"),
        (event(2, name=None), "event_name is missing"),
        (event(2, event_timestamp=None), "event_timestamp is missing"),
        (event(2, event_timestamp="soon"), "event_timestamp is 'soon', not a whole number"),
        (event(2, event_timestamp="1772359200"), "event_timestamp 1772359200 is not in microseconds since 1970"),
        (event(2, event_date=...), "event_date is missing"),
        (event(2, event_date="01-03-2026"), "event_date 01-03-2026 is no date written as YYYYMMDD"),
        (event(2, event_date="20260231"), "event_date 20260231 is no date written as YYYYMMDD"),
        (event(2, event_params="[{"), "event_params is text that is no JSON"),
        (event(2, event_params="7"), "event_params is 7, not a list"),
        (
            event(2, event_timestamp="1.77236E+15"),
            "event_timestamp 1.77236E+15 was rounded by a spreadsheet and cannot be recovered",
        ),
        (
            event(2, event_params=[{"key": "a", "value": {"int_value": "1x"}}]),
            "event_params[1].value.int_value is '1x', not a whole number",
        ),
        (event(2, ecommerce={"tax_value": "?"}), "ecommerce.tax_value is '?', not a number"),
        ("7", "the line is JSON, but no object with fields"),
        ('{"a": 1,}', "the line is no JSON: illegal trailing comma before end of object at character 8"),
        ('{"event_name": "a", "event_name": "b"}', "the line names 'event_name' twice in one object"),
        ('{"event_name": "\\ud800"}', "the line holds half a character (a lone surrogate)"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_alone(
    warehouse: Warehouse, tmp_path: Path, row: dict[str, Any] | str, reason: str
) -> None:
    write(tmp_path / "a.json", event(1), row, event(3))
    write(tmp_path / "b.json", event(4))
    outcomes = load(warehouse, tmp_path / "*.json")
    assert (outcomes["a.json"].rows_stored, outcomes["b.json"].rows_stored) == (2, 1)
    [(file_name, row_number, told)] = rejected(warehouse)
    assert (file_name, row_number) == ("a.json", 2)
    assert told.split(":")[0] == reason.split(":")[0]  # how Python words a syntax error is its own affair


def test_a_null_row_in_parquet_is_refused_with_its_number(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [event(1), event(2, name=None), event(3)]
    for row in rows:
        row |= {"event_timestamp": int(row["event_timestamp"]), "event_params": parquet_params(event(params={"a": 1}))}
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    assert load(warehouse, tmp_path / "*.parquet")["a.parquet"].rows_stored == 2
    assert rejected(warehouse) == [("a.parquet", 2, "event_name is missing")]


def damaged(folder: Path, kind: str) -> Path:
    """Write a file that cannot be read, in one of the ways that exports are damaged."""
    path = folder / f"bad.{kind.split()[-1]}"
    rows = [event(number, params={"page_title": f"a title that differs {number}"}) for number in range(500)]
    whole = write(folder / "other" / "whole.json.gz", *rows).read_bytes()
    contents = {
        "truncated json.gz": whole[: len(whole) // 2],
        "flipped json.gz": whole[:200] + bytes([whole[200] ^ 0xFF]) + whole[201:],
        "empty json": b"",
        "blank json": b"\n \n",
        "empty json.gz": gzip.compress(b""),
        "csv json": b"event_date,event_name\n20260301,page_view\n",
        "zip json": b"PK\x03\x04rest",
        "damaged avro": b"Obj\x01rest",
        "utf16 json": '{"a": 1'.encode("utf-16") + b"\x00\xd8\x00",
        "half json": b'[{"event_name": "page_view"}, {"eve',
        "html json": b"<!DOCTYPE html><html>Sign in",
        "damaged parquet": b"PAR1" + b"\x00" * 100,
    }
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("truncated json.gz", "ends in the middle (truncated gzip) at about row "),
        ("flipped json.gz", "is damaged (gzip)"),
        ("empty json", "is empty; export it again"),
        ("blank json", "is empty; export it again"),
        ("empty json.gz", "is empty; export it again"),
        ("csv json", "is no JSON; it begins with 'event_date,event_name'"),
        ("zip json", "is a zip archive; unpack it first"),
        ("damaged avro", "is damaged (Avro) at about row 1; download it again"),
        ("utf16 json", "is damaged: it begins like UTF-16 text and is none; save it as UTF-8"),
        ("half json", "is no complete JSON array"),
        ("html json", "is no JSON; it begins with '<!DOCTYPE html><html>Sign in'"),
        ("damaged parquet", "is damaged: it begins like Parquet and has no readable end; download it again"),
    ],
)
def test_a_bad_file_is_set_apart_and_the_others_load(
    warehouse: Warehouse, tmp_path: Path, kind: str, reason: str
) -> None:
    bad = damaged(tmp_path, kind)
    write(tmp_path / "good.json", event(1))
    write(tmp_path / "good.json.gz", event(2))
    outcomes = load(warehouse, tmp_path / "*.*")
    assert [outcomes[name].status for name in ("good.json", "good.json.gz", bad.name)] == [
        "loaded",
        "loaded",
        "quarantined",
    ]
    assert outcomes[bad.name].reason.startswith(f"{bad.name} {reason}")
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + 1,), (TEN_O_CLOCK + 2,)]
    assert rejected(warehouse) == []
    # nothing about it has changed, so it is not read again, and still reported
    assert load(warehouse, tmp_path / "*.*")[bad.name] == outcomes[bad.name]
    # alone it stops the run
    with pytest.raises(InputError, match=r"; nothing was loaded\.$") as error:
        load(Warehouse.open(), bad)
    assert str(error.value).startswith(f"ga4: {bad.name} {reason}")
    assert error.value.exit_code == 4


def test_parquet_without_the_columns_of_an_export_says_what_it_has(warehouse: Warehouse, tmp_path: Path) -> None:
    pd.DataFrame({"user": ["a"], "event_name": ["b"]}).to_parquet(tmp_path / "a.parquet")
    write(tmp_path / "b.json", event())
    assert load(warehouse, tmp_path / "*")["a.parquet"].reason == (
        "a.parquet lacks event_date, event_timestamp, event_params; it has user, event_name. "
        "Export the table events_* with all its columns."
    )


def test_parquet_with_a_number_for_nested_data_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    pd.DataFrame([event(event_timestamp=TEN_O_CLOCK, event_params=7)]).to_parquet(tmp_path / "a.parquet")
    write(tmp_path / "b.json", event())
    reason = load(warehouse, tmp_path / "*")["a.parquet"].reason
    assert reason.startswith("a.parquet holds event_params in another form than the export of GA4 does")


def test_many_bad_files_among_many_good_ones(warehouse: Warehouse, tmp_path: Path) -> None:
    for day in range(1, 31):
        torn = ["{"] if day % 5 == 0 else []
        write(tmp_path / f"events_202603{day:02}.json.gz", event(day), *torn)
    outcomes = load(warehouse, tmp_path / "*")
    assert len(stored(warehouse, "1")) == 30
    assert [row[:2] for row in rejected(warehouse)] == [
        (f"events_202603{day:02}.json.gz", 2) for day in range(5, 31, 5)
    ]
    assert {outcome.status for outcome in outcomes.values()} == {"loaded"}


def test_what_the_engine_alone_refuses_costs_its_file(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.json", event(1), "{")
    write(tmp_path / "b.json", event(2))
    rows = warehouse.rows

    def picky(sql: str, values: Any = None) -> Any:
        if "rescued.ndjson" in sql:
            raise DefinitionError("Invalid Input Error: a number too large")
        return rows(sql, values)

    monkeypatch.setattr(warehouse, "rows", picky)
    outcomes = load(warehouse, tmp_path / "*.json")
    assert (outcomes["a.json"].status, outcomes["a.json"].reason) == (
        "quarantined",
        "a.json cannot be read (Invalid Input Error: a number too large); export it again.",
    )
    assert rejected(warehouse) == []


def test_a_timestamp_column_of_type_timestamp_is_read(warehouse: Warehouse, tmp_path: Path) -> None:
    row = event(event_timestamp=pd.Timestamp("2026-03-01T10:00:00.000001", tz="UTC"))
    row["event_params"] = parquet_params(event(params={"a": 1}))
    pd.DataFrame([row]).to_parquet(tmp_path / "a.parquet")
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + 1,)]


def test_a_file_without_one_good_row_is_set_apart(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(name=None), event(name=None))
    write(tmp_path / "b.json", event())
    outcome = load(warehouse, tmp_path / "*")["a.json"]
    assert (outcome.status, outcome.rows_read) == ("quarantined", 0)
    assert "no good row in the first 2 rows (row 1: event_name is missing)" in outcome.reason


def test_an_array_with_a_bad_row_loses_that_row(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([event(1), event(2, name=None), event(3)]))
    assert load(warehouse, tmp_path / "*")["a.json"].rows_stored == 2
    assert rejected(warehouse) == [("a.json", 2, "event_name is missing")]


def test_a_byte_order_mark_is_no_reason_to_refuse(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(event()).encode())
    assert load(warehouse, tmp_path / "*")["a.json"].rows_stored == 1


def test_too_many_bad_rows_stop_the_call_and_leave_everything_as_it_was(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(1))
    load(warehouse, tmp_path / "*.json")
    before = warehouse.rows("select * from load_files"), stored(warehouse, "*")
    write(tmp_path / "a.json", event(2), event(3, name=None), event(4, name=None))
    write(tmp_path / "b.json", event(5))
    with pytest.raises(InputError) as error:
        load(warehouse, tmp_path / "*.json", SETTINGS.model_copy(update={"rejected_share_limit": 0.4}))
    assert str(error.value).splitlines() == [
        "ga4: 2 of 4 rows were refused, more than rejected_share_limit (0.4) allows; nothing was loaded. "
        "Export these files again, or raise the limit in the settings.",
        "a.json: 2 of 3 rows refused; row 2: event_name is missing.",
    ]
    assert (warehouse.rows("select * from load_files"), stored(warehouse, "*")) == before
    assert rejected(warehouse) == []


def test_a_pattern_that_matches_nothing_is_an_error(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing_\*\.json: no file matches\. Check the folder"):
        load(warehouse, tmp_path / "nothing_*.json")


def test_file_names_that_look_like_patterns_are_only_names(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a[1].json", event(1))
    write(tmp_path / "a1.json", event(2))
    write(tmp_path / "it's 100%.json", event(3))
    assert {outcome.rows_stored for outcome in load(warehouse, tmp_path / "*.json").values()} == {1}


# --- deliveries


def test_loading_twice_is_loading_once(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "events_20260301.json", event(1), event(2, name=None))
    first = load(warehouse, tmp_path / "*.json")["events_20260301.json"]
    before = stored(warehouse, "*"), rejected(warehouse), warehouse.rows("select * from load_files")
    again = load(warehouse, tmp_path / "*.json", run_id=2)["events_20260301.json"]
    assert (first.status, again.status, again.rows_stored, again.rows_rejected) == ("loaded", "unchanged", 1, 1)
    assert (stored(warehouse, "*"), rejected(warehouse), warehouse.rows("select * from load_files")) == before


def test_new_content_replaces_a_delivery_with_its_refused_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(1), event(2, name=None))
    write(tmp_path / "b.json", event(5))
    load(warehouse, tmp_path / "*.json")
    write(tmp_path / "a.json", event(3), event(4))
    outcomes = load(warehouse, tmp_path / "*.json", run_id=2)
    assert [outcomes[name].status for name in ("a.json", "b.json")] == ["loaded", "unchanged"]
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + number,) for number in (3, 4, 5)]
    assert rejected(warehouse) == []
    assert warehouse.rows("select file_name, rows_read, run_id from load_files order by all") == [
        ("a.json", 2, 2),
        ("b.json", 1, 1),
    ]


def test_the_shards_of_a_stem_are_one_delivery(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "events_20260301-000000000000.json", event(1))
    write(tmp_path / "events_20260301-000000000001.json", event(2))
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "delivery, delivery_kind") == [("events_20260301", "daily")] * 2
    (tmp_path / "events_20260301-000000000001.json").unlink()
    write(tmp_path / "events_20260301.json.gz", event(3))
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + 1,), (TEN_O_CLOCK + 3,)]


def test_a_renamed_file_is_skipped_and_its_rows_stay(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", event(1))
    load(warehouse, tmp_path / "*.json")
    path.rename(tmp_path / "b.json")
    for run_id in (2, 3):
        outcomes = load(warehouse, tmp_path / "*.json", run_id=run_id)
        assert {name: (o.status, o.reason) for name, o in outcomes.items()} == {
            "b.json": ("same_content", "b.json holds the same bytes as delivery a and is skipped.")
        }
    assert stored(warehouse, "file_name") == [("a.json",)]
    assert warehouse.rows("select file_name, status, run_id from load_files order by all") == [
        ("a.json", "loaded", 1),
        ("b.json", "same_content", 2),
    ]


def test_a_delivery_that_becomes_a_copy_gives_up_its_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(1))
    write(tmp_path / "b.json", event(2))
    load(warehouse, tmp_path / "*.json")
    write(tmp_path / "b.json", event(1))
    assert load(warehouse, tmp_path / "*.json")["b.json"].status == "same_content"
    assert stored(warehouse, "file_name") == [("a.json",)]


def test_equal_shards_count_once(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a.json", event(1))
    write(tmp_path / "a-000000000000.json", event(1))
    outcomes = load(warehouse, tmp_path / "*.json")
    assert {name: o.status for name, o in outcomes.items()} == {
        "a.json": "same_content",
        "a-000000000000.json": "loaded",
    }
    assert len(stored(warehouse, "1")) == 1


def test_a_delivery_that_has_gone_is_reported_and_kept(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", event(1))
    write(tmp_path / "b.json", event(2))
    load(warehouse, tmp_path / "*.json")
    path.unlink()
    outcomes = load(warehouse, tmp_path / "*.json")
    assert (outcomes["a.json"].status, outcomes["a.json"].reason) == (
        "gone",
        "a.json is no longer there; its rows are kept.",
    )
    assert len(stored(warehouse, "1")) == 2


def test_a_damaged_new_delivery_does_not_push_out_the_good_old_one(warehouse: Warehouse, tmp_path: Path) -> None:
    shards = [tmp_path / f"a-00000000000{number}.json" for number in (0, 1)]
    for number, path in enumerate(shards):
        write(path, event(number))
    load(warehouse, tmp_path / "*.json")
    write(shards[0], event(7))
    shards[1].write_bytes(b"")
    write(tmp_path / "b.json", event(8))
    outcomes = load(warehouse, tmp_path / "*.json")
    assert outcomes[shards[1].name].reason == (
        f"{shards[1].name} is empty; export it again. The rows of the earlier delivery are kept."
    )
    assert outcomes[shards[0].name].status == "quarantined"
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + number,) for number in (0, 1, 8)]
    write(shards[1], event(9))
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + number,) for number in (7, 9, 8)]


def test_a_half_good_new_delivery_loads_what_is_good(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "a-000000000000.json", event(1))
    (tmp_path / "a-000000000001.json").write_bytes(b"")
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + 1,)]
    write(tmp_path / "a-000000000001.json", event(2))
    load(warehouse, tmp_path / "*.json")
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + 1,), (TEN_O_CLOCK + 2,)]


def test_sources_do_not_touch_each_others_deliveries(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "one" / "a.json", event(1))
    write(tmp_path / "two" / "a.json", event(2))
    load(warehouse, tmp_path / "one" / "*.json")
    other = SourcePlan("app", "raw_app__events", "ga4")
    (outcome,) = load_source(warehouse, other, str(tmp_path / "two" / "*.json"), SETTINGS, 1)
    assert outcome.status == "loaded"
    assert warehouse.value("select count(*) from raw_app__events") == 1
    assert stored(warehouse, "event_timestamp") == [(TEN_O_CLOCK + 1,)]


def test_many_files_are_one_read(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 31):
        write(tmp_path / f"events_202603{day:02}.json.gz", event(day, event_date=f"202603{day:02}"))
    statements: list[str] = []
    rows = warehouse.rows
    monkeypatch.setattr(warehouse, "rows", lambda sql, values=None: statements.append(sql) or rows(sql, values))
    load(warehouse, tmp_path / "*.json.gz")
    assert sum("read_json(" in sql for sql in statements) == 1
    assert len(stored(warehouse, "1")) == 30


def test_a_failing_engine_is_no_fault_of_the_file(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.json", event(1))
    rows = warehouse.rows

    def full_disk(sql: str, values: Any = None) -> Any:
        if "read_json(" in sql:
            raise InputError("IO Error: No space left on device")
        return rows(sql, values)

    monkeypatch.setattr(warehouse, "rows", full_disk)
    with pytest.raises(InputError, match="No space left"):
        load_source(warehouse, PLAN, str(tmp_path / "*.json"), SETTINGS, 1)


def test_a_stray_intraday_table_is_left_where_it_is_and_told(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "events_intraday_20260301.json", event(1))
    write(tmp_path / "events_20260310.json", event(2, event_date="20260310"))
    outcomes = load(warehouse, tmp_path / "*.json")
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "events_20260310.json": "loaded",
        "events_intraday_20260301.json": "ignored",
    }
    assert oddities(list(outcomes.values())) == [
        "ga4: events_intraday_20260301.json is ignored: it holds what was streamed of a day, and days up to 2026-03-10 "
        "have come whole. Should it be all there is of its day, name it as a whole day: events_20260301."
    ]


def test_a_delivery_that_comes_again_with_fewer_rows_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "events_20260301.json", event(1), event(2), event(3))
    assert oddities(list(load(warehouse, path).values())) == []
    write(path, event(1), event(2), event(4))
    assert oddities(list(load(warehouse, path, run_id=2).values())) == []
    write(path, event(1))
    assert oddities(list(load(warehouse, path, run_id=3).values())) == [
        "ga4: events_20260301 was delivered again with 1 row, where it had 3. The new rows count; see whether the export "
        "broke off."
    ]
    assert oddities(list(load(warehouse, path, run_id=4).values())) == []


@pytest.mark.parametrize("ending", [".json", ".json.gz"])
@pytest.mark.parametrize("last", ["{", "x", '{"event_timestamp": "abc"}', "\x00", '{"\\ud800": 1}'])
def test_a_bad_last_line_without_an_end_is_named_whatever_file_follows(
    warehouse: Warehouse, tmp_path: Path, last: str, ending: str
) -> None:
    content = f"{json.dumps(event(1))}\n{last}".encode()
    (tmp_path / f"a{ending}").write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    write(tmp_path / f"b{ending}", event(2), event(3))
    outcomes = load(warehouse, tmp_path / "*")
    assert [(o.rows_stored, o.rows_rejected) for o in outcomes.values()] == [(1, 1), (2, 0)]
