"""Waiting for the disk."""

from __future__ import annotations

import os
from pathlib import Path


def make_durable(path: Path) -> None:
    """Wait until a file or a folder's list of names is on the disk: a power cut must not leave a name without content."""
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    except OSError:
        # some network disks know no such thing for a folder
        if not path.is_dir():
            raise
    finally:
        os.close(place)
