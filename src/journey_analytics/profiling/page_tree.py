"""From the folders of a site to page groups: which folder is what, by its words and by the events that happen there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from journey_analytics.profiling.profile import PageFolder
from journey_analytics.profiling.words import STANDARD_GROUPS, group_of, is_locale, slug

# events per page view that make a folder that kind of page; the first that holds wins
_EVIDENCE = (
    ("purchase", "confirmation"), ("form_success", "form_sent"), ("add_payment_info", "checkout_payment"),
    ("add_shipping_info", "checkout_shipping"), ("begin_checkout", "checkout_details"), ("view_cart", "cart"),
    ("view_item", "product"), ("view_item_list", "category"), ("view_search_results", "search"), ("search", "search"),
    ("form_step", "form_details"), ("write_review", "reviews"), ("login", "account"), ("sign_up", "account"),
)  # fmt: skip
_EVIDENT_SHARE = 0.5
_HINTED_SHARE = 0.25
# as many views of items as page views: each page shows one. Lists show more, other pages fewer
ONE_EACH = (0.7, 1.5)
# a group named after a folder is worth its place from this share of the page views on
_OWN_GROUP_SHARE = 0.02
_SMALLEST_SHARE = 0.0005
_OWN_GROUPS = 10
_SEVERAL = 3
# names that say little: what happens there may say more
_OPEN = (None, "category", "information")
_OFFER_SIGNS = frozenset({"conditions", "costs"})


@dataclass
class Node:
    """A folder of the site with the folders in it."""

    segment: str
    facts: PageFolder
    inside: dict[str, Node] = field(default_factory=dict)

    def number_of(self, event_name: str) -> int:
        """Return how often an event happens in the folder."""
        return next((event.count for event in self.facts.events if event.name == event_name), 0)

    def per_page_view(self, event_name: str) -> float:
        """Return how often an event happens per page view."""
        return self.number_of(event_name) / self.facts.page_views if self.facts.page_views else 0.0


@dataclass(frozen=True)
class Place:
    """A folder that has a page group, and the places below it that have another."""

    node: Node
    group: str
    below: tuple[Place, ...] = ()
    is_own: bool = False  # named after the folder, no standard group
    is_page: bool = False  # the page alone, without what lies below it

    @property
    def page_views(self) -> int:
        """Page views that this place keeps for itself."""
        if self.is_page:
            return self.node.facts.own_page_views
        return self.node.facts.page_views - sum(place.all_page_views for place in self.below)

    @property
    def item_views(self) -> int:
        """Views of an item (`view_item`) on the page views that this place keeps for itself."""
        return self.node.number_of("view_item") - sum(place.node.number_of("view_item") for place in self.below)

    @property
    def all_page_views(self) -> int:
        """Page views of the place and of those below it."""
        return self.node.facts.own_page_views if self.is_page else self.node.facts.page_views

    def everything(self) -> Iterator[Place]:
        """Yield this place and all below it."""
        yield self
        for place in self.below:
            yield from place.everything()


def site_tree(folders: Iterable[PageFolder]) -> Node:
    """Return the folders as a tree. Its root is the home page; folders whose parent is not known are left out."""
    known = {folder.path: folder for folder in folders}
    root = Node("", known.get("/", PageFolder("/", 0, 0, 0)))
    nodes: dict[str, Node] = {"": root}
    for path in sorted(known, key=lambda path: (path.count("/"), path)):
        parent, _, segment = path.rpartition("/")
        if segment and path.startswith("/") and parent in nodes and not segment.isspace():
            nodes[path] = nodes[parent].inside[segment] = Node(segment, known[path])
    return root


def placed(folders: Sequence[PageFolder], page_views: int) -> list[Place]:
    """Return the places of a site, the most specific ones inside those that hold them.

    Args:
        folders: what is known of the paths.
        page_views: of the whole site; places with hardly any are left to the folder that holds them.
    """
    root = site_tree(folders)
    places = [Place(root, "home", is_page=True)] if root.facts.own_page_views else []
    least = max(1.0, page_views * _SMALLEST_SHARE)
    places += _inside(root, None, least)
    return places + _own_groups(root, places, page_views)


def _inside(node: Node, above: str | None, least: float) -> list[Place]:
    """Return the places in a folder, found anew for each folder in it."""
    places: list[Place] = []
    for inner in node.inside.values():
        if inner.facts.page_views < least:
            continue
        if above is None and is_locale(inner.segment):
            if inner.facts.own_page_views:
                places.append(Place(inner, "home", is_page=True))
            places += _inside(inner, None, least)
            continue
        group = _group(inner, above)
        deeper = _inside(inner, group or above, least)
        if group is None or group == above:
            places += deeper
        elif group == "home":
            places += [Place(inner, group, is_page=True), *deeper]
        else:
            places.append(Place(inner, group, tuple(deeper)))
    return places


def _group(node: Node, above: str | None) -> str | None:
    """Return the standard group of a folder: by its name, by what happens there, by what lies in it."""
    named = group_of(node.segment, above)
    low, high = ONE_EACH
    shows_one_each = low <= node.per_page_view("view_item") <= high and (named is None or node.facts.pages >= _SEVERAL)
    if shows_one_each and named in _OPEN and above in _OPEN:
        return "product"
    if named is not None or above not in (*_OPEN, "product"):
        return named
    for event_name, group in _EVIDENCE:
        if node.per_page_view(event_name) >= _EVIDENT_SHARE:
            return group
    if above is None and any(group_of(segment) in _OFFER_SIGNS for segment in node.inside):
        # what has costs and conditions of its own is an offer
        return "product"
    return None


def _own_groups(root: Node, places: list[Place], page_views: int) -> list[Place]:
    """Return groups for big folders that are still without one, named after the folder; `places` move inside them."""
    free = [node for node in _first_folders(root) if not any(place.node is node for place in places)]
    found = []
    for node in free:
        mine = [place for place in places if place.node is not node and _holds(node, place.node)]
        rest = node.facts.page_views - sum(place.all_page_views for place in mine)
        if rest >= page_views * _OWN_GROUP_SHARE and rest:
            found.append((rest, node, mine))
    own: list[Place] = []
    taken = {*STANDARD_GROUPS, "other"}
    for _, node, mine in sorted(found, key=lambda item: (-item[0], item[1].facts.path))[:_OWN_GROUPS]:
        shows_items = node.per_page_view("view_item"), node.per_page_view("view_item_list")
        hinted = "product" if shows_items[0] >= shows_items[1] else "category"
        name = slug(node.segment)
        if max(shows_items) >= _HINTED_SHARE:
            # what is of the same kind need not be told apart any more; what lies below it does
            inner = [deeper for p in mine for deeper in (p.below if p.group == hinted else (p,))]
            own.append(Place(node, hinted, tuple(inner)))
        elif name:
            own.append(Place(node, f"{name}_pages" if name in taken else name, tuple(mine), is_own=True))
        else:
            continue
        for place in mine:
            places.remove(place)
    return own


def _first_folders(root: Node) -> Iterator[Node]:
    """Yield the folders at the top, those of each language among them."""
    for node in root.inside.values():
        if is_locale(node.segment):
            yield from _first_folders(node)
        else:
            yield node


def _holds(outer: Node, inner: Node) -> bool:
    return inner.facts.path.startswith(outer.facts.path + "/")
