"""`journey funnel`: a funnel is tried on the events of the last run, and nothing is stored."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from journey_analytics.cli import main
from journey_analytics.warehouse import Warehouse

HOUR = 3_600_000_000
NOON = 1_782_820_800_000_000  # 2026-06-30 12:00 UTC
FUNNEL = """\
name: sign_up
title_nl: Aanmelden
title_en: Sign up
description_nl: Van formulier tot aanmelding
description_en: From form to sign-up
window: 1 day
steps:
  - {step: form, title_nl: Formulier, title_en: The form, when: {event_name: form}}
  - {step: done, title_nl: Klaar, title_en: The end, when: {event_name: sign_up}}
"""
# ann converts; ben had the day and did not; cas came an hour before the end of what is known
EVENTS = [
    ("ann", "form", -48),
    ("ann", "sign_up", -47),
    ("ben", "form", -48),
    ("cas", "form", 11),
    (None, "form", 0),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database of three persons, and of an event of nobody."""
    path = tmp_path / "shop.duckdb"
    with Warehouse.open(path) as warehouse:
        warehouse.run(
            "create table run_window as select date '2026-06-30' as as_of, timestamp '2026-07-01 00:00' as as_of_at"
        )
        warehouse.run(
            "create table fct_events (user_pseudo_id varchar, event_name varchar, event_timestamp bigint, event_date date, "
            "event_key varchar, session_key varchar, batch_page_id bigint, batch_ordering_id bigint, "
            "batch_event_index bigint, source_identity varchar)"
        )
        for number, (browser, name, hours) in enumerate(EVENTS):
            warehouse.run(
                "insert into fct_events select ?, ?, happened, cast(make_timestamp(happened) as date), ?, ?, null, null, null, 'own' "
                "from (select cast(? as bigint) as happened) as moment",
                [browser, name, str(number), browser, NOON + hours * HOUR],
            )
        warehouse.run(
            "create table dim_people as select distinct user_pseudo_id, 'person of ' || user_pseudo_id as person_key, "
            "0 as valid_from, 9223372036854775807 as valid_to from fct_events where user_pseudo_id is not null"
        )
    return path


def run(database: Path, text: str, *options: str, monkeypatch: pytest.MonkeyPatch) -> int:
    file = database.parent / "sign_up.yml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["journey", "funnel", str(file), "--db", str(database), *options])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def lines(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines()]


@pytest.mark.parametrize("choice", ["", "attempt: first\n"])
def test_counts_and_shares_are_those_of_the_persons(
    database: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], choice: str
) -> None:
    assert run(database, FUNNEL + choice, monkeypatch=monkeypatch) == 0
    printed = capfd.readouterr().out
    assert ["The", "form", "3", "100.0%", "100.0%"] in lines(printed)
    assert ["The", "end", "1", "33.3%", "33.3%"] in lines(printed)
    assert "Each person counts once, within 1 day of entry. Events up to 2026-06-30." in printed
    # what the quick way does not know takes the long one, and says so
    assert ("the choice of `attempt` is made per attempt" in printed) == bool(choice)


def test_with_states_it_tells_who_dropped_who_is_open_and_the_rate_of_those_who_had_the_time(
    database: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(database, FUNNEL, "--states", monkeypatch=monkeypatch) == 0
    assert ["The", "end", "1", "1", "1", "50.0%", "(9.5%–90.5%)", "2", "persons"] in lines(capfd.readouterr().out)


def test_a_name_that_no_event_bears_is_told_with_the_nearest_one(
    database: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(database, FUNNEL.replace("sign_up}", "signup}"), monkeypatch=monkeypatch) == 0
    assert "step done: no event is called 'signup'. Did you mean 'sign_up'?" in capfd.readouterr().err


def test_faults_of_the_file_and_a_database_without_events_are_told(
    database: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(database, FUNNEL.replace("window", "widow"), monkeypatch=monkeypatch) == 3
    assert "sign_up.yml:6: unknown key 'widow'" in capfd.readouterr().err
    with Warehouse.open(database) as warehouse:
        warehouse.run("drop table fct_events")
    assert run(database, FUNNEL, monkeypatch=monkeypatch) == 2
    assert "there are no events yet. `journey run` makes them" in capfd.readouterr().err


def test_nothing_is_stored(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.read_bytes()
    run(database, FUNNEL, "--states", monkeypatch=monkeypatch)
    assert database.read_bytes() == before
