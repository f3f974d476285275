"""How many lines a file has, counted by nobody who reads it: what the engine found is held against it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from journey_analytics.ingest.file_kind import FileKind

_PIECE = 1 << 18
_GZIP = 31


def line_counts(files: Iterable[tuple[Path, FileKind]]) -> dict[Path, int]:
    """Return of each file how many lines have something in them; -1 where it cannot be told.

    A line of blanks may be counted: the number is exact where rows follow each other directly.
    """
    known = list(files)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:  # zlib lets other threads run
        return dict(zip((path for path, _ in known), pool.map(_count, known), strict=True))


def _count(file: tuple[Path, FileKind]) -> int:
    path, kind = file
    count, last = 0, b"\n"
    try:
        for piece in _unpacked(path) if kind.is_gzip else _pieces(path):
            count += piece.count(b"\n") - piece.count(b"\n\n") - (last == b"\n" == piece[:1])
            last = piece[-1:]
    except (OSError, zlib.error):
        return -1
    return count + (last != b"\n")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _unpacked(path: Path) -> Iterator[bytes]:
    """Yield what is in a gzip file, which may be several behind each other."""
    member = zlib.decompressobj(wbits=_GZIP)
    for packed in _pieces(path):
        while packed:
            if piece := member.decompress(packed):
                yield piece
            packed = member.unused_data if member.eof else b""
            if member.eof:
                member = zlib.decompressobj(wbits=_GZIP)
