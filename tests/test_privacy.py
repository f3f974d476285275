"""People who are forgotten are nowhere, and stay away; what is past retention goes; no raw id is published."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.cli import main
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import DefinitionError
from journey_analytics.forget import Forgotten, forget
from journey_analytics.ingest import prepare_raw
from journey_analytics.ingest.forgotten import forget_list_path, read_forget_list, write_forget_list
from journey_analytics.night_files import source_plans
from journey_analytics.privacy import Privacy, first_kept_date
from journey_analytics.record import begin_run
from journey_analytics.verify import verify
from journey_analytics.warehouse import Warehouse, quoted
from tests.histories import DEVICES, SETTINGS, SITE, USERS, Event, History

HISTORIES = int(os.environ.get("JOURNEY_HISTORIES", "1"))
FIRST_SEED = int(os.environ.get("JOURNEY_SEED", "1"))
FIRST = date(2024, 3, 4)
ANNA, BRAM = "klant-anna-0001", "klant-bram-0002"
LAPTOP, PHONE = "1111111111.1709000001", "2222222222.1709000002"
SHARED, BRAMS, NOBODYS = "3333333333.1709000003", "4444444444.1709000004", "5555555555.1709000005"
SIGNALS = "user_id,session_id,timestamp,event,page_url,device,element"

TORN_OF_ANNA = f'{{"event_date": "20240304", "user_id": "{ANNA}", "event_name'
TORN = '{"event_date": "20240304", "event_name'

Keep = Callable[[Event], bool]


def at(day: int, clock: str) -> int:
    """Return a moment of one of the days, in microseconds."""
    hours, minutes = map(int, clock.split(":"))
    moment = datetime(FIRST.year, FIRST.month, FIRST.day, hours, minutes, tzinfo=UTC) + timedelta(days=day)
    return int(moment.timestamp()) * 1_000_000


def seen(
    day: int, clock: str, device: str | None, user: str | None = None, page: str = "/", name: str = "page_view"
) -> Event:
    """Return an event; the day and the browser make its session."""
    session = None if device is None else at(day, "00:00") // 1_000_000 + int(device[0])
    value = 25.0 if name == "purchase" else None
    return Event(
        FIRST + timedelta(days=day), at(day, clock), name, device, session, user, page,
        transaction=f"T-{day}{clock}" if value else None, value=value,
    )  # fmt: skip


EVENTS = [
    # the laptop is Anna's alone, also before she logs in
    seen(0, "09:00", LAPTOP, page="/p/rood"),
    seen(1, "09:00", LAPTOP, page="/account"),
    seen(1, "09:05", LAPTOP, ANNA, "/account", "login"),
    seen(1, "09:10", LAPTOP, ANNA, "/bedankt", "purchase"),
    seen(4, "09:00", LAPTOP, page="/p/blauw"),
    # and so is the phone
    seen(2, "20:00", PHONE, ANNA, "/winkelwagen", "add_to_cart"),
    seen(3, "20:00", PHONE, page="/afrekenen/gegevens"),
    # the shared browser is hers until Bram logs in, and hers again on day 4
    seen(0, "12:00", SHARED, page="/c/verf"),
    seen(1, "12:00", SHARED, ANNA, "/p/rood", "view_item"),
    seen(2, "12:00", SHARED, page="/p/blauw"),
    seen(2, "12:05", SHARED, BRAM, "/p/blauw", "view_item"),
    seen(3, "12:00", SHARED, page="/klantenservice"),
    seen(4, "12:00", SHARED, ANNA, "/account", "login"),
    seen(4, "12:10", SHARED, page="/"),
    # others
    seen(0, "15:00", BRAMS, page="/p/rood"),
    seen(1, "15:00", BRAMS, BRAM, "/bedankt", "purchase"),
    seen(4, "15:00", BRAMS, page="/iets/anders"),
    *(seen(day, "18:00", NOBODYS, page=page) for day, page in enumerate(["/", "/c/verf", "/p/rood", "/zoeken", "/"])),
    seen(2, "18:30", None, page="/p/rood"),
]
# what happened on pages, as Clarity tells it
CLICKS = [
    Event(FIRST, at(0, "09:01"), "rage_click", LAPTOP, at(0, "00:00") // 1_000_000 + 1, page="/p/rood"),
    Event(FIRST, at(1, "12:01"), "dead_click", SHARED, at(1, "00:00") // 1_000_000 + 3, page="/p/rood"),
    Event(FIRST, at(3, "12:01"), "rage_click", SHARED, at(3, "00:00") // 1_000_000 + 3, page="/klantenservice"),
    Event(FIRST, at(3, "18:01"), "quick_back", NOBODYS, at(3, "00:00") // 1_000_000 + 5, page="/zoeken"),
]


def is_annas(event: Event) -> bool:
    """Return whether an event is Anna's, by the rule that a login holds until the next one."""
    on_shared = event.device == SHARED and not at(2, "12:05") <= event.at < at(4, "12:00")
    return event.user == ANNA or event.device in (LAPTOP, PHONE) or (on_shared and event.user is None)


