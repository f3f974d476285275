"""What is published is published again when it is not what a run would write, and not otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from journey_analytics import expectations, pipeline, published_texts
from journey_analytics.errors import StorageError
from journey_analytics.versions import published_versions
from journey_analytics.warehouse import Warehouse
from tests.test_command_line import EVENT, SETTINGS, journey

CUSTOMER = "klantnummer=12"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations takes most of so small a night, writes nothing, and is tested elsewhere."""
    monkeypatch.setattr(expectations, "preload", lambda: None)
    monkeypatch.setattr(expectations, "validate", lambda *_: [])


def deliver(folder: Path, name: str, second: int) -> None:
    """Write a file of one event, on a page whose address holds something that one may want cut out."""
    page = {"key": "page_location", "value": {"string_value": f"https://www.shop.example/p/verf?{CUSTOMER}"}}
    session = {"key": "ga_session_id", "value": {"int_value": "1780300800"}}
    event = {**EVENT, "event_timestamp": str(1780300800000000 + second * 1_000_000), "event_params": [session, page]}
    (folder / name).write_text(json.dumps(event) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A property after a first night over one file of one event."""
    folder = tmp_path_factory.mktemp("one_night")
    (folder / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    deliver(folder, "first.json", 0)
    night = pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expectations, "validate", lambda *_: [])
        pipeline.run_night(night)
    return folder


@pytest.fixture
def folder(one_night: Path, tmp_path: Path) -> Path:
    """A copy of that property."""
    shutil.copytree(one_night, tmp_path, dirs_exist_ok=True, symlinks=True)
    return tmp_path


def version(folder: Path) -> int:
    """Return the number of the version that readers see."""
    return int((folder / "out" / "current").resolve().name)


def published(folder: Path) -> dict[str, bytes]:
    """Return the files that readers see, but for the database, whose bytes differ for the same rows."""
    current = folder / "out" / "current"
    return {path.name: path.read_bytes() for path in current.iterdir() if path.suffix != ".duckdb"}


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def written_to(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("noted by hand\n")


def other_letter(path: Path) -> None:
    """Change one letter of a text: it is as long as it was."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Compleet", "Kompleet"), encoding="utf-8")
    assert text != path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("phase_kpis.csv", cut_short),
        ("touchpoints.csv", written_to),
        ("drop_off_points.parquet", cut_short),
        ("journey_marts.duckdb", cut_short),
        ("00_start_hier.md", other_letter),
        ("dictionary.json", written_to),
        ("journey_paths.csv", Path.unlink),
    ],
)
def test_a_file_that_is_damaged_or_changed_by_hand_is_made_whole_by_the_next_run(
    name: str, damage: Callable[[Path], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published(folder)
    damage(folder / "out" / "current" / name)
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert version(folder) == 2
    assert published(folder) == before
    with Warehouse.open(folder / "out" / "current" / "journey_marts.duckdb", read_only=True) as marts:
        assert "pub_phase_kpis" in marts.tables()


def test_a_run_that_would_write_the_same_publishes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert version(folder) == 1


def test_texts_of_another_wording_are_published_again_with_the_same_tables(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published(folder)
    monkeypatch.setitem(published_texts._TABLES_NL, "touchpoints", "wie ons waar tegenkomt")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    after = published(folder)
    assert version(folder) == 2
    assert [name for name in before if before[name] != after[name]] == ["00_start_hier.md"]
    assert "- `touchpoints.csv`: wie ons waar tegenkomt" in after["00_start_hier.md"].decode()


def test_after_other_redaction_and_a_publication_that_failed_the_next_run_publishes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "journey.yml").write_text(SETTINGS + "redaction: {parameters: [klantnummer]}\n", encoding="utf-8")

    def full(*_: object) -> Path:
        raise StorageError("No space left on device.")

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "publish", full)
        assert journey(folder, "run", monkeypatch=patched) == 7
    # what was built is kept, and readers still see what they saw
    assert addresses(folder) == ["https://www.shop.example/p/verf?klantnummer=[redacted]"]
    assert version(folder) == 1
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert version(folder) == 2
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        data_hash = tables.value("select data_hash from run_identity")
    assert json.loads(published(folder)["version.json"])["data_hash"] == data_hash


def addresses(folder: Path) -> list[str]:
    """Return the page addresses that are stored."""
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        return [row[0] for row in tables.rows("select distinct page_location from fct_events")]


def test_fewer_kept_versions_remove_the_oldest_and_only_when_there_is_something_to_publish(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> list[int]:
        return [each.number for each in published_versions(folder / "out")]

    for number in (2, 3):
        deliver(folder, f"{number}.json", number)
        assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert kept() == [3, 2, 1]
    (folder / "journey.yml").write_text(SETTINGS + "kept_versions: 2\n", encoding="utf-8")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert kept() == [3, 2, 1]  # nothing new: nothing is published, and nothing is removed
    deliver(folder, "4.json", 4)
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert kept() == [4, 3]
    assert version(folder) == 4
    left = [path.name for path in (folder / "out" / "versions").iterdir()]
    assert sorted(left) == ["000003", "000004"]
