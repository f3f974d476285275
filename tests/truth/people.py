"""Who comes to a generated site and what they do there, as the events that an export would hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from tests.truth.shop import (
    CHANNELS,
    DAYS,
    DEAD,
    DEVICES,
    EVALUATION,
    FIRST_DATE,
    GO_BACK,
    ORIENTATION,
    PAGES,
    PURCHASE,
    RAGE,
    Shop,
)

DAY = 86_400.0
MEAN_GAP, MEAN_WAIT, LONGEST_WAIT = 60.0, 5 * DAY, 20 * DAY
SAME_SESSION = 0.5
BREAK_SHARE, LONGEST_BREAK, LONGEST_RETURN, LONGEST_SECOND_WAIT = 0.2, 1.5 * DAY, 2 * DAY, 3 * DAY
ORDER_SHAPE, ORDER_MEAN = 4, 80.0
BEGIN = datetime(FIRST_DATE.year, FIRST_DATE.month, FIRST_DATE.day, tzinfo=UTC).timestamp()
_DRAWS = 4096


@dataclass
class Seen:
    """A page view, a friction signal or an order."""

    at: float
    session: int
    page: str
    event: str = "page_view"
    value: float | None = None


class Chance:
    """Numbers from 0 to 1, drawn in blocks: one at a time costs a hundred times as much."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._block: list[float] = []

    def next(self) -> float:
        """Return the next one."""
        if not self._block:
            self._block = self._rng.random(_DRAWS).tolist()
        return self._block.pop()


def wait(chance: Chance) -> float:
    """Return seconds until somebody comes back to go on: exponential, cut off at the longest wait."""
    reach = 1 - np.exp(-LONGEST_WAIT / MEAN_WAIT)
    return float(-MEAN_WAIT * np.log(1 - reach * chance.next()))


def mean_wait() -> float:
    """Return the mean of `wait`."""
    ratio = LONGEST_WAIT / MEAN_WAIT
    return float(MEAN_WAIT - LONGEST_WAIT * np.exp(-ratio) / (1 - np.exp(-ratio)))


class Person:
    """One walk through the site."""

    def __init__(self, shop: Shop, chance: Chance, began: float) -> None:
        self.shop, self.chance = shop, chance
        self.at, self.session = began, 1
        self.is_keen = chance.next() < shop.keen_share
        self.device = _chosen(chance, DEVICES)
        self.channel = _chosen(chance, CHANNELS)
        self.seen: list[Seen] = []
        self._visits = dict.fromkeys(PAGES, 0)

    def walk(self) -> list[Seen]:
        """Return all that the person did."""
        phase: str | None = ORIENTATION
        while phase is not None:
            self._visits[phase] += 1
            phase = self._visit(phase)
        return self.seen

    def _visit(self, phase: str) -> str | None:
        """Walk through a phase and return the next one; None for who left for good or has ordered."""
        shop, chance = self.shop, self.chance
        may_go_back = phase != ORIENTATION and self._visits[phase] == 1
        for place, page in enumerate(self._pages(phase)):
            if place:
                self._between_pages(phase)
            signal = self._look(page)
            draw = chance.next()
            leaves = shop.leaving(phase, page, signal, is_keen=self.is_keen)
            if draw < leaves:
                return None
            if may_go_back and draw < leaves + GO_BACK:
                self._come_later(chance.next() * LONGEST_RETURN)
                return ORIENTATION if phase == EVALUATION else EVALUATION
            if phase != PURCHASE and chance.next() >= shop.another(is_keen=self.is_keen):
                break
        if phase == PURCHASE:
            self._order()
            return None
        self._go_on(phase)
        return EVALUATION if phase == ORIENTATION else PURCHASE

    def _pages(self, phase: str) -> Iterator[str]:
        """Yield the pages in the order in which they would be seen."""
        if phase == PURCHASE:
            yield from PAGES[phase]
            return
        left = dict(zip(PAGES[phase], self.shop.weights[phase], strict=True))
        while left:
            page = _chosen(self.chance, left)
            del left[page]
            yield page

    def _look(self, page: str) -> str | None:
        self.seen.append(Seen(self.at, self.session, page))
        draw = self.chance.next()
        share = self.shop.signal_share
        signal = RAGE if draw < share else DEAD if draw < 2 * share else None
        if signal:
            self.seen.append(Seen(self.at + 2, self.session, page, signal))
        return signal

    def _between_pages(self, phase: str) -> None:
        # the first page of a later session may be an entrance, and entrances are named after where people came from:
        # in the first phase a second one would be the same touchpoint twice
        if phase == EVALUATION and self.chance.next() < BREAK_SHARE:
            self._come_later(self.chance.next() * LONGEST_BREAK)
        else:
            self.at += MEAN_GAP * (0.5 + self.chance.next())

    def _go_on(self, phase: str) -> None:
        if self._visits[phase] > 1:
            self._come_later(self.chance.next() * LONGEST_SECOND_WAIT)
        elif self.chance.next() < SAME_SESSION:
            self.at += MEAN_GAP * (0.5 + self.chance.next())
        else:
            self._come_later(wait(self.chance))

    def _come_later(self, seconds: float) -> None:
        self.at += 3600 + seconds
        self.session += 1

    def _order(self) -> None:
        self.at += MEAN_GAP
        self.seen.append(Seen(self.at, self.session, "confirmation"))
        # of a gamma distribution: the sum of exponential ones
        scale = ORDER_MEAN / ORDER_SHAPE
        value = -scale * sum(math.log(1 - self.chance.next()) for _ in range(ORDER_SHAPE))
        self.seen.append(Seen(self.at + 1, self.session, "confirmation", "purchase", round(value, 2)))


