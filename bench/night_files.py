"""Exports as they arrive night after night: each day all but a few rows, which follow in the three nights after."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from bench.data import CACHE, generator_digest
from bench.measures import NDJSON_SCENARIO, work_command
from bench.process import spent_whole

DAYS = 365
LATE_BY = (0.015, 0.010, 0.005)
"""Shares of a day's rows that arrive one, two and three nights late."""
_WHOLE = len(LATE_BY)
_DATE = re.compile(r'"(\d{4})-(\d\d)-(\d\d)T')


def late_exports(persons: int) -> Path:
    """Return the folder of a year of exports of so many persons, made when it is not there."""
    folder = CACHE / f"nights-{persons}-{generator_digest()}"
    if not folder.exists():
        draft = CACHE / f"{folder.name}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        spent_whole(work_command("make_data", draft, NDJSON_SCENARIO, persons, DAYS), {})
        months = sorted((draft / "clarity").iterdir())
        for path in months:
            _split_month(path)
        draft.rename(folder)
    return folder


def days_of(folder: Path) -> list[str]:
    """Return the days that there are, as YYYYMMDD."""
    return sorted(path.name.removeprefix("events_")[:8] for path in (folder / "ga4").iterdir())


def lay_out(folder: Path, days: Sequence[str], to: Path, newest: str) -> Path:
    """Lay out the files of some days as they stand in the night in which the day `newest` arrives; return `to`."""
    shutil.rmtree(to, ignore_errors=True)
    order = days_of(folder)
    for source, name in (("ga4", "events_{}.json.gz"), ("clarity", "signals_{}.csv")):
        (to / source).mkdir(parents=True)
        for day in days:
            path = folder / source / name.format(day)
            if path.exists():
                nights = order.index(newest) - order.index(day)
                os.link(_version(folder, path, nights), to / source / path.name)
    return to


def _version(folder: Path, path: Path, nights: int) -> Path:
    """Return the file as it stood so many nights after its day first arrived."""
    if nights >= _WHOLE:
        return path
    early = folder / f"after_{nights}" / path.name
    if not early.exists():
        early.parent.mkdir(exist_ok=True)
        is_packed = path.suffix == ".gz"
        content = gzip.decompress(path.read_bytes()) if is_packed else path.read_bytes()
        lines = content.splitlines(keepends=True)
        header = [] if is_packed else [lines.pop(0)]
        missing = round(sum(LATE_BY[nights:]) * 1000)
        # by place, spread over the file: the same rows are missing whenever this runs
        kept = b"".join(header + [line for place, line in enumerate(lines) if place * 389 % 1000 >= missing])
        early.write_bytes(gzip.compress(kept, 6, mtime=0) if is_packed else kept)
    return early


def _split_month(path: Path) -> None:
    """Replace a month of signals by its days, so that a new day does not deliver the whole month again."""
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    days: dict[str, list[str]] = {}
    for row in rows:
        day = "".join(_DATE.search(row).groups())  # type: ignore[union-attr]
        days.setdefault(day, []).append(row)
    path.unlink()
    for day, found in days.items():
        (path.parent / f"signals_{day}.csv").write_text("".join([header, *found]), encoding="utf-8")
