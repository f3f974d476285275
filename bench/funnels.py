"""A funnel of five steps against ClickHouse's windowFunnel: `python -m bench.funnels [--runs N]`.

The same events in each engine's own storage, each in a process of its own, two threads each. JOURNEY_BENCH_FUNNEL_EVENTS
says how many events. chdb comes from bench/bench.lock, into an environment of its own: `make bench` makes it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.data import CACHE
from bench.peers import PEERS_PYTHON
from bench.process import ChildFailed, Spent, spent_both, spent_whole

EVENTS = int(os.environ.get("JOURNEY_BENCH_FUNNEL_EVENTS", "10000000"))
RUNS = 3
THEIRS = "chdb, windowFunnel"
_SAID = (
    "CPU is user + system time of all threads after imports and after opening the store, two threads each; the ratio is that "
    "of the medians, in brackets the lowest and highest of a single run. Counts of all agree."
)


@dataclass(frozen=True)
class Contender:
    """Somebody who computes the funnel: the function of bench.funnel_work, and what must hold."""

    name: str
    work: str
    python: str
    store: str
    must_hold: float | None = None


@dataclass
class Times:
    """What the runs of one contender took, and the counts it found."""

    spent: list[Spent] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """The median of its CPU seconds."""
        return median(spent.cpu_seconds for spent in self.spent)


CONTENDERS = (
    Contender(THEIRS, "theirs", str(PEERS_PYTHON), "chdb"),
    Contender("counts", "counts", sys.executable, "events.duckdb", 1.5),
    Contender("fct_funnel_attempts, stored", "attempts", sys.executable, "events.duckdb", 3.0),
)


def main() -> None:
    """Measure and print. The exit code says nothing about speed."""
    options = _options()
    console, progress = Console(highlight=False), Console(stderr=True)
    if not PEERS_PYTHON.exists():
        raise SystemExit(f"{PEERS_PYTHON} is not there: chdb has its own environment. Run make peers.")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as scratch, progress.status("making events") as status:
        try:
            _make(Path(scratch), options.events)
            times = _measured(Path(scratch), options.runs, status.update)
        except ChildFailed as failure:
            console.print(f"Stopped: {failure}", markup=False)
            return
    console.print(_table(times, options.events))
    console.print(_SAID)


def _make(scratch: Path, events: int) -> None:
    """Write the events once, and load them into both stores."""
    file = scratch / "events.parquet"
    spent_whole(_command(sys.executable, "make", file, events), {})
    for contender in {contender.store: contender for contender in CONTENDERS}.values():
        load = "load_theirs" if contender.work == "theirs" else "load_ours"
        spent_whole(_command(contender.python, load, file, scratch / contender.store), {})


def _measured(scratch: Path, runs: int, on_run: Callable[[str], None]) -> dict[str, Times]:
    """Run every contender in turn, so many times.

    Raises:
        ChildFailed: one counts what another does not, so there is nothing to compare.
    """
    times = {contender.name: Times() for contender in CONTENDERS}
    for number in range(1, runs + 1):
        for contender in CONTENDERS:
            on_run(f"{contender.name}: run {number} of {runs}")
            command = _command(contender.python, contender.work, scratch / contender.store)
            spent, _, told = spent_both(command, {"XDG_CONFIG_HOME": str(scratch)})
            times[contender.name].spent.append(spent)
            times[contender.name].counts = json.loads(told[-1])
    wanted = times[THEIRS].counts
    for name, found in times.items():
        if found.counts != wanted:
            raise ChildFailed(f"{name} counts {found.counts}, {THEIRS} {wanted}: not the same work")
    return times


def _table(times: dict[str, Times], events: int) -> Table:
    theirs = times[THEIRS]
    reached = ", ".join(f"{count:,}" for count in theirs.counts)
    table = Table(title=f"A funnel of five steps over {events:,} events; persons: {reached}", title_justify="left")
    for name in ("who", "× chdb (min–max)", "must hold", "CPU s", "peak MB"):
        table.add_column(name, justify="left" if name == "who" else "right")
    for contender in CONTENDERS:
        taken = times[contender.name]
        ratios = [ours.cpu_seconds / other.cpu_seconds for ours, other in zip(taken.spent, theirs.spent, strict=True)]
        table.add_row(
            contender.name,
            f"{taken.cpu / theirs.cpu:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            "" if contender.must_hold is None else f"{contender.must_hold:.1f}",
            f"{taken.cpu:.1f}",
            f"{median(spent.peak_bytes for spent in taken.spent) / 1e6:,.0f}",
        )
    return table


def _command(python: str, work: str, *arguments: object) -> list[str]:
    return [python, "-m", "bench.funnel_work", work, *map(str, arguments)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.funnels", description="A funnel against windowFunnel.")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many events [%(default)s]")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each, in turn [%(default)s]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
