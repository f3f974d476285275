"""`journey serve`: it starts, answers, takes over what a killed one left behind, and ends with all that it started."""

from __future__ import annotations

import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from flows import prefect_settings, server
from flows.nightly import nightly
from flows.serve import _is_due, serve
from journey_analytics import pipeline
from journey_analytics.definitions.schedule import Schedule
from journey_analytics.errors import Busy, UsageError
from journey_analytics.lock import run_lock
from journey_analytics.nights import no_replay
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT
from tests.test_nights import SETTINGS, Nights, deliver

SECONDS_AT_MOST = 180


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "journey.yml").write_text(SETTINGS + "schedule: {cron: '0 3 1 1 *'}\n", encoding="utf-8")
    deliver(tmp_path, 1)
    # a night has gone well since the last moment at which one was due, so none starts at once
    Nights(tmp_path).run(no_replay)
    return tmp_path


def become_true(what: Callable[[], bool]) -> bool:
    """Return whether it comes true within the time that a slow machine may need."""
    until = time.monotonic() + SECONDS_AT_MOST
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `journey serve` in the folder; whatever still runs at the end is ended."""
    started: list[subprocess.Popen[str]] = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])

    def begin() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from journey_analytics.cli import main; main()", "serve", "--db", "w.duckdb"]
        log = (folder / "told.txt").open("a", encoding="utf-8")
        started.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, text=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
    note = folder / ".prefect" / "server.json"
    if note.exists():
        os.killpg(json.loads(note.read_text(encoding="utf-8"))["process"], signal.SIGKILL)


def test_serve_starts_answers_is_taken_over_after_a_kill_and_ends_with_all_that_it_started(
    folder: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    told, note = folder / "told.txt", folder / ".prefect" / "server.json"

    def served(times: int) -> bool:
        return told.exists() and told.read_text(encoding="utf-8").count("Shop is served") == times

    first = start()
    assert become_true(lambda: served(1)), told.read_text(encoding="utf-8")
    there = json.loads(note.read_text(encoding="utf-8"))
    with urlopen(f"http://127.0.0.1:{there['port']}/api/health", timeout=10) as answer:
        assert answer.status == 200
    first.kill()
    first.wait()
    assert lives(there["process"])
    second = start()
    assert become_true(lambda: served(2)), told.read_text(encoding="utf-8")
    assert json.loads(note.read_text(encoding="utf-8")) == there

    second.send_signal(signal.SIGTERM)
    assert second.wait(SECONDS_AT_MOST) == 0
    assert not lives(there["process"])
    assert not note.exists()
    assert told.read_text(encoding="utf-8").splitlines()[-1] == "Stopped, with all that was started."


def test_a_folder_is_served_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(folder / ".prefect"))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with (
            run_lock(folder / ".prefect" / "serve"),
            pytest.raises(Busy, match=rf"served already \(process {os.getpid()}"),
        ):
            serve(pipeline.plan_night(folder / "journey.yml"), folder / "journey.yml")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def test_a_port_that_another_program_has_is_refused_when_asked_for_and_avoided_when_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        taken = door.getsockname()[1]
        with pytest.raises(UsageError, match="--port"), server.prefect_server(tmp_path, taken):
            pass
        monkeypatch.setattr(server, "PORT", taken)
        assert server._free_port(None) != taken


@pytest.mark.parametrize(
    "note",
    ["", "{}", '{"process": 999999999, "port": 1}', f'{{"process": {os.getpid()}, "port": 1}}'],
    ids=["empty", "says nothing", "gone", "this very program"],
)
def test_a_note_of_a_server_that_is_gone_or_is_another_program_counts_for_nothing(note: str, tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(note, encoding="utf-8")
    assert server._left_behind(tmp_path / "server.json") == (0, 0)


def test_prefect_yaml_names_a_flow_that_is_there_with_parameters_that_it_has() -> None:
    (deployment,) = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    file, _, name = deployment["entrypoint"].partition(":")
    assert (ROOT / file).exists()
    assert nightly.fn.__name__ == name
    assert deployment["parameters"].keys() <= inspect.signature(nightly.fn).parameters.keys()
    assert (ROOT / deployment["parameters"]["settings"]).exists()
    assert deployment["schedules"][0]["cron"] == Schedule().cron


def test_prefect_yaml_was_written_for_the_version_that_is_pinned() -> None:
    version = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["prefect-version"]
    assert f'"prefect=={version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_prefects_log_goes_into_a_file_and_never_to_the_terminal() -> None:
    written = Path(prefect_settings.SETTINGS["PREFECT_LOGGING_SETTINGS_PATH"]).read_text(encoding="utf-8")
    assert "StreamHandler" not in written
    assert "Console" not in written


def test_a_night_is_due_when_none_has_gone_well_since_it_should_have_started(folder: Path) -> None:
    def is_due(cron: str) -> bool:
        (folder / "journey.yml").write_text(f"{SETTINGS}schedule: {{cron: '{cron}'}}\n", encoding="utf-8")
        return _is_due(pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb"))

    assert not is_due("0 3 1 1 *")
    set_start(folder, "2020-01-01")
    assert is_due("0 3 1 1 *")


def test_a_first_night_is_due_at_once(tmp_path: Path) -> None:
    (tmp_path / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    assert _is_due(pipeline.plan_night(tmp_path / "journey.yml", database=tmp_path / "w.duckdb"))


def set_start(folder: Path, day: str) -> None:
    with Warehouse.open(folder / "w.duckdb") as warehouse:
        warehouse.run("update runs set started_at = cast(? as timestamp)", [day])
