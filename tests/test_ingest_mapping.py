"""What a mapping can say: paths into JSON, the first of several, joined columns, lists of events, files without a header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.definitions.front_matter import split_model_file
from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import DefinitionError, InputError
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source
from journey_analytics.ingest.field_paths import opened
from journey_analytics.ingest.removal import id_names
from journey_analytics.warehouse import Warehouse

SETTINGS = Settings(property="shop", title="Shop", time_zone="Europe/Amsterdam", sources={}, rejected_share_limit=0.6)
TEN_O_CLOCK = 1_772_359_200  # 2026-03-01 10:00 UTC, 11:00 in Amsterdam
BASE = {"event_timestamp": "time", "event_name": "what"}


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


def plan(mapping: dict[str, Any], **more: Any) -> SourcePlan:
    return SourcePlan("tool", "raw_tool__events", "events", BASE | mapping, "own", **more)


def load(warehouse: Warehouse, folder: Path, source: SourcePlan) -> dict[str, FileOutcome]:
    outcomes = load_source(warehouse, source, str(folder / "*.*"), SETTINGS, 1)
    assert all(o.rows_read == o.rows_stored + o.rows_rejected + o.rows_removed for o in outcomes)
    return {outcome.file_name: outcome for outcome in outcomes}


def stored(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(f"select {columns} from raw_tool__events order by file_name, event_timestamp, event_name")


def parameters(warehouse: Warehouse) -> list[dict[str, str]]:
    return [
        {parameter["key"]: parameter["string_value"] for parameter in others}
        for (others,) in stored(warehouse, "other_params")
    ]


def write_lines(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_a_path_finds_the_same_field_in_an_object_and_in_json_that_is_text(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    box = {"$url": "/prijs", "deep": {"list": [{"id": "0012"}]}, "n": 1, "é": "ü"}
    row = {"time": TEN_O_CLOCK, "what": "click"}
    write_lines(tmp_path / "a_object.json", [row | {"box": box}])
    write_lines(tmp_path / "b_text.json", [row | {"box": json.dumps(box)}])
    pd.DataFrame([row | {"box": json.dumps(box)}]).to_csv(tmp_path / "c.csv", index=False)
    pd.DataFrame([row | {"box": json.dumps(box)}]).to_parquet(tmp_path / "d_text.parquet")
    pd.DataFrame([row | {"box": box}]).to_parquet(tmp_path / "e_struct.parquet")
    load(warehouse, tmp_path, plan({"page_location": "box.$url", "user_id": "box.deep.list.0.id"}))
    assert stored(warehouse, "page_location, user_id") == [("/prijs", "0012")] * 5
    # what a path shows only in part is kept whole
    assert parameters(warehouse) == [{"box.deep": '{"list":[{"id":"0012"}]}', "box.n": "1", "box.é": "ü"}] * 5
    assert warehouse.value("select count(distinct event_key) from raw_tool__events") == 1


def test_a_box_that_is_no_json_is_kept_as_it_is(warehouse: Warehouse, tmp_path: Path) -> None:
    boxes = ['{"u": "/a"}', "", "{broken", '["u"]', "7"]
    rows = [{"time": TEN_O_CLOCK + number, "what": "click", "box": box} for number, box in enumerate(boxes)]
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    load(warehouse, tmp_path, plan({"page_location": "box.u"}))
    assert stored(warehouse, "page_location") == [("/a",), (None,), (None,), (None,), (None,)]
    assert parameters(warehouse) == [{}, {}, {"box": "{broken"}, {"box": '["u"]'}, {"box": "7"}]


def test_a_column_whose_own_name_holds_a_dot_is_found_by_its_name(warehouse: Warehouse, tmp_path: Path) -> None:
    row = {"time": TEN_O_CLOCK, "what": "click", "page.url": "/a", "page": '{"url": "/b"}'}
    pd.DataFrame([row]).to_csv(tmp_path / "a.csv", index=False)
    write_lines(tmp_path / "b.json", [row])
    load(warehouse, tmp_path, plan({"page_location": "page.url"}))
    assert stored(warehouse, "page_location") == [("/a",), ("/a",)]
    assert parameters(warehouse) == [{"page": '{"url": "/b"}'}, {"page.url": "/b"}]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_the_first_of_several_that_has_a_value_counts_and_the_others_are_kept(
    warehouse: Warehouse, tmp_path: Path, ending: str
) -> None:
    rows = [
        {"time": TEN_O_CLOCK, "what": "click", "device": "d1", "user": "u1"},
        {"time": TEN_O_CLOCK + 1, "what": "click", "device": "", "user": "u2"},
        {"time": TEN_O_CLOCK + 2, "what": "click", "device": None, "user": None},
    ]
    frame = pd.DataFrame(rows)
    if ending == "json":
        write_lines(tmp_path / "a.json", rows)
    elif ending == "csv":
        frame.to_csv(tmp_path / "a.csv", index=False)
    else:
        frame.to_parquet(tmp_path / "a.parquet")
    load(warehouse, tmp_path, plan({"user_pseudo_id": ["device", "user"]}))
    assert stored(warehouse, "user_pseudo_id") == [("d1",), ("u2",), (None,)]
    assert parameters(warehouse) == [{"user": "u1"}, {"user": "u2"}, {}]


def test_a_date_and_a_time_in_two_columns_make_one_time(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,time,what\n2026-03-01,10:00:00,click\n2026-03-01,,click\n")
    load(warehouse, tmp_path, plan({"event_timestamp": "day + time"}))
    assert stored(warehouse, "event_timestamp, other_params") == [(TEN_O_CLOCK * 1_000_000, [])]
    assert warehouse.rows("select row_number, reason from rejected_rows")[0][0] == 3


def test_ids_stay_the_texts_that_they_are(warehouse: Warehouse, tmp_path: Path) -> None:
    ids = ["1052482.1904194731", "0012", "1e5", "12345678901234567890", "true", "NULL", "-0"]
    lines = "".join(f"{TEN_O_CLOCK + number},click,{each},{each}\n" for number, each in enumerate(ids))
    (tmp_path / "a.csv").write_text(f"time,what,who,visit\n{lines}")
    (tmp_path / "b.tsv").write_text(f"time,what,who,visit\n{lines}".replace(",", "\t"))
    load(warehouse, tmp_path, plan({"user_pseudo_id": "who", "session_id": "visit"}))
    assert stored(warehouse, "user_pseudo_id, session_id") == [(each, each) for each in ids] * 2


VISITS = [
    {"visit": "7", "who": "a", "hits": [{"t": TEN_O_CLOCK, "type": "view", "n": 1}, {"t": TEN_O_CLOCK + 5, "type": "buy"}]},
    {"visit": "8", "who": "b", "hits": []},
    {"visit": "9", "who": "b", "hits": [{"t": TEN_O_CLOCK + 9, "type": "view"}, {"t": "soon", "type": "view"}, "torn"]},
]  # fmt: skip
EXPLODED = {"event_timestamp": "hits.t", "event_name": "hits.type", "session_id": "visit", "user_pseudo_id": "who"}


@pytest.mark.parametrize("ending", ["json", "array.json", "csv", "parquet"])
def test_each_element_of_a_list_is_an_event_with_the_fields_of_its_row(
    warehouse: Warehouse, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"visits.{ending}"
    frame = pd.DataFrame([visit | {"hits": json.dumps(visit["hits"])} for visit in VISITS])
    if ending == "json":
        write_lines(path, VISITS)
    elif ending == "array.json":
        path.write_text(json.dumps(VISITS, indent=1))
    elif ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    outcome = load(warehouse, tmp_path, plan(EXPLODED, explode="hits"))[path.name]
    # 2 + 0 + 3 elements, and the visit without any is one refused row
    assert (outcome.rows_read, outcome.rows_stored, outcome.rows_rejected) == (6, 3, 3)
    assert stored(warehouse, f"event_timestamp // 1000000 - {TEN_O_CLOCK}, event_name, session_id, user_pseudo_id") == [
        (0, "view", "7", "a"),
        (5, "buy", "7", "a"),
        (9, "view", "9", "b"),
    ]
    assert parameters(warehouse) == [{"hits.n": "1"}, {}, {}]
    second = {"csv": 3}.get(ending, 2)
    assert warehouse.rows("select row_number, left(reason, 30) from rejected_rows order by all") == [
        (second, "hits holds no event: it should"),
        (second + 1, "event_name is missing"),
        (second + 1, "event_timestamp soon is no time"[:30]),
    ]


def test_a_file_without_a_header_and_without_quoting(warehouse: Warehouse, tmp_path: Path) -> None:
    lines = [
        f'\t{TEN_O_CLOCK}\tclick\t{{"said": "5\\" screen"}}\t"half',
        f"app\t{TEN_O_CLOCK + 1}\tscroll\t\t",
    ]
    bad = [f"app\t{TEN_O_CLOCK + 2}\tclick", "app\tsoon\tclick\t\t"]
    columns = ("app", "time", "what", "box", "note")
    (tmp_path / "a.tsv").write_text("\n".join(lines) + "\n")
    (tmp_path / "b.tsv").write_text("\r\n".join([*lines, "", *bad]) + "\r\n")
    outcomes = load(warehouse, tmp_path, plan({"element": "box.said"}, columns=columns, is_quoted=False))
    assert {name: (o.rows_read, o.rows_stored) for name, o in outcomes.items()} == {"a.tsv": (2, 2), "b.tsv": (4, 2)}
    assert stored(warehouse, "event_name, element") == [("click", '5" screen'), ("scroll", None)] * 2
    assert parameters(warehouse) == [{"note": '"half'}, {"app": "app"}] * 2
    assert warehouse.rows("select row_number, reason from rejected_rows order by all") == [
        (4, "the row has 3 fields where the source names 5 columns"),
        (5, "event_timestamp soon is no time: write ISO 8601, such as 2026-03-31T18:58:30Z, or seconds, milliseconds "
            "or microseconds since 1970"),
    ]  # fmt: skip


def test_quotes_that_are_data_stay_around_a_whole_field(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(f'{TEN_O_CLOCK}\t"click"\n')
    load(warehouse, tmp_path, plan({}, columns=("time", "what"), is_quoted=False))
    assert stored(warehouse, "event_name") == [('"click"',)]


@pytest.mark.parametrize(
    ("written", "clock", "seconds"),
    [
        ("2026-03-01 11:00:00", None, 3600),  # without a zone: UTC
        ("2026-03-01 11:00:00", "property", 0),
        ("2026-03-01T11:00:00.5", "Europe/Amsterdam", 0.5),
        ("2026-03-01 05:00", "America/New_York", 0),
        ("2026-03-01T10:00:00Z", "property", 0),  # it names its zone
        ("2026-03-01T11:00:00+01:00", "America/New_York", 0),
        (str(TEN_O_CLOCK + 3600), "property", 0),
        (str(TEN_O_CLOCK), None, 0),
        ("2026-07-01 12:00:00", "property", 122 * 86400),  # two hours ahead in summer
    ],
)
def test_times_that_name_no_zone_are_utc_unless_the_source_says_whose_clock_they_show(
    warehouse: Warehouse, tmp_path: Path, written: str, clock: str | None, seconds: float
) -> None:
    (tmp_path / "a.csv").write_text(f"time,what\n{written},click\n")
    load(warehouse, tmp_path, plan({}, wall_clock=clock))
    assert stored(warehouse, "event_timestamp") == [(int((TEN_O_CLOCK + seconds) * 1_000_000),)]


@pytest.mark.parametrize(
    ("mapping", "more", "content", "reason"),
    [
        (
            {"event_name": "box.nmae"},
            {},
            {"time": TEN_O_CLOCK, "box": {"name": "click", "url": "/"}},
            "has nothing at 'box.nmae' (for event_name) in its first rows; box holds name, url. Did you mean 'name'?",
        ),
        (
            {"event_name": ["type", "kind"]},
            {},
            {"time": TEN_O_CLOCK, "what": "click"},
            "has no column 'type' or 'kind' (for event_name); it has time, what.",
        ),
        (
            {"event_name": "hits.type"},
            {"explode": "hit"},
            {"time": TEN_O_CLOCK, "hits": [{"type": "a"}]},
            "has no column 'hit' (to explode); it has time, hits. Did you mean 'hits'?",
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_told_with_what_is_there(
    warehouse: Warehouse, tmp_path: Path, mapping: dict[str, Any], more: dict[str, Any], content: Any, reason: str
) -> None:
    write_lines(tmp_path / "a.json", [content])
    with pytest.raises(InputError) as error:
        load(warehouse, tmp_path, plan(mapping, **more))
    assert f"a.json {reason}" in str(error.value)


def test_a_file_without_a_header_has_as_many_fields_as_the_source_names(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(f"{TEN_O_CLOCK}\tclick\tx\n")
    with pytest.raises(InputError) as error:
        load(warehouse, tmp_path, plan({}, columns=("time", "what")))
    assert "a.tsv has 3 fields in its first line, between tabs, where the source names 2 columns" in str(error.value)


MODEL = """/*---
description: One row per event.
grain: [event_key]
owner: me
contract: event
source:
  reader: events
  path: a/x_*
  {0}
  mapping:
    event_timestamp: time
    event_name: what
    {1}
---*/
select 1"""


@pytest.mark.parametrize(
    ("key", "mapped", "told"),
    [
        ("identity: own", "user_pseudoid: who", ":13: source.mapping: unknown column 'user_pseudoid'.*Did you mean 'user_pseudo_id'"),
        ("identity: own", "user_id: []", ":13: source.mapping: user_id names no column of the file"),
        ("colums: [time, what]", "user_id: who", r":9: source: unknown key 'colums'\. Allowed: .*Did you mean 'columns'"),
        ("columns: [time, what, whom]", "user_id: who", ":6: source: mapping: user_id: 'who' is none of `columns`. Did you mean 'whom'"),
        ("columns: [time, time]", "user_id: who", ":6: source: columns: 'time' stands twice"),
        ("wall_clock: Europe/Amsterdm", "user_id: who", ":9: source.wall_clock: .*Europe/Amsterdm"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_meant_is_told_with_file_and_line(
    tmp_path: Path, key: str, mapped: str, told: str
) -> None:
    path = tmp_path / "stg_tool__events.sql"
    path.write_text(MODEL.format(key, mapped))
    with pytest.raises(DefinitionError, match=told):
        split_model_file(path)


@pytest.mark.parametrize(
    ("reader", "rest", "told"),
    [
        ("ga4", "explode: hits", "explode is for reader `events` only"),
        ("events", "mapping: {event_timestamp: time}", "event_name is missing"),
    ],
)
def test_keys_of_a_source_that_do_not_agree_are_refused(tmp_path: Path, reader: str, rest: str, told: str) -> None:
    path = tmp_path / "stg_tool__events.sql"
    head, tail = MODEL.split("source:")[0], MODEL.split("---*/")[1]
    path.write_text(f"{head}source: {{reader: {reader}, path: a/x_*, {rest}}}\n---*/{tail}")
    with pytest.raises(DefinitionError, match=told):
        split_model_file(path)


def test_an_id_is_looked_for_under_every_name_that_a_file_may_give_it() -> None:
    names = id_names([plan({"user_id": "box.$user_id", "user_pseudo_id": ["device", "who"]})])
    assert set(names) == {"user_id", "user_pseudo_id", "box.$user_id", "$user_id", "device", "who"}


SCALARS = st.one_of(st.none(), st.sampled_from(["", "0012", "ü", 'a, "b"', "{"]), st.integers(-5, 5), st.booleans())
OBJECTS = st.dictionaries(
    st.sampled_from(["u", "v", "a/b ~c", "é"]), st.one_of(SCALARS, st.lists(st.integers(0, 3))), max_size=4
)
ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "box", "box.u", "rest"]),
        st.one_of(SCALARS, OBJECTS, OBJECTS.map(json.dumps), st.lists(OBJECTS, max_size=2)),
        max_size=5,
    ),
    min_size=1,
    max_size=6,
)
ORIGINS = st.lists(
    st.sampled_from(["a", "b", "box.u", "box.v", "box.u.0", "a + b"]), min_size=1, max_size=3, unique=True
)


def as_told(value: Any) -> str:
    """Return a value as the loader writes it down."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, page=ORIGINS, title=ORIGINS)
