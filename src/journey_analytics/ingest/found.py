"""Which files a source reads: what its pattern finds, and of GA4's tables only those that are its own."""

from __future__ import annotations

from collections.abc import Iterable
from glob import glob
from pathlib import Path, PurePosixPath

from journey_analytics.errors import InputError
from journey_analytics.ingest.deliveries import (
    Delivery,
    ExportFile,
    deliveries,
    delivery_name,
    fixed_part,
    is_event_table,
    is_user_table,
)
from journey_analytics.ingest.file_kind import content_hash

_NOT_EXPORTS = ("_SUCCESS", "_committed_", "_started_", "_metadata", "_common_metadata")
_USER_TABLES = "*users_*"


def found_deliveries(pattern: str, reader: str) -> tuple[Delivery, ...]:
    """Return the deliveries that a pattern finds for a reader.

    Raises:
        InputError: no file matches, or none that is for this reader.
    """
    paths = _matches(pattern)
    if not paths:
        root = fixed_part(pattern).absolute()
        missing = "" if root.is_dir() else f"There is no folder {root}. "
        raise InputError(f"{pattern}: no file matches. {missing}Check the folder and the pattern.")
    own = [path for path in paths if is_for(_delivery(path, pattern), reader)]
    if not own:
        held, wanted = ("users", "events_") if reader == "ga4" else ("events", "users_ or pseudonymous_users_")
        raise InputError(f"{pattern}: matches only tables of {held}. Name files of {wanted} tables.")
    return _deliveries(own, pattern)


def found_beside(pattern: str) -> tuple[Delivery, ...]:
    """Return the tables of users among what another source's pattern finds, and in its folders; there may be none."""
    paths = {*_matches(pattern), *_matches(beside(pattern))}
    return _deliveries([path for path in paths if is_user_table(_delivery(path, pattern))], pattern)


def beside(pattern: str) -> str:
    """Return the pattern of the tables of users that lie in the folders where another source looks.

    >>> beside("exports/**/events_*.parquet"), beside("events_20260301.json")
    ('exports/**/*users_*', '*users_*')
    """
    return str(PurePosixPath(pattern).with_name(_USER_TABLES))


def is_for(delivery: str, reader: str) -> bool:
    """Return whether the files of a delivery are for a reader, as far as their name tells: other names are for anyone.

    >>> is_for("users_20260301", "ga4"), is_for("events_20260301", "ga4_users"), is_for("export", "ga4_users")
    (False, False, True)
    """
    if reader == "ga4":
        return not is_user_table(delivery)
    return reader != "ga4_users" or not is_event_table(delivery)


def _matches(pattern: str) -> set[Path]:
    paths = {Path(name) for name in glob(pattern, recursive=True)}
    return {path for path in paths if path.is_file() and not path.name.startswith(_NOT_EXPORTS)}


def _deliveries(paths: Iterable[Path], pattern: str) -> tuple[Delivery, ...]:
    root = fixed_part(pattern)
    # a folder that contains itself by a link shows each file some forty times: the shortest way to it counts
    own = {path.resolve(): path for path in sorted(sorted(paths), key=lambda path: -len(path.parts))}.values()
    return deliveries((_export_file(path, root) for path in own), root.name)


def _delivery(path: Path, pattern: str) -> str:
    root = fixed_part(pattern)
    return delivery_name(_name(path, root), root.name)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _export_file(path: Path, root: Path) -> ExportFile:
    try:
        state = path.stat()
        return ExportFile(path, _name(path, root), content_hash(path), state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}). Check that you may read it.") from None
