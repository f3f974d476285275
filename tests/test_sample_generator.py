"""The sample generator: exact export shapes, the same bytes each time, and the planted truths really there."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
import yaml

from journey_analytics.errors import UsageError
from journey_analytics.sample import SCENARIOS, write_sample, writer

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
PERSONS = {"webshop": 4000, "b2b_leads": 500, "government_form": 500}
LAST_DATE = date(2026, 6, 30)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MICROSECONDS_30_DAYS = 30 * 86_400 * 1_000_000
MATURE_BEFORE = int(datetime(2026, 5, 31, tzinfo=UTC).timestamp()) * 1_000_000
TOLERANCE = 0.07
UNUSED = ("event_params", "geo", "collected_traffic_source", "traffic_source", "user_properties", "user_ltv")
Row = dict[str, Any]


def lines_of(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "ga4").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from file


def rows_of(folder: Path) -> list[Row]:
    """Return all GA4 rows of a sample, with their params as a dict and times as integers."""
    found = [json.loads(line) for line in lines_of(folder)]
    for path in sorted((folder / "ga4").glob("*.parquet")):
        found += pq.read_table(path).to_pylist()
    for row in found:
        row["at"] = int(row["event_timestamp"])
        row["params"] = {p["key"]: next((v for v in p["value"].values() if v is not None), None)
                         for p in row["event_params"]}  # fmt: skip
        location = row["params"].get("page_location") or ""
        row["path"] = "/" + location.split("?")[0].split("/", 3)[-1] if location else ""
        row["person"] = row.get("user_pseudo_id")
        for name in UNUSED:
            row.pop(name, None)
    return found


@cache
def local_offset(hour: int) -> int:
    """Return the seconds that Amsterdam is ahead of UTC in an hour; clocks change on whole hours."""
    return int(datetime.fromtimestamp(hour * 3600, AMSTERDAM).strftime("%z")[1:3]) * 3600


@cache
def date_text(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y%m%d")


@cache
def committed(scenario: str) -> list[Row]:
    return rows_of(SAMPLE / scenario)


def truth(scenario: str, name: str) -> Row:
    document = yaml.safe_load((SAMPLE / scenario / "truth.yml").read_text(encoding="utf-8"))
    return next(row for row in document["truths"] if row["id"] == name)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def first_times(rows: list[Row], prefix: str) -> dict[str, int]:
    """Return when each browser saw a kind of page for the first time, if there are 30 days after it."""
    seen: dict[str, int] = {}
    for row in rows:
        if row["person"] and row["event_name"] == "page_view" and row["path"].startswith(prefix):
            seen[row["person"]] = min(row["at"], seen.get(row["person"], row["at"]))
    return {person: at for person, at in seen.items() if at < MATURE_BEFORE}


def stopped(rows: list[Row], prefix: str, later: tuple[str, ...]) -> dict[str, bool]:
    """Return for each browser that saw a page whether it did nothing later (paths or events) within 30 days."""
    seen = first_times(rows, prefix)
    went_on = {
        row["person"]
        for row in rows
        if row["person"] in seen
        and seen[row["person"]] < row["at"] <= seen[row["person"]] + MICROSECONDS_30_DAYS
        and (row["event_name"] in later or row["path"].startswith(tuple(p for p in later if p[0] == "/")))
    }
    return {person: person not in went_on for person in seen}


def share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def with_signal(scenario: str, events: tuple[str, ...], part: str) -> set[str]:
    found = set()
    for path in sorted((SAMPLE / scenario / "clarity").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {row["user_id"] for row in csv.DictReader(file)
                      if row["event"] in events and part in row["page_url"]}  # fmt: skip
    return found


# The files


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path: Path, scenario: str) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_sample(tmp_path / name, scenario, 40, days=30, seed=seed)
    first, again, other = (contents(tmp_path / name) for name in "abc")
    assert first == again
    assert {name: first[name] for name in first if "ga4" in name} != {n: other[n] for n in other if "ga4" in n}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_person_on_one_day_is_a_sample_too(tmp_path: Path, scenario: str) -> None:
    for seed in range(5):
        report = write_sample(tmp_path, scenario, 1, days=1, seed=seed)
        assert {row["event_date"] for row in rows_of(tmp_path)} == {"20260630"}
        assert report.events > 0


def test_a_sample_written_over_another_leaves_nothing_of_it(tmp_path: Path) -> None:
    write_sample(tmp_path / "twice", "webshop", 60, days=40)
    write_sample(tmp_path / "twice", "webshop", 30, days=10)
    write_sample(tmp_path / "once", "webshop", 30, days=10)
    assert contents(tmp_path / "twice") == contents(tmp_path / "once")


def test_somebodys_own_exports_are_never_removed(tmp_path: Path) -> None:
    (tmp_path / "ga4").mkdir()
    with pytest.raises(UsageError, match="no sample made"):
        write_sample(tmp_path, "webshop", 10)
    assert (tmp_path / "ga4").exists()


def test_an_unknown_scenario_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'webshop'"):
        write_sample(tmp_path, "webshops", 10)


def test_the_report_counts_what_was_written(tmp_path: Path) -> None:
    report = write_sample(tmp_path, "webshop", 80, days=30)
    rows, files = rows_of(tmp_path), contents(tmp_path)
    sessions = {(row["person"], row["params"]["ga_session_id"]) for row in rows if "ga_session_id" in row["params"]}
    assert (report.events, report.sessions) == (len(rows), len(sessions))
    assert (report.files, report.bytes) == (len(files), sum(len(content) for content in files.values()))


def test_chunks_of_persons_end_up_in_the_same_daily_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHUNK_PERSONS", 20)
    write_sample(tmp_path, "webshop", 70, days=20)
    rows = rows_of(tmp_path)
    assert len(list((tmp_path / "ga4").iterdir())) <= 20
    assert len({row["person"] for row in rows if row["event_name"] == "first_visit"}) > 50
    assert all(row["event_date"] <= LAST_DATE.strftime("%Y%m%d") for row in rows)
    header = (tmp_path / "clarity" / "signals_202606.csv").read_text().count("user_id")
    assert header == 1


def values_in(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        for value in node.values():
            yield from values_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from values_in(value)
    else:
        yield node


def test_ndjson_is_as_bq_extract_writes_it(tmp_path: Path) -> None:
    write_sample(tmp_path, "webshop", 150, days=40)
    lines = list(lines_of(tmp_path))
    rows = [json.loads(line) for line in lines]
    leaves = [value for row in rows for value in values_in(row)]
    assert None not in leaves
    assert not any(type(value) is int for value in leaves), "INT64 is written as text"
    assert any(type(value) is float for value in leaves)
    assert all(isinstance(row["event_timestamp"], str) for row in rows)
    assert not any(character in line for line in lines for character in "<>&")
    assert any("\\u0026" in line for line in lines)
    page_view = next(row for row in rows if row["event_name"] == "page_view")
    assert (page_view["ecommerce"], page_view["items"], page_view["user_properties"]) == ({}, [], [])
    number = next(p for p in page_view["event_params"] if p["key"] == "ga_session_id")
    assert list(number["value"]) == ["int_value"]


def test_parquet_has_the_nested_schema_of_bigquery(tmp_path: Path) -> None:
    write_sample(tmp_path, "b2b_leads", 40, days=30)
    paths = sorted((tmp_path / "ga4").iterdir())
    assert [path.name for path in paths] == ["export-000000000000.parquet", "export-000000000001.parquet"]
    file = pq.ParquetFile(paths[0])
    columns = {file.schema.column(number).path: file.schema.column(number).physical_type
               for number in range(len(file.schema))}  # fmt: skip
    assert columns["event_timestamp"] == "INT64"
    assert columns["event_params.list.element.value.double_value"] == "DOUBLE"
    assert columns["items.list.element.item_params.list.element.key"] == "BYTE_ARRAY"
    assert columns["session_traffic_source_last_click.cross_channel_campaign.default_channel_group"] == "BYTE_ARRAY"
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_event_date_is_the_local_date_also_when_the_clock_changes(scenario: str) -> None:
    offsets, other_than_utc = set(), 0
    for row in committed(scenario):
        seconds = row["at"] // 1_000_000
        offset = local_offset(seconds // 3600)
        assert row["event_date"] == date_text((seconds + offset) // 86_400)
        other_than_utc += row["event_date"] != date_text(seconds // 86_400)
        if row["event_date"] in {"20260328", "20260329"}:
            offsets.add(offset)
    assert offsets == {3600, 7200}
    assert other_than_utc > 0


# The committed sample


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_committed_sample_is_what_the_code_writes(tmp_path: Path, scenario: str) -> None:
    write_sample(tmp_path, scenario, PERSONS[scenario])
    assert (tmp_path / "truth.yml").read_text() == (SAMPLE / scenario / "truth.yml").read_text()
    for folder in ("ga4", "clarity"):
        names = [path.name for path in sorted((SAMPLE / scenario / folder).iterdir())]
        assert [path.name for path in sorted((tmp_path / folder).iterdir())] == names
    if scenario == "b2b_leads":
        assert rows_of(tmp_path) == committed(scenario)
    else:
        assert list(lines_of(tmp_path)) == list(lines_of(SAMPLE / scenario))


def test_the_committed_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 8_000_000


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_truths_stand_at_page_groups_of_the_settings(scenario: str) -> None:
    settings = yaml.safe_load((SAMPLE / scenario / "journey.yml").read_text(encoding="utf-8"))
    planted = yaml.safe_load((SAMPLE / scenario / "truth.yml").read_text(encoding="utf-8"))["truths"]
    groups = {row["page_group"] for row in settings["page_groups"]}
    assert {row["where"]["page_group"] for row in planted} <= groups
    assert any(row["visible_now"] for row in planted)
    assert all(row["what_nl"] and row["what_en"] and "{" not in row["what_nl"] + row["what_en"] for row in planted)
    assert all(row.get("why_not") for row in planted if not row["visible_now"])


def test_at_the_shipping_step_many_more_stop_than_at_the_other_steps() -> None:
    rows, strength = committed("webshop"), truth("webshop", "shipping_step")["strength"]
    shipping = stopped(rows, "/afrekenen/verzending", ("/afrekenen/betaling", "/bedankt"))
    details = stopped(rows, "/afrekenen/gegevens", ("/afrekenen/verzending",))
    assert share(list(shipping.values())) == pytest.approx(strength["leaves"], abs=TOLERANCE)
    assert share(list(details.values())) == pytest.approx(strength["other_page"], abs=TOLERANCE)


def test_a_rage_click_or_script_error_on_a_category_page_goes_with_leaving() -> None:
    strength = truth("webshop", "category_rage")["strength"]
    ends = stopped(committed("webshop"), "/c/", ("/p/", "/winkelwagen", "/afrekenen"))
    met = with_signal("webshop", ("rage_click", "script_error"), "/c/")
    assert len(met & set(ends)) / len(ends) == pytest.approx(strength["signal_share"], abs=0.03)
    assert share([end for p, end in ends.items() if p in met]) == pytest.approx(strength["leaves"], abs=TOLERANCE)
    assert share([end for p, end in ends.items() if p not in met]) == pytest.approx(
        strength["otherwise"], abs=TOLERANCE
    )


def test_the_decoy_on_the_gallery_changes_nothing() -> None:
    ends = stopped(committed("webshop"), "/p/", ("/winkelwagen", "/afrekenen"))
    met = with_signal("webshop", ("dead_click",), "/p/")
    with_it, without = ([end for p, end in ends.items() if (p in met) is side] for side in (True, False))
    assert len(with_it) > 200
    error = (0.25 / len(with_it) + 0.25 / len(without)) ** 0.5
    assert abs(share(with_it) - share(without)) < 1.5 * error


def test_most_stop_at_the_demo_form_and_few_at_contact() -> None:
    rows, strength = committed("b2b_leads"), truth("b2b_leads", "demo_form")["strength"]
    demo = stopped(rows, "/demo", ("generate_lead",))
    contact = stopped(rows, "/contact", ("/demo",))
    assert share(list(demo.values())) == pytest.approx(strength["leaves"], abs=0.09)
    assert share(list(contact.values())) == pytest.approx(strength["other_page"], abs=0.09)


def test_most_stop_at_the_upload_of_documents_after_form_errors() -> None:
    rows, strength = committed("government_form"), truth("government_form", "upload_step")["strength"]
    upload = stopped(rows, "/aanvraag/documenten", ("/aanvraag/controle",))
    check = stopped(rows, "/aanvraag/controle", ("/aanvraag/verstuurd",))
    assert share(list(upload.values())) == pytest.approx(strength["leaves"], abs=0.09)
    assert share(list(check.values())) == pytest.approx(strength["other_page"], abs=0.09)
    errors = {r["person"] for r in rows if r["event_name"] == "form_error" and r["path"] == "/aanvraag/documenten"}
    leavers = [person in errors for person, end in upload.items() if end]
    assert share(leavers) == pytest.approx(strength["ga4_share_if_leaving"], abs=0.1)


# Journeys and oddities in the committed webshop


@cache
def sessions_of(scenario: str) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(committed(scenario), key=lambda row: row["at"]):
        if "ga_session_id" in row["params"]:
            found.setdefault((row["person"], row["params"]["ga_session_id"]), []).append(row)
    return found


def test_some_sessions_cross_midnight() -> None:
    days = [{row["event_date"] for row in rows} for rows in sessions_of("webshop").values()]
    assert sum(len(dates) == 2 for dates in days) >= 8


def test_no_session_pauses_for_half_an_hour() -> None:
    for rows in sessions_of("webshop").values():
        times = [row["at"] for row in rows]
        assert all(b - a <= 30 * 60 * 1_000_000 for a, b in pairwise(times))


def test_rows_without_consent_are_there_without_ids() -> None:
    rows = committed("webshop")
    refused = [row for row in rows if row["privacy_info"]["analytics_storage"] == "No"]
    assert 0.03 < len(refused) / len(rows) < 0.12
    ids = ("user_pseudo_id", "user_id", "user_first_touch_timestamp", "session_traffic_source_last_click")
    assert not any(name in row for row in refused for name in ids)
    assert not any("ga_session_id" in row["params"] for row in refused)
    assert all(row.get("user_pseudo_id") for row in rows if row["privacy_info"]["analytics_storage"] == "Yes")


def test_people_go_back_from_the_basket_to_a_category_and_return() -> None:
    loops = 0
    for rows in sessions_of("webshop").values():
        pages = [row["path"].split("/")[1] for row in rows if row["event_name"] == "page_view"]
        after = pages[pages.index("winkelwagen") + 1 :] if "winkelwagen" in pages else []
        loops += "c" in after and "winkelwagen" in after[after.index("c") :]
    assert loops >= 20


def test_orders_repeat_on_reload_and_people_order_again() -> None:
    orders: dict[str, list[Row]] = {}
    for row in committed("webshop"):
        if row["event_name"] == "purchase" and row["person"]:
            orders.setdefault(row["ecommerce"]["transaction_id"], []).append(row)
    reloaded = [rows for rows in orders.values() if len({row["at"] for row in rows}) > 1]
    assert len(reloaded) >= 5
    for rows in orders.values():
        assert len({(row["person"], row["ecommerce"]["purchase_revenue"]) for row in rows}) == 1
        items = rows[0]["items"]
        assert sum(item["item_revenue"] for item in items) == pytest.approx(rows[0]["ecommerce"]["purchase_revenue"])
        assert rows[0]["params"]["value"] == pytest.approx(float(rows[0]["ecommerce"]["purchase_revenue"])) or rows[0][
            "params"
        ]["value"] == str(int(rows[0]["ecommerce"]["purchase_revenue"]))
    buyers = Counter(rows[0]["person"] for rows in orders.values())
    assert sum(count > 1 for count in buyers.values()) >= 15


def test_some_order_again_without_looking_at_a_product() -> None:
    loyal = 0
    for rows in sessions_of("webshop").values():
        names = {row["event_name"] for row in rows}
        loyal += "purchase" in names and "add_to_cart" in names and "view_item" not in names
    assert loyal >= 10


def test_people_log_in_halfway_use_two_browsers_and_share_one() -> None:
    rows = committed("webshop")
    users: dict[str, set[str]] = {}
    browsers: dict[str, set[str]] = {}
    for row in rows:
        if row.get("user_id"):
            users.setdefault(row["person"], set()).add(row["user_id"])
            browsers.setdefault(row["user_id"], set()).add(row["person"])
    assert any(len(found) > 1 for found in browsers.values())
    assert any(len(found) > 1 for found in users.values())
    sessions = sessions_of("webshop").values()
    assert any("user_id" not in found[0] and "user_id" in found[-1] for found in sessions)


def test_first_events_share_a_microsecond_and_a_few_rows_stand_there_twice() -> None:
    rows = committed("webshop")
    together = Counter((row["person"], row["at"]) for row in rows if row["person"])
    assert sum(count >= 3 for count in together.values()) > 1000
    lines = Counter(lines_of(SAMPLE / "webshop"))
    assert 5 <= sum(count > 1 for count in lines.values()) <= 200


def test_some_addresses_hold_something_to_redact() -> None:
    locations = [row["params"].get("page_location") or "" for row in committed("webshop")]
    assert any("email=" in location for location in locations)
    assert any("token=" in location for location in locations)
    assert any("gclid=" in location for location in locations)


def test_session_engaged_is_an_integer_on_the_automatic_events_and_text_elsewhere() -> None:
    for line in list(lines_of(SAMPLE / "webshop"))[:3000]:
        row = json.loads(line)
        for param in row["event_params"]:
            if param["key"] == "session_engaged":
                automatic = row["event_name"] in {"session_start", "first_visit"}
                assert list(param["value"]) == ["int_value" if automatic else "string_value"]


def test_clarity_rows_carry_ids_and_times_of_ga4_sessions() -> None:
    sessions = sessions_of("webshop")
    with (SAMPLE / "webshop" / "clarity" / "signals_202604.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.strptime(row["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            assert at.month == 4
            assert row["device"] == sessions[row["user_id"], row["session_id"]][0]["device"]["category"]


def test_sales_events_come_later_and_without_a_session() -> None:
    stages = [row for row in committed("b2b_leads") if row["event_name"] in {"working_lead", "close_convert_lead"}]
    told = [row for row in committed("b2b_leads") if row["event_name"] == "generate_lead"]
    # who asks twice counts from the first time
    leads = {row["person"]: row["at"] for row in sorted(told, key=lambda row: row["at"], reverse=True)}
    assert len(stages) > 20
    for row in stages:
        assert "ga_session_id" not in row["params"]
        assert row["batch_page_id"] is None
        if row["person"]:
            assert row["person"] not in leads or row["at"] > leads[row["person"]]
