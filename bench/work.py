"""What measured processes do: `python -m bench.work NAME ARGUMENTS`. Only this module imports the package."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from glob import glob
from itertools import pairwise
from pathlib import Path

from bench.process import Meter
from journey_analytics import pipeline, places
from journey_analytics.ingest.load import load_source, prepare_raw
from journey_analytics.ingest.reader import file_list
from journey_analytics.night_files import source_plans
from journey_analytics.runner import build_model
from journey_analytics.sample.writer import write_sample
from journey_analytics.warehouse import Warehouse
from journey_analytics.window import set_run_window

SOURCE = "ga4"
# every leaf of event_params is read and decoded for this, and nothing else
DECODE = "select count(*), sum(len(event_params)) from read_parquet({files})"
# by GA4's own key of a session, as whoever has a table of events would. Our session_key is one text of both, stored in
# order of time, and DuckDB counts its dictionary entries instead of rows: that would measure how we store, not counting
COUNT_SESSIONS = """
    select count(*), sum(events)
    from (
        select user_pseudo_id, ga_session_id, count(*) as events from raw_ga4__events group by user_pseudo_id, ga_session_id
    )
"""


def make_data(folder: str, scenario: str, persons: str, days: str = "120") -> None:
    """Write the sample of a scenario."""
    write_sample(Path(folder), scenario, int(persons), int(days))


def load(scenario: str, pattern: str, folder: str) -> None:
    """Load exports into a new database; what is measured ends when the database is closed and all is on disk."""
    night = _night(scenario, pattern, Path(folder) / "working.duckdb")
    plan = source_plans(night.project)[SOURCE]
    warehouse = Warehouse.open(night.database)
    prepare_raw(warehouse, plan)
    meter = Meter()
    outcomes = load_source(warehouse, plan, pattern, night.project.settings, run_id=1)
    warehouse.close()
    meter.tell(sum(outcome.rows_read for outcome in outcomes))


def decode(pattern: str) -> None:
    """Scan Parquet exports just so that event_params is decoded."""
    files = file_list([Path(name) for name in sorted(glob(pattern))])
    with Warehouse.open() as warehouse:
        meter = Meter()
        events = warehouse.value(DECODE.format(files=files))
        meter.tell(events)


def make_events(scenario: str, pattern: str, database: str) -> None:
    """Load exports and build every model up to fct_events, so that sessions can be built from them."""
    night = _night(scenario, pattern, Path(database))
    with pipeline.opened(night) as run:
        pipeline.ingest(run)
        set_run_window(night.project, run.warehouse, None)
        for name in night.project.order[: night.project.order.index("fct_events") + 1]:
            build_model(night.project.models[name], run.warehouse)


def nights(scenario: str, database: str, out: str, *exports: str) -> None:
    """Run a night over `ga4` and `clarity` of each folder, one after the other; say what the parts of the last one took."""
    import great_expectations  # noqa: F401 - part of the imports, which are not measured inside

    for folder in exports:
        meter = Meter()
        parts, events = _night_by_parts(scenario, Path(database), Path(out), folder)
    print(json.dumps(parts))
    meter.tell(events)


def _night_by_parts(scenario: str, database: Path, out: Path, exports: str) -> tuple[list[tuple[str, float, str]], int]:
    """Run a night; return its parts with their CPU seconds and what became of them, and the events read."""
    patterns = {"ga4": f"{exports}/ga4/*.json.gz", "clarity": f"{exports}/clarity/*.csv"}
    marks: list[tuple[str, float]] = []

    def mark(what: str, *_: object) -> None:
        marks.append((what, time.process_time()))

    mark("definitions")
    night = pipeline.plan_night(places.sample_settings(scenario), database=database, out=out, patterns=patterns)
    with pipeline.opened(night) as run:
        if limit := os.environ.get("JOURNEY_BENCH_MEMORY"):
            run.warehouse.run(f"set memory_limit = '{limit}'")
        mark("ingest")
        pipeline.ingest(run)
        mark("before the models")
        pipeline.build_night(run, mark)
        mark("publish")
        pipeline.publish_night(run)
        mark("record")
    mark("")
    ends = {what: end for (what, _), (_, end) in pairwise(marks)}
    starts = dict(marks)
    how = {
        each.model: f"{each.how}, {each.rows:,} rows, -{each.rows_gone:,} +{each.rows_came:,}"
        for each in run.record.models
    }
    parts = [(what, end - starts[what], how.get(what, "")) for what, end in ends.items()]
    return parts, sum(file.rows_read for file in run.record.files if file.status == "loaded")


def sessions(scenario: str, database: str) -> None:
    """Build fct_sessions; what is measured ends when the database is closed."""
    night = _night(scenario, "", Path(database))
    warehouse = Warehouse.open(night.database)
    events = warehouse.value("select count(*) from fct_events")
    meter = Meter()
    build_model(night.project.models["fct_sessions"], warehouse)
    warehouse.close()
    meter.tell(events)


def count_sessions(database: str) -> None:
    """Count the events of each session, and nothing more."""
    with Warehouse.open(Path(database), read_only=True) as warehouse:
        meter = Meter()
        _, events = warehouse.rows(COUNT_SESSIONS)[0]
        meter.tell(int(events))


def _night(scenario: str, pattern: str, database: Path) -> pipeline.Night:
    return pipeline.plan_night(
        places.sample_settings(scenario), database=database, out=database.parent, patterns={SOURCE: pattern}
    )


WORK: dict[str, Callable[..., None]] = {
    work.__name__: work for work in (make_data, load, decode, make_events, sessions, count_sessions, nights)
}

if __name__ == "__main__":
    WORK[sys.argv[1]](*sys.argv[2:])
