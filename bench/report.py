"""The results as tables for people. Nothing is judged here: goals stand beside results, for a person to compare."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.process import Spent
from bench.runs import Result

_MEGA = 1e6


def print_report(console: Console, results: Sequence[Result], persons: int, runs: int) -> None:
    """Print ratios, peak memory, and the one line that is true of this machine only."""
    console.print(_ratios(results, persons, runs))
    console.print(
        "CPU is user + system time of all threads of a process of its own; the ratio is that of the medians, in brackets "
        "the lowest and highest of a single run. Process start-up is not in it, except for the sample webshop, where it is "
        "the point: the others are measured inside the process, after imports, until the database is closed."
    )
    console.print(_peaks(results))
    rates = [_rate(result) for result in results if _counts_events(result)]
    if rates:
        console.print(
            f"For information, not comparable across machines: events per second and core: {', '.join(rates)}."
        )


def _ratios(results: Sequence[Result], persons: int, runs: int) -> Table:
    table = Table(
        title=f"CPU ratios; exports of {persons:,} persons, {runs} run{'s' if runs > 1 else ''} of each",
        title_justify="left",
    )
    table.add_column("what")
    table.add_column("ratio (min–max)", justify="right", no_wrap=True)
    table.add_column("goal", justify="right")
    table.add_column("note")
    for result in results:
        low, high = min(result.ratios), max(result.ratios)
        events = _events(result)
        size = f"{events:,} events; " if events else ""
        table.add_row(
            result.measure.title,
            f"{result.ratio:.1f} ({low:.1f}–{high:.1f})",
            f"{result.measure.goal:.1f}",
            size + result.measure.note,
        )
    return table


def _peaks(results: Sequence[Result]) -> Table:
    table = Table(title="Peak memory, medians", title_justify="left")
    table.add_column("what")
    table.add_column("MB", justify="right")
    for result in results:
        table.add_row(f"{result.measure.title}, whole process", _megabytes(result.works))
        if not _counts_events(result):
            table.add_row("  its imports alone", _megabytes(result.floors))
        elif result.measure.name in ("parquet", "ndjson"):
            per_million = median(spent.grown_bytes / spent.events for spent in result.works)
            table.add_row("  per million events, without the imports (buffers included)", f"{per_million:,.0f}")
    return table


def _megabytes(spents: Sequence[Spent]) -> str:
    return f"{median(spent.peak_bytes for spent in spents) / _MEGA:,.0f}"


def _counts_events(result: Result) -> bool:
    """Return whether the work told how many events went through it."""
    return _events(result) > 0


def _events(result: Result) -> int:
    return max(spent.events for spent in result.works)


def _rate(result: Result) -> str:
    rate = median(spent.events / spent.cpu_seconds for spent in result.works)
    return f"{result.measure.name} {rate:,.0f}"
