"""Who comes: people, their browsers, consent, device and town."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from journey_analytics.sample.draws import Bools, Ints, pick
from journey_analytics.sample.site import Site

TWO_BROWSERS = 0.05
SHARED_BROWSER = 0.006
KNOWN_BEFORE = 0.06
STAYS_LOGGED_IN = 0.5


@dataclass(frozen=True)
class Device:
    """A device as GA4 reports it."""

    category: str
    brand: str
    model: str
    marketing_name: str
    system: str
    system_version: str
    browser: str
    browser_version: str
    weight: float


@dataclass(frozen=True)
class Town:
    """A place as GA4 reports it."""

    country: str
    region: str
    city: str
    language: str
    weight: float


DEVICES = (
    Device("mobile", "Apple", "iPhone", "", "iOS", "iOS 18.5", "Safari", "18.5", 0.40),
    Device("mobile", "Samsung", "SM-A546B", "Galaxy A54 5G", "Android", "Android 15", "Chrome", "137.0.0.0", 0.30),
    Device("mobile", "Samsung", "SM-S921B", "Galaxy S24", "Android", "Android 15", "Samsung Internet", "28.0", 0.18),
    Device("mobile", "Google", "Pixel 8", "Pixel 8", "Android", "Android 16", "Chrome", "137.0.0.0", 0.12),
    Device("desktop", "Microsoft", "", "", "Windows", "Windows 11", "Chrome", "137.0.0.0", 0.50),
    Device("desktop", "Microsoft", "Edge", "", "Windows", "Windows 11", "Edge", "137.0.0.0", 0.25),
    Device("desktop", "Apple", "Safari", "", "Macintosh", "Intel 10.15", "Safari", "18.5", 0.25),
    Device("tablet", "Apple", "iPad", "", "iOS", "iOS 18.5", "Safari", "18.5", 0.75),
    Device("tablet", "Samsung", "SM-X210", "Galaxy Tab A9+", "Android", "Android 15", "Chrome", "137.0.0.0", 0.25),
)
TOWNS = (
    Town("Netherlands", "North Holland", "Amsterdam", "nl-nl", 0.20),
    Town("Netherlands", "South Holland", "Rotterdam", "nl-nl", 0.15),
    Town("Netherlands", "Utrecht", "Utrecht", "nl-nl", 0.12),
    Town("Netherlands", "North Brabant", "Eindhoven", "nl-nl", 0.09),
    Town("Netherlands", "Groningen", "Groningen", "nl-nl", 0.07),
    Town("Netherlands", "Gelderland", "Nijmegen", "nl-nl", 0.07),
    Town("Netherlands", "Overijssel", "Zwolle", "nl-nl", 0.06),
    Town("Netherlands", "Friesland", "(not set)", "nl-nl", 0.04),
    Town("Belgium", "Flanders", "Antwerp", "nl-be", 0.07),
    Town("Belgium", "Flanders", "Ghent", "nl-be", 0.04),
    Town("Germany", "North Rhine-Westphalia", "Cologne", "de-de", 0.04),
    Town("Germany", "Lower Saxony", "(not set)", "de-de", 0.02),
    Town("Luxembourg", "Luxembourg", "Luxembourg", "fr-lu", 0.01),
    Town("United Kingdom", "England", "London", "en-gb", 0.02),
)


@dataclass(frozen=True)
class People:
    """One entry per person; arrays that begin with `browser_` have one per browser.

    Browser k < persons is the first browser of person k; the others are second browsers.
    """

    start_day: Ints
    first_browser: Ints
    second_browser: Ints
    user_number: Ints
    stays_logged_in: Bools
    browser_consent: Bools
    browser_device: Ints
    browser_town: Ints
    browser_earlier_sessions: Ints
    browser_random: Ints

    def browser_of(self, person: Ints, wants_second: Bools) -> Ints:
        """Return the browser that a person uses, the second one where they have one and want it."""
        second = self.second_browser[person]
        return np.where(wants_second & (second >= 0), second, self.first_browser[person])

    def has_device(self, browser: Ints, category: str) -> Bools:
        """Return which browsers run on a category of device."""
        return np.array([device.category == category for device in DEVICES])[self.browser_device[browser]]


def draw_people(rng: np.random.Generator, site: Site, start_day: Ints, first_number: int) -> People:
    """Return the people whose first visits are on the given days. `first_number` keeps user ids apart."""
    persons = len(start_day)
    first_browser = np.arange(persons, dtype=np.int64)
    has_second = rng.random(persons) < TWO_BROWSERS
    second_browser = np.where(has_second, persons + np.cumsum(has_second) - 1, -1).astype(np.int64)
    shares = (rng.random(persons) < SHARED_BROWSER) & (first_browser > 0)
    first_browser = np.where(shares, first_browser - 1, first_browser)
    owner = np.concatenate([np.arange(persons), np.flatnonzero(has_second)]).astype(np.int64)
    consent = rng.random(persons) >= site.no_consent_share
    town = pick(rng, [town.weight for town in TOWNS], persons)
    known = rng.random(len(owner)) < KNOWN_BEFORE
    return People(
        start_day=start_day,
        first_browser=first_browser,
        second_browser=second_browser,
        user_number=first_number + np.arange(persons, dtype=np.int64),
        stays_logged_in=rng.random(persons) < STAYS_LOGGED_IN,
        browser_consent=consent[owner],
        browser_device=pick(rng, _device_weights(site.devices), len(owner)),
        browser_town=town[owner],
        browser_earlier_sessions=np.where(known, rng.integers(1, 6, len(owner)), 0).astype(np.int64),
        browser_random=rng.integers(100_000_000, 2_147_483_647, len(owner), dtype=np.int64),
    )


def _device_weights(categories: Mapping[str, float]) -> list[float]:
    return [device.weight * categories.get(device.category, 0.0) for device in DEVICES]
