"""Writes a sample property: GA4 export files, Clarity signals and what is planted in them."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.sample.addresses import write_addresses
from journey_analytics.sample.b2b_leads import B2B_LEADS
from journey_analytics.sample.clarity import csv_bytes, make_signals, signal_months, signal_rows
from journey_analytics.sample.clock import Calendar, calendar_until
from journey_analytics.sample.compiled import Compiled, compile_site
from journey_analytics.sample.events import make_events
from journey_analytics.sample.government_form import GOVERNMENT_FORM
from journey_analytics.sample.moments import set_times
from journey_analytics.sample.ndjson import fields_of, json_lines
from journey_analytics.sample.params import Facts, param_lists, params_of
from journey_analytics.sample.people import draw_people
from journey_analytics.sample.schema import EVENTS_SCHEMA, Column
from journey_analytics.sample.shop import fill_baskets
from journey_analytics.sample.site import Site
from journey_analytics.sample.table import table_columns
from journey_analytics.sample.truths import truth_text
from journey_analytics.sample.visits import persons_by_day, stay_seconds, walk
from journey_analytics.sample.webshop import WEBSHOP

SITES = {site.name: site for site in (WEBSHOP, B2B_LEADS, GOVERNMENT_FORM)}
CHUNK_PERSONS = 5_000
FEWEST_SHARDS = 2
EXPORTS = ("ga4", "clarity")
TRUTH = "truth.yml"
REPEATED_ROWS = 0.0007
GZIP_LEVEL = 6
WRITERS = 2


@dataclass(frozen=True)
class SampleReport:
    """What was written."""

    scenario: str
    persons: int
    sessions: int
    events: int
    files: int
    bytes: int


@dataclass(frozen=True)
class Chunk:
    """The rows of some persons, ready to be written; `day` is the local day of each row."""

    columns: dict[str, Column]
    day: np.ndarray
    sessions: int
    signals: pa.Table
    signal_months: np.ndarray


def write_sample(
    folder: Path, scenario: str, persons: int, days: int = 120, seed: int = 7, last_date: date = date(2026, 6, 30)
) -> SampleReport:
    """Write the sample of a scenario into `folder`, replacing an earlier one; same arguments, same bytes.

    Raises:
        UsageError: unknown scenario, fewer than one person or day, or a folder with exports that are not a sample.
    """
    site = _site(scenario)
    if persons < 1 or days < 1:
        raise UsageError(f"A sample needs at least one person and one day, not {persons} and {days}.")
    compiled, calendar = compile_site(site), calendar_until(last_date, days, site.zone)
    _clear(folder)
    counts: Counter[str] = Counter()
    for number, (first, size) in enumerate(_chunks(persons, site)):
        rng = np.random.default_rng([seed, sum(scenario.encode()), number])
        chunk = make_chunk(rng, compiled, calendar, first, size)
        _write_ga4(folder / "ga4", site, calendar, chunk, number)
        _write_signals(folder / "clarity", chunk)
        counts.update(sessions=chunk.sessions, events=len(chunk.day))
    (folder / TRUTH).write_text(truth_text(site, seed, last_date, days), encoding="utf-8")
    files = [folder / TRUTH, *(path for name in EXPORTS for path in (folder / name).iterdir())]
    return SampleReport(
        scenario=scenario,
        persons=persons,
        sessions=counts["sessions"],
        events=counts["events"],
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
    )


def make_chunk(
    rng: np.random.Generator, compiled: Compiled, calendar: Calendar, first_person: int, persons: int
) -> Chunk:
    """Return all rows of some persons."""
    start_day = persons_by_day(rng, calendar, compiled.site.weekday_weights, persons)
    people = draw_people(rng, compiled.site, start_day, first_person)
    steps = walk(rng, compiled, people, calendar)
    stay = stay_seconds(rng, compiled, steps, people)
    moments = set_times(rng, compiled, steps, people, calendar, stay)
    events = make_events(rng, compiled, steps, moments, people, calendar)
    goods = fill_baskets(rng, compiled, steps, events, people)
    addresses = write_addresses(rng, compiled, steps, moments)
    facts = Facts(compiled, steps, moments, events, goods, addresses)
    columns = table_columns(facts, people, param_lists(params_of(facts, rng), len(events.day)), rng)
    order = _rows_by_day(rng, facts)
    signals = make_signals(rng, facts, calendar)
    return Chunk(
        columns={name: column.reordered(pa.array(order)) for name, column in columns.items()},
        day=events.day[order],
        sessions=len(np.unique(facts.session[facts.is_known])),
        signals=signal_rows(facts, people, signals),
        signal_months=signal_months(signals),
    )


def _rows_by_day(rng: np.random.Generator, facts: Facts) -> np.ndarray:
    """Return the order of the rows in the files; a few rows stand there twice, as in real exports."""
    twice = facts.is_known & (rng.random(len(facts.events.day)) < REPEATED_ROWS)
    rows = np.repeat(np.arange(len(twice)), 1 + twice)
    return rows[np.argsort(facts.events.day[rows], kind="stable")]


def _chunks(persons: int, site: Site) -> Iterator[tuple[int, int]]:
    """Yield the first person and the number of persons of each chunk."""
    fewest = FEWEST_SHARDS if site.layout == "parquet_shards" else 1
    size = min(CHUNK_PERSONS, -(-persons // fewest))
    for first in range(0, persons, size):
        yield first, min(size, persons - first)


def _site(scenario: str) -> Site:
    if scenario not in SITES:
        near = did_you_mean(scenario, SITES)
        raise UsageError(f"Unknown sample scenario {scenario!r}. There are {', '.join(SITES)}.{near}")
    return SITES[scenario]


def _clear(folder: Path) -> None:
    """Make room for a sample; only an earlier sample is replaced, never somebody's own exports."""
    there = [name for name in EXPORTS if (folder / name).exists()]
    if there and not (folder / TRUTH).exists():
        raise UsageError(f"{folder} has a folder {there[0]!r} that no sample made (there is no {TRUTH}). Name another.")
    for name in EXPORTS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)


