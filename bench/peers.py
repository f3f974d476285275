"""Loading against others on the same files: `python -m bench.peers [--persons N] [--runs N] [--only parquet|ndjson]`.

polars and chdb come from bench/bench.lock, into an environment of their own: `make bench-peers` makes it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import peer_statements
from bench.data import CACHE, exports
from bench.measures import MEASURES, Measure, Place
from bench.peer_columns import PLAIN_COLUMNS, job
from bench.process import ROOT, ChildFailed, Spent, spent_both, spent_inside
from journey_analytics.ingest.ga4_layout import EVENT_COLUMNS

PERSONS, RUNS = 20_000, 3
PEERS_PYTHON = ROOT / "var" / "peers" / "bin" / "python"
FORMATS = {"parquet": ("b2b_leads", "*.parquet"), "ndjson": ("webshop", "*.json.gz")}
_LEFT_OUT = (
    "Whoever is not this project stores no event key, redacts nothing, takes every row on trust, and keeps no record of "
    "files, so that it could not load them twice. CPU is user + system time after imports, until all is on disk."
)
_PARQUET = "read_parquet('{}')"


@dataclass(frozen=True)
class Contender:
    """Somebody who turns exports into stored events.

    Attributes:
        does: what it stores, and as what.
        command: the process, given the pattern of the exports and the file to write.
        file: name of the file it writes.
        relation: that file, or the table in it, in SQL.
        is_like_ours: it keeps the same parameters apart, so its figures must be ours.
    """

    name: str
    does: str
    command: Callable[[str, str, Path], list[str]]
    file: str = "events.duckdb"
    relation: str = "events"
    is_like_ours: bool = True


@dataclass
class Times:
    """What the runs of one contender took, and what it stored."""

    spent: list[Spent] = field(default_factory=list)
    content: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """The median of its CPU seconds."""
        return median(spent.cpu_seconds for spent in self.spent)


def contenders() -> list[Contender]:
    """Return ours, first, and the others."""
    columns = len(EVENT_COLUMNS)
    same = f"{columns} columns, lists"
    return [
        Contender(
            "this project",
            f"{columns} columns, lists, key, redaction, record; DuckDB",
            lambda kind, pattern, file: _python("bench.work", "load", FORMATS[kind][0], pattern, file.parent),
            file="working.duckdb",
            relation="raw_ga4__events",
        ),
        Contender(
            "polars",
            f"{same}; Parquet",
            lambda kind, pattern, file: _peer("polars", json.dumps(job(kind, pattern, str(file)))),
            file="events.parquet",
            relation=_PARQUET,
        ),
        Contender(
            "chdb",
            f"{same}; Parquet",
            lambda kind, pattern, file: _peer("chdb", peer_statements.clickhouse(kind, pattern, str(file))),
            file="events.parquet",
            relation=_PARQUET,
        ),
        Contender(
            "DuckDB, unnest and pivot",
            f"{same}; DuckDB",
            lambda kind, pattern, file: _duckdb(peer_statements.pivot(kind, pattern), file),
        ),
        Contender(
            "DuckDB, list positions",
            f"{same}; DuckDB",
            lambda kind, pattern, file: _duckdb(peer_statements.lists(kind, pattern, EVENT_COLUMNS), file),
        ),
        Contender(
            "the same, fewer columns",
            f"{len(PLAIN_COLUMNS)} columns, lists; DuckDB",
            lambda kind, pattern, file: _duckdb(peer_statements.lists(kind, pattern, PLAIN_COLUMNS), file),
            is_like_ours=False,
        ),
    ]


def main() -> None:
    """Measure and print. The exit code says nothing about speed."""
    options = _options()
    console, progress = Console(highlight=False), Console(stderr=True)
    if not PEERS_PYTHON.exists():
        raise SystemExit(
            f"{PEERS_PYTHON} is not there: polars and chdb have their own environment. Run make bench-peers."
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as scratch, progress.status("making exports") as status:
        try:
            place = Place(exports(options.persons), Path(scratch))
            for kind in options.only or FORMATS:
                console.print(_table(*_measured(kind, place, options.runs, status.update)))
            console.print(_LEFT_OUT)
        except ChildFailed as failure:
            console.print(f"Stopped: {failure}", markup=False)


def _measured(
    kind: str, place: Place, runs: int, on_run: Callable[[str], None]
) -> tuple[Measure, list[Spent], dict[str, Times]]:
    """Run the floor and every contender in turn, so many times."""
    measure = MEASURES[kind](place)
    scenario, names = FORMATS[kind]
    pattern = str(place.exports / scenario / "ga4" / names)
    floors: list[Spent] = []
    times = {contender.name: Times() for contender in contenders()}
    for number in range(1, runs + 1):
        with tempfile.TemporaryDirectory(dir=place.scratch) as folder:
            floors.append(measure.floor.measures(measure.floor.command(Path(folder)), {}))
        for contender in contenders():
            on_run(f"{kind}, {contender.name}: run {number} of {runs}")
            _run(contender, kind, pattern, place.scratch, times[contender.name])
    _refuse_other_work(times)
    return measure, floors, times


def _run(contender: Contender, kind: str, pattern: str, scratch: Path, times: Times) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        file = Path(folder) / contender.file
        times.spent.append(spent_inside(contender.command(kind, pattern, file), {"XDG_CONFIG_HOME": folder}))
        database = str(file) if file.suffix == ".duckdb" else ":memory:"
        told = spent_both(_python("bench.peer_work", "content", contender.relation.format(file), database), {})
        times.content = json.loads(told[2][-1])


def _refuse_other_work(times: dict[str, Times]) -> None:
    """See that those who say so have stored the same.

    Raises:
        ChildFailed: one has not, so there is nothing to compare.
    """
    ours, *others = contenders()
    wanted = times[ours.name].content
    for contender in others:
        found = times[contender.name].content
        # the number of other parameters, last, differs where fewer have a column
        if found[:-1] != wanted[:-1] or (contender.is_like_ours and found != wanted):
            raise ChildFailed(f"{contender.name} stored {found}, {ours.name} {wanted}: not the same work")


def _table(measure: Measure, floors: list[Spent], times: dict[str, Times]) -> Table:
    ours, floor = times[contenders()[0].name], median(spent.cpu_seconds for spent in floors)
    table = Table(
        title=f"{measure.title}: {ours.content[0]:,.0f} events, {len(floors)} runs; floor: {measure.note}",
        title_justify="left",
    )
    for name in ("who", "× floor (min–max)", "× ours", "peak MB", "stores"):
        table.add_column(name, justify="right" if "×" in name or "MB" in name else "left")
    for contender in contenders():
        taken = times[contender.name]
        ratios = [work.cpu_seconds / least.cpu_seconds for work, least in zip(taken.spent, floors, strict=True)]
        peak = median(spent.peak_bytes for spent in taken.spent) / 1e6
        table.add_row(
            contender.name,
            f"{taken.cpu / floor:.1f} ({min(ratios):.1f}–{max(ratios):.1f})",
            f"{taken.cpu / ours.cpu:.2f}",
            f"{peak:,.0f}",
            contender.does,
        )
    return table


def _python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


def _peer(name: str, argument: str) -> list[str]:
    return [str(PEERS_PYTHON), "-m", "bench.peer_work", name, argument]


def _duckdb(statement: str, file: Path) -> list[str]:
    return _python("bench.peer_work", "duckdb", statement, file)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Loading against others.")
    parser.add_argument("--persons", type=int, default=PERSONS, help="size of the exports [%(default)s]")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each, in turn [%(default)s]")
    parser.add_argument("--only", action="append", choices=list(FORMATS), metavar="FORMAT", help="parquet or ndjson")
    return parser.parse_args()


if __name__ == "__main__":
    main()
