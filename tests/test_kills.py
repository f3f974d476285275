"""A night that is killed, wherever that is, leaves nothing wrong: readers see one whole version, the next night is right."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from journey_analytics import pipeline
from journey_analytics.warehouse import Warehouse
from tests.histories import SETTINGS, History
from tests.killing import COMMITTED, KILLED, POINTS, night_in_a_process, published, stored


@dataclass(frozen=True)
class Shop:
    """A tiny shop after its first night and with the files of the second.

    Attributes:
        folder: with `first`, as the first night left it, and `committed`, as a second night left it that was killed
            before it published.
        old, new: what the first night published, and an undisturbed second one.
        tables: what an undisturbed second night stores.
    """

    folder: Path
    night: pipeline.Night
    old: dict[str, Any]
    new: dict[str, Any]
    tables: dict[str, Any]


def copied(shop: Shop, start: str, folder: Path) -> pipeline.Night:
    """Return the second night over a copy of what another night left."""
    shutil.copytree(shop.folder / start, folder, dirs_exist_ok=True, symlinks=True)
    return at(shop.night, folder)


def at(night: pipeline.Night, folder: Path) -> pipeline.Night:
    return replace(night, database=folder / "w.duckdb", out=folder / "out")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    history = History(3, folder)
    night = pipeline.plan_night(folder / "journey.yml", patterns=history.patterns)
    first, second = at(night, folder / "first"), at(night, folder / "second")
    assert night_in_a_process(first) == 0
    history.replace_a_day()
    for name in ("second", "committed"):
        shutil.copytree(folder / "first", folder / name, symlinks=True)
    assert night_in_a_process(second) == 0
    assert night_in_a_process(at(night, folder / "committed"), COMMITTED) == KILLED
    old, new = (published(done.out / "current") for done in (first, second))
    assert old != new
    return Shop(folder, night, old, new, stored(second))


def runs(night: pipeline.Night) -> list[tuple[Any, ...]]:
    with Warehouse.open(night.database, read_only=True) as warehouse:
        return warehouse.rows("select status, message from runs order by run_id")


def check_next_night(night: pipeline.Night, shop: Shop) -> None:
    """Run the night again, undisturbed, and hold what it leaves against what an undisturbed night leaves."""
    assert night_in_a_process(night) == 0
    assert published(night.out / "current") == shop.new
    tables = stored(night)
    assert [table for table, rows in shop.tables.items() if tables[table] != rows] == []
    versions = sorted((night.out / "versions").iterdir())
    assert [path.name for path in versions if not path.name.isdigit()] == []
    assert all(published(path) in (shop.old, shop.new) for path in versions)
    assert {path.name for path in night.out.iterdir()} == {".publishing.lock", "current", "last_run.json", "versions"}


@pytest.mark.parametrize("name", [name for name in POINTS if not name.startswith("publish")])
def test_a_night_killed_before_it_publishes_leaves_the_old_tables_and_is_made_up_for(
    name: str, shop: Shop, tmp_path: Path
) -> None:
    night = copied(shop, "first", tmp_path)
    assert night_in_a_process(night, POINTS[name]) == KILLED
    assert published(night.out / "current") == shop.old
    assert runs(night) == [("ok", ""), ("started", None)]
    check_next_night(night, shop)
    assert runs(night) == [("ok", ""), ("killed", "The process ended without a word; run 3 found it so."), ("ok", "")]


@pytest.mark.parametrize("name", [name for name in POINTS if name.startswith("publish")])
def test_a_night_killed_while_it_publishes_leaves_the_old_tables_or_the_new_whole(
    name: str, shop: Shop, tmp_path: Path
) -> None:
    night = copied(shop, "committed", tmp_path)
    assert night_in_a_process(night, POINTS[name]) == KILLED
    is_swapped = name in ("publish: swapped, old versions not yet removed", "publish: done, the record not yet written")
    assert published(night.out / "current") == (shop.new if is_swapped else shop.old)
    check_next_night(night, shop)
    assert [status for status, _ in runs(night)] == ["ok", "killed", "killed", "ok"]


def test_a_first_night_that_is_killed_has_published_nothing_and_is_made_up_for(shop: Shop, tmp_path: Path) -> None:
    night = at(shop.night, tmp_path)
    assert night_in_a_process(night, POINTS["build: after the first model"]) == KILLED
    assert not night.out.exists()
    assert night_in_a_process(night) == 0
    tables = stored(night)
    # a ledger keeps the nights before, and here there was none
    ledgers = {name for name, model in night.project.models.items() if model.front.published == "ledger"}
    assert [table for table, rows in shop.tables.items() if table not in ledgers and tables[table] != rows] == []
