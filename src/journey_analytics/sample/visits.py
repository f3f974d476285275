"""The story of each person as page views: what they would do, and where they leave for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from journey_analytics.sample.clock import Calendar
from journey_analytics.sample.compiled import Compiled
from journey_analytics.sample.draws import (
    Bools,
    Floats,
    Ints,
    expand,
    first_of_run,
    is_first,
    pick,
    pick_by_row,
    run_numbers,
    starts,
    sum_before,
)
from journey_analytics.sample.people import People
from journey_analytics.sample.site import Slot, Truth

SAME_SESSION, SAME_DAY, LATER = 0, 1, 2
SECOND_BROWSER_SHARE = 0.45
LATEST_DAY = 100_000


@dataclass(frozen=True)
class Steps:
    """Page views in order of person and time; all arrays have one entry per page view.

    `signal` is the number of the truth whose signal the person meets there, plus one; `mode` says how the visit
    before goes over into this one, on each of its steps.
    """

    person: Ints
    visit: Ints
    day: Ints
    mode: Ints
    page: Ints
    template: Ints
    path: Ints
    channel: Ints
    browser: Ints
    leaves: Bools
    signal: Ints

    def take(self, rows: Ints | Bools) -> Steps:
        """Return the given rows."""
        return Steps(*(getattr(self, item.name)[rows] for item in fields(self)))


def walk(rng: np.random.Generator, compiled: Compiled, people: People, calendar: Calendar) -> Steps:
    """Return what all people do within the calendar's days."""
    everyone = np.arange(len(people.start_day), dtype=np.int64)
    steps = _lay_out(rng, compiled, compiled.site.story, everyone, people.start_day, people)
    steps = _cut(rng, compiled, steps, people, calendar)
    back = _come_back(rng, compiled, steps, people)
    steps = _append(steps, back)
    return steps.take(steps.day < calendar.days)


def _lay_out(
    rng: np.random.Generator, compiled: Compiled, slots: Sequence[Slot], persons: Ints, start_day: Ints, people: People
) -> Steps:
    """Return the whole story of some persons, as if nobody ever left."""
    present = rng.random((len(persons), len(slots))) < np.array([slot.share for slot in slots])
    for number, item in enumerate(slots):
        if item.tied:
            present[:, number] &= present[:, number - 1]
    row, slot = (index.astype(np.int64) for index in np.nonzero(present))
    scene = pick_by_row(rng, compiled.slot_weights(slots), slot)
    mode = _modes(rng, slots, slot, starts(row))
    day = start_day[row] + _days_since_start(rng, slots, slot, mode, starts(row))
    channel = pick_by_row(rng, compiled.scene_channels, scene)
    browser = people.browser_of(persons[row], rng.random(len(row)) < SECOND_BROWSER_SHARE)
    first_of_session = first_of_run(mode != SAME_SESSION)
    channel, browser = channel[first_of_session], browser[first_of_session]

    visit, position = expand(compiled.scene_length[scene])
    template = compiled.scene_first[scene][visit] + position
    draw = rng.random(len(visit))
    leader = np.arange(len(visit), dtype=np.int64) - compiled.step_leader[template]
    kept = draw[leader] < compiled.step_share[template]
    visit, template = visit[kept], template[kept]
    page = compiled.step_page[template]
    return Steps(
        person=persons[row][visit],
        visit=visit,
        day=day[visit],
        mode=mode[visit],
        page=page,
        template=template,
        path=_paths(rng, compiled, page),
        channel=channel[visit],
        browser=browser[visit],
        leaves=np.zeros(len(visit), dtype=np.bool_),
        signal=np.zeros(len(visit), dtype=np.int64),
    )


def _modes(rng: np.random.Generator, slots: Sequence[Slot], slot: Ints, begins: Bools) -> Ints:
    draw = rng.random(len(slot))
    same = np.array([item.same_session for item in slots])[slot]
    today = same + np.array([item.same_day for item in slots])[slot]
    mode = np.where(draw < same, SAME_SESSION, np.where(draw < today, SAME_DAY, LATER))
    return np.where(begins, LATER, mode).astype(np.int64)


def _days_since_start(rng: np.random.Generator, slots: Sequence[Slot], slot: Ints, mode: Ints, begins: Bools) -> Ints:
    median = np.log(np.array([item.gap_days for item in slots]))[slot]
    spread = np.array([item.gap_spread for item in slots])[slot]
    gap = np.maximum(1, np.rint(np.exp(median + spread * rng.standard_normal(len(slot))))).astype(np.int64)
    gap = np.where((mode == LATER) & ~begins, gap, 0)
    return np.minimum(sum_before(gap, begins) + gap, LATEST_DAY)


def _paths(rng: np.random.Generator, compiled: Compiled, page: Ints) -> Ints:
    """Return the number of an address, the first addresses of a page being the popular ones."""
    counts = compiled.page_paths[page]
    return np.asarray(compiled.page_first_path[page] + (counts * rng.random(len(page)) ** 1.6).astype(np.int64))


