"""Alerts: what they say, what they never say, and that they reach a receiver without being able to harm a night."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from journey_analytics import alerts, pipeline
from journey_analytics.alerts import Alert, addresses, failure_alert, late_alert, late_sources, send, watched
from journey_analytics.cli import main
from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.errors import (
    Busy,
    CheckFailed,
    DefinitionError,
    InputError,
    JourneyError,
    StorageError,
    UsageError,
)
from journey_analytics.nights import no_replay
from tests.test_nights import SETTINGS, Nights, deliver

ALERT = Alert("Shop: de nacht is mislukt", "Een zin.\n\nA sentence.")


class Receiver(HTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeper)
        self.received: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/alerts"


class _Keeper(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """The address of somebody who takes the call and never says a word."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield f"json://user:geheim@127.0.0.1:{door.getsockname()[1]}/?rto=60&cto=60"


@pytest.fixture(autouse=True)
def _no_addresses_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNEY_ALERT_URLS", raising=False)


# --- what they say ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DefinitionError, InputError, Busy, StorageError, UsageError, JourneyError, KeyError])
def test_a_failure_is_told_in_both_languages_and_never_quotes_the_error(kind: type[Exception]) -> None:
    alert = failure_alert("Shop", kind("row 5: 'jan@example.org' is no timestamp"))
    assert alert.title == "Shop: de nacht is mislukt / the night failed"
    assert "haalt deze in" in alert.body
    assert "makes up for this one" in alert.body
    assert "jan@example.org" not in alert.body


def test_each_kind_of_failure_says_something_else() -> None:
    kinds = [DefinitionError, InputError, Busy, StorageError, UsageError, CheckFailed, KeyError]
    assert len({failure_alert("Shop", kind("x")).body for kind in kinds}) == len(kinds)


def test_a_failed_check_is_named() -> None:
    error = CheckFailed(
        "Nothing was published, and the tables stay as they were.\nfct_orders: 3 of 9 rows break the rule “value is known” (why)."
    )
    assert failure_alert("Shop", error).body.count("- fct_orders: 3 of 9 rows break the rule") == 2


def test_late_exports_are_named_with_their_newest_date() -> None:
    body = late_alert("Shop", {"ga4": date(2026, 6, 30), "clarity": None}).body
    assert "ga4: compleet tot en met 2026-06-30" in body
    assert "clarity: no day yet" in body


@pytest.mark.parametrize(("hour", "is_late"), [(11, False), (12, False), (13, True)])
def test_an_export_is_late_when_its_last_day_ended_more_than_36_hours_ago(hour: int, is_late: bool) -> None:
    settings = Settings(property="shop", title="Shop", time_zone="UTC", sources={})
    found = late_sources({"ga4": date(2026, 6, 29)}, settings, datetime(2026, 7, 1, hour, tzinfo=UTC))
    assert bool(found) is is_late


def test_a_day_ends_in_the_time_zone_of_the_property() -> None:
    settings = Settings(property="shop", title="Shop", time_zone="America/New_York", sources={})
    # 36 hours after the end of the 29th in New York, which is four o'clock UTC
    assert not late_sources({"ga4": date(2026, 6, 29)}, settings, datetime(2026, 7, 1, 15, tzinfo=UTC))
    assert late_sources({"ga4": date(2026, 6, 29)}, settings, datetime(2026, 7, 1, 17, tzinfo=UTC))


# --- sending ---------------------------------------------------------------------------------------------------------


def test_an_alert_arrives(receiver: Receiver) -> None:
    assert send(ALERT, [receiver.url]) == []
    (received,) = receiver.received
    assert (received["title"], received["message"]) == (ALERT.title, ALERT.body)


def test_an_address_that_does_not_work_keeps_no_other_from_its_alert_and_its_password_is_not_told(
    receiver: Receiver, free_port: int
) -> None:
    (told,) = send(ALERT, [f"json://user:geheim@127.0.0.1:{free_port}/", receiver.url])
    assert len(receiver.received) == 1
    assert "address 1 of 2 (json)" in told
    assert "geheim" not in told