def _chosen(chance: Chance, weights: Mapping[str, float]) -> str:
    draw = chance.next() * sum(weights.values())
    for name, weight in weights.items():
        draw -= weight
        if draw < 0:
            return name
    return name


def walks(shop: Shop, persons: int | None = None) -> Iterator[Person]:
    """Yield the persons of a site, each having walked to the end of their story.

    Args:
        persons: so many, instead of those who come by chance in its days.
    """
    rng = np.random.default_rng(shop.seed if persons is None else (9, *shop.seed))
    chance = Chance(rng)
    count = persons or int(rng.poisson(shop.persons_a_day * DAYS))
    for began in rng.uniform(BEGIN, BEGIN + DAYS * DAY, count).tolist():
        person = Person(shop, chance, began)
        person.walk()
        yield person


def events(shop: Shop) -> pd.DataFrame:
    """Return the events of a site, in the columns of `all_events` that they fill."""
    rows: list[tuple[object, ...]] = []
    for number, person in enumerate(walks(shop)):
        for place, seen in enumerate(person.seen):
            is_signal = seen.event in (RAGE, DEAD)
            rows.append(
                (
                    f"{number}.{place}",
                    int(seen.at * 1_000_000),
                    seen.event,
                    f"p{number}",
                    f"{number}-{seen.session}",
                    seen.session,
                    f"https://winkel.example/{seen.page}",
                    person.channel,
                    person.device,
                    f"order-{number}" if seen.value is not None else None,
                    seen.value,
                    "clarity" if is_signal else "ga4",
                )
            )
    frame = pd.DataFrame(
        rows,
        columns=[
            "event_key", "event_timestamp", "event_name", "user_pseudo_id", "session_key", "session_number",
            "page_location", "google_channel_group", "device_category", "transaction_id", "event_value", "source",
        ],
    )  # fmt: skip
    frame["event_date"] = pd.to_datetime(frame["event_timestamp"], unit="us").dt.date
    # what comes after the last complete day has not been exported yet
    return frame[frame["event_date"] < FIRST_DATE + timedelta(days=DAYS)]
