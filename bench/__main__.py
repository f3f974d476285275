"""`python -m bench [--persons N] [--runs N] [--only NAME]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from bench.data import CACHE, exports
from bench.measures import MEASURES, Place
from bench.process import ChildFailed
from bench.report import print_report
from bench.runs import measured

PERSONS = 20_000
RUNS = 3


def main() -> None:
    """Measure what was asked for and print it. The exit code says nothing about speed."""
    options = _options()
    console, progress = Console(highlight=False), Console(stderr=True)
    results = []
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as scratch, progress.status("") as status:
        try:
            status.update(f"making exports of {options.persons:,} persons (once)")
            place = Place(exports(options.persons), Path(scratch))
            for name in options.only or MEASURES:
                status.update(f"preparing {name}")
                results.append(measured(MEASURES[name](place), place, options.runs, status.update))
        except ChildFailed as failure:
            console.print(f"Stopped: {failure}", markup=False)
    if results:
        print_report(console, results, options.persons, options.runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed, as ratios of one run.")
    parser.add_argument(
        "--persons", type=_count, default=PERSONS, help="size of the exports: 14 to 15 events a person [%(default)s]"
    )
    parser.add_argument(
        "--runs", type=_count, default=RUNS, help="runs of each measure, in turn with its floor [%(default)s]"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(MEASURES),
        metavar="NAME",
        help=f"one of {', '.join(MEASURES)}; may be repeated",
    )
    return parser.parse_args()


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    main()
