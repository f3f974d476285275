"""The same GA4 events in every dress that they come in: one table; what Google adds is kept and told once."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journey_analytics.definitions.settings import Settings
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source
from journey_analytics.ingest.outcomes import oddities
from journey_analytics.warehouse import Warehouse

SETTINGS = Settings(property="shop", title="Shop", time_zone="Europe/Amsterdam", sources={}, rejected_share_limit=0.8)
CONTENT = "select * exclude (delivery, delivery_kind, file_name) from raw_ga4__events order by event_timestamp"


ITEM_PARAMS = [{"key": "colour", "value": {"string_value": "rood", "int_value": None, "double_value": None}}]


def rows() -> list[dict[str, Any]]:
    """Two events, with every kind of value that nested data holds."""
    return [
        {
            "event_date": "20260301",
            "event_timestamp": 1_772_359_200_000_000 + number,
            "event_name": name,
            "user_pseudo_id": "1052482.1904194731",
            "event_params": [
                {"key": "page_title", "value": {"string_value": title, "int_value": None, "double_value": None}},
                {"key": "ga_session_id", "value": {"string_value": None, "int_value": 7, "double_value": None}},
                {"key": "colour", "value": {"string_value": None, "int_value": None, "double_value": 0.5}},
            ],
            "device": {"category": "mobile", "web_info": {"browser": "Chrome"}},
            "items": [{"item_id": "0012", "price": 2.5, "item_params": ITEM_PARAMS}] if number else [],
        }
        for number, (name, title) in enumerate([("page_view", "Café ☕"), ("purchase", 'Zei "ja"')])
    ]


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


def load(warehouse: Warehouse, pattern: Path, run_id: int = 1) -> dict[str, FileOutcome]:
    plan = SourcePlan("ga4", "raw_ga4__events", "ga4")
    return {outcome.file_name: outcome for outcome in load_source(warehouse, plan, str(pattern), SETTINGS, run_id)}


def as_lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def with_text(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as client libraries and connectors write it: nested data is text."""
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in event.items()}


def wrapped(event: dict[str, Any]) -> dict[str, Any]:
    def list_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {"list": [{"element": row} for row in rows]}

    items = [item | {"item_params": list_of(item.get("item_params", []))} for item in event["items"]]
    return event | {"event_params": list_of(event["event_params"]), "items": list_of(items)}


def write_lines(path: Path) -> None:
    path.write_text(as_lines(rows()), encoding="utf-8")


def write_bom(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF8 + as_lines(rows()).encode())


def write_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(as_lines(rows()).encode()))


def write_utf_16(path: Path) -> None:
    path.write_text(as_lines(rows()), encoding="utf-16")


def write_big_endian(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF16_BE + as_lines(rows()).encode("utf-16-be"))


def write_console(path: Path) -> None:
    def text(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: text(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [text(inner) for inner in value]
        return value if value is None else str(value)

    path.write_text(json.dumps(text(rows()), indent=1), encoding="utf-8")


def write_client_text(path: Path) -> None:
    path.write_text(as_lines([with_text(event) for event in rows()]), encoding="utf-8")


def write_half_text(path: Path) -> None:
    first, second = rows()
    path.write_text(as_lines([first, with_text(second)]), encoding="utf-8")


def write_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(rows()), path)


def write_wrapped_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([wrapped(event) for event in rows()]), path)


def write_text_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([with_text(event) for event in rows()]), path)