def _write_ga4(folder: Path, site: Site, calendar: Calendar, chunk: Chunk, number: int) -> None:
    dates = [calendar.date_text(day) for day in range(calendar.days)]
    dated = {"event_date": Column(pa.array(dates), pa.array(chunk.day)), **chunk.columns}
    if site.layout == "parquet_shards":
        arrays = [column.slice(0, len(chunk.day)) for column in dated.values()]
        table = pa.Table.from_arrays(arrays, schema=EVENTS_SCHEMA)
        pq.write_table(table, folder / f"{site.file_stem}-{number:012d}.parquet", compression="zstd")
        return
    weekly = site.layout == "weekly_json"
    file_of_day = np.arange(calendar.days) // (7 if weekly else 1)
    fields = fields_of(dated)

    def append(name: int) -> None:
        """Append a gzip member: a file of several is read as one."""
        start, stop = np.searchsorted(file_of_day[chunk.day], [name, name + 1])
        stem = f"{site.file_stem}-{name:012d}" if weekly else f"{site.file_stem}_{dates[name]}"
        content = json_lines(fields, int(start), int(stop - start))
        with (folder / f"{stem}.json.gz").open("ab") as file:
            file.write(gzip.compress(content, GZIP_LEVEL, mtime=0))

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(append, np.unique(file_of_day[chunk.day]).tolist()))


def _write_signals(folder: Path, chunk: Chunk) -> None:
    for month in np.unique(chunk.signal_months):
        path = folder / f"signals_{month}.csv"
        rows = chunk.signals.filter(pa.array(chunk.signal_months == month))
        content = csv_bytes(rows, with_header=not path.exists())
        with path.open("ab") as file:
            file.write(content)
