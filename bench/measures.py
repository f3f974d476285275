"""What is measured: pairs of some work and its floor, the least that anybody would have to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from bench.process import ROOT, Spent, spent_inside, spent_whole

PARQUET_SCENARIO, NDJSON_SCENARIO = "b2b_leads", "webshop"
IMPORTS = (
    "duckdb",
    "pandas",
    "pyarrow",
    "great_expectations",
    "sqlglot",
    "pydantic",
    "scipy.stats",
    "statsmodels.stats.proportion",
    "typer",
    "rich",
    "yaml",
    "journey_analytics.pipeline",
)
_RUN = "from journey_analytics.cli import main; main()"


@dataclass(frozen=True)
class Task:
    """A process to measure.

    Attributes:
        command: what to run, given an empty folder of its own.
        measures: how: from inside, without start-up, or whole.
    """

    command: Callable[[Path], Sequence[str]]
    measures: Callable[[Sequence[str], Mapping[str, str]], Spent]


@dataclass(frozen=True)
class Measure:
    """Some work, its floor, and the ratio that we want to stay below."""

    name: str
    title: str
    work: Task
    floor: Task
    goal: float
    note: str


@dataclass(frozen=True)
class Place:
    """Where the exports are, and a folder for what a measure needs during the run."""

    exports: Path
    scratch: Path


def work_command(name: str, *arguments: object) -> list[str]:
    """Return the command for a function of bench.work."""
    return [sys.executable, "-m", "bench.work", name, *map(str, arguments)]


def parquet(place: Place) -> Measure:
    """Loading Parquet against decoding event_params."""
    pattern = place.exports / PARQUET_SCENARIO / "ga4" / "*.parquet"
    return Measure(
        name="parquet",
        title="Load Parquet",
        work=Task(lambda folder: work_command("load", PARQUET_SCENARIO, pattern, folder), spent_inside),
        floor=Task(lambda folder: work_command("decode", pattern), spent_inside),
        goal=4.0,
        note="against DuckDB decoding event_params of the same files: select count(*), sum(len(event_params))",
    )


def ndjson(place: Place) -> Measure:
    """Loading NDJSON.gz against unpacking it."""
    pattern = place.exports / NDJSON_SCENARIO / "ga4" / "*.json.gz"
    return Measure(
        name="ndjson",
        title="Load NDJSON.gz",
        work=Task(lambda folder: work_command("load", NDJSON_SCENARIO, pattern, folder), spent_inside),
        floor=Task(lambda folder: ["zcat", *sorted(glob(str(pattern)))], spent_whole),
        goal=2.5,
        note="against zcat of the same files > /dev/null (a whole process, but one that starts in no time)",
    )


def sessions(place: Place) -> Measure:
    """Building fct_sessions against a count-only group-by; makes the events first."""
    database = place.scratch / "events.duckdb"
    pattern = place.exports / NDJSON_SCENARIO / "ga4" / "*.json.gz"
    spent_whole(work_command("make_events", NDJSON_SCENARIO, pattern, database), {})
    return Measure(
        name="sessions",
        title="Build fct_sessions",
        work=Task(lambda folder: work_command("sessions", NDJSON_SCENARIO, database), spent_inside),
        floor=Task(lambda folder: work_command("count_sessions", database), spent_inside),
        goal=6.0,
        note="against select user_pseudo_id, ga_session_id, count(*) … group by both, on the events as loaded",
    )


def webshop(place: Place) -> Measure:
    """The whole run of the committed sample webshop against its imports."""
    settings = ROOT / "data" / "sample" / "webshop" / "journey.yml"

    def run(folder: Path) -> list[str]:
        options = ["--settings", settings, "--db", folder / "working.duckdb", "--out", folder / "out"]
        return [sys.executable, "-c", _RUN, "run", *map(str, options)]

    return Measure(
        name="webshop",
        title="Run the sample webshop",
        work=Task(run, spent_whole),
        floor=Task(lambda folder: [sys.executable, "-c", f"import {', '.join(IMPORTS)}"], spent_whole),
        goal=2.0,
        note="journey run, whole process, against a process that only imports what it imports",
    )


MEASURES: Mapping[str, Callable[[Place], Measure]] = {
    make.__name__: make for make in (parquet, ndjson, sessions, webshop)
}
