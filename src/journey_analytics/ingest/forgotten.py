"""The forget list: salted digests of the ids of people who asked to be forgotten. No id stands in it."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import DefinitionError, StorageError
from journey_analytics.warehouse import literal

KINDS = ("user_id", "user_pseudo_id")
_HEADER = ["kind", "hash", "valid_from", "valid_to"]
_SALT = "salt"


@dataclass(frozen=True)
class Entry:
    """A user or a browser of which rows are not to be stored.

    Attributes:
        valid_from, valid_to: the rows that are meant, from and up to (microseconds since 1970 UTC); None for all rows.
            Within a stretch of time, rows that name another user are not meant.
    """

    kind: str
    digest: str
    valid_from: int | None = None
    valid_to: int | None = None


@dataclass(frozen=True)
class ForgetList:
    """The list, and the salt under which its digests were made."""

    path: Path
    salt: str
    entries: frozenset[Entry] = frozenset()

    @property
    def version(self) -> str:
        """A digest of all entries; empty for an empty list."""
        text = "\n".join(sorted(repr(entry) for entry in self.entries))
        return hashlib.sha256(text.encode()).hexdigest() if text else ""

    def entry(self, kind: str, raw_id: str, valid_from: int | None = None, valid_to: int | None = None) -> Entry:
        """Return the entry that stands for an id."""
        return Entry(kind, _digest(self.salt, kind, raw_id), valid_from, valid_to)

    def holds(self, raw_id: str) -> bool:
        """Return whether the id stands on the list, as a user or as a browser."""
        digests = {_digest(self.salt, kind, raw_id) for kind in KINDS}
        return any(entry.digest in digests for entry in self.entries)

    def with_entries(self, entries: Iterable[Entry]) -> ForgetList:
        """Return the list with these entries added."""
        return replace(self, entries=self.entries | frozenset(entries))

    def digest_sql(self, kind: str, expression: str) -> str:
        """Return the SQL of the digest of an id; null for null."""
        return f"sha256({literal(_before(self.salt, kind))} || {expression})"


def forget_list_path(settings: Settings, settings_path: Path, database: Path) -> Path:
    """Return where the list stands: where the settings say, else beside the database."""
    if settings.forget_list is not None:
        return (settings_path.parent / settings.forget_list).expanduser()
    return database.with_name(database.name + ".forgotten")


def read_forget_list(path: Path, salt: str) -> ForgetList:
    """Return the list in `path`, an empty one when there is none.

    Raises:
        DefinitionError: it cannot be read, a line is wrong, or its digests were made under another salt.
    """
    if not path.exists():
        return ForgetList(path, salt)
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(
            f"{path}: the forget list cannot be read ({error}). Nothing is loaded without it."
        ) from None
    if lines[:1] != [_HEADER]:
        raise DefinitionError(f"{path}:1: a forget list begins with '{','.join(_HEADER)}'. Restore it from a backup.")
    entries = {_read_line(path, number, line) for number, line in enumerate(lines[1:], start=2)}
    salts = {entry.digest for entry in entries if entry.kind == _SALT}
    if salts != {_digest(salt, _SALT, "")}:
        raise DefinitionError(
            f"{path}: the forget list was made under another salt, so nobody on it would be recognised. "
            "Use the salt of that time (JOURNEY_SALT or salt_file)."
        )
    return ForgetList(path, salt, frozenset(entry for entry in entries if entry.kind != _SALT))


def write_forget_list(forget_list: ForgetList) -> None:
    """Write the list in one step: a reader sees the old one or the new one.

    Raises:
        StorageError: its folder cannot be written.
    """
    path = forget_list.path
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    entries = [Entry(_SALT, _digest(forget_list.salt, _SALT, ""))]
    entries += sorted(forget_list.entries, key=lambda e: (e.kind, e.digest, e.valid_from or 0, e.valid_to or 0))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(_HEADER)
            rows.writerows([e.kind, e.digest, e.valid_from, e.valid_to] for e in entries)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path}: the forget list cannot be written ({error.strerror}). Nothing was removed."
        ) from None


def _read_line(path: Path, number: int, line: list[str]) -> Entry:
    try:
        kind, digest, valid_from, valid_to = line
        if kind not in (*KINDS, _SALT) or len(digest) != 64:
            raise ValueError
        return Entry(kind, digest, int(valid_from) if valid_from else None, int(valid_to) if valid_to else None)
    except ValueError:
        raise DefinitionError(
            f"{path}:{number}: is no entry of a forget list (kind, hash, valid_from, valid_to). Restore it from a backup."
        ) from None


def _before(salt: str, kind: str) -> str:
    return f"{salt}|forget|{kind}|"


def _digest(salt: str, kind: str, raw_id: str) -> str:
    return hashlib.sha256((_before(salt, kind) + raw_id).encode()).hexdigest()
