"""What a night costs when there is a history: `python -m bench.nights`. docs/performance.md says what is measured.

Sizes come from the environment: JOURNEY_BENCH_PERSONS (a year of 15.6 events each), JOURNEY_BENCH_GROWTH_PERSONS and
JOURNEY_BENCH_GROWTH_NIGHTS for the growth of the file, JOURNEY_BENCH_MEMORY (8GB) for the engine's limit.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.data import CACHE
from bench.measures import NDJSON_SCENARIO, work_command
from bench.night_files import days_of, late_exports, lay_out
from bench.process import ChildFailed, Spent, spent_both

PERSONS = int(os.environ.get("JOURNEY_BENCH_PERSONS", "20000"))
# a small property is ruled by what one night writes anew, and by its ledgers: docs/performance.md, The file
GROWTH_PERSONS = int(os.environ.get("JOURNEY_BENCH_GROWTH_PERSONS", "60000"))
GROWTH_NIGHTS = int(os.environ.get("JOURNEY_BENCH_GROWTH_NIGHTS", "60"))
MONTH = 30
NIGHT_DAYS = 4
PARTS_SHOWN = 14


@dataclass(frozen=True)
class Run:
    """One run of the pipeline: inside the process after imports, the whole process, and its parts."""

    inside: Spent
    whole_cpu: float
    parts: Sequence[tuple[str, float, str]]


@dataclass(frozen=True)
class Figure:
    """A ratio, and what must hold."""

    what: str
    ratio: float
    apart_imports: float | None
    limit: float
    goal: float | None


class Nights:
    """Runs of the pipeline over laid-out exports, each database in a folder of its own."""

    def __init__(self, exports: Path, scratch: Path, status: Callable[[str], None]) -> None:
        self._exports = exports
        self._scratch = scratch
        self._status = status
        self.days = days_of(exports)

    def run(self, place: str, days: Sequence[str], newest: str) -> Run:
        """Run the pipeline in the database of `place` over some days, as they stand when `newest` arrives."""
        return self.run_all(place, [(days, newest)])

    def run_all(self, place: str, nights: Sequence[tuple[Sequence[str], str]]) -> Run:
        """Run the pipeline several times in one process; return what the last time took."""
        self._status(f"{place}: until {nights[-1][1]}")
        files = [lay_out(self._exports, days, self._scratch / "files" / newest, newest) for days, newest in nights]
        folder = self._scratch / place
        told = work_command("nights", NDJSON_SCENARIO, folder / "working.duckdb", folder / "out", *files)
        inside, whole, lines = spent_both(told, {"XDG_CONFIG_HOME": str(self._scratch)})
        return Run(inside, whole, [tuple(part) for part in json.loads(lines[-1])])

    def size(self, place: str) -> int:
        """Return the bytes of a database."""
        return (self._scratch / place / "working.duckdb").stat().st_size


def costs(nights: Nights) -> tuple[list[Figure], dict[str, Run]]:
    """Return what a night costs after a month and after a year, and the runs behind it."""
    days, newest = nights.days, nights.days[-1]
    runs = {
        "four days alone": nights.run("four", days[-NIGHT_DAYS:], newest),
        "a month, whole": nights.run("month", days[-MONTH - 1 : -1], days[-2]),
        "night after a month": nights.run("month", days[-MONTH - 1 :], newest),
        "a year, whole": nights.run("year", days[:-1], days[-2]),
        "night after a year": nights.run("year", days, newest),
        "same files again": nights.run("year", days, newest),
    }
    night, four, year = runs["night after a year"], runs["four days alone"], runs["a year, whole"]
    month, again = runs["night after a month"], runs["same files again"]
    return [
        _figure("night / the four days alone", night, four, 3.5, 2.0),
        _figure("night / a full rebuild", night, year, 0.08, 0.04),
        Figure("same files again / a full rebuild", _inside(again, year), _inside(again, year), 0.01, None),
        _figure("night after a year / after a month", night, month, 2.5, 1.5),
    ], runs


def growth(nights: Nights, count: int) -> Figure:
    """Return how much larger the file is after so many nights than one that is built at once."""
    days, newest = nights.days, nights.days[-1]
    begin = max(0, len(days) - 2 * count)
    places = range(len(days) - count - 1, len(days))
    nights.run_all("grown", [(days[begin : place + 1], days[place]) for place in places])
    nights.run("fresh", days[begin:], newest)
    return Figure(
        f"file after {count} nights / built at once", nights.size("grown") / nights.size("fresh"), None, 1.3, None
    )


def _inside(run: Run, floor: Run) -> float:
    return run.inside.cpu_seconds / floor.inside.cpu_seconds


def _figure(what: str, run: Run, floor: Run, limit: float, goal: float) -> Figure:
    return Figure(what, run.whole_cpu / floor.whole_cpu, _inside(run, floor), limit, goal)


def main() -> None:
    """Measure and print. The exit code says nothing about speed."""
    options = _options()
    console, progress = Console(highlight=False, width=140), Console(stderr=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="nights-run-") as scratch, progress.status("") as status:
        try:
            if "costs" in options.only:
                found, runs = costs(Nights(late_exports(PERSONS), Path(scratch), status.update))
                figures += found
                console.print(_spent(runs))
                if options.parts:
                    for name, run in runs.items():
                        console.print(_parts(name, run))
            if "growth" in options.only:
                figures.append(
                    growth(Nights(late_exports(GROWTH_PERSONS), Path(scratch), status.update), GROWTH_NIGHTS)
                )
        except ChildFailed as failure:
            console.print(f"Stopped: {failure}", markup=False)
    console.print(_figures(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.nights", description="What a night costs.")
    parser.add_argument("--only", action="append", choices=("costs", "growth"), help="one of the two; both without it")
    parser.add_argument("--parts", action="store_true", help="say what the largest parts of each run took")
    options = parser.parse_args()
    options.only = options.only or ["costs", "growth"]
    return options


def _figures(figures: Sequence[Figure]) -> Table:
    table = Table("what", title="Must hold: CPU ratios of whole processes, and of bytes", title_justify="left")
    for column in ("ratio", "imports apart", "at most", "goal"):
        table.add_column(column, justify="right")
    for f in figures:
        row = [f.ratio, f.apart_imports, f.limit, f.goal]
        table.add_row(f.what, *("" if value is None else f"{value:.3g}" for value in row))
    return table


def _spent(runs: dict[str, Run]) -> Table:
    table = Table("run", title="CPU seconds of this machine, for information", title_justify="left")
    for column in ("whole", "imports apart", "rows read", "peak MB"):
        table.add_column(column, justify="right")
    for name, run in runs.items():
        cells = (
            f"{run.whole_cpu:.1f}",
            f"{run.inside.cpu_seconds:.1f}",
            f"{run.inside.events:,}",
            f"{run.inside.peak_bytes / 1e6:,.0f}",
        )
        table.add_row(name, *cells)
    return table


def _parts(name: str, run: Run) -> Table:
    table = Table("part", title=f"{name}: the parts that took most", title_justify="left")
    for column in ("CPU", "share", "what"):
        table.add_column(column, justify="right")
    for part, seconds, what in sorted(run.parts, key=lambda part: -part[1])[:PARTS_SHOWN]:
        table.add_row(part, f"{seconds:.2f}", f"{seconds / run.inside.cpu_seconds:.0%}", what)
    return table


if __name__ == "__main__":
    main()
