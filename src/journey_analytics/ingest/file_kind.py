"""What a file is, told by its first bytes: names lie, and a refusal has to say what was found."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["ndjson", "array", "parquet", "csv", "avro"]
Encoding = Literal["utf-8", "utf-16"]

_HEAD = 65_536
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_STRANGERS = {
    b"PK\x03\x04": "is a zip archive; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; compress it with gzip or not at all",
    b"BZh": "is compressed with bzip2; compress it with gzip or not at all",
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
    encoding: Encoding = "utf-8"

    @property
    def has_statement(self) -> bool:
        """Return whether the engine can read it: what it cannot is read row by row."""
        return self.format != "avro" and self.encoding == "utf-8"


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
    if start == b"Obj\x01":
        return FileKind("avro")
    is_gzip = start.startswith(b"\x1f\x8b")
    text = _head(path, is_gzip)
    encoding: Encoding = "utf-16" if text.startswith(_UTF_16) else "utf-8"
    text = _as_utf_8(text)
    for magic, reason in _STRANGERS.items():
        if text.startswith(magic):
            raise FileRefused(reason)
    has_bom = text.startswith(b"\xef\xbb\xbf")
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise FileRefused("is empty; export it again")
    first = text[:1]
    format_: Format = "array" if first == b"[" else "ndjson" if first == b"{" else "csv"
    return FileKind(format_, is_gzip, has_bom and encoding == "utf-8", encoding)


def first_line(path: Path, kind: FileKind, *, whole: bool = False) -> str:
    """Return the first line of a text file; for a message its beginning is enough.

    Raises:
        FileRefused: it is not UTF-8 text.
    """
    line = head(path, kind).lstrip().splitlines()[0]
    if not whole:
        return line.decode("utf-8", "replace")[:80]
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise FileRefused("is not UTF-8 text; save it as UTF-8") from None


def head(path: Path, kind: FileKind) -> bytes:
    """Return the beginning of a text file as UTF-8, without the mark that some programs put first.

    Raises:
        FileRefused: it is compressed and damaged.
    """
    return _as_utf_8(_head(path, kind.is_gzip)).removeprefix(b"\xef\xbb\xbf")


def _as_utf_8(text: bytes) -> bytes:
    if not text.startswith(_UTF_16):
        return text
    return text[: len(text) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")


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
