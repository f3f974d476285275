"""Files as patterns: what the loader is asked for, and what the settings will say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from glob import escape, glob
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
    absolute = [Path(os.path.abspath(file)) for file in files]
    parents = {file.parent for file in absolute}
    common = Path(os.path.commonpath([str(parent) for parent in parents]))
    relative = Path(os.path.relpath(common, os.path.abspath(folder))).as_posix()
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
    first = os.path.commonprefix(list(names)).rstrip("0123456789")
    last = os.path.commonprefix([name[::-1] for name in names])[::-1].lstrip("0123456789")
    # 'ab' and 'abb' share both ends: what is shared may not be counted twice
    rest = min(len(name) for name in names) - len(first)
    last = last[max(len(last) - rest, 0) :]
    if "." in last:
        last = last[last.index(".") :]
    return f"{escape(first)}*{escape(last)}"


def exact_globs(files: Iterable[Path]) -> list[str]:
    """Return as few patterns as possible that match these files and no others."""
    folders: dict[Path, list[Path]] = {}
    for file in dict.fromkeys(Path(os.path.abspath(file)) for file in files):
        folders.setdefault(file.parent, []).append(file)
    patterns = []
    for folder, members in folders.items():
        pattern = str(Path(escape(str(folder))) / name_pattern([file.name for file in members]))
        if {Path(name) for name in glob(pattern)} == set(members):
            patterns.append(pattern)
        else:
            patterns += [escape(str(file)) for file in members]
    return patterns