@pytest.fixture
def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def test_what_is_no_address_is_told() -> None:
    (told,) = send(ALERT, ["nonsense"])
    assert "address 1 of 1" in told


def test_somebody_who_never_answers_is_not_waited_for(silent_url: str) -> None:
    (told,) = send(ALERT, [silent_url], seconds=0.5)
    assert "within 0.5 seconds" in told
    assert "geheim" not in told


def test_addresses_come_from_the_settings_and_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(
        {"property": "s", "title": "S", "time_zone": "UTC", "sources": {}, "alerts": {"urls": "json://a"}}
    )
    monkeypatch.setenv("JOURNEY_ALERT_URLS", "json://b json://a\njson://c")
    assert addresses(settings) == ["json://a", "json://b", "json://c"]
    assert addresses(None) == ["json://b", "json://a", "json://c"]


# --- a night that is watched -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, receiver: Receiver) -> Path:
    (tmp_path / "journey.yml").write_text(f"{SETTINGS}alerts: {{urls: '{receiver.url}'}}\n", encoding="utf-8")
    return tmp_path


def test_a_night_that_fails_is_told_and_still_fails(folder: Path, receiver: Receiver) -> None:
    def work() -> pipeline.Run:
        raise StorageError("disk full")

    with pytest.raises(StorageError):
        watched(work, folder / "journey.yml", print)
    assert [alert["title"] for alert in receiver.received] == ["Shop: de nacht is mislukt / the night failed"]


def test_late_exports_are_told_and_the_night_is_done(folder: Path, receiver: Receiver) -> None:
    deliver(folder, 1)
    said: list[str] = []
    done = watched(lambda: Nights(folder).run(no_replay), folder / "journey.yml", said.append)
    assert done.record.status == "ok"
    assert [alert["title"] for alert in receiver.received] == ["Shop: exports zijn te laat / exports are late"]
    assert said == ["Exports are late: ga4 is complete up to 2026-06-01."]


def test_exports_that_are_on_time_alarm_nobody(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EarlyInJune(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 6, 2, 3, tzinfo=tz)

    monkeypatch.setattr(alerts, "datetime", EarlyInJune)
    deliver(folder, 1)
    watched(lambda: Nights(folder).run(no_replay), folder / "journey.yml", pytest.fail)
    assert receiver.received == []


def test_an_alert_that_cannot_be_sent_is_told_and_the_night_is_done(folder: Path, free_port: int) -> None:
    settings = (folder / "journey.yml").read_text(encoding="utf-8")
    url = read_settings(folder / "journey.yml").alerts.urls[0]
    (folder / "journey.yml").write_text(settings.replace(url, f"json://127.0.0.1:{free_port}"), encoding="utf-8")
    deliver(folder, 1)
    said: list[str] = []
    assert watched(lambda: Nights(folder).run(no_replay), folder / "journey.yml", said.append).record.status == "ok"
    assert said[-1].startswith("Alert not sent: address 1 of 1 (json)")


def test_settings_that_cannot_be_read_still_alarm_the_addresses_of_the_environment(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "journey.yml").write_text("curency: EUR\n", encoding="utf-8")
    monkeypatch.setenv("JOURNEY_ALERT_URLS", receiver.url)
    monkeypatch.setattr(sys, "argv", ["journey", "run", "--unattended", "--settings", str(folder / "journey.yml")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 3
    assert "curency" in capsys.readouterr().err
    (received,) = receiver.received
    assert "journey check" in received["message"]


def test_a_run_that_somebody_looks_at_alarms_nobody(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["journey", "run", "--settings", str(folder / "journey.yml"), "--db", str(folder / "w")]
    )
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 4  # no files
    assert receiver.received == []
