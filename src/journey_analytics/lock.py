"""One run at a time: a lock file beside the database, held by the operating system and gone with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from journey_analytics.errors import Busy, StorageError


@contextmanager
def run_lock(database: Path, option: str = "--db") -> Iterator[None]:
    """Hold the right to write `database` within the block.

    Args:
        option: the option of the command line that chooses another place.

    Raises:
        Busy: another run holds it; the message says which process, since when.
        StorageError: the folder cannot be written.
    """
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StorageError(
            f"{path.parent}: cannot be written ({error.strerror}). Choose another place with {option}."
        ) from None
    try:
        _take(file, database, option)
        yield
    finally:
        os.close(file)


def _take(file: int, database: Path, option: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(file, 200, 0).decode(errors="replace").strip()
        raise Busy(f"{database}: a run is busy ({holder or 'just started'}). Wait until it ends.") from None
    except OSError as error:
        raise StorageError(
            f"{database}: its folder does not know locks ({error.strerror}). Choose another place with {option}."
        ) from None
    # who holds it is a courtesy: the lock itself needs no byte on a disk that is full
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.pwrite(file, f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}".encode(), 0)
