"""A generated site: what is true of it, and what is planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

Arm = Literal["planted", "clean", "selection"]
ARMS: Mapping[Arm, int] = {"planted": 1, "clean": 2, "selection": 3}
SIZES: Mapping[str, float] = {"small": 8.0, "middle": 24.0, "large": 56.0}
STRENGTHS = (1.25, 1.5, 2.0, 3.0)

FIRST_DATE = date(2026, 1, 5)  # a Monday
DAYS = 115
AS_OF = FIRST_DATE + timedelta(days=DAYS - 1)
WINDOW_DAYS = 30
# the whole weeks around it lie in days whose visitors have had the whole window
CHANGED_ON = FIRST_DATE + timedelta(weeks=8)

ORIENTATION, EVALUATION, PURCHASE = "orientatie", "evaluatie", "aankoop"
# a visit to the first two phases sees each page at most once, in any order; the third is walked from left to right
PAGES: Mapping[str, tuple[str, ...]] = {
    ORIENTATION: ("home", "inspiration", "category", "information"),
    EVALUATION: ("product", "search", "reviews", "service"),
    PURCHASE: ("cart", "checkout_details", "checkout_shipping", "checkout_payment"),
}
# what the first page of a session is called when people come from elsewhere
DOORS: Mapping[str, str | None] = {"Organic Search": "search_result", "Paid Search": "ad_search", "Direct": None}
CHANNELS: Mapping[str, float] = {"Organic Search": 0.5, "Direct": 0.3, "Paid Search": 0.2}
DEVICES: Mapping[str, float] = {"mobile": 0.6, "desktop": 0.4}
ENTRANCES = frozenset({"home", "inspiration", "information"})

RAGE, DEAD = "rage_click", "dead_click"
SIGNAL_PAGE = "category"
PLACES = ((PURCHASE, "checkout_shipping"), (EVALUATION, "service"))
GO_BACK = 0.06
ANOTHER_PAGE = 0.45
HIGHEST = 0.95


@dataclass(frozen=True)
class Shop:
    """One site.

    Attributes:
        persons_a_day: newcomers a day, over all days.
        leaves: phase -> how likely somebody leaves for good after any page of it.
        weights: phase -> how much each page is liked, where people choose.
        place: the touchpoint with the planted friction; there people leave `strength` times as often.
        signal_share: of the page views, the share with a rage click; dead clicks come beside them, as often. With a
            planted signal, whoever meets a rage click on SIGNAL_PAGE leaves `strength` times as often.
        strength: 1 where nothing is planted.
        keen_share: share of persons who want to buy: they see more pages and leave less often. 0: all are alike.
    """

    arm: Arm
    number: int
    persons_a_day: float
    leaves: Mapping[str, float]
    weights: Mapping[str, tuple[float, ...]]
    place: tuple[str, str]
    signal_share: float = 0.12
    strength: float = 1.0
    keen_share: float = 0.0

    @property
    def size(self) -> str:
        """The name of its size."""
        return next(name for name, persons in SIZES.items() if persons == self.persons_a_day)

    @property
    def seed(self) -> tuple[int, int]:
        """Where its chance begins: the same site draws the same people each time."""
        return (ARMS[self.arm], self.number)

    def leaving(self, phase: str, page: str, signal: str | None, *, is_keen: bool = False) -> float:
        """Return how likely somebody leaves for good after a page, having met a signal there or not."""
        likely = self.leaves[phase] * (0.4 if is_keen else 1.0)
        if (phase, page) == self.place or (page == SIGNAL_PAGE and signal == RAGE):
            likely *= self.strength
        return min(likely, HIGHEST)

    def another(self, *, is_keen: bool = False) -> float:
        """Return how likely somebody who stays and could go on sees another page of the phase first."""
        return 0.75 if is_keen else ANOTHER_PAGE


def draw_shop(arm: Arm, number: int) -> Shop:
    """Return a site; arm and number decide which, so that every size meets every strength and both places."""
    chance = np.random.default_rng((7, ARMS[arm], number))
    persons_a_day = list(SIZES.values())[number // len(STRENGTHS) % len(SIZES)]
    place = PLACES[number // len(STRENGTHS) // len(SIZES) % len(PLACES)]
    leaves = {
        ORIENTATION: chance.uniform(0.15, 0.30),
        EVALUATION: chance.uniform(0.10, 0.20),
        PURCHASE: chance.uniform(0.08, 0.15),
    }
    weights = {phase: tuple(chance.uniform(0.5, 1.5, len(pages))) for phase, pages in PAGES.items()}
    return Shop(
        arm,
        number,
        persons_a_day,
        {phase: round(float(value), 4) for phase, value in leaves.items()},
        {phase: tuple(round(float(value), 4) for value in values) for phase, values in weights.items()},
        place,
        strength=STRENGTHS[number % len(STRENGTHS)] if arm == "planted" else 1.0,
        keen_share=0.35 if arm == "selection" else 0.0,
    )