def inner_text(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event in which only what is nested inside of items is text."""
    return event | {"items": [item | {"item_params": json.dumps(item["item_params"])} for item in event["items"]]}


def write_inner_text_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([inner_text(event) for event in rows()]), path)


def write_inner_text(path: Path) -> None:
    path.write_text(as_lines([inner_text(event) for event in rows()]), encoding="utf-8")


def write_timestamp_parquet(path: Path) -> None:
    table = pa.Table.from_pylist([with_text(event) for event in rows()])
    place = table.schema.get_field_index("event_timestamp")
    times = table.column(place).cast(pa.timestamp("us"))
    pq.write_table(table.set_column(place, "event_timestamp", times), path)


def write_avro(path: Path) -> None:
    text, whole, number = (["null", kind] for kind in ("string", "long", "double"))
    value = record("v", {"string_value": text, "int_value": whole, "double_value": number})
    item = {"item_id": text, "price": number}
    item |= {"item_params": {"type": "array", "items": record("q", {"key": text, "value": "v"})}}
    device = record("device", {"category": text, "web_info": record("web", {"browser": text})})
    schema = record(
        "event",
        {
            "event_date": text,
            "event_timestamp": whole,
            "event_name": text,
            "user_pseudo_id": text,
            "event_params": {"type": "array", "items": record("p", {"key": text, "value": value})},
            "device": device,
            "items": {"type": "array", "items": record("item", item)},
        },
    )
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), rows())


def record(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": key, "type": kind} for key, kind in fields.items()]}


def write_sheet(path: Path) -> None:
    path.write_text(
        "event_date;event_timestamp;event_name;user_pseudo_id;event_params.key;event_params.value.string_value;"
        "event_params.value.int_value;event_params.value.double_value;device.category;device.web_info.browser;"
        "items.item_id;items.price;items.item_params.key;items.item_params.value.string_value\n"
        "20260301;1772359200000000;page_view;1052482.1904194731;page_title;Café ☕;;;mobile;Chrome;;;;\n"
        ";;;;ga_session_id;;7;;;;;;;\n"
        ";;;;colour;;;0.5;;;;;;\n"
        '20260301;1772359200000001;purchase;1052482.1904194731;page_title;"Zei ""ja""";;;mobile;Chrome;0012;2.5;;\n'
        ";;;;ga_session_id;;7;;;;;;colour;rood\n"
        ";;;;colour;;;0.5;;;;;;\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("bom.json", write_bom),
        ("gzip.json.gz", write_gzip),
        ("utf_16.json", write_utf_16),
        ("big_endian.json", write_big_endian),
        ("console.json", write_console),
        ("client.json", write_client_text),
        ("half.json", write_half_text),
        ("plain.parquet", write_parquet),
        ("wrapped.parquet", write_wrapped_parquet),
        ("text.parquet", write_text_parquet),
        ("timestamp.parquet", write_timestamp_parquet),
        ("inner_text.parquet", write_inner_text_parquet),
        ("inner_text.json", write_inner_text),
        ("export.avro", write_avro),
        ("sheet.csv", write_sheet),
    ],
)
def test_every_encoding_gives_the_table_of_newline_json(
    warehouse: Warehouse, tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    write_lines(tmp_path / "plain.json")
    with Warehouse.open() as plain:
        load(plain, tmp_path / "plain.json")
        expected = plain.rows(CONTENT)
    write(tmp_path / name)
    outcome = load(warehouse, tmp_path / name)[name]
    assert (outcome.status, outcome.rows_read, outcome.rows_stored) == ("loaded", 2, 2)
    assert warehouse.rows(CONTENT) == expected
    told = "select page_title, ga_session_id, items[1].item_id, item_params from raw_ga4__events order by 1"
    colour = {"item": 1, "key": "colour", "string_value": "rood", "int_value": None, "double_value": None}
    assert warehouse.rows(told) == [("Café ☕", 7, None, []), ('Zei "ja"', 7, "0012", [colour])]


def test_a_row_of_parquet_that_does_not_fit_is_refused_alone(warehouse: Warehouse, tmp_path: Path) -> None:
    first, second = (event | {"event_timestamp": str(event["event_timestamp"])} for event in rows())
    table = pa.Table.from_pylist([first, second | {"event_timestamp": "1.77236E+15"}])
    pq.write_table(table, tmp_path / "a.parquet")
    outcome = load(warehouse, tmp_path / "a.parquet")["a.parquet"]
    assert (outcome.rows_stored, outcome.rows_rejected) == (1, 1)
    assert warehouse.rows("select row_number, reason from rejected_rows") == [
        (2, "event_timestamp 1.77236E+15 was rounded by a spreadsheet and cannot be recovered")
    ]


def test_lines_that_continue_a_torn_row_of_a_sheet_go_with_it(warehouse: Warehouse, tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    lines[4] = '20260301;1772359200000001;pur"chase'
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    outcome = load(warehouse, tmp_path / "a.csv")["a.csv"]
    assert (outcome.rows_stored, outcome.rows_rejected) == (1, 3)
    assert warehouse.rows("select row_number, reason from rejected_rows order by 1") == [
        (5, "the row opens a quote that is not closed"),
        (6, "the line continues an event whose first line could not be read"),
        (7, "the line continues an event whose first line could not be read"),
    ]


# --- what Google adds


def new_rows() -> list[dict[str, Any]]:
    first, second = rows()
    return [
        first | {"planet": "Mars", "device": first["device"] | {"folds": True}},
        second | {"planet": None, "items": [{"item_id": "0012", "colour": "red"}, {"item_id": "0013"}]},
    ]


def write_new_avro(path: Path) -> None:
    text = ["null", "string"]
    fields = {"event_date": text, "event_timestamp": "long", "event_name": text, "planet": text}
    params = {"type": "array", "items": record("p", {"key": text})}
    device = record("device", {"folds": ["null", "boolean"]})
    items = {"type": "array", "items": record("item", {"item_id": text, "colour": text})}
    schema = record("event", fields | {"event_params": params, "device": device, "items": items})
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), new_rows())


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("new.json", lambda path: path.write_text(as_lines(new_rows()), encoding="utf-8")),
        ("new_16.json", lambda path: path.write_text(as_lines(new_rows()), encoding="utf-16")),
        ("new.parquet", lambda path: pq.write_table(pa.Table.from_pylist(new_rows()), path)),
        ("wrapped.parquet", lambda path: pq.write_table(pa.Table.from_pylist([wrapped(r) for r in new_rows()]), path)),
        ("new.avro", write_new_avro),
    ],
)
def test_fields_that_no_document_knows_are_kept_and_told_once(
    warehouse: Warehouse, tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / name)
    assert load(warehouse, tmp_path / name)[name].new_fields == ("device.folds", "items[].colour", "planet")
    assert warehouse.rows("select other_fields from raw_ga4__events order by event_timestamp") == [
        ([{"key": "device.folds", "string_value": "true"}, {"key": "planet", "string_value": "Mars"}],),
        ([{"key": "items[].colour", "string_value": '["red",null]'}],),
    ]
    write(tmp_path / f"again_{name}")
    path = tmp_path / f"again_{name}"
    path.write_bytes(path.read_bytes() + (b"\n" if path.suffix == ".json" else b""))
    assert all(outcome.new_fields == () for outcome in load(warehouse, tmp_path / "*", 2).values())


