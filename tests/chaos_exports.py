"""Exports that are too much: `make chaos`. Each is loaded in a process of its own, with an eye on memory and time."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import JourneyError
from journey_analytics.ingest import SourcePlan, load_source
from journey_analytics.warehouse import Warehouse

NOON = 1_772_359_200_000_000
MB = 1_000_000
MEMORY_LIMIT = "2GB"
PEAK_MB = 3_000
SECONDS = 1_200


@dataclass(frozen=True)
class Case:
    """An export, how it is asked for, and how many rows must be stored and refused; None where the file is set apart."""

    name: str
    write: Callable[[Path], None]
    pattern: str
    stored: int
    refused: int
    quarantined: int = 0


def lines(first: int, count: int, padding: int = 0) -> Iterator[bytes]:
    for number in range(first, first + count):
        title = {"key": "page_title", "value": {"string_value": "x" * padding}}
        event = {"event_date": "20260301", "event_timestamp": NOON + number, "event_name": "page_view"}
        yield json.dumps(event | {"user_pseudo_id": f"{number}.1", "event_params": [title]}).encode() + b"\n"


def long_line(folder: Path) -> None:
    with (folder / "a.json").open("wb") as out:
        out.writelines(lines(0, 10))
        out.writelines(lines(10, 1, 100 * MB))
        out.writelines(lines(11, 10))


def gzip_bomb(folder: Path) -> None:
    """One good row, and ten gigabytes of nothing in ten megabytes."""
    (folder / "good.json").write_bytes(b"".join(lines(0, 3)))
    with gzip.open(folder / "bomb.json.gz", "wb", compresslevel=9) as out:
        out.writelines(lines(3, 1))
        out.write(b'{"event_name": "')
        for _ in range(10_000):
            out.write(b"a" * MB)


def large_file(folder: Path) -> None:
    with (folder / "a.json").open("wb") as out:
        block = list(lines(0, 1_000, 1_150))
        written = 0
        while written < 5_000 * MB:
            rows = b"".join(block)
            out.write(rows)
            written += len(rows)
            out.flush()


def many_files(folder: Path) -> None:
    for number in range(10_000):
        (folder / f"part{number:05d}.json").write_bytes(b"".join(lines(2 * number, 2)))


def loop(folder: Path) -> None:
    (folder / "a.json").write_bytes(b"".join(lines(0, 3)))
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.json").symlink_to(folder / "nothing")


def deep_nesting(folder: Path) -> None:
    with (folder / "a.json").open("wb") as out:
        out.writelines(lines(0, 3))
        out.write(b'{"event_params": ' + b"[" * 2 * MB + b"]" * 2 * MB + b"}\n")


LARGE_ROWS = 5_000 * MB // sum(map(len, lines(0, 1_000, 1_150))) * 1_000 + 1_000
CASES = {
    case.name: case
    for case in (
        Case("a line of 100 MB", long_line, "*.json", 20, 1),
        Case("a gzip bomb of 10 GB", gzip_bomb, "*.json*", 4, 1),
        Case("10,000 files", many_files, "*.json", 20_000, 0),
        Case("a folder that contains itself", loop, "**/*.json", 3, 0),
        Case("two million open brackets", deep_nesting, "*.json", 3, 1),
        Case("a file of 5 GB", large_file, "*.json", LARGE_ROWS, 0),
    )
}


def load(folder: Path, case: Case) -> None:
    """Load the export of a case; print what became of it."""
    settings = Settings(property="shop", title="Shop", time_zone="UTC", sources={})
    told = ""
    with Warehouse.open(folder / "working.duckdb", memory_limit=MEMORY_LIMIT) as warehouse:
        try:
            plan = SourcePlan("ga4", "raw_ga4__events", "ga4")
            outcomes = load_source(warehouse, plan, str(folder / "in" / case.pattern), settings, 1)
            told = " ".join(dict.fromkeys(outcome.reason for outcome in outcomes if outcome.reason))
        except JourneyError as error:
            told = str(error)
        stored, refused = (warehouse.value(f"select count(*) from {t}") for t in ("raw_ga4__events", "rejected_rows"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"stored": stored, "refused": refused, "told": told, "peak": peak}))


def verdict(case: Case) -> tuple[str, bool]:
    """Write the export of a case, load it in a process of its own, and say how that went."""
    with tempfile.TemporaryDirectory(prefix="chaos_exports_") as place:
        folder = Path(place)
        (folder / "in").mkdir()
        case.write(folder / "in")
        started = time.monotonic()
        command = [sys.executable, "-m", "tests.chaos_exports", "--load", str(folder), case.name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        except subprocess.TimeoutExpired:
            return f"not done after {SECONDS} s", False
        except subprocess.CalledProcessError as error:
            return f"crashed: {error.stderr[-300:]}", False
        found = json.loads(done.stdout.splitlines()[0])
    is_right = (found["stored"], found["refused"]) == (case.stored, case.refused) and found["peak"] <= PEAK_MB
    figures = f"{found['stored']:,} stored, {found['refused']:,} refused, peak {found['peak']:,.0f} MB"
    return f"{figures}, {time.monotonic() - started:.0f} s. {found['told'][:160]}", is_right


def main() -> int:
    """Run every case, or those that are named; return 1 where one did not go as it should."""
    if sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]), CASES[sys.argv[3]])
        return 0
    os.environ.setdefault("TMPDIR", tempfile.gettempdir())
    wrong = 0
    for name in sys.argv[1:] or CASES:
        told, is_right = verdict(CASES[name])
        print(f"{'right' if is_right else 'WRONG'}  {name}: {told}", flush=True)
        wrong += not is_right
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
