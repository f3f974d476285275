"""GA4's user data, small enough to check with a pencil: what a row becomes, in each dress; what is refused and why; and
that an export with and without them gives the same figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journey_analytics import pipeline
from journey_analytics.cli import main
from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import InputError
from journey_analytics.forget import forget
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source, prepare_raw
from journey_analytics.ingest.outcomes import oddities
from journey_analytics.status import read_status
from journey_analytics.warehouse import Warehouse
from tests.test_ingest_ga4 import event, write

PLAN = SourcePlan("ga4_users", "raw_ga4_users__users", "ga4_users", identity="shared", beside="ga4")
GA4 = SourcePlan("ga4", "raw_ga4__events", "ga4")
SETTINGS = Settings(property="shop", title="Shop", time_zone="Europe/Amsterdam", sources={})
TEN_O_CLOCK = 1_772_359_200_000_000  # 2026-03-01 10:00 UTC
ANNA, BROWSER = "klant-anna-0001", "1111111111.1772000001"

KNOWN: dict[str, Any] = {
    "user_id": ANNA,
    "user_info": {
        "last_active_timestamp_micros": str(TEN_O_CLOCK),
        "user_first_touch_timestamp_micros": "0",
        "first_purchase_date": "20260228",
    },
    "device": {"operating_system": "iOS", "category": "mobile", "mobile_brand_name": "Apple"},
    "geo": {"city": "Delft", "country": "Netherlands", "continent": "Europe", "region": "South Holland"},
    "audiences": [{"id": "7", "name": "Buyers", "membership_start_timestamp_micros": str(TEN_O_CLOCK), "npa": True}],
    "user_properties": [
        {"key": "slot_01", "value": {"string_value": "gold", "set_timestamp_micros": "5", "user_property_name": "tier"}}
    ],
    "user_ltv": {"revenue_in_usd": 12.5, "sessions": "3", "purchases": "1", "engagement_time_millis": "9000"},
    "predictions": {"purchase_score_7d": 0.25, "churn_score_7d": 0.5, "revenue_28d_in_usd": 4.0},
    "privacy_info": {"is_limited_ad_tracking": "false", "is_ads_personalization_allowed": "(not set)"},
    "occurrence_date": "20260301",
    "last_updated_date": "20260302",
}
UNKNOWN: dict[str, Any] = {
    "pseudo_user_id": BROWSER,
    "stream_id": "4455",
    "user_info": {"user_first_touch_timestamp_micros": str(TEN_O_CLOCK - 60_000_000)},
    "occurrence_date": "20260301",
}


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        prepare_raw(opened, PLAN)
        yield opened


def load(warehouse: Warehouse, pattern: Path, **more: Any) -> dict[str, FileOutcome]:
    outcomes = load_source(warehouse, PLAN, str(pattern), SETTINGS, 1, **more)
    assert all(o.rows_read == o.rows_stored + o.rows_rejected + o.rows_removed for o in outcomes)
    return {outcome.file_name: outcome for outcome in outcomes}


def stored(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(f"select {columns} from raw_ga4_users__users order by file_name, user_id, user_pseudo_id")


def refused(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows("select row_number, reason from rejected_rows order by all")


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the types that BigQuery gives its columns in Parquet and Avro."""

    def whole(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: whole(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [whole(inner) for inner in value]
        is_number = name.endswith("_micros") or name in ("sessions", "purchases", "engagement_time_millis", "id")
        return int(value) if is_number else value

    told: dict[str, Any] = whole(row)
    return told


# --- what is stored


def test_both_tables_become_rows_of_one_raw_table(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "users_20260301.json.gz", KNOWN)
    write(tmp_path / "pseudonymous_users_20260301.json", UNKNOWN)
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "delivery, event_date, user_id, user_pseudo_id, stream_id") == [
        ("pseudonymous_users_20260301", date(2026, 3, 1), None, BROWSER, "4455"),
        ("users_20260301", date(2026, 3, 1), ANNA, None, None),
    ]
    assert stored(warehouse, "last_updated_date, first_purchase_date, revenue_in_usd, sessions, churn_score_7d")[1] == (
        date(2026, 3, 2), date(2026, 2, 28), 12.5, 3, 0.5,
    )  # fmt: skip


def test_a_row_happened_at_the_last_activity_and_without_one_at_the_start_of_its_date(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    never = KNOWN | {"user_id": "never", "user_info": {"last_active_timestamp_micros": "0"}}
    write(tmp_path / "users_20260301.json", KNOWN, never)
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "user_id, event_timestamp") == [
        (ANNA, TEN_O_CLOCK),
        ("never", TEN_O_CLOCK - 10 * 3_600_000_000),
    ]


def _as_lines(path: Path) -> None:
    write(path, KNOWN, UNKNOWN)


def _as_array(path: Path) -> None:
    path.write_text(json.dumps([KNOWN, UNKNOWN], indent=1), encoding="utf-8")


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as a table that has every column of any of them."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])


def _as_parquet(path: Path) -> None:
    pq.write_table(_table([typed(KNOWN), typed(UNKNOWN)]), path)


def _wrapped(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose lists bear the wrapper of Parquet in the data."""
    return {k: {"list": [{"element": e} for e in v]} if isinstance(v, list) else v for k, v in row.items()}


def _as_wrapped_parquet(path: Path) -> None:
    pq.write_table(_table([_wrapped(typed(KNOWN)), _wrapped(typed(UNKNOWN))]), path)


def _as_texts(path: Path) -> None:
    nested = ("user_info", "audiences", "user_properties", "user_ltv")
    write(path, *({k: json.dumps(v) if k in nested else v for k, v in row.items()} for row in (KNOWN, UNKNOWN)))


def _as_avro(path: Path) -> None:
    record = {"type": "record", "name": "row", "fields": [
        {"name": "user_id", "type": ["null", "string"]},
        {"name": "pseudo_user_id", "type": ["null", "string"]},
        {"name": "occurrence_date", "type": "string"},
    ]}  # fmt: skip
    rows = [{"user_id": None, "pseudo_user_id": None, **row} for row in (KNOWN, UNKNOWN)]
    with path.open("wb") as file:
        fastavro.writer(file, record, rows)


@pytest.mark.parametrize("dressed", [_as_array, _as_parquet, _as_wrapped_parquet, _as_texts])
def test_in_any_dress_the_rows_are_the_same(dressed: Any, warehouse: Warehouse, tmp_path: Path) -> None:
    columns = "* exclude (delivery, delivery_kind, file_name)"
    _as_lines(tmp_path / "plain" / "users_20260301.json")
    load(warehouse, tmp_path / "plain" / "*")
    plain = stored(warehouse, columns)
    (tmp_path / "other").mkdir()
    dressed(tmp_path / "other" / "users_20260301.x")
    with Warehouse.open() as other:
        load(other, tmp_path / "other" / "*")
        assert stored(other, columns) == plain
        assert refused(other) == []


def test_avro_is_read_row_by_row(warehouse: Warehouse, tmp_path: Path) -> None:
    _as_avro(tmp_path / "users_20260301.avro")
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "user_id, user_pseudo_id, event_date") == [
        (ANNA, None, date(2026, 3, 1)),
        (None, BROWSER, date(2026, 3, 1)),
    ]


def test_a_field_that_google_does_not_document_is_kept_and_told(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "users_20260301.json", KNOWN | {"mood": "sunny"})
    outcomes = load(warehouse, tmp_path / "*")
    assert stored(warehouse, "other_fields") == [([{"key": "mood", "string_value": "sunny"}],)]
    (told,) = oddities(list(outcomes.values()))
    assert "users_20260301.json has a field that is new in GA4's export: mood." in told


def test_an_address_in_a_user_property_is_cut_out(warehouse: Warehouse, tmp_path: Path) -> None:
    told = [{"key": "slot_02", "value": {"string_value": "anna@example.org", "user_property_name": "mail"}}]
    write(tmp_path / "users_20260301.json", KNOWN | {"user_properties": told})
    outcomes = load(warehouse, tmp_path / "*")
    assert stored(warehouse, "user_properties[1].string_value") == [("[email]",)]
    assert outcomes["users_20260301.json"].rows_redacted == 1


# --- what is refused, and what a second load does


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (without(KNOWN, "user_id"), "user_id and pseudo_user_id are missing"),
        (without(KNOWN, "occurrence_date"), "occurrence_date is missing"),
        (KNOWN | {"occurrence_date": "soon"}, "occurrence_date soon is no date written as YYYYMMDD"),
        (KNOWN | {"last_updated_date": "20260231"}, "last_updated_date 20260231 is no date written as YYYYMMDD"),
        (KNOWN | {"user_ltv": {"sessions": "many"}}, "user_ltv.sessions is 'many', not a whole number"),
        (
            KNOWN | {"user_info": {"last_active_timestamp_micros": "1772359200"}},
            "user_info.last_active_timestamp_micros 1772359200 is not in microseconds since 1970",
        ),
    ],
)
def test_a_bad_row_is_refused_alone_with_its_reason(
    row: dict[str, Any], reason: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    others = [KNOWN | {"user_id": f"other-{number}"} for number in range(9)]
    write(tmp_path / "users_20260301.json", *others[:4], row, *others[4:])
    more_allowed = SETTINGS.model_copy(update={"rejected_share_limit": 0.2})
    outcomes = load_source(warehouse, PLAN, str(tmp_path / "*"), more_allowed, 1)
    assert [(o.rows_stored, o.rows_rejected) for o in outcomes] == [(9, 1)]
    assert refused(warehouse) == [(5, reason)]


def test_a_table_that_comes_again_replaces_its_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "users_20260301.json", KNOWN)
    load(warehouse, tmp_path / "*")
    assert load(warehouse, tmp_path / "*")[path.name].status == "unchanged"
    write(path, KNOWN | {"user_ltv": {"sessions": "4"}})
    load(warehouse, tmp_path / "*")
    assert stored(warehouse, "user_id, sessions") == [(ANNA, 4)]


@pytest.mark.parametrize(
    ("content", "told"),
    [("user_id,sessions\nanna,3\n", "User data of GA4 are nested and do not fit in CSV"), ("", "is empty")],
)
def test_a_file_that_is_no_table_of_users_is_set_apart(
    content: str, told: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "users_20260301.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        load(warehouse, tmp_path / "*")


def test_a_parquet_file_without_ids_or_date_says_what_it_lacks(warehouse: Warehouse, tmp_path: Path) -> None:
    pq.write_table(pa.table({"occurrence_date": ["20260301"], "x": [1]}), tmp_path / "users_20260301.parquet")
    pq.write_table(pa.table({"user_id": ["anna"]}), tmp_path / "users_20260302.parquet")
    with pytest.raises(InputError) as refusal:
        load(warehouse, tmp_path / "*")
    assert "lacks user_id, pseudo_user_id; it has occurrence_date, x" in str(refusal.value)
    assert "lacks occurrence_date; it has user_id" in str(refusal.value)


# --- whose files they are


def test_tables_of_users_that_lie_among_events_are_left_to_their_own_source(tmp_path: Path) -> None:
    write(tmp_path / "events_20260301.json", event())
    write(tmp_path / "users_20260301.json", KNOWN)
    write(tmp_path / "by_folder" / "pseudonymous_users_20260301" / "000000000000.json", UNKNOWN)
    with Warehouse.open() as warehouse:
        prepare_raw(warehouse, PLAN)
        (events,) = load_source(warehouse, GA4, str(tmp_path / "**"), SETTINGS, 1)
        users = load(warehouse, tmp_path / "**", is_beside=True)
    assert (events.file_name, events.status) == ("events_20260301.json", "loaded")
    assert {name: outcome.status for name, outcome in users.items()} == {
        "by_folder/pseudonymous_users_20260301/000000000000.json": "loaded",
        "users_20260301.json": "loaded",
    }


def test_they_are_found_beside_events_also_where_the_pattern_names_events_only(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write(tmp_path / "events_20260301.json", event())
    write(tmp_path / "users_20260301.json", KNOWN)
    write(tmp_path / "my_users_list.json", {"name": "Anna"})
    assert list(load(warehouse, tmp_path / "events_*", is_beside=True)) == ["users_20260301.json"]


def test_where_none_lie_nothing_is_said(warehouse: Warehouse, tmp_path: Path) -> None:
    write(tmp_path / "events_20260301.json", event())
    assert load(warehouse, tmp_path / "*", is_beside=True) == {}


def test_those_that_have_gone_keep_their_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "users_20260301.json", KNOWN)
    load(warehouse, tmp_path / "*", is_beside=True)
    path.unlink()
    assert load(warehouse, tmp_path / "*", is_beside=True)[path.name].status == "gone"
    assert stored(warehouse, "user_id") == [(ANNA,)]


@pytest.mark.parametrize(
    ("plan", "row", "name", "told"),
    [
        (GA4, KNOWN, "users_20260301.json", "matches only tables of users. Name files of events_ tables."),
        (PLAN, event(), "events_20260301.json", "matches only tables of events. Name files of users_ or"),
    ],
)
def test_a_pattern_that_finds_the_other_tables_only_says_so(
    plan: SourcePlan, row: dict[str, Any], name: str, told: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    write(tmp_path / name, row)
    with pytest.raises(InputError, match=told):
        load_source(warehouse, plan, str(tmp_path / "*"), SETTINGS, 1)


def test_a_table_of_users_that_was_once_tried_as_events_is_no_longer_waited_for(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write(tmp_path / "events_20260301.json", event())
    warehouse.run(
        "insert into load_files (source, delivery, delivery_kind, file_name, content_hash, bytes, rows_read, rows_stored, "
        "rows_rejected, rows_redacted, status, reason) values ('ga4', 'users_20260301', 'other', 'users_20260301.json', "
        "'abc', 1, 0, 0, 0, 0, 'quarantined', 'is no event')"
    )
    (outcome,) = load_source(warehouse, GA4, str(tmp_path / "*"), SETTINGS, 1)
    assert outcome.file_name == "events_20260301.json"
    assert warehouse.rows("select delivery from load_files") == [("events_20260301",)]


# --- a whole night


JOURNEY = "property: shop\ntitle: Shop\ntime_zone: Europe/Amsterdam\nsources: {ga4: 'ga4/*'}\npublic_salt: public\n"


def shop(folder: Path, more: str = "") -> pipeline.Night:
    """Return the night of a shop with a day of events, in which Anna logs in on her browser."""
    told = [event(number, user_pseudo_id=BROWSER, user_id=ANNA if number else None) for number in range(2)]
    write(folder / "ga4" / "events_20260301.json", *told, event(3, user_pseudo_id="9.9"))
    (folder / "journey.yml").write_text(JOURNEY + more, encoding="utf-8")
    return pipeline.plan_night(folder / "journey.yml", database=folder / "shop.duckdb", out=folder / "out")


def shown(night: pipeline.Night, columns: str) -> list[tuple[Any, ...]]:
    with Warehouse.open(night.database, read_only=True) as warehouse:
        return warehouse.rows(f"select {columns} from stg_ga4_users__users order by occurrence_date, user_table")


@pytest.fixture
def night(tmp_path: Path) -> pipeline.Night:
    """A shop with the events of one day and, of a later date, both tables of users."""
    made = shop(tmp_path)
    write(tmp_path / "ga4" / "users_20260305.json", KNOWN | {"occurrence_date": "20260305"})
    write(tmp_path / "ga4" / "pseudonymous_users_20260305.json", UNKNOWN | {"occurrence_date": "20260305"})
    return made


def test_the_view_says_in_our_words_what_ga4_knows_of_a_user(night: pipeline.Night) -> None:
    run = pipeline.run_night(night)
    assert run.warnings == []
    assert shown(night, "user_table, user_id, user_pseudo_id, last_active_at, first_touch_at, lifetime_sessions") == [
        ("pseudonymous_users", None, BROWSER, None, datetime(2026, 3, 1, 9, 59), None),
        ("users", ANNA, None, datetime(2026, 3, 1, 10), None, 3),
    ]
    assert shown(night, "is_limited_ad_tracking, is_ads_personalization_allowed, audiences[1].name")[1] == (
        False, None, "Buyers",
    )  # fmt: skip


def test_users_decide_neither_as_of_nor_what_is_published(night: pipeline.Night, tmp_path: Path) -> None:
    with_users = pipeline.run_night(night)
    without_users = pipeline.run_night(shop(tmp_path / "other"))
    assert with_users.record.as_of == without_users.record.as_of == date(2026, 3, 1)
    assert with_users.record.data_hash == without_users.record.data_hash
    published = [path for path in (tmp_path / "out" / "current").iterdir() if path.suffix == ".csv"]
    assert published
    for path in published:
        other = tmp_path / "other" / "out" / "current" / path.name
        assert path.read_bytes() == other.read_bytes(), path.name


def test_a_night_that_brings_users_only_publishes_nothing_anew(night: pipeline.Night, tmp_path: Path) -> None:
    pipeline.run_night(night)
    write(tmp_path / "ga4" / "users_20260306.json", KNOWN | {"occurrence_date": "20260306"})
    run = pipeline.run_night(night)
    assert run.changed == {}
    assert [path.name for path in (tmp_path / "out" / "versions").iterdir()] == ["000001"]
    assert len(shown(night, "user_table")) == 3
    with Warehouse.open(night.database, read_only=True) as warehouse:
        assert read_status(night.project, warehouse).pending_dates == 0


def test_without_such_files_a_night_says_nothing_of_them(tmp_path: Path) -> None:
    made = shop(tmp_path)
    run = pipeline.run_night(made)
    assert run.warnings == []
    assert {file.source for file in run.record.files} == {"ga4"}
    assert shown(made, "user_table") == []


def test_a_table_of_users_that_cannot_be_read_does_not_end_the_night(tmp_path: Path) -> None:
    made = shop(tmp_path)
    (tmp_path / "ga4" / "users_20260301.json").write_text("{torn\n", encoding="utf-8")
    run = pipeline.run_night(made)
    assert run.record.as_of == date(2026, 3, 1)
    (warning,) = run.warnings
    assert warning.startswith("ga4_users: users_20260301.json ")


def test_one_that_the_settings_name_does(tmp_path: Path) -> None:
    made = shop(tmp_path)
    (tmp_path / "ga4" / "users_20260301.json").write_text("{torn\n", encoding="utf-8")
    named = replace(made, patterns=made.patterns | {"ga4_users": str(tmp_path / "ga4" / "*users_*")})
    with pytest.raises(InputError, match=r"ga4_users: users_20260301\.json "):
        pipeline.run_night(named)


@pytest.mark.parametrize(("whom", "left"), [(ANNA, []), (BROWSER, ["users"])])
def test_who_is_forgotten_goes_from_the_user_data_and_stays_away(
    whom: str, left: list[str], night: pipeline.Night, tmp_path: Path
) -> None:
    pipeline.run_night(night)
    forget(night, [whom])
    assert [table for (table,) in shown(night, "user_table")] == left
    assert whom.encode() not in night.database.read_bytes()
    # other bytes of the same rows: they are read again
    for path in (tmp_path / "ga4").glob("*users_*"):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    pipeline.run_night(night)
    assert [table for (table,) in shown(night, "user_table")] == left


def test_a_user_that_only_the_user_data_know_can_be_forgotten(night: pipeline.Night, tmp_path: Path) -> None:
    torn = '{"occurrence_date": "20260305", "pseudo_user_id": "7", "geo'
    rows = [KNOWN | {"user_id": f"other-{number}", "occurrence_date": "20260305"} for number in range(19)]
    write(tmp_path / "ga4" / "users_20260305.json", *rows, torn)
    pipeline.run_night(replace(night, project=lenient(night)))
    assert forget(night, ["other-3"]).rows == 1
    assert forget(night, ["7"]).rows == 1, "a short id counts where its column is named"
    assert len(shown(night, "user_table")) == 1 + 18


def lenient(night: pipeline.Night) -> Any:
    settings = night.project.settings.model_copy(update={"rejected_share_limit": 0.1})
    return replace(night.project, settings=settings)


def test_rows_past_retention_go(tmp_path: Path) -> None:
    made = shop(tmp_path, "retention: 7 days\n")
    days = ("20260201", "20260301")
    write(tmp_path / "ga4" / "users_20260301.json", *(KNOWN | {"occurrence_date": day} for day in days))
    pipeline.run_night(made)
    assert shown(made, "occurrence_date") == [(date(2026, 3, 1),)]


def test_the_command_line_finds_them_beside_events_and_shows_them(
    night: pipeline.Night, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def journey(*words: str) -> object:
        monkeypatch.setattr("sys.argv", ["journey", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code

    monkeypatch.setenv("JOURNEY_SALT", "a salt")
    place = ["--db", str(tmp_path / "cli.duckdb"), "--out", str(tmp_path / "cli_out")]
    assert journey("run", "--ga4", str(tmp_path / "ga4" / "*"), *place) == 0
    told = capsys.readouterr().out
    assert "Read 5 rows from 3 new files" in told
    assert journey("show", "stg_ga4_users__users", *place) == 0
    assert ANNA in capsys.readouterr().out
