"""Signals of friction as event-level Clarity rows, with GA4's own ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from journey_analytics.sample.clock import Calendar
from journey_analytics.sample.draws import Ints, expand, pick
from journey_analytics.sample.params import Facts
from journey_analytics.sample.people import DEVICES, People

MOST_REPEATS = 3


@dataclass(frozen=True)
class Signals:
    """One entry per signal: the step it happened on, when, its name and its element."""

    step: Ints
    at: Ints
    name: Ints
    names: tuple[tuple[str, str], ...]


def make_signals(rng: np.random.Generator, facts: Facts, calendar: Calendar) -> Signals:
    """Return the planted signals and the noise, in order of person and time; only for sessions known to GA4."""
    names, parts = _drawn(rng, facts)
    step, name = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    sessions = facts.moments.sessions
    known = (sessions.has_consent & ~sessions.is_offline)[facts.moments.session[step]]
    at = facts.moments.viewed[step] + (rng.uniform(0.1, 0.9, len(step)) * facts.moments.stay[step]).astype(np.int64)
    kept = known & (calendar.local_day(at) < calendar.days)
    step, name, at = step[kept], name[kept], at[kept]
    order = np.lexsort((at, step))
    return Signals(step[order], at[order], name[order], tuple(names))


def _drawn(rng: np.random.Generator, facts: Facts) -> tuple[list[tuple[str, str]], list[tuple[Ints, Ints]]]:
    """Return the kinds of signals as (event, element), and for each source the steps with their kind."""
    compiled, steps = facts.compiled, facts.steps
    names: list[tuple[str, str]] = []
    parts: list[tuple[Ints, Ints]] = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    for number, truth in enumerate(compiled.site.truths):
        if truth.signals:
            met = np.flatnonzero(steps.signal == number + 1)
            kind = len(names) + pick(rng, list(truth.signals.values()), len(met))
            names += [(event, truth.element) for event in truth.signals]
            parent, _ = expand(rng.integers(1, MOST_REPEATS + 1, len(met)))
            parts.append((met[parent], kind[parent]))
    for noise in compiled.site.noise:
        there = steps.page == compiled.site.page_number(noise.page)
        met = np.flatnonzero(there & (rng.random(len(there)) < noise.share))
        parts.append((met, np.full(len(met), len(names), dtype=np.int64)))
        names.append((noise.event, noise.element))
    return names, parts


def signal_rows(facts: Facts, people: People, signals: Signals) -> pa.Table:
    """Return the rows of the export."""
    step = signals.step
    browser, session = facts.steps.browser[step], facts.moments.session[step]
    first_touch = pa.array(facts.moments.first_touch[browser] // 1_000_000).cast(pa.string())
    at = pa.array(signals.at // 1000).cast(pa.timestamp("ms"))
    categories = pa.array([device.category for device in DEVICES])
    return pa.table(
        {
            "user_id": pc.binary_join_element_wise(
                pa.array(people.browser_random[browser]).cast(pa.string()), first_touch, "."
            ),
            "session_id": pa.array(facts.moments.sessions.started[session] // 1_000_000),
            "timestamp": pc.binary_join_element_wise(pc.strftime(at, "%Y-%m-%dT%H:%M:%S"), "Z", ""),
            "event": pa.array([event for event, _ in signals.names], pa.string()).take(signals.name),
            "page_url": facts.addresses.location.take(step),
            "device": categories.take(people.browser_device[browser]),
            "element": pa.array([element for _, element in signals.names], pa.string()).take(signals.name),
        }
    )


def signal_months(signals: Signals) -> np.ndarray:
    """Return the UTC month of each signal as YYYYMM."""
    months = pc.strftime(pa.array(signals.at // 1000).cast(pa.timestamp("ms")), "%Y%m")
    return np.asarray(months.to_numpy(zero_copy_only=False))


def csv_bytes(rows: pa.Table, with_header: bool) -> bytes:
    """Return rows as CSV."""
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=with_header, quoting_style="needed")
    pyarrow.csv.write_csv(rows, sink, options)
    return bytes(sink.getvalue())
