"""Files as patterns: what the loader is asked for, and what the settings will say."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from glob import escape, glob
from itertools import takewhile
from pathlib import Path

from journey_analytics.errors import InputError
from journey_analytics.ingest.deliveries import fixed_part
from journey_analytics.wording import counted

_NAMES_SHOWN = 5
_DATE_OR_SHARD = re.compile(r"\d{8,}")


def found_files(typed: Iterable[Path]) -> list[Path]:
    """Return the files that were typed; a pattern that the shell has left as it is stands for the files that match it.

    Raises:
        InputError: a name or pattern that matches no file; the message says what else lies in that folder.
    """
    found: list[Path] = []
    for path in typed:
        names = [path] if path.exists() else map(Path, sorted(glob(str(path), recursive=True)))
        matches = [name for name in names if name.is_file()]
        if not matches:
            folder = path if path.is_dir() else fixed_part(str(path))
            raise InputError(f"{path}: {'is a folder' if path.is_dir() else 'no file matches'}. {_lies_in(folder)}")
        found += matches
    return found


def _lies_in(folder: Path) -> str:
    """Return a sentence on the kinds of files in a folder."""
    if not folder.is_dir():
        return f"There is no folder {folder}: check its name."
    kinds = Counter(_ending(file) for file in folder.iterdir() if file.is_file())
    if not kinds:
        folders = sorted(path.name for path in folder.iterdir() if path.is_dir())[:_NAMES_SHOWN]
        return f"No file lies in {folder}" + (f", only folders: {', '.join(folders)}." if folders else ".")
    counts = ", ".join(f"{counted(count, 'file')} {kind}" for kind, count in kinds.most_common(_NAMES_SHOWN))
    return f"{folder} holds {counts}. Write the pattern for those, between quotes."


def _ending(file: Path) -> str:
    ending = "".join(file.suffixes[-2:] if file.suffix == ".gz" else file.suffixes[-1:])
    return f"named *{ending}" if ending else "without an ending"


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