def test_a_parquet_whose_nested_data_are_neither_nested_nor_text_is_set_apart(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    event = rows()[1] | {"items": [{"item_id": "0012", "item_params": ["rood"]}]}
    pq.write_table(pa.Table.from_pylist([event]), tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_pylist(rows()), tmp_path / "b.parquet")
    outcome = load(warehouse, tmp_path / "*.parquet")["a.parquet"]
    assert outcome.status == "quarantined"
    assert "holds items[].item_params in another form than the export of GA4 does" in outcome.reason


def test_an_events_key_changes_with_a_parameter_of_an_item_and_not_with_an_empty_list_of_them(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    purchase = rows()[1]

    def sold(**item: Any) -> dict[str, Any]:
        return purchase | {"items": [{"item_id": "0012"} | item]}

    events = [sold(), sold(item_params=[]), sold(item_params=ITEM_PARAMS)]
    for number, event in enumerate(events):
        (tmp_path / f"{number}.json").write_text(as_lines([event]), encoding="utf-8")
    load(warehouse, tmp_path / "*.json")
    without, empty, told = (
        row[0] for row in warehouse.rows("select event_key from raw_ga4__events order by file_name")
    )
    assert without == empty != told


def test_what_is_private_is_cut_out_of_the_parameters_of_items(warehouse: Warehouse, tmp_path: Path) -> None:
    private = [{"key": "engraving", "value": {"string_value": "voor jan@x.nl"}}]
    event = rows()[1] | {"items": [{"item_id": "0012", "item_params": private}]}
    (tmp_path / "a.json").write_text(as_lines([event]), encoding="utf-8")
    assert load(warehouse, tmp_path / "a.json")["a.json"].rows_redacted == 1
    assert warehouse.value("select item_params[1].string_value from raw_ga4__events") == "voor [email]"


def test_an_event_has_one_key_whether_or_not_its_file_has_a_new_column(warehouse: Warehouse, tmp_path: Path) -> None:
    first, second = rows()
    (tmp_path / "old.json").write_text(as_lines([second]), encoding="utf-8")
    (tmp_path / "new.json").write_text(as_lines([first | {"planet": "Mars"}, second]), encoding="utf-8")
    load(warehouse, tmp_path / "*.json")
    assert warehouse.rows("select file_name, count(*) from raw_ga4__events group by all order by all") == [
        ("new.json", 2),
        ("old.json", 1),
    ]
    assert warehouse.value("select count(distinct event_key) from raw_ga4__events") == 2


def test_what_is_private_is_cut_out_of_new_fields_too(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(as_lines([rows()[0] | {"contact": "an@example.org"}]), encoding="utf-8")
    assert load(warehouse, tmp_path / "a.json")["a.json"].rows_redacted == 1
    assert warehouse.value("select other_fields[1].string_value from raw_ga4__events") == "[email]"


def test_what_is_odd_is_told_in_sentences(warehouse: Warehouse, tmp_path: Path) -> None:
    first, second = new_rows()
    second["event_params"] += second["event_params"][:1]
    (tmp_path / "a.json").write_text(as_lines([first, second]), encoding="utf-8")
    assert oddities(list(load(warehouse, tmp_path / "a.json").values())) == [
        "ga4: a.json has fields that are new in GA4's export: device.folds, items[].colour, planet. "
        "What they hold is kept in other_fields of the raw table.",
        "1 parameter repeats another of the same event; the first counts, the others are kept in other_params of the "
        "raw table.",
    ]
    assert oddities(list(load(warehouse, tmp_path / "a.json", 2).values())) == []


def test_a_database_of_an_earlier_version_gets_the_columns_that_came_since(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write_lines(tmp_path / "a.json")
    load(warehouse, tmp_path / "a.json")
    expected = warehouse.rows(CONTENT)
    for column in ("other_fields", "device_category"):
        warehouse.run(f"alter table raw_ga4__events drop column {column}")
    (tmp_path / "a.json").write_text(as_lines(rows()) + "\n", encoding="utf-8")
    load(warehouse, tmp_path / "a.json", 2)
    assert set(warehouse.rows("select page_title, device_category, len(other_fields) from raw_ga4__events")) == {
        ("Café ☕", "mobile", 0),
        ('Zei "ja"', "mobile", 0),
    }
    assert len(warehouse.rows(CONTENT)) == len(expected)
