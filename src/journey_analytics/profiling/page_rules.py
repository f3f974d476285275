"""From places on a site to the rules of `page_groups`, in an order in which the first that holds is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from journey_analytics.profiling.page_tree import Node, Place
from journey_analytics.profiling.words import STANDARD_GROUPS

# a rule with more paths than these is no rule any more; what is left out is counted with `other`
_MOST_PATHS = 15
# short folders are written with their slash: /p would hold /parkeren as well
_SHORT = 3
_BESIDE_SHARE = 0.01


@dataclass(frozen=True)
class PageRule:
    """One line of `page_groups`.

    Attributes:
        when: the condition as it stands in YAML.
        page_views: that it gives a group to; 0 for the second line of a group, counted with the first.
        left_out: paths that did not fit into the line.
        item_views: views of an item on these page views.
    """

    page_group: str
    when: dict[str, Any]
    page_views: int
    left_out: int = 0
    title: str | None = None
    item_views: int = 0


@dataclass(frozen=True)
class _Batch:
    """Places of one group at one depth of nesting."""

    group: str
    layer: int
    places: tuple[Place, ...]


def page_rules(places: Sequence[Place], root: Node) -> list[PageRule]:
    """Return the rules for these places: each after those for places inside it."""
    batches = _batches(places)
    ordered: list[_Batch] = []
    for batch in sorted((b for b in batches if not b.layer), key=_rank):
        _put(batch, batches, ordered)
    return [rule for batch in ordered for rule in _rules(batch, root)]


def _batches(places: Sequence[Place]) -> list[_Batch]:
    found: dict[tuple[int, str], list[Place]] = {}

    def collect(layer: int, members: Sequence[Place]) -> None:
        for place in members:
            found.setdefault((layer, place.group), []).append(place)
            collect(layer + 1, place.below)

    collect(0, places)
    return [
        _Batch(group, layer, tuple(sorted(members, key=lambda p: (-p.all_page_views, p.node.facts.path))))
        for (layer, group), members in found.items()
    ]


def _rank(batch: _Batch) -> tuple[int, int, str]:
    order = STANDARD_GROUPS.index(batch.group) if batch.group in STANDARD_GROUPS else len(STANDARD_GROUPS)
    return order, -sum(place.page_views for place in batch.places), batch.group


def _put(batch: _Batch, batches: Sequence[_Batch], ordered: list[_Batch]) -> None:
    """Append a batch, after the batches of places that lie inside its own."""
    if batch in ordered:
        return
    inside = {id(inner) for place in batch.places for inner in place.below}
    for deeper in sorted((b for b in batches if b.layer == batch.layer + 1), key=_rank):
        if any(id(place) in inside for place in deeper.places):
            _put(deeper, batches, ordered)
    ordered.append(batch)


def _rules(batch: _Batch, root: Node) -> list[PageRule]:
    kept = batch.places[:_MOST_PATHS]
    pages: list[str] = []
    starts: list[str] = []
    for place in kept:
        path = place.node.facts.path
        if place.is_page:
            pages.append(path)
        elif _needs_slash(place.node, root, batch):
            starts += [path + "/"] if place.node.inside else []
            pages += [path] if place.node.facts.own_page_views or not place.node.inside else []
        else:
            starts.append(path)
    conditions = ([{"page_path": _one_or_many(pages)}] if pages else []) + (
        [{"page_path": {"starts_with": _one_or_many(starts)}}] if starts else []
    )
    views, left_out = sum(place.page_views for place in kept), len(batch.places) - len(kept)
    item_views = sum(place.item_views for place in kept)
    title = kept[0].node.segment if kept[0].is_own else None
    return [
        PageRule(batch.group, when, *((0, 0, title) if number else (views, left_out, title, item_views)))
        for number, when in enumerate(conditions)
    ]


def _needs_slash(node: Node, root: Node, batch: _Batch) -> bool:
    """Return whether `starts_with` would hold folders of another group as well, now or soon."""
    above, _, segment = node.facts.path.rpartition("/")
    mine = {place.node.facts.path for place in batch.places}
    return len(segment) <= _SHORT or any(
        other.startswith(segment)
        and beside.facts.path not in mine
        # a mistyped link or two are no reason for a second line
        and beside.facts.page_views >= _BESIDE_SHARE * node.facts.page_views
        for other, beside in _folder(root, above).inside.items()
        if other != segment
    )


def _folder(root: Node, path: str) -> Node:
    for segment in path.split("/")[1:]:
        root = root.inside[segment]
    return root


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
