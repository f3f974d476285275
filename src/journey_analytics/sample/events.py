"""Page views as GA4 events, in order, with their batches."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from journey_analytics.sample.clock import Calendar
from journey_analytics.sample.compiled import Compiled, Hits
from journey_analytics.sample.draws import Bools, Floats, Ints, expand, run_numbers, starts, sum_before
from journey_analytics.sample.moments import Moments
from journey_analytics.sample.people import People
from journey_analytics.sample.visits import Steps

FIRST_VISIT, SESSION_START, PAGE_VIEW = 0, 1, 2
ENGAGED_AFTER = 10_000_000
LONGEST_ENGAGEMENT = 900_000


@dataclass(frozen=True)
class Events:
    """One entry per event, in order of person and time."""

    step: Ints
    event: Ints
    at: Ints
    day: Ints
    batch_ordering: Ints
    batch_index: Ints
    engagement: Ints
    is_engaged: Bools
    is_logged_in: Bools
    is_landing: Bools

    def take(self, rows: Ints | Bools) -> Events:
        """Return the given rows."""
        return Events(*(getattr(self, item.name)[rows] for item in fields(self)))


def make_events(
    rng: np.random.Generator, compiled: Compiled, steps: Steps, moments: Moments, people: People, calendar: Calendar
) -> Events:
    """Return all events of the steps that fall within the calendar."""
    landing = starts(moments.session)
    step, event, part = _all_hits(rng, compiled, steps, moments, landing)
    order = np.lexsort((event, part, step))
    step, event, part = step[order], event[order], part[order]
    at = moments.viewed[step] + (part * moments.stay[step]).astype(np.int64)
    new_page, new_batch = starts(step), starts(step) | (part > 0)
    engagement, is_engaged = _engagement(moments, step, at)
    day = calendar.local_day(at)
    return Events(
        step=step,
        event=event,
        at=at,
        day=day,
        batch_ordering=sum_before(new_batch.astype(np.int64), new_page) + new_batch,
        batch_index=sum_before(np.ones(len(step), dtype=np.int64), new_batch) + 1,
        engagement=engagement,
        is_engaged=is_engaged,
        is_logged_in=_logged_in(compiled, steps, moments, people, step, event),
        is_landing=landing[step],
    ).take(day < calendar.days)


def _all_hits(
    rng: np.random.Generator, compiled: Compiled, steps: Steps, moments: Moments, landing: Bools
) -> tuple[Ints, Ints, Floats]:
    """Return step, event and the part of the stay of every hit, unsorted."""
    everything = np.ones(len(steps.page), dtype=np.bool_)
    sessions = moments.sessions
    known = landing & (sessions.has_consent & ~sessions.is_offline)[moments.session]
    parts = [
        _hits(rng, compiled.page_hits, steps.page, everything),
        _hits(rng, compiled.step_acts, steps.template, ~steps.leaves),
        _at_once(np.flatnonzero(known), SESSION_START),
        _at_once(np.flatnonzero(known & sessions.is_first[moments.session]), FIRST_VISIT),
        *_planted(rng, compiled, steps),
    ]
    step, event, part = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return step, event, part


def _hits(rng: np.random.Generator, hits: Hits, lists: Ints, rows: Bools) -> tuple[Ints, Ints, Floats]:
    parent, position = expand(np.where(rows, hits.count[lists], 0))
    hit = hits.first[lists[parent]] + position
    kept = rng.random(len(hit)) < hits.share[hit]
    return parent[kept], hits.event[hit[kept]], hits.at[hit[kept]]


def _at_once(step: Ints, event: int) -> tuple[Ints, Ints, Floats]:
    return step.astype(np.int64), np.full(len(step), event, dtype=np.int64), np.zeros(len(step))


def _planted(rng: np.random.Generator, compiled: Compiled, steps: Steps) -> list[tuple[Ints, Ints, Floats]]:
    """Return the GA4 events that belong to a planted truth, such as form errors; one to three of them."""
    found: list[tuple[Ints, Ints, Floats]] = []
    for truth in compiled.site.truths:
        if truth.ga4_event:
            there = steps.page == compiled.site.page_number(truth.page)
            share = np.where(steps.leaves, truth.ga4_share_if_leaving, truth.ga4_share_if_not)
            met = np.flatnonzero(there & (rng.random(len(there)) < share))
            parent, position = expand(rng.integers(1, 4, len(met)))
            event = np.full(len(parent), compiled.events.index(truth.ga4_event), dtype=np.int64)
            found.append((met[parent].astype(np.int64), event, np.asarray(0.3 + 0.11 * position)))
    return found


def _engagement(moments: Moments, step: Ints, at: Ints) -> tuple[Ints, Bools]:
    """Return milliseconds since the session's event before, and whether the session counts as engaged by then."""
    session = moments.session[step]
    begins = starts(session)
    since = np.diff(at, prepend=at[:1]) // 1000
    milliseconds = np.where(begins, 0, np.minimum(since, LONGEST_ENGAGEMENT))
    pages = run_numbers(starts(step))
    first_page = pages[np.flatnonzero(begins)][run_numbers(begins)]
    engaged = (pages > first_page) | (at - moments.sessions.started[session] >= ENGAGED_AFTER)
    return milliseconds.astype(np.int64), engaged


def _logged_in(compiled: Compiled, steps: Steps, moments: Moments, people: People, step: Ints, event: Ints) -> Bools:
    """Return from which event on a person is known: from the login on, for some in later sessions too."""
    logins = [compiled.events.index(name) for name in ("login", "sign_up") if name in compiled.events]
    login = np.isin(event, logins).astype(np.int64)
    session = moments.session[step]
    in_session = sum_before(login, starts(session)) + login
    ever = sum_before(login, starts(steps.person[step])) + login
    return (in_session > 0) | ((ever > 0) & people.stays_logged_in[steps.person[step]])
