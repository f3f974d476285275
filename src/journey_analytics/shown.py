"""What readers see: the last publication, as the working database remembers it. One row in `run_shown`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from journey_analytics.warehouse import Warehouse

_TABLE = "run_shown"
_COLUMNS = "as_of date, night bigint, version varchar, sizes varchar, is_stale boolean"


@dataclass(frozen=True)
class Shown:
    """The last publication.

    Attributes:
        night: number of the last night whose restatements it tells.
        version: name of its folder.
        sizes: its files and their bytes.
        is_stale: the tables have changed since.
    """

    as_of: date | None
    night: int
    version: str
    sizes: Mapping[str, int]
    is_stale: bool

    def is_whole(self, folder: Path) -> bool:
        """Return whether a folder is this version, with all its files as they were written."""
        return folder.resolve().name == self.version and file_sizes(folder) == self.sizes


def prepare(warehouse: Warehouse) -> None:
    """Make the table when it is not there."""
    warehouse.run(f"create table if not exists {_TABLE} ({_COLUMNS})")


def read_shown(warehouse: Warehouse) -> Shown | None:
    """Return the last publication, or None before the first."""
    prepare(warehouse)
    rows = warehouse.rows(f"select as_of, night, version, sizes, is_stale from {_TABLE}")
    if not rows:
        return None
    as_of, night, version, sizes, is_stale = rows[0]
    return Shown(as_of, night, version, json.loads(sizes), is_stale)


def mark_stale(warehouse: Warehouse) -> None:
    """Write down, in the transaction of the build, that readers see tables that are no longer these."""
    prepare(warehouse)
    warehouse.run(f"update {_TABLE} set is_stale = true")


def mark_shown(warehouse: Warehouse, night: int, folder: Path | None = None) -> None:
    """Write down that readers see the tables as they are now.

    Args:
        folder: the version that they open.
    """
    prepare(warehouse)
    version, sizes = ("", {}) if folder is None else (folder.resolve().name, file_sizes(folder))
    with warehouse.transaction():
        warehouse.run(f"delete from {_TABLE}")
        warehouse.run(
            f"insert into {_TABLE} select as_of, ?, ?, ?, false from run_window",
            [night, version, json.dumps(sizes, sort_keys=True)],
        )


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the files of a folder and their bytes; nothing where there is no folder."""
    return {path.name: path.stat().st_size for path in folder.iterdir()} if folder.is_dir() else {}
