"""The versions of a property's published tables, and going back to one of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.errors import StorageError, UsageError
from journey_analytics.publish import CURRENT, VERSIONS, publishing, swap
from journey_analytics.published_texts import ABOUT


@dataclass(frozen=True)
class Version:
    """One published version.

    Attributes:
        as_of: up to which date it looks, as text; empty when it does not say.
        is_current: readers see this one.
    """

    number: int
    as_of: str
    is_current: bool
    folder: Path


def published_versions(out: Path) -> list[Version]:
    """Return the versions that are kept, the newest first."""
    seen = (out / CURRENT).resolve()
    folders = [path for path in (out / VERSIONS).glob("[0-9]*") if path.name.isdigit()]
    return [
        Version(int(path.name), _as_of(path), path.resolve() == seen, path) for path in sorted(folders, reverse=True)
    ]


def _as_of(folder: Path) -> str:
    try:
        return str(json.loads((folder / ABOUT).read_text(encoding="utf-8"))["as_of"] or "")
    except (OSError, ValueError, KeyError):
        return ""


def rollback(out: Path, number: int | None = None) -> Version:
    """Let readers see an earlier version again, and return it. Without a number: the one before the current one.

    Raises:
        UsageError: no such version, or none before the current one; the message lists those that are kept.
        Busy: a run publishes at this moment.
        StorageError: the folder cannot be written.
    """
    kept = published_versions(out)
    current = next((version.number for version in kept if version.is_current), None)
    listed = ", ".join(str(version.number) for version in kept) or "none"
    if number is None:
        earlier = [version for version in kept if current is None or version.number < current]
        if not earlier:
            raise UsageError(f"{out}: there is no version before the current one ({current}). Kept versions: {listed}.")
        chosen = earlier[0]
    else:
        found = [version for version in kept if version.number == number]
        if not found:
            raise UsageError(f"{out}: there is no version {number}. Kept versions: {listed}.")
        chosen = found[0]
    try:
        with publishing(out):
            swap(out / CURRENT, chosen.folder)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}).") from None
    return Version(chosen.number, chosen.as_of, True, chosen.folder)