def write_shop(folder: Path, keep: Keep = lambda event: True, torn: Iterable[str] = ()) -> Path:
    """Write the settings and exports of the shop, of the events that are kept; return the settings' path."""
    for day in sorted({event.day for event in EVENTS}):
        lines = [event.line() for event in EVENTS if event.day == day and keep(event)]
        lines += torn if day == FIRST else []
        path = folder / "ga4" / f"events_{day:%Y%m%d}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    signals = [SIGNALS]
    for click in filter(keep, CLICKS):
        moment = datetime.fromtimestamp(click.at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        signals.append(f'"{click.device}","{click.session}","{moment}","{click.name}","{SITE}{click.page}","mobile",""')
    (folder / "clarity").mkdir(exist_ok=True)
    (folder / "clarity" / "signals_202403.csv").write_text("\n".join(signals) + "\n", encoding="utf-8")
    settings = folder / "journey.yml"
    settings.write_text(SETTINGS + "forget_list: forgotten.csv\n", encoding="utf-8")
    return settings


def night(settings: Path, folder: Path) -> pipeline.Night:
    return pipeline.plan_night(settings, database=folder / "working.duckdb", out=folder / "out")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop after two nights; tests work on copies of this folder."""
    folder = tmp_path_factory.mktemp("shop")
    settings = write_shop(folder, torn=[TORN_OF_ANNA, TORN])
    for _ in range(2):
        pipeline.run_night(night(settings, folder))
    return folder


@pytest.fixture
def shop(finished: Path, tmp_path: Path) -> pipeline.Night:
    """A shop of one's own."""
    shutil.copytree(finished, tmp_path / "shop", symlinks=True)
    return night(tmp_path / "shop" / "journey.yml", tmp_path / "shop")


@dataclass(frozen=True)
class AfterAnna:
    """The shop without Anna: what forgetting her did, and the night that goes on with it."""

    done: Forgotten
    night: pipeline.Night


@pytest.fixture(scope="module")
def after_anna(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> AfterAnna:
    """The shop after Anna was forgotten, to look at only."""
    folder = tmp_path_factory.mktemp("after_anna") / "shop"
    shutil.copytree(finished, folder, symlinks=True)
    made = night(folder / "journey.yml", folder)
    return AfterAnna(forget(made, [ANNA]), made)


@pytest.fixture
def shop_after_anna(after_anna: AfterAnna, tmp_path: Path) -> pipeline.Night:
    """A shop of one's own in which Anna was forgotten."""
    shutil.copytree(after_anna.night.database.parent, tmp_path / "shop", symlinks=True)
    return night(tmp_path / "shop" / "journey.yml", tmp_path / "shop")


def fresh(folder: Path, keep: Keep) -> pipeline.Night:
    """Return a shop that never saw the events that are not kept."""
    made = night(write_shop(folder, keep, torn=[TORN]), folder)
    pipeline.run_night(made)
    return made


@pytest.fixture(scope="module")
def without_anna(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Night:
    """The shop that never saw Anna."""
    return fresh(tmp_path_factory.mktemp("without"), lambda event: not is_annas(event))


def differences(one: pipeline.Night, other: pipeline.Night) -> list[str]:
    """Return in which tables two databases differ; digests of the input files are left out."""
    told = []
    with Warehouse.open(one.database, read_only=True) as warehouse:
        warehouse.run(f"attach '{other.database}' as other (read_only)")
        stored = [one.project.models[name] for name in one.project.order if not one.project.models[name].is_view]
        # what nights have found otherwise is known to a database with nights only
        models = [model.name for model in stored if "run_restatements" not in model.reads]
        for table in [*models, *sorted(one.project.given_tables - {"run_identity", "run_restatements"})]:
            columns = ", ".join(quoted(name) for name in warehouse.columns(table) if name != "data_hash")
            model = one.project.models.get(table)
            # a ledger keeps the figures of earlier dates as they were told then
            is_ledger = model is not None and model.front.published == "ledger"
            newest = "where as_of in (select as_of from run_window)" if is_ledger else ""
            here, there = (f"select {columns} from {place}{quoted(table)} {newest}" for place in ("", "other."))
            for sign, query in (("too many", f"{here} except all {there}"), ("missing", f"{there} except all {here}")):
                found = warehouse.rows(query)
                told += [f"{table}: {len(found)} {sign}, first {found[0]}"] if found else []
    return told


def holders(folder: Path, *ids: str) -> list[str]:
    """Return the files of a shop, exports apart, in which an id stands."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name not in ("ga4", "clarity")]
    return sorted(path.name for path in files if any(raw_id.encode() in path.read_bytes() for raw_id in ids))


def counts(made: pipeline.Night) -> dict[str, tuple[int, ...]]:
    """Return of each file how many rows were read, and what became of them, as the last run tells it."""
    with Warehouse.open(made.database, read_only=True) as warehouse:
        rows = warehouse.rows(
            "select file_name, rows_read, rows_stored, rows_rejected, rows_duplicate, rows_removed from run_files "
            "where run_id = (select max(run_id) from run_files)"
        )
    return {name: tuple(numbers) for name, *numbers in rows}


def test_after_forgetting_a_user_the_tables_are_those_that_never_saw_her(
    after_anna: AfterAnna, without_anna: pipeline.Night
) -> None:
    shop = after_anna.night
    assert after_anna.done.rows == sum(map(is_annas, [*EVENTS, *CLICKS])) + 1  # and one torn row that names her
    assert differences(shop, without_anna) == []
    assert verify(shop.project, shop.database) == []


def test_no_restatement_tells_what_a_forgotten_user_did(after_anna: AfterAnna) -> None:
    with Warehouse.open(after_anna.night.database, read_only=True) as warehouse:
        assert warehouse.value("select count(*) from run_restatements") == 0
        assert (
            warehouse.value("select count(*) from pub_restatements where as_of in (select as_of from run_window)") == 0
        )


def test_a_forgotten_user_stands_in_no_file_of_ours(finished: Path, after_anna: AfterAnna) -> None:
    shop = after_anna.night
    assert holders(finished, ANNA, LAPTOP, PHONE) == ["working.duckdb"]
    assert holders(shop.database.parent, ANNA, LAPTOP, PHONE) == []
    assert holders(shop.database.parent, BRAM) == ["working.duckdb"], "the search would find her"
    assert [path.name for path in (shop.out / "versions").iterdir()] == ["000002"]
    assert (shop.out / "current").resolve().name == "000002"


def test_who_is_forgotten_is_on_no_list_of_the_stuck_that_is_left(shop: pipeline.Night) -> None:
    settings = shop.project.settings_path
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("thresholds: {", "thresholds: {int_stuck: {stuck_days: 0}, "), encoding="utf-8")
    patient = night(settings, shop.database.parent)
    pipeline.run_night(patient)
    with Warehouse.open(patient.database, read_only=True) as warehouse:
        key = warehouse.value(f"select person_key from dim_people where user_pseudo_id = '{NOBODYS}'")
    tables = {"stuck.csv", "stuck.parquet", "journey_marts.duckdb"}
    assert tables & set(holders(patient.out, key)) >= {"stuck.csv"}, "the search would find them"

    forget(patient, [NOBODYS])
    assert {path.name for path in patient.out.rglob("stuck.*")} == {"stuck.csv", "stuck.parquet"}
    assert holders(patient.database.parent, key) == []


def test_repeats_of_a_forgotten_users_events_are_not_counted_on(shop: pipeline.Night) -> None:
    day = next(shop.database.parent.glob("ga4/events_*.json"))
    day.with_name("copied.json").write_text(day.read_text(encoding="utf-8"), encoding="utf-8")
    pipeline.run_night(shop)
    assert sum(duplicate for *_, duplicate, _ in counts(shop).values()) > 0
    forget(shop, [ANNA])
    pipeline.run_night(shop)
    for name, (read, stored, rejected, duplicate, removed) in counts(shop).items():
        assert read == stored + rejected + duplicate + removed, name
        assert stored >= 0, name


def test_what_a_killed_run_left_beside_the_database_goes_with_the_next_run(shop: pipeline.Night) -> None:
    left = shop.database.with_name(f".{shop.database.name}.scratch-killed")
    left.mkdir()
    (left / "rescued.ndjson").write_text(ANNA, encoding="utf-8")
    pipeline.run_night(shop)
    assert not left.exists()


def test_forgetting_is_no_night_that_went_well(after_anna: AfterAnna) -> None:
    with Warehouse.open(after_anna.night.database, read_only=True) as warehouse:
        assert warehouse.rows("select status from runs order by run_id") == [("ok",), ("ok",), ("forgot",)]


def test_loading_the_old_files_again_does_not_bring_her_back(shop_after_anna: pipeline.Night, tmp_path: Path) -> None:
    shop = shop_after_anna
    for path in shop.database.parent.glob("ga4/*.json"):  # other bytes: every file is read again
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    pipeline.run_night(shop)
    new = replace(shop, database=tmp_path / "new.duckdb", out=tmp_path / "new_out")
    pipeline.run_night(new)
    assert differences(shop, new) == []
    assert holders(shop.database.parent, ANNA, LAPTOP, PHONE) == []
    assert holders(tmp_path / "new_out", ANNA, LAPTOP, PHONE) == []
    assert not any(raw_id.encode() in new.database.read_bytes() for raw_id in (ANNA, LAPTOP, PHONE))
    assert counts(shop) == counts(new)
    told = counts(new)
    # her two rows and the torn one that names her go; a torn row of nobody stays refused
    assert told["events_20240304.json"] == (6, 2, 1, 0, 3)
    for read, stored, rejected, duplicate, removed in told.values():
        assert read == stored + rejected + duplicate + removed
    assert sum(numbers[-1] for numbers in told.values()) == sum(map(is_annas, [*EVENTS, *CLICKS])) + 1


@pytest.mark.parametrize("browser", [SHARED, NOBODYS])
def test_a_browser_is_forgotten_whole_and_alone(browser: str, shop: pipeline.Night, tmp_path: Path) -> None:
    done = forget(shop, [browser])
    assert done.rows == sum(event.device == browser for event in [*EVENTS, *CLICKS])
    assert done.logged_in == (browser != NOBODYS)
    other = night(
        write_shop(tmp_path / "fresh", lambda event: event.device != browser, [TORN_OF_ANNA, TORN]), tmp_path / "fresh"
    )
    pipeline.run_night(other)
    assert differences(shop, other) == []
    assert holders(shop.database.parent, browser) == []


def test_the_whole_person_of_a_browser_is_its_user_with_all_browsers(
    shop: pipeline.Night, without_anna: pipeline.Night
) -> None:
    forget(shop, [PHONE], whole_person=True)
    assert differences(shop, without_anna) == []


def test_who_is_named_on_a_shared_browser_is_kept_when_she_is_forgotten(shop_after_anna: pipeline.Night) -> None:
    shop = shop_after_anna
    # Bram is back on it, in what was Anna's time when she was forgotten
    later = seen(5, "12:00", SHARED, BRAM, "/p/rood", "view_item")
    hers = [seen(5, "13:00", SHARED), seen(5, "14:00", LAPTOP), seen(5, "15:00", NOBODYS, ANNA)]
    path = shop.database.parent / "ga4" / "events_20240309.json"
    path.write_text("".join(event.line() + "\n" for event in [later, *hers]), encoding="utf-8")
    pipeline.run_night(shop)
    assert counts(shop)["events_20240309.json"] == (4, 1, 0, 0, 3)
    with Warehouse.open(shop.database, read_only=True) as warehouse:
        rows = warehouse.rows("select user_pseudo_id, user_id from fct_events where event_date = '2024-03-09'")
    assert rows == [(SHARED, BRAM)]


def test_an_id_in_a_refused_row_only_is_known_and_goes(shop: pipeline.Night) -> None:
    signals = shop.database.parent / "clarity" / "signals_202404.csv"
    good = f'"99.1","1","2024-03-04T10:00:00Z","dead_click","{SITE}/","mobile",""'
    torn = '"77.88","1","2024-03-04T11:00:00Z","dead_click'
    signals.write_text("\n".join([SIGNALS, good, good.replace("10:", "12:"), torn, ""]), encoding="utf-8")
    pipeline.run_night(shop)
    assert counts(shop)["signals_202404.csv"] == (3, 2, 1, 0, 0)
    with Warehouse.open(shop.database, read_only=True) as warehouse:
        assert warehouse.value("select count(*) from rejected_rows where contains(content, '77.88')") == 1
    assert forget(shop, ["77.88"]).rows == 1
    with Warehouse.open(shop.database, read_only=True) as warehouse:
        rest = "select rows_stored, rows_rejected, rows_removed from load_files where file_name = 'signals_202404.csv'"
        assert warehouse.rows(rest) == [(2, 0, 1)]
        assert warehouse.value("select count(*) from rejected_rows where contains(content, '77.88')") == 0


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + HISTORIES))
def test_in_any_history_forgetting_equals_never_having_loaded(seed: int, tmp_path: Path) -> None:
    history = History(seed, tmp_path)
    settings = tmp_path / "journey.yml"
    settings.write_text(SETTINGS + "forget_list: forgotten.csv\n", encoding="utf-8")
    made = night(settings, tmp_path)
    pipeline.run_night(made)
    past = [history.next_night()]
    pipeline.run_night(made)
    ids = [history.rng.choice(USERS), history.rng.choice(DEVICES)]
    forget(made, ids)
    past.append(history.next_night())
    pipeline.run_night(made)
    new = replace(made, database=tmp_path / "new.duckdb", out=tmp_path / "new_out")
    pipeline.run_night(new)
    assert differences(made, new) == [], (seed, ids, past)
    assert verify(made.project, made.database) == []


def journey(shop: pipeline.Night, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    places = ["--settings", shop.project.settings_path, "--db", shop.database, "--out", shop.out]
    monkeypatch.setattr(sys, "argv", ["journey", *map(str, places), *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_an_unknown_id_is_a_sentence_and_changes_nothing(
    shop: pipeline.Night, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shop.database.read_bytes()
    assert journey(shop, monkeypatch, "forget", ANNA, "nobody") == 2
    assert "user_id or user_pseudo_id 'nobody'; nothing was changed" in capsys.readouterr().err
    assert not (shop.database.parent / "forgotten.csv").exists()
    assert (shop.out / "current").resolve().name == "000001"
    with Warehouse.open(shop.database, read_only=True) as warehouse:
        assert warehouse.value("select count(*) from runs") == 2
        assert warehouse.value("select count(*) from raw_ga4__events") == len(EVENTS)
    assert len(shop.database.read_bytes()) == len(before)


def test_an_id_that_is_yet_to_come_can_be_put_on_the_list(
    shop: pipeline.Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert journey(shop, monkeypatch, "forget", "nobody", "--even-if-unknown") == 0
    path = shop.database.parent / "ga4" / "events_20240309.json"
    rows = [seen(5, "10:00", NOBODYS), seen(5, "11:00", BRAMS, "nobody")]
    path.write_text("".join(event.line() + "\n" for event in rows), encoding="utf-8")
    assert journey(shop, monkeypatch, "run") == 0
    assert counts(shop)["events_20240309.json"] == (2, 1, 0, 0, 1)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    ("point", "again"),
    [
        ("Privacy.remove_forgotten", "run"),
        ("build_night", "forget"),
        ("publish", "run"),
        ("keep_only_current", "forget"),
        ("write_record", "run"),
        ("rewrite", "forget"),
    ],
)
def test_killed_at_any_point_it_can_simply_be_run_again(
    point: str, again: str, shop: pipeline.Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: object, **_kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        place = (Privacy, "remove_forgotten") if "." in point else (pipeline, point)
        patch.setattr(*place, killed)
        with pytest.raises(Killed):
            forget(shop, [ANNA])
    if again == "forget":
        forget(shop, [ANNA])
    else:
        pipeline.run_night(shop)
    assert holders(shop.database.parent, ANNA, LAPTOP, PHONE) == []
    assert len(list((shop.out / "versions").iterdir())) == 1
    with Warehouse.open(shop.database, read_only=True) as warehouse:
        assert warehouse.value("select count(*) from raw_ga4__events") == sum(not is_annas(event) for event in EVENTS)
        known = warehouse.rows("select distinct user_pseudo_id from dim_people order by all")
    assert known == [(SHARED,), (BRAMS,), (NOBODYS,)]


def test_forgetting_moves_no_date(shop: pipeline.Night) -> None:
    lowered = replace(shop, as_of=FIRST + timedelta(days=2))
    pipeline.run_night(lowered)
    forget(shop, [ANNA])
    with Warehouse.open(shop.database, read_only=True) as warehouse:
        assert warehouse.value("select as_of from run_window") == lowered.as_of


def test_a_list_that_would_recognise_nobody_stops_the_load(shop: pipeline.Night) -> None:
    forget(shop, [NOBODYS])
    path = shop.database.parent / "forgotten.csv"
    whole = path.read_text(encoding="utf-8")
    with pytest.raises(DefinitionError, match="made under another salt"):
        read_forget_list(path, "another salt")
    path.write_text(whole + "user_id,abc\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"forgotten\.csv:4: is no entry"):
        pipeline.run_night(shop)
    path.unlink()
    with pytest.raises(DefinitionError, match="the forget list is gone"):
        pipeline.run_night(shop)
    with pytest.raises(DefinitionError, match="the forget list is gone"):
        forget(shop, [BRAM])
    path.write_text(whole, encoding="utf-8")
    pipeline.run_night(shop)


def test_no_id_stands_in_the_list_and_an_entry_is_read_as_written(tmp_path: Path) -> None:
    empty = read_forget_list(tmp_path / "list.csv", "salt")
    assert empty.version == ""
    full = empty.with_entries([empty.entry("user_id", ANNA), empty.entry("user_pseudo_id", SHARED, 0, 17)])
    write_forget_list(full)
    assert read_forget_list(full.path, "salt") == full
    assert full.holds(ANNA)
    assert not full.holds(BRAM)
    assert not re.search(f"{ANNA}|{SHARED}", full.path.read_text(encoding="utf-8"))


def test_the_list_stands_beside_the_database_unless_the_settings_name_it(shop: pipeline.Night) -> None:
    settings = shop.project.settings
    path = shop.project.settings_path
    assert forget_list_path(settings, path, shop.database) == path.parent / "forgotten.csv"
    unnamed = settings.model_copy(update={"forget_list": None})
    assert forget_list_path(unnamed, path, shop.database) == path.parent / "working.duckdb.forgotten"


def kept_for(shop: pipeline.Night, retention: str) -> pipeline.Night:
    """Return the shop with a retention."""
    path = shop.project.settings_path
    path.write_text(SETTINGS + f"forget_list: forgotten.csv\nretention: {retention}\n", encoding="utf-8")
    return night(path, shop.database.parent)


def stored_dates(made: pipeline.Night) -> dict[str, list[date]]:
    with Warehouse.open(made.database, read_only=True) as warehouse:
        return {
            table: [row[0] for row in warehouse.rows(f"select distinct event_date from {table} order by all")]
            for table in ("raw_ga4__events", "raw_clarity__events", "fct_events")
        }


def test_retention_keeps_the_newest_days_and_no_other(shop: pipeline.Night, tmp_path: Path) -> None:
    short = kept_for(shop, "3 days")
    pipeline.run_night(replace(short, as_of=FIRST + timedelta(days=3)))  # as_of does not matter
    third, fourth, fifth = (FIRST + timedelta(days=number) for number in (2, 3, 4))
    dates = {"raw_ga4__events": [third, fourth, fifth], "raw_clarity__events": [fourth], "fct_events": [third, fourth]}
    assert stored_dates(short) == dates
    told = counts(short)
    assert told["events_20240304.json"] == (6, 0, 0, 0, 6), "the refused rows of a day go with it"
    assert told["events_20240306.json"] == (5, 5, 0, 0, 0)
    assert told["signals_202403.csv"] == (4, 2, 0, 0, 2)

    pipeline.run_night(short)
    assert verify(short.project, short.database) == []
    other = night(write_shop(tmp_path / "fresh", lambda event: event.at >= at(2, "00:00")), tmp_path / "fresh")
    (tmp_path / "fresh" / "ga4" / "events_20240304.json").unlink()
    (tmp_path / "fresh" / "ga4" / "events_20240305.json").unlink(missing_ok=True)
    pipeline.run_night(other)
    assert differences(short, other) == []


def test_what_is_past_retention_does_not_come_back(shop: pipeline.Night, tmp_path: Path) -> None:
    short = kept_for(shop, "3 days")
    pipeline.run_night(short)
    for path in shop.database.parent.glob("ga4/*.json"):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    pipeline.run_night(short)
    new = replace(short, database=tmp_path / "new.duckdb", out=tmp_path / "out")
    pipeline.run_night(new)
    assert differences(short, new) == []
    assert counts(short) == counts(new)
    for read, stored, rejected, duplicate, removed in counts(new).values():
        assert read == stored + rejected + duplicate + removed
    assert counts(new)["events_20240305.json"] == (6, 0, 0, 0, 6)


def test_a_day_that_is_only_streamed_moves_no_retention(shop: pipeline.Night) -> None:
    short = kept_for(shop, "3 days")
    path = shop.database.parent / "ga4" / "events_intraday_20240310.json"
    path.write_text(seen(6, "10:00", NOBODYS).line() + "\n", encoding="utf-8")
    pipeline.run_night(short)
    assert stored_dates(short)["raw_ga4__events"][0] == FIRST + timedelta(days=2)


def test_an_event_of_a_broken_clock_does_not_remove_everything() -> None:
    kept = first_kept_date(timedelta(days=10), date(2090, 1, 1), date(2024, 3, 31))
    assert kept == date(2024, 3, 23)
    assert first_kept_date(timedelta(days=10), None, date(2024, 3, 31)) is None


def test_retention_is_a_number_of_whole_days(tmp_path: Path) -> None:
    path = tmp_path / "journey.yml"
    path.write_text(SETTINGS + "retention: 36 hours\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="whole number of days"):
        read_settings(path)


def test_a_database_of_an_earlier_version_gets_the_column_for_removed_rows(shop: pipeline.Night) -> None:
    plan = next(iter(source_plans(shop.project).values()))
    with Warehouse.open() as warehouse:
        prepare_raw(warehouse, plan)
        begin_run(warehouse)
        warehouse.run("insert into load_files (source, file_name) values ('ga4', 'a.json')")
        for table in ("load_files", "run_files"):
            warehouse.run(f"alter table {table} drop column rows_removed")
        prepare_raw(warehouse, plan)
        begin_run(warehouse)
        assert warehouse.rows("select rows_removed from load_files") == [(0,)]
        assert "rows_removed" in warehouse.columns("run_files")


BROWSER_ID, USER_ID = r"\d{9,10}\.\d{10}", r"u1\d{5}"


def texts_of(out: Path) -> dict[Path, str]:
    """Return what stands in every file below a folder; of Parquet and DuckDB files every column of every row."""
    texts = {}
    for path in (path for path in out.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            with Warehouse.open() as warehouse:
                texts[path] = repr(warehouse.rows(f"from read_parquet('{path}')"))
        elif path.suffix == ".duckdb":
            with Warehouse.open(path, read_only=True) as warehouse:
                texts[path] = repr([warehouse.rows(f"from {quoted(table)}") for table in sorted(warehouse.tables())])
        else:
            texts[path] = path.read_text(encoding="utf-8")
    return texts


def test_no_id_of_the_sample_stands_in_anything_that_is_published(
    webshop: pipeline.Run, webshop_tables: Warehouse
) -> None:
    raw = "raw_ga4__events union all select user_pseudo_id, user_id from raw_clarity__events"
    rows = webshop_tables.rows(f"select distinct user_pseudo_id, user_id from {raw}")
    ids = {each for row in rows for each in row if each is not None}
    assert len(ids) > 4_000
    pattern = re.compile(f"{BROWSER_ID}|{USER_ID}")
    assert {each for each in ids if not pattern.fullmatch(each)} == set(), "the search would miss these"
    texts = texts_of(webshop.night.out)
    assert {path.suffix for path in texts} >= {".csv", ".parquet", ".duckdb", ".json", ".md"}
    assert len(texts) > 15
    assert {path.name: found for path, text in texts.items() if (found := ids & set(pattern.findall(text)))} == {}