def _cut(rng: np.random.Generator, compiled: Compiled, steps: Steps, people: People, calendar: Calendar) -> Steps:
    """Return the steps up to the one where each person leaves for good."""
    first = is_first(steps.person * len(compiled.page_leave) + steps.page)
    chance = np.where(first, compiled.page_leave[steps.page], compiled.page_leave_again[steps.page])
    signal = np.zeros(len(steps.person), dtype=np.int64)
    open_to_truths = first & ~compiled.step_safe[steps.template]
    for number, truth in enumerate(compiled.site.truths):
        there = open_to_truths & (steps.page == compiled.site.page_number(truth.page))
        affected = there & _concerns(compiled, truth, steps, people, calendar)
        if truth.leaves is None:
            continue
        if truth.signals or truth.is_search_without_results:
            affected &= rng.random(len(there)) < truth.signal_share
            signal[affected] = number + 1
        chance[there & ~affected] = compiled.site.otherwise(truth)
        chance[affected] = truth.leaves
    chance[compiled.step_safe[steps.template]] = 0.0
    leaves = rng.random(len(chance)) < chance
    before = sum_before(leaves.astype(np.int64), starts(steps.person))
    kept = replace(steps, leaves=leaves, signal=signal).take(before == 0)
    return _deal_decoys(rng, compiled, kept, open_to_truths[before == 0])


def _deal_decoys(rng: np.random.Generator, compiled: Compiled, steps: Steps, open_to_truths: Bools) -> Steps:
    """Return the steps with the signals that change nothing, dealt evenly over how far people get, week by week."""
    begins = starts(steps.person)
    length = np.bincount(run_numbers(begins))[run_numbers(begins)]
    signal = steps.signal.copy()
    for number, truth in enumerate(compiled.site.truths):
        if truth.leaves is None:
            there = np.flatnonzero(open_to_truths & (steps.page == compiled.site.page_number(truth.page)))
            order = np.lexsort((rng.random(len(there)), length[there], steps.day[there] // 7))
            every = round(1 / truth.signal_share)
            signal[there[order[int(rng.integers(every)) :: every]]] = number + 1
    return replace(steps, signal=signal)


def _concerns(compiled: Compiled, truth: Truth, steps: Steps, people: People, calendar: Calendar) -> Bools:
    """Return for which steps the date and the segment of a truth hold."""
    concerned = np.ones(len(steps.person), dtype=np.bool_)
    if truth.since is not None:
        concerned &= steps.day >= (truth.since - calendar.first_date).days
    for segment, value in truth.for_whom.items():
        if segment == "device":
            concerned &= people.has_device(steps.browser, value)
        else:
            numbers = [n for n, channel in enumerate(compiled.site.channels) if channel.group == value]
            concerned &= np.isin(_first_of_person(steps, steps.channel), numbers)
    return concerned


def _first_of_person(steps: Steps, values: Ints) -> Ints:
    """Return the value of each person's first step, on all of their steps."""
    return values[first_of_run(starts(steps.person))]


def _come_back(rng: np.random.Generator, compiled: Compiled, steps: Steps, people: People) -> Steps:
    """Return the later visits of some who had left: they read on, and get no further."""
    left = np.flatnonzero(steps.leaves)
    left = left[rng.random(len(left)) < compiled.site.return_share]
    slot = compiled.site.return_slot
    gap = np.exp(np.log(slot.gap_days) + slot.gap_spread * rng.standard_normal(len(left)))
    day = steps.day[left] + np.maximum(1, np.rint(gap)).astype(np.int64)
    return _lay_out(rng, compiled, (replace(slot, share=1.0),), steps.person[left], day, people)


def _append(steps: Steps, later: Steps) -> Steps:
    """Return both, in order of person; the later visits last."""
    shifted = replace(later, visit=later.visit + steps.visit.max(initial=-1) + 1)
    both = Steps(*(np.concatenate([getattr(steps, f.name), getattr(shifted, f.name)]) for f in fields(Steps)))
    ordered = both.take(np.argsort(both.person, kind="stable"))
    return replace(ordered, visit=run_numbers(starts(ordered.visit)))


def session_starts(steps: Steps) -> Bools:
    """Return whether a step is the first of a session."""
    return np.asarray(starts(steps.visit) & (steps.mode != SAME_SESSION))


def stay_seconds(rng: np.random.Generator, compiled: Compiled, steps: Steps, people: People) -> Floats:
    """Return how long each page is looked at; at most 25 minutes, so that no session breaks in GA4's sense."""
    seconds = compiled.page_seconds[steps.page] * np.exp(0.75 * rng.standard_normal(len(steps.page)))
    for truth in compiled.site.truths:
        if truth.slower != 1.0:
            slow = steps.page == compiled.site.page_number(truth.page)
            for value in truth.for_whom.values():
                slow &= people.has_device(steps.browser, value)
            seconds = np.where(slow, seconds * truth.slower, seconds)
    return np.clip(seconds, 2.0, 1500.0)


def persons_by_day(rng: np.random.Generator, calendar: Calendar, weights: Sequence[float], persons: int) -> Ints:
    """Return the day of each person's first visit, by the weights of the weekdays (Monday first)."""
    weekday = (calendar.first_date.weekday() + np.arange(calendar.days)) % 7
    return pick(rng, np.asarray(weights)[weekday].tolist(), persons)
