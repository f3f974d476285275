"""What a file is, told by its first bytes: names lie, and a refusal has to say what was found."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["ndjson", "array", "parquet", "csv"]

_HEAD = 65_536
_STRANGERS = {
    b"Obj\x01": "is Avro; export it as Parquet or newline-delimited JSON",
    b"PK\x03\x04": "is a zip archive; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; compress it with gzip or not at all",
    b"BZh": "is compressed with bzip2; compress it with gzip or not at all",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
    b"SQLi": "is an SQLite database, not an export",
}


class FileRefused(Exception):
    """This file cannot be read; the message says why and what to do, without the file's name."""


@dataclass(frozen=True)
class FileKind:
    """How a file has to be read."""

    format: Format
    is_gzip: bool = False
    has_bom: bool = False


def file_kind(path: Path) -> FileKind:
    """Return how to read a file.

    Raises:
        FileRefused: empty, or a format that is not read.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise FileRefused("is empty; export it again")
    if start == b"PAR1":
        return FileKind("parquet")
    is_gzip = start.startswith(b"\x1f\x8b")
    text = _head(path, is_gzip)
    for magic, reason in _STRANGERS.items():
        if text.startswith(magic):
            raise FileRefused(reason)
    has_bom = text.startswith(b"\xef\xbb\xbf")
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise FileRefused("is empty; export it again")
    first = text[:1]
    format_: Format = "array" if first == b"[" else "ndjson" if first == b"{" else "csv"
    return FileKind(format_, is_gzip, has_bom)


def first_line(path: Path, kind: FileKind, *, whole: bool = False) -> str:
    """Return the first line of a text file; for a message its beginning is enough.

    Raises:
        FileRefused: it is not UTF-8 text.
    """
    line = _head(path, kind.is_gzip).removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[0]
    if not whole:
        return line.decode("utf-8", "replace")[:80]
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise FileRefused("is not UTF-8 text; save it as UTF-8") from None


def content_hash(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _head(path: Path, is_gzip: bool) -> bytes:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not is_gzip:
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except zlib.error:
        raise FileRefused("is damaged (gzip); download it again") from None
