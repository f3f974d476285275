"""Nights in processes of their own, which can be killed at a named point.

The code of the pipeline knows nothing of it: the process of such a night puts a trap around one of its functions.
"""

from __future__ import annotations

import hashlib
import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from journey_analytics import pipeline
from journey_analytics.night_files import source_plans
from journey_analytics.warehouse import Warehouse, quoted

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Point:
    """A moment: before or after the n-th call of a function, named `module:attribute`."""

    function: str
    when: Literal["before", "after"]
    call: int = 1


POINTS = {
    "load: between two sources": Point("pipeline:load_source", "before", 2),
    "load: the replaced rows are deleted, the new ones not yet read": Point("ingest.load:_delete_replaced", "after", 2),
    "load: the rows are stored, not yet committed": Point("ingest.load:_closed", "after", 2),
    "build: after the first model": Point("night_build:NightBuild._bring_up_to_date", "after", 1),
    "build: amid the models, a table just changed": Point("night_build:write_difference", "after", 8),
    "build: every model is built, no check has run": Point("pipeline:run_checks", "before"),
    "check: every check has run, not yet committed": Point("pipeline:expectations.validate", "after"),
    "check: committed, not yet published": Point("pipeline:publish_night", "before"),
    "publish: half of the tables are written": Point("publish:_ordered", "before", 4),
    "publish: the draft is whole, not yet renamed": Point("publish:_write_version", "after"),
    "publish: renamed, the link not yet swapped": Point("publish:swap", "before"),
    "publish: swapped, old versions not yet removed": Point("publish:_forget_old", "before"),
    "publish: done, the record not yet written": Point("pipeline:write_record", "before"),
}
COMMITTED = POINTS["check: committed, not yet published"]
PARTS = {
    "ingest": "load",
    "build_night": "build",
    "run_checks": "check and commit",
    "publish_night": "publish",
    "write_record": "record and checkpoint",
}


def night_in_a_process(
    night: pipeline.Night, point: Point | None = None, *, seconds: float | None = None, diary: Path | None = None
) -> int:
    """Run a night and return its process's exit code: KILLED where it died.

    Args:
        point: where it kills itself.
        seconds: after how long it is killed from outside.
        diary: a file in which it writes what it is doing.
    """
    nights = multiprocessing.get_context("forkserver")
    nights.set_forkserver_preload([__name__])
    process = nights.Process(target=_night, args=(night, point, diary))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _night(night: pipeline.Night, point: Point | None, diary: Path | None) -> None:
    # a third of a tiny night, and it writes nothing
    pipeline.expectations = SimpleNamespace(preload=lambda: None, validate=lambda *_: [])
    if point is not None:
        set_trap(point)
    if diary is not None:
        _keep(diary)
    pipeline.run_night(night)


def _keep(diary: Path) -> None:
    """Let this process write down the part of the night that it is in."""
    for name, part in PARTS.items():
        owner = getattr(pipeline, name)

        def told(*args: Any, part: str = part, owner: Callable[..., Any] = owner) -> Any:
            diary.write_text(part, encoding="utf-8")
            return owner(*args)

        setattr(pipeline, name, told)


def set_trap(point: Point) -> None:
    """Let this process kill itself at a point."""
    module, _, attribute = point.function.partition(":")
    owner: Any = importlib.import_module(f"journey_analytics.{module}")
    *within, name = attribute.split(".")
    for part in within:
        owner = getattr(owner, part)
    setattr(owner, name, _trapped(getattr(owner, name), point))


def _trapped(function: Callable[..., Any], point: Point) -> Callable[..., Any]:
    calls = 0

    def trapped(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == point.call and point.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **more)
        if calls == point.call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return trapped


def stored(night: pipeline.Night) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that holds data, in one order; the records of runs differ by nature."""
    models = night.project.models.values()
    raw = [plan.raw_table for plan in source_plans(night.project).values()]
    tables = [*raw, *(model.name for model in models if not model.is_view), "run_window", "pending_changes"]
    with Warehouse.open(night.database, read_only=True) as warehouse:
        return {table: warehouse.rows(f"select * from {quoted(table)} order by all") for table in tables}


def published(folder: Path) -> dict[str, Any]:
    """Return what a reader of a published folder finds: the bytes of its files, the rows of its database."""
    found: dict[str, Any] = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.suffix != ".duckdb"
    }
    with Warehouse.open(folder / "journey_marts.duckdb", read_only=True) as marts:
        for table in marts.tables():
            found[table] = marts.rows(f"select * from {quoted(table)}")
    return found
