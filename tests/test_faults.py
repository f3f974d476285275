"""What goes wrong around a run: one sentence, the right exit code, nothing published, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from journey_analytics import expectations, pipeline, record
from journey_analytics.errors import StorageError
from journey_analytics.ingest import load
from journey_analytics.lock import run_lock
from journey_analytics.salt import person_salt
from journey_analytics.warehouse import Warehouse, quoted
from tests.test_command_line import EVENT, SETTINGS, journey

NEW_FILE = "later.json"
HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("holds", flush=True)
sys.stdin.read()
"""


def lines(*numbers: int) -> str:
    """Return rows of an export, a second apart."""
    return "".join(
        json.dumps({**EVENT, "event_timestamp": str(1780300800000000 + number * 1_000_000)}) + "\n"
        for number in numbers
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations takes most of so small a night, writes nothing, and is tested elsewhere."""
    monkeypatch.setattr(expectations, "preload", lambda: None)
    monkeypatch.setattr(expectations, "validate", lambda *_: [])


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A property after a first night over one file of one row."""
    folder = tmp_path_factory.mktemp("one_night")
    (folder / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    (folder / "good.json").write_text(lines(0), encoding="utf-8")
    night = pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")
    pipeline.run_night(night)
    return folder


@pytest.fixture
def folder(one_night: Path, tmp_path: Path) -> Path:
    """A copy of that property, with a new file of two rows for the second night."""
    shutil.copytree(one_night, tmp_path, dirs_exist_ok=True, symlinks=True)
    (tmp_path / NEW_FILE).write_text(lines(1, 2), encoding="utf-8")
    return tmp_path


def holds(folder: Path) -> dict[str, Any]:
    """Return every table of the models and of the loads, and every published file's bytes."""
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        found: dict[str, Any] = {
            table: tables.rows(f"select * from {quoted(table)} order by all")
            for table in tables.tables()
            if not table.startswith("run") and tables.kind(table) == "table"
        }
    current = folder / "out" / "current"
    return found | {path.name: path.read_bytes() for path in current.iterdir() if path.suffix != ".duckdb"}


def events(folder: Path) -> int:
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        return int(tables.value("select count(*) from fct_events"))


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1
    return told


@contextmanager
def disk(place: Path, options: str) -> Iterator[None]:
    """Mount a small disk of its own at a folder; skip where that is not allowed."""
    place.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a disk of a given size needs the right to mount, which this user has not")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


# --- disks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kilobytes_left", [0, 64])
def test_a_full_disk_under_the_database_is_code_7_and_the_next_run_makes_up_for_it(
    kilobytes_left: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = holds(folder)
    small, database = folder / "small", folder / "w.duckdb"
    size = (database.stat().st_size + 4095) // 4096 * 4 + kilobytes_left
    with disk(small, f"size={size}k"):
        shutil.copy(database, small / "w.duckdb")
        assert journey(folder, "run", "--db", str(small / "w.duckdb"), monkeypatch=monkeypatch) == 7
        told = one_sentence(capsys)
        assert "no space left on device. Free some space" in told
        assert str(small) in told
        shutil.copy(small / "w.duckdb", database)
        if (small / "w.duckdb.wal").exists():
            shutil.copy(small / "w.duckdb.wal", folder)
    after = holds(folder)
    loaded = {"load_files", "pending_changes", "raw_ga4__events"}
    assert [name for name in before if name not in loaded and before[name] != after[name]] == []
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert events(folder) == 3


@pytest.mark.parametrize("kilobytes", [200, 800])
def test_a_full_disk_under_the_output_is_code_7_and_leaves_no_draft(
    kilobytes: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = folder / "small"
    with disk(small, f"size={kilobytes}k"):
        assert journey(folder, "run", "--out", str(small / "out"), monkeypatch=monkeypatch) == 7
        assert "no space left on device" in one_sentence(capsys).lower()
        assert not (small / "out" / "current").exists()
        assert list((small / "out" / "versions").iterdir()) == []
    # what was built is kept: the next run has only to publish
    assert events(folder) == 3
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert (folder / "out" / "current").resolve().name == "000002"


def test_publishing_can_be_tried_again_by_the_run_that_met_a_full_disk(folder: Path) -> None:
    small = folder / "small"
    with disk(small, "size=800k"):
        night = pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=small / "out")
        with pipeline.opened(night) as run:
            pipeline.ingest(run)
            pipeline.build_night(run)
            for _ in range(2):
                with pytest.raises(StorageError, match=r"(?i)no space left"):
                    pipeline.publish_night(run)
            subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
            pipeline.publish_night(run)
        assert (small / "out" / "current" / "journey_marts.duckdb").exists()


def test_who_waits_for_the_checks_is_not_told_the_name_of_the_last_model(folder: Path) -> None:
    night = pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")
    told: list[str] = []
    with pipeline.opened(night) as run:
        pipeline.ingest(run)
        pipeline.build_night(run, lambda what, _done, _total: told.append(what))
    assert told[-3:] == [night.project.order[-1], "checks", "commit"]


@pytest.mark.parametrize("option", ["--db", "--out"])
def test_a_disk_that_only_reads_is_code_7_and_names_the_option(
    option: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, place = holds(folder), folder / "fixed"
    with disk(place, "size=64m"):
        target = place / ("w.duckdb" if option == "--db" else "out")
        if option == "--db":
            shutil.copy(folder / "w.duckdb", target)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        assert journey(folder, "run", option, str(target), monkeypatch=monkeypatch) == 7
        told = one_sentence(capsys)
        assert "Read-only file system" in told
        assert option in told
    assert {name: rows for name, rows in holds(folder).items() if name.endswith(".csv")} == {
        name: rows for name, rows in before.items() if name.endswith(".csv")
    }


# --- who holds the database -----------------------------------------------------------------------------------------


def test_a_database_that_another_program_holds_is_code_6(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = holds(folder)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder / "w.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holds\n"
        assert journey(folder, "run", monkeypatch=monkeypatch) == 6
        assert "is using this database" in one_sentence(capsys)
        holder.communicate()
    assert holds(folder) == before
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0


def test_two_databases_that_publish_to_one_folder_take_turns(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = holds(folder)
    with run_lock(folder / "out" / ".publishing"):
        assert journey(folder, "run", monkeypatch=monkeypatch) == 6
    assert "a run is busy" in one_sentence(capsys)
    assert (folder / "out" / "current" / "phase_kpis.csv").read_bytes() == before["phase_kpis.csv"]


# --- files that change under our hands ------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Path], object]] = {
    "grown": lambda path: path.write_text(lines(1, 2, 3), encoding="utf-8"),
    "cut short": lambda path: os.truncate(path, 500),
    "taken away": lambda path: path.unlink(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_changes_between_hashing_and_reading_is_set_apart_and_read_by_the_next_run(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "another.json").write_text(lines(10), encoding="utf-8")
    with monkeypatch.context() as patched:
        sort_out = load.sort_out

        def sorted_late(*args: Any) -> Any:
            CHANGES[name](folder / NEW_FILE)
            return sort_out(*args)

        patched.setattr(load, "sort_out", sorted_late)
        assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert (
        f"{NEW_FILE} changed or could not be opened while it was read; the next run reads it again."
        in capsys.readouterr().out
    )
    assert events(folder) == 2
    (folder / NEW_FILE).write_text(lines(1, 2), encoding="utf-8")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert events(folder) == 4


def test_a_delivery_that_changes_while_it_is_read_again_keeps_its_old_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    (folder / NEW_FILE).write_text(lines(1, 2, 3), encoding="utf-8")
    with monkeypatch.context() as patched:
        closed = load._changed

        def cut_first(call: Any) -> list[Path]:
            os.truncate(folder / NEW_FILE, 100)
            return closed(call)

        patched.setattr(load, "_changed", cut_first)
        assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert events(folder) == 3
    (folder / NEW_FILE).write_text(lines(1, 2, 3), encoding="utf-8")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert events(folder) == 4


# --- a check that fails ---------------------------------------------------------------------------------------------


def test_a_failed_check_is_code_5_and_what_was_loaded_waits_for_the_next_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = holds(folder)
    with monkeypatch.context() as patched:
        run_checks = pipeline.run_checks

        def strict(*args: Any) -> Any:
            return [
                type(result)(**{**vars(result), "severity": "fail", "violations": 1}) for result in run_checks(*args)
            ]

        patched.setattr(pipeline, "run_checks", strict)
        assert journey(folder, "run", monkeypatch=monkeypatch) == 5
    assert "Nothing was published, and the tables stay as they were." in capsys.readouterr().err
    after = holds(folder)
    assert {name for name in before if before[name] != after[name]} == {
        "load_files",
        "pending_changes",
        "raw_ga4__events",
    }
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert events(folder) == 3


# --- a clock that jumps ---------------------------------------------------------------------------------------------


class Clock(datetime):
    """A clock that goes back a day each time somebody looks."""

    days = 0

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        cls.days += 1
        return datetime(2026, 7, 1, tzinfo=UTC) - timedelta(days=cls.days)


def test_a_clock_that_goes_back_changes_neither_order_nor_as_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "datetime", Clock)
    for path in (folder / "good.json", folder / NEW_FILE):
        os.utime(path, (0, 0))
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        runs = tables.rows("select run_id, as_of, started_at <= ended_at from runs order by run_id")
        started = tables.rows("select started_at from runs order by run_id desc limit 2")
    assert runs == [(number, date(2026, 6, 1), True) for number in (1, 2, 3)]
    assert started[0] < started[1]
    assert (folder / "out" / "current").resolve().name == "000002", "the second found nothing new"


# --- the salt -------------------------------------------------------------------------------------------------------


def test_a_run_that_died_while_it_made_the_salt_leaves_no_empty_salt(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("JOURNEY_SALT", raising=False)
    settings = pipeline.plan_night(folder / "journey.yml").project.settings.model_copy(update={"public_salt": None})
    with monkeypatch.context() as patched:
        patched.setattr("secrets.token_hex", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            person_salt(settings, folder / "journey.yml")
    salt = person_salt(settings, folder / "journey.yml")
    assert len(salt) == 64
    assert person_salt(settings, folder / "journey.yml") == salt
