"""What is true of a generated site: worked out from its probabilities, not counted from its events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tests.truth.people import DAY, MEAN_GAP, SAME_SESSION, mean_wait, walks
from tests.truth.shop import (
    CHANNELS,
    DEAD,
    DOORS,
    ENTRANCES,
    EVALUATION,
    GO_BACK,
    ORIENTATION,
    PAGES,
    PURCHASE,
    RAGE,
    Shop,
)

CONFIRMATION = "confirmation"
PURCHASE_DAYS = 30
WALKS_FOR_A_MEDIAN = 10_000


@dataclass(frozen=True)
class Path:
    """The pages of one visit to a phase, and how it ended: gone, back or on."""

    likely: float
    pages: tuple[str, ...]
    end: str


@dataclass
class Rate:
    """Expected visits, per newcomer, that touched a place, and those of them that stopped there."""

    touched: float = 0.0
    stopped: float = 0.0

    @property
    def share(self) -> float:
        """The true share."""
        return self.stopped / self.touched


@dataclass(frozen=True)
class Answers:
    """The truth of one site. Its window never binds: nobody who goes on takes as long as 30 days."""

    shop: Shop
    forced: tuple[str, str | None] | None = field(default=None)

    def paths(self, phase: str, *, may_go_back: bool) -> list[Path]:
        """Return every way through a visit to a phase."""
        if phase == PURCHASE:
            return list(self._in_a_row(phase, may_go_back))
        return list(self._in_any_order(phase, may_go_back, 1.0, ()))

    def _leaves(self, phase: str, page: str) -> float:
        if self.forced is not None and self.forced[0] == page:
            return self.shop.leaving(phase, page, self.forced[1])
        share = self.shop.signal_share
        each = {RAGE: share, DEAD: share, None: 1 - 2 * share}
        return sum(likely * self.shop.leaving(phase, page, signal) for signal, likely in each.items())

    def _in_a_row(self, phase: str, may_go_back: bool) -> Iterator[Path]:
        likely, seen = 1.0, tuple[str, ...]()
        for page in PAGES[phase]:
            seen = (*seen, page)
            gone, back = self._leaves(phase, page), GO_BACK * may_go_back
            yield Path(likely * gone, seen, "gone")
            yield Path(likely * back, seen, "back")
            likely *= 1 - gone - back
        yield Path(likely, (*seen, CONFIRMATION), "on")

    def _in_any_order(self, phase: str, may_go_back: bool, likely: float, seen: tuple[str, ...]) -> Iterator[Path]:
        left = {
            page: weight
            for page, weight in zip(PAGES[phase], self.shop.weights[phase], strict=True)
            if page not in seen
        }
        for page, weight in left.items():
            here, pages = likely * weight / sum(left.values()), (*seen, page)
            gone, back = self._leaves(phase, page), GO_BACK * may_go_back
            yield Path(here * gone, pages, "gone")
            yield Path(here * back, pages, "back")
            stays = here * (1 - gone - back)
            another = self.shop.another() if len(left) > 1 else 0.0
            yield Path(stays * (1 - another), pages, "on")
            if another:
                yield from self._in_any_order(phase, may_go_back, stays * another, pages)

    def ends(self, phase: str, *, may_go_back: bool) -> dict[str, float]:
        """Return how likely each end of a visit is."""
        sums = {"gone": 0.0, "back": 0.0, "on": 0.0}
        for path in self.paths(phase, may_go_back=may_go_back):
            sums[path.end] += path.likely
        return sums

    @cached_property
    def _later_on(self) -> dict[str, float]:
        """How likely a second visit to each phase goes on."""
        return {phase: self.ends(phase, may_go_back=False)["on"] for phase in PAGES}

    def stops(self, phase: str, end: str) -> float:
        """Return how likely a visit with this end never reaches a later phase."""
        on = self._later_on
        if end == "back":
            return 1 - (on[ORIENTATION] * on[EVALUATION] if phase == EVALUATION else on[EVALUATION] * on[PURCHASE])
        return 1.0 if end == "gone" else 0.0

    def progression(self, phase: str) -> float:
        """Return the true share of persons who reach a later phase after their first visit to this one."""
        return sum(
            path.likely * (1 - self.stops(phase, path.end))
            for path in self.paths(phase, may_go_back=phase != ORIENTATION)
        )

    @cached_property
    def visits(self) -> dict[tuple[str, bool], float]:
        """Expected visits per newcomer: phase, and whether going back is possible, to how many."""
        back = {phase: self.ends(phase, may_go_back=True)["back"] for phase in (EVALUATION, PURCHASE)}
        on, evaluates = self._later_on, self._later_on[ORIENTATION]
        buys = evaluates * self.progression(EVALUATION)
        return {
            (ORIENTATION, False): 1 + evaluates * back[EVALUATION],
            (EVALUATION, True): evaluates,
            (EVALUATION, False): evaluates * back[EVALUATION] * on[ORIENTATION] + buys * back[PURCHASE],
            (PURCHASE, True): buys,
            (PURCHASE, False): buys * back[PURCHASE] * on[EVALUATION],
        }

    def places(self, phase: str, channel: str | None = None) -> dict[str, Rate]:
        """Return each touchpoint of a phase with its true rate, for people of one channel or of all."""
        rates: dict[str, Rate] = defaultdict(Rate)
        for name, share in CHANNELS.items():
            if channel not in (None, name):
                continue
            for (of_phase, may_go_back), visits in self.visits.items():
                if of_phase == phase:
                    self._add(rates, phase, may_go_back, visits * share, DOORS[name])
        return rates

    def _add(self, rates: dict[str, Rate], phase: str, may_go_back: bool, visits: float, door: str | None) -> None:
        for path in self.paths(phase, may_go_back=may_go_back):
            names = [
                door if door is not None and place == 0 and page in ENTRANCES else page
                for place, page in enumerate(path.pages)
            ]
            # nobody can stop at the thank-you page, so it is no place to stop at
            names = [name for name in names if name != CONFIRMATION]
            for name in names:
                rates[name].touched += visits * path.likely
            rates[names[-1]].stopped += visits * path.likely * self.stops(phase, path.end)

    def after_signal(self, phase: str, page: str, signal: str | None) -> float:
        """Return the true share that drops of the first visits that saw a page and met a signal there, or none."""
        of_signal = Answers(self.shop, forced=(page, signal))
        rate = Rate()
        for path in of_signal.paths(phase, may_go_back=phase != ORIENTATION):
            if page in path.pages:
                rate.touched += path.likely
                rate.stopped += path.likely * self.stops(phase, path.end)
        return rate.share

    def orientation_seconds(self) -> float:
        """Return the true mean of the seconds from the first page to the next phase, of those who get there."""
        ways = [path for path in self.paths(ORIENTATION, may_go_back=False) if path.end == "on"]
        between = sum(path.likely * (len(path.pages) - 1) for path in ways) / sum(path.likely for path in ways)
        onward = SAME_SESSION * MEAN_GAP + (1 - SAME_SESSION) * (3600 + mean_wait())
        return float(between * MEAN_GAP + onward)

    def days_to_order(self) -> float:
        """Return the median of whole hours from first page to order, in days, of those who order within the limit.

        The sum of so many waits has no formula: it is drawn, from a hundred times the people of a small site.
        """
        waits = [
            person.at - person.seen[0].at
            for person in walks(self.shop, WALKS_FOR_A_MEDIAN)
            if person.seen[-1].value is not None
        ]
        within = [wait for wait in waits if wait <= PURCHASE_DAYS * DAY]
        return float(np.median([wait // 3600 for wait in within]) / 24)
