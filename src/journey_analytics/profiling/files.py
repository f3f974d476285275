"""Files as patterns: what the loader is asked for, and what the settings will say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from glob import escape, glob
from itertools import takewhile
from pathlib import Path

_DATE_OR_SHARD = re.compile(r"\d{8,}")


def proposed_glob(files: Sequence[Path], folder: Path) -> str:
    """Return a pattern for these files and for those of tomorrow, relative to the folder of the settings.

    >>> proposed_glob([Path("exports/ga4/events_20260301.json.gz")], Path("exports"))
    'ga4/events_*.json.gz'
    >>> proposed_glob([Path("a/x-000000000000.parquet"), Path("a/b/x-000000000001.parquet")], Path("a"))
    '**/x-*.parquet'
    >>> proposed_glob([Path("a/orders.parquet"), Path("a/visits.parquet")], Path("a"))
    '*.parquet'
    """
    absolute = [_absolute(file) for file in files]
    parents = {file.parent for file in absolute}
    common = Path(os.path.commonpath([str(parent) for parent in parents]))
    relative = Path(os.path.relpath(common, _absolute(folder))).as_posix()
    parts = [] if relative == "." else [escape(relative)]
    return "/".join([*parts, *(["**"] if len(parents) > 1 else []), name_pattern([file.name for file in absolute])])


def name_pattern(names: Sequence[str]) -> str:
    """Return a pattern that matches all of these file names; dates and shard numbers become `*`.

    >>> name_pattern(["events_20260301.json.gz", "events_20260302.json.gz"])
    'events_*.json.gz'
    >>> name_pattern(["export.parquet"])
    'export.parquet'
    """
    parts = {tuple(escape(part) for part in _DATE_OR_SHARD.split(name)) for name in names}
    if len(parts) == 1:
        return "*".join(next(iter(parts)))
    first = _shared_start(names).rstrip("0123456789")
    last = _shared_start([name[::-1] for name in names])[::-1].lstrip("0123456789")
    # 'ab' and 'abb' share both ends: what is shared may not be counted twice
    rest = min(len(name) for name in names) - len(first)
    last = last[max(len(last) - rest, 0) :]
    if "." in last:
        last = last[last.index(".") :]
    return f"{escape(first)}*{escape(last)}"


def exact_globs(files: Iterable[Path]) -> list[str]:
    """Return as few patterns as possible that match these files and no others."""
    folders: dict[Path, list[Path]] = {}
    for file in dict.fromkeys(_absolute(file) for file in files):
        folders.setdefault(file.parent, []).append(file)
    patterns = []
    for folder, members in folders.items():
        pattern = str(Path(escape(str(folder))) / name_pattern([file.name for file in members]))
        if {Path(name) for name in glob(pattern)} == set(members):
            patterns.append(pattern)
        else:
            patterns += [escape(str(file)) for file in members]
    return patterns


def _absolute(path: Path) -> Path:
    """Return the whole path without `..`; a link keeps its own name, which may say the date."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _shared_start(names: Sequence[str]) -> str:
    """Return the letters that all names begin with.

    >>> _shared_start(["events_1", "events_22"])
    'events_'
    """
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same)
