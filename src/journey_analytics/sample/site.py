"""What a sample property is made of: pages, scenes, a story, channels and the truths planted in it.

Only tables: everything that a scenario says stands in one `Site`, and the engine beside it knows no scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Layout = Literal["daily_json", "weekly_json", "parquet_shards"]


@dataclass(frozen=True)
class Hit:
    """An event that a page makes by itself.

    `at` is the part of the stay that has passed; 0 puts the event in the page view's own batch (same microsecond).
    """

    event: str
    share: float = 1.0
    at: float = 0.0


@dataclass(frozen=True)
class Page:
    """A kind of page: its addresses with their titles, and how often people leave there for good.

    `leave` holds the first time that a person is there, `leave_again` each later time.
    """

    kind: str
    paths: tuple[tuple[str, str], ...]
    seconds: float = 25.0
    leave: float = 0.0
    leave_again: float = 0.0
    hits: tuple[Hit, ...] = ()
    offline: bool = False


def one(path: str, title: str) -> tuple[tuple[str, str], ...]:
    """Return the paths of a kind of page that has one address."""
    return ((path, title),)


def under(folder: str, pages: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the paths of a kind of page with many addresses: (last part, title) each."""
    return tuple((f"{folder}/{slug}", title) for slug, title in pages)


@dataclass(frozen=True)
class Step:
    """One page view of a scene. Its `acts` happen only when the person does not leave there.

    `tied` steps are there exactly when the step before is. On a `safe` step nobody leaves and nothing is planted.
    """

    page: str
    share: float = 1.0
    acts: tuple[str, ...] = ()
    tied: bool = False
    safe: bool = False


@dataclass(frozen=True)
class Scene:
    """A piece of a visit: steps in order, and the channels that bring people when a session begins with it."""

    name: str
    steps: tuple[Step, ...]
    channels: Mapping[str, float]


@dataclass(frozen=True)
class Slot:
    """A place in the story: one of its scenes, in the same session, later the same day, or days later.

    A `tied` slot can only be there when the slot before is.
    """

    scenes: Mapping[str, float]
    share: float = 1.0
    same_session: float = 0.0
    same_day: float = 0.0
    gap_days: float = 4.0
    gap_spread: float = 0.8
    tied: bool = False


@dataclass(frozen=True)
class Channel:
    """Where a session comes from, as GA4 names it."""

    name: str
    source: str
    medium: str
    campaign: str
    group: str
    referrer: str = ""
    query: str = ""
    has_gclid: bool = False


@dataclass(frozen=True)
class Product:
    """Something for sale. `category` is the last part of the address of its category page."""

    item_id: str
    slug: str
    name: str
    brand: str
    category: str
    price: float


@dataclass(frozen=True)
class Noise:
    """A Clarity signal without any effect on behaviour: `share` of the views of `page` show it."""

    page: str
    event: str
    share: float
    element: str


@dataclass(frozen=True)
class Truth:
    """One planted fact; the only address of its numbers.

    Of the persons for whom it holds, `leaves` stop for good the first time they are on `page`; of the others there
    `otherwise` (None: the page's own `leave`). `other_page` is one to compare with. `signal_share` of the visitors of
    the page meet `signals`; a truth with signals holds for them only. `leaves` None: a decoy, the signals are there
    and change nothing. The texts name the numbers as `{leaves}`, `{otherwise}`, `{other_page}`, `{slower}`,
    `{since}`, `{ga4_share_if_leaving}` and `{ga4_share_if_not}`.
    """

    id: str
    what_nl: str
    what_en: str
    page: str
    event: str
    visible_now: bool
    why_not: str = ""
    leaves: float | None = None
    otherwise: float | None = None
    other_page: str = ""
    since: date | None = None
    for_whom: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, float] = field(default_factory=dict)
    signal_share: float = 0.0
    element: str = ""
    slower: float = 1.0
    ga4_event: str = ""
    ga4_share_if_leaving: float = 0.0
    ga4_share_if_not: float = 0.0
    is_search_without_results: bool = False

    @property
    def is_for_some(self) -> bool:
        """Return whether some visitors of the page are outside: by segment, date or signal."""
        return bool(self.for_whom or self.since or self.signals or self.is_search_without_results)

    @property
    def signal(self) -> str:
        """Return the name of what can be seen in the data."""
        if self.is_search_without_results:
            return "search_without_results"
        return self.ga4_event or " | ".join(self.signals) or "drop_off"


@dataclass(frozen=True)
class Site:
    """One property with its visitors' story."""

    name: str
    title: str
    host: str
    stream_id: str
    layout: Layout
    file_stem: str
    pages: tuple[Page, ...]
    scenes: tuple[Scene, ...]
    story: tuple[Slot, ...]
    return_slot: Slot
    return_share: float
    channels: tuple[Channel, ...]
    truths: tuple[Truth, ...]
    noise: tuple[Noise, ...]
    devices: Mapping[str, float]
    weekday_weights: tuple[float, ...]
    products: tuple[Product, ...] = ()
    searches: tuple[str, ...] = ()
    searches_without_results: tuple[str, ...] = ()
    lead_values: tuple[float, ...] = ()
    form: tuple[str, str] = ("", "")
    form_fields: tuple[str, ...] = ()
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    no_consent_share: float = 0.08

    def page_number(self, kind: str) -> int:
        """Return the position of a kind of page."""
        return [page.kind for page in self.pages].index(kind)

    def scene_number(self, name: str) -> int:
        """Return the position of a scene."""
        return [scene.name for scene in self.scenes].index(name)

    def channel_number(self, name: str) -> int:
        """Return the position of a channel."""
        return [channel.name for channel in self.channels].index(name)

    def otherwise(self, truth: Truth) -> float:
        """Return the share of the others who leave at the page of a truth."""
        own = self.pages[self.page_number(truth.page)].leave
        return own if truth.otherwise is None else truth.otherwise
