"""When things happen: the time of each page view, sessions with their numbers, and each browser's first touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from journey_analytics.sample.clock import HOUR, MICROSECONDS, Calendar
from journey_analytics.sample.compiled import Compiled
from journey_analytics.sample.draws import Bools, Floats, Ints, first_of_run, pick, run_numbers, starts, sum_before
from journey_analytics.sample.people import People
from journey_analytics.sample.visits import LATER, SAME_DAY, Steps, session_starts

EARLIEST_HOUR = 6
HOUR_WEIGHTS = (1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 8, 8, 7, 8)
LATEST_END = 28 * HOUR
DAY = 24 * HOUR


@dataclass(frozen=True)
class Sessions:
    """One entry per session; `number` is GA4's per browser, `is_first` the browser's very first one."""

    person: Ints
    browser: Ints
    channel: Ints
    started: Ints
    number: Ints
    is_first: Bools
    is_offline: Bools
    has_consent: Bools


@dataclass(frozen=True)
class Moments:
    """Times in UTC microseconds: `viewed` and `stay` per step, `first_touch` per browser."""

    viewed: Ints
    stay: Ints
    session: Ints
    sessions: Sessions
    first_touch: Ints


def set_times(
    rng: np.random.Generator, compiled: Compiled, steps: Steps, people: People, calendar: Calendar, stay: Floats
) -> Moments:
    """Return the times of all steps."""
    stay_microseconds = (stay * MICROSECONDS).astype(np.int64)
    viewed = _viewed(rng, steps, calendar, stay_microseconds)
    begins = session_starts(steps)
    sessions = _sessions(compiled, steps, people, viewed, begins)
    return Moments(
        viewed=viewed,
        stay=stay_microseconds,
        session=run_numbers(begins),
        sessions=sessions,
        first_touch=_first_touch(rng, people, sessions),
    )


def _viewed(rng: np.random.Generator, steps: Steps, calendar: Calendar, stay: Ints) -> Ints:
    begins = starts(steps.visit)
    new_day = begins & (steps.mode == LATER)
    pause = np.where(begins & (steps.mode == SAME_DAY), rng.integers(45 * 60, 150 * 60, len(stay)) * MICROSECONDS, 0)
    elapsed = sum_before(stay + pause, new_day) + pause
    block = run_numbers(new_day)
    last = np.append(np.flatnonzero(new_day)[1:] - 1, len(stay) - 1) if len(stay) else np.empty(0, dtype=np.int64)
    length = (elapsed[last] + stay[last]) // MICROSECONDS + 1
    second = _times_of_day(rng, len(length), length)
    day = steps.day[new_day]
    begin = calendar.utc_seconds(day, second) * MICROSECONDS + rng.integers(0, MICROSECONDS, len(day))
    return np.asarray(begin[block] + elapsed)


def _times_of_day(rng: np.random.Generator, size: int, length: Ints) -> Ints:
    """Return local seconds, mostly in the evening; whatever its length, a day ends before the next one begins."""
    hour = EARLIEST_HOUR + pick(rng, HOUR_WEIGHTS, size)
    second = hour * HOUR + rng.integers(0, HOUR, size)
    return np.asarray(np.maximum(np.minimum(second, LATEST_END - length), EARLIEST_HOUR * HOUR))


def _sessions(compiled: Compiled, steps: Steps, people: People, viewed: Ints, begins: Bools) -> Sessions:
    browser, started = steps.browser[begins], viewed[begins]
    offline = compiled.page_offline[steps.page[begins]]
    order = np.lexsort((started, browser))
    online = (~offline[order]).astype(np.int64)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = sum_before(online, starts(browser[order]))
    earlier = people.browser_earlier_sessions[browser]
    return Sessions(
        person=steps.person[begins],
        browser=browser,
        channel=steps.channel[begins],
        started=started,
        number=rank + earlier + 1,
        is_first=(rank == 0) & (earlier == 0) & ~offline,
        is_offline=offline,
        has_consent=people.browser_consent[browser],
    )


def _first_touch(rng: np.random.Generator, people: People, sessions: Sessions) -> Ints:
    browsers = len(people.browser_random)
    first = np.full(browsers, np.iinfo(np.int64).max)
    np.minimum.at(first, sessions.browser, sessions.started)
    ago = rng.integers(20 * DAY, 200 * DAY, browsers) * MICROSECONDS
    return np.asarray(np.where(people.browser_earlier_sessions > 0, first - ago, first))


def last_known_channel(sessions: Sessions, direct: int) -> Ints:
    """Return each session's channel, or for direct ones the browser's last other one, as GA4's last click does."""
    order = np.lexsort((sessions.started, sessions.browser))
    channel = sessions.channel[order]
    position = np.arange(len(order), dtype=np.int64)
    begin = first_of_run(starts(sessions.browser[order]))
    known = np.maximum.accumulate(np.where(channel != direct, position, -1)) if len(order) else position
    result = np.empty(len(order), dtype=np.int64)
    result[order] = np.where(known >= begin, channel[known], direct)
    return result