def test_every_value_of_a_row_stands_in_a_column_or_in_a_parameter(
    tmp_path: Path, rows: list[dict[str, Any]], page: list[str], title: list[str]
) -> None:
    write_lines(tmp_path / "a.json", [row | {"time": TEN_O_CLOCK + n, "what": "x"} for n, row in enumerate(rows)])
    with Warehouse.open() as warehouse:
        outcome = load(warehouse, tmp_path, plan({"page_location": page, "page_title": title}))["a.json"]
        assert (outcome.rows_read, outcome.rows_rejected) == (len(rows), 0)
        held = stored(warehouse, "page_location, page_title, other_params")
    is_opened = any(origin.startswith("box.") for origin in (*page, *title))
    for row, (location, heading, others) in zip(rows, held, strict=True):
        kept = {(parameter["key"], parameter["string_value"]) for parameter in others}
        fields, box = list(row.items()), opened(row.get("box"))
        if is_opened and isinstance(box, dict):
            fields = [(name, value) for name, value in fields if name != "box"]
            fields += [(f"box.{name}", value) for name, value in box.items()]
        for path, value in fields:
            if value not in (None, ""):
                told, shown = as_told(value), (location or "", heading or "")
                assert (path, told) in kept or any(told in text for text in shown), (path, told, kept, shown)


def test_what_a_source_leaves_unsaid_reads_no_file_again() -> None:
    plain = SourcePlan("tool", "raw", "events", {"event_timestamp": "time", "event_name": ("what",)})
    assert plain.reading == ["events", [("event_name", "what"), ("event_timestamp", "time")]]
    assert plan({}, explode="hits").reading[-1] == {"explode": "hits"}
    told = plan({}, wall_clock="property", is_quoted=False, columns=("time", "what")).reading[-1]
    assert told == {"columns": ("time", "what"), "wall_clock": "property", "is_quoted": False}
