"""A `Site` as flat arrays, so that millions of steps can look things up at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from journey_analytics.sample.draws import Bools, Floats, Ints
from journey_analytics.sample.site import Hit, Page, Site, Slot, Step

EVERY_PAGE = (Hit("scroll", 0.38, 0.6), Hit("user_engagement", 0.34, 0.97))
ACT_AT = 0.72
ACT_APART = 0.05


@dataclass(frozen=True)
class Hits:
    """Lists of hits, laid end to end: list k is `first[k]` … `first[k] + count[k]`."""

    first: Ints
    count: Ints
    event: Ints
    share: Floats
    at: Floats


@dataclass(frozen=True)
class Compiled:
    """The tables of a site by number: page, scene, template step (the steps of all scenes, laid end to end)."""

    site: Site
    events: tuple[str, ...]
    page_leave: Floats
    page_leave_again: Floats
    page_seconds: Floats
    page_offline: Bools
    page_paths: Ints
    page_first_path: Ints
    scene_first: Ints
    scene_length: Ints
    scene_channels: Floats
    step_page: Ints
    step_share: Floats
    step_leader: Ints
    step_safe: Bools
    page_hits: Hits
    step_acts: Hits

    def slot_weights(self, slots: Sequence[Slot]) -> Floats:
        """Return the table of scene weights, one row per slot."""
        names = [scene.name for scene in self.site.scenes]
        return _weights(names, [slot.scenes for slot in slots])


def compile_site(site: Site) -> Compiled:
    """Return the flat arrays of a site."""
    steps = [step for scene in site.scenes for step in scene.steps]
    lengths = np.array([len(scene.steps) for scene in site.scenes], dtype=np.int64)
    path_counts = np.array([len(page.paths) for page in site.pages], dtype=np.int64)
    page_lists = [_page_hits(page) for page in site.pages]
    act_lists = [_acts(step) for step in steps]
    events = _event_names(page_lists + act_lists, {truth.ga4_event for truth in site.truths if truth.ga4_event})
    return Compiled(
        site=site,
        events=events,
        page_leave=np.array([page.leave for page in site.pages]),
        page_leave_again=np.array([page.leave_again for page in site.pages]),
        page_seconds=np.array([page.seconds for page in site.pages]),
        page_offline=np.array([page.offline for page in site.pages]),
        page_paths=path_counts,
        page_first_path=np.cumsum(path_counts) - path_counts,
        scene_first=np.cumsum(lengths) - lengths,
        scene_length=lengths,
        scene_channels=_weights([c.name for c in site.channels], [scene.channels for scene in site.scenes]),
        step_page=np.array([site.page_number(step.page) for step in steps], dtype=np.int64),
        step_share=np.array(_shares(steps)),
        step_leader=_leaders(steps),
        step_safe=np.array([step.safe for step in steps]),
        page_hits=_hits(page_lists, events.index),
        step_acts=_hits(act_lists, events.index),
    )


def _page_hits(page: Page) -> tuple[Hit, ...]:
    return page.hits if page.offline else (Hit("page_view"), *page.hits, *EVERY_PAGE)


def _acts(step: Step) -> tuple[Hit, ...]:
    return tuple(Hit(act, 1.0, ACT_AT + number * ACT_APART) for number, act in enumerate(step.acts))


def _event_names(lists: Sequence[Sequence[Hit]], planted: set[str]) -> tuple[str, ...]:
    """Return all event names; the three automatic ones of a first page first, in GA4's order within a batch."""
    automatic = ["first_visit", "session_start", "page_view"]
    others = {hit.event for hits in lists for hit in hits} - set(automatic)
    return (*automatic, *sorted(others | planted))


def _hits(lists: Sequence[Sequence[Hit]], event_number: Callable[[str], int]) -> Hits:
    counts = np.array([len(hits) for hits in lists], dtype=np.int64)
    flat = [hit for hits in lists for hit in hits]
    return Hits(
        first=np.cumsum(counts) - counts,
        count=counts,
        event=np.array([event_number(hit.event) for hit in flat], dtype=np.int64),
        share=np.array([hit.share for hit in flat]),
        at=np.array([hit.at for hit in flat]),
    )


def _weights(names: Sequence[str], rows: Sequence[Mapping[str, float]]) -> Floats:
    unknown = {name for row in rows for name in row} - set(names)
    if unknown:
        raise KeyError(f"unknown names in a sample scenario: {sorted(unknown)}")
    return np.array([[row.get(name, 0.0) for name in names] for row in rows])


def _shares(steps: Sequence[Step]) -> list[float]:
    shares: list[float] = []
    for step in steps:
        shares.append(shares[-1] if step.tied else step.share)
    return shares


def _leaders(steps: Sequence[Step]) -> Ints:
    """Return for each step how many steps back the draw stands that decides about it."""
    back: list[int] = []
    for step in steps:
        back.append(back[-1] + 1 if step.tied else 0)
    return np.array(back, dtype=np.int64)
