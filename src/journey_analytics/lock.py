"""One run at a time: a lock file beside the database, held by the operating system and gone with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from journey_analytics.errors import Busy, StorageError


@contextmanager
def run_lock(database: Path) -> Iterator[None]:
    """Hold the right to write `database` within the block.

    Raises:
        Busy: another run holds it; the message says which process, since when.
        StorageError: the folder cannot be written.
    """
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{path.parent}: cannot be written ({error.strerror}). Choose another place with --db."
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Busy(
                f"{database}: a run is busy ({file.read().strip() or 'just started'}). Wait until it ends."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}")
        file.flush()
        yield
