"""Folders for what is needed for a moment: beside the database, so that they lie where its rows may lie, and go with it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

_MARK = ".scratch-"


def scratch_folder(database: Path | None) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder beside the database, gone at the end of a `with`; without a database where the system keeps such.

    Raises:
        OSError: it cannot be made.
    """
    if database is None:
        return tempfile.TemporaryDirectory(prefix="journey_")
    return tempfile.TemporaryDirectory(prefix=f".{database.name}{_MARK}", dir=database.parent)


def forget_scratch(database: Path) -> None:
    """Remove what a process that was killed has left; the caller is the only one who uses the database."""
    for folder in database.parent.glob(f".{database.name}{_MARK}*"):
        shutil.rmtree(folder, ignore_errors=True)
