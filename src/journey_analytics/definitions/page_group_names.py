"""Page groups that a property's settings name: a misspelt one would match no page, or be known to no journey model."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from journey_analytics.definitions.journeys import Journey
from journey_analytics.definitions.rules import TextMatch, TouchWhen
from journey_analytics.definitions.settings import OTHER_PAGES, PageGroup, Settings
from journey_analytics.definitions.strict import Location, place_in
from journey_analytics.definitions.touchpoints import Touchpoint
from journey_analytics.errors import DefinitionError, did_you_mean

# so alike are produkt and product, but not home and info
_ALIKE = 0.85


def refuse_unknown_page_groups(
    settings: Settings, path: Path, journeys: Iterable[Journey], common: Iterable[Touchpoint]
) -> None:
    """Refuse settings whose touchpoints name a page group that is none, or whose page groups look misspelt.

    Args:
        path: the settings' file, for messages.
        journeys, common: the journey models and common touchpoints; the groups that they name are the standard ones.

    Raises:
        DefinitionError: the message names file and line, what is allowed and the nearest name.
    """
    standard = {name for journey in journeys for rule in journey.rules for name in _named(rule.when, rule.unless)}
    standard |= {name for touchpoint in common for name in _named(touchpoint.when, touchpoint.unless)}
    faults = [*_misspelt(settings, path, standard), *_unknown(settings, path)]
    if faults:
        raise DefinitionError("\n".join(faults))


def _unknown(settings: Settings, path: Path) -> list[str]:
    """Return a sentence for each group that a touchpoint of the settings names and no page can have."""
    known = list(dict.fromkeys([*(group.page_group for group in settings.page_groups), OTHER_PAGES]))
    faults = []
    for number, touchpoint in enumerate(settings.touchpoints):
        for key, when in (("when", touchpoint.when), ("unless", touchpoint.unless)):
            at: Location = ("touchpoints", number, key, "page_group")
            faults += [
                f"{place_in(path, at)}: touchpoints[{number}].{key}.page_group: no page has the group {name!r}. "
                f"Allowed are those of page_groups: {', '.join(known)}.{did_you_mean(name, known)}"
                for name in _named(when)
                if name not in known
            ]
    return faults


def _misspelt(settings: Settings, path: Path, standard: set[str]) -> list[str]:
    """Return a sentence for each page group that is all but a standard one, and that nothing says to be meant so."""
    own = {touchpoint.touchpoint_id for touchpoint in settings.touchpoints}
    faults = []
    for number, group in enumerate(settings.page_groups):
        if group.page_group in standard | own or _has_title(group):
            continue
        nearest = get_close_matches(group.page_group, standard, n=1, cutoff=_ALIKE)
        if nearest:
            faults.append(
                f"{place_in(path, ('page_groups', number, 'page_group'))}: page_groups[{number}]: no journey model knows "
                f"the page group {group.page_group!r}. Did you mean {nearest[0]!r}? Where it is a group of your own, give "
                f"it a title_nl and a title_en. The journey models know: {', '.join(sorted(standard))}."
            )
    return faults


def _has_title(group: PageGroup) -> bool:
    return group.title_nl is not None or group.title_en is not None


def _named(*conditions: TouchWhen | None) -> list[str]:
    """Return the page groups that conditions name in full."""
    matches = [when.page_group for when in conditions if when is not None and when.page_group is not None]
    return [name for match in matches for name in (match.equals if isinstance(match, TextMatch) else match)]
