"""Names of page groups and touchpoints: a misspelt one would match no page, or be known to no journey model.

Definitions may name groups that a property has not: they serve shops, lead sites and public forms alike. What is refused
there is a name that nobody gives and that looks like one that somebody does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from journey_analytics.definitions.funnel_steps import FunnelWhen
from journey_analytics.definitions.funnels import Funnel
from journey_analytics.definitions.journeys import Journey
from journey_analytics.definitions.personas import Persona
from journey_analytics.definitions.rules import TextMatch, TouchWhen
from journey_analytics.definitions.settings import OTHER_PAGES, PageGroup, Settings
from journey_analytics.definitions.strict import Location, nearest_place, place_in
from journey_analytics.definitions.touchpoints import Touchpoint
from journey_analytics.errors import DefinitionError, did_you_mean

# so alike are produkt and product, but not home and info
_ALIKE = 0.85


def refuse_unknown_page_groups(
    settings: Settings, path: Path, journeys: Iterable[Journey], common: Iterable[Touchpoint]
) -> None:
    """Refuse settings whose rules name a page group or touchpoint that is none, or whose page groups look misspelt.

    Args:
        path: the settings' file, for messages.
        journeys, common: the journey models and common touchpoints; the groups that they name are the standard ones.

    Raises:
        DefinitionError: the message names file and line, what is allowed and the nearest name.
    """
    standard = {name for journey in journeys for rule in journey.rules for name in _named(rule.when, rule.unless)}
    standard |= {name for touchpoint in common for name in _named(touchpoint.when, touchpoint.unless)}
    touchpoints = [touchpoint.touchpoint_id for touchpoint in (*common, *settings.touchpoints)]
    faults = [*_misspelt(settings, path, standard), *_unknown(settings, path, touchpoints)]
    if faults:
        raise DefinitionError("\n".join(faults))


def refuse_misspelt_names(
    settings: Settings,
    path: Path,
    journeys: Iterable[Journey],
    common: Iterable[Touchpoint],
    funnels: Mapping[Path, Funnel],
    sql_folder: Path,
) -> None:
    """Refuse rules of `sql/` whose page group or touchpoint looks misspelt, and owners of touchpoints that are none.

    Args:
        settings: of the property that the definitions are read for.
        path: the settings' file, for messages.
        journeys, common: the journey models and common touchpoints of the folder.
        funnels: by their files.

    Raises:
        DefinitionError: the message names file and line, what is allowed and the nearest name.
    """
    journeys, common = tuple(journeys), tuple(common)
    known = list(dict.fromkeys([t.touchpoint_id for t in (*common, *settings.touchpoints)]))
    known += [group.page_group for group in settings.page_groups if group.page_group not in known]
    known += [OTHER_PAGES] if OTHER_PAGES not in known else []
    rules: list[tuple[Path, Location, TouchWhen | FunnelWhen | None]] = []
    for journey in journeys:
        for number, rule in enumerate(journey.rules):
            file = sql_folder / "journeys" / f"{journey.name}.yml"
            rules += [(file, ("rules", number, "when"), rule.when), (file, ("rules", number, "unless"), rule.unless)]
    for number, touchpoint in enumerate(common):
        for key, when in (("when", touchpoint.when), ("unless", touchpoint.unless)):
            rules.append((sql_folder / "touchpoints.yml", ("touchpoints", number, key), when))
    for file, funnel in funnels.items():
        for at, matcher in funnel.matchers:
            rules += [(file, (*at, *place), when) for place, when in matcher.whens()]
    # a touchpoint of pages bears the name of their group; an advertisement's is no page group
    pages = {name for _, _, when in rules for name in _named(when) if name in known}
    pages |= {group.page_group for group in settings.page_groups} | {OTHER_PAGES}
    faults: list[str] = []
    for file, at, condition in rules:
        for column, names in (("page_group", sorted(pages)), ("touchpoint_id", sorted(known))):
            faults += _look_misspelt(file, (*at, column), getattr(condition, column, None), names)
    faults += [
        f"{place_in(path, ('owners', name))}: owners: {name!r} is no touchpoint and no page group. "
        f"Allowed: {', '.join(known)}.{did_you_mean(name, known)}"
        for name in settings.owners
        if name not in known
    ]
    if faults:
        raise DefinitionError("\n".join(faults))


def _look_misspelt(
    path: Path, at: Location, match: TextMatch | tuple[str, ...] | None, known: Sequence[str]
) -> Iterator[str]:
    kind = str(at[-1]).removesuffix("_id").replace("_", " ")
    for number, name in enumerate(_values(match)):
        if name in known:
            continue
        nearest = _nearest(name, known)
        if nearest is not None:
            place = nearest_place(path, (*at, "equals", number) if isinstance(match, TextMatch) else (*at, number))
            yield (
                f"{place}: {at[-1]}: no {kind} is known as {name!r}. Did you mean {nearest!r}? Allowed are any of your own, "
                f"once sql/touchpoints.yml or journey.yml names it, and: {', '.join(known)}."
            )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that another is all but the same as: most letters agree, or two have changed places.

    >>> _nearest("abuot", ["about"]), _nearest("info", ["home"]), _nearest("step_1", ["step_2"])
    ('about', None, None)
    """
    alike = {
        other: SequenceMatcher(None, name, other).ratio()
        for other in known
        if re.sub(r"\d", "", other) != re.sub(r"\d", "", name)  # numbered names are meant to be alike
    }
    close = {other: ratio for other, ratio in alike.items() if ratio >= _ALIKE or sorted(other) == sorted(name)}
    return max(close, key=lambda other: close[other]) if close else None


def _unknown(settings: Settings, path: Path, touchpoints: Sequence[str]) -> list[str]:
    """Return a sentence for each group or touchpoint that a rule of the settings names and no touch can have."""
    groups = list(dict.fromkeys([*(group.page_group for group in settings.page_groups), OTHER_PAGES]))
    columns = {
        "page_group": ("no page has the group", "those of page_groups", groups),
        "touchpoint_id": (
            "there is no touchpoint",
            "touchpoints and page groups",
            [*dict.fromkeys([*touchpoints, *groups])],
        ),
    }
    rules: dict[str, Sequence[Touchpoint | Persona]] = {
        "touchpoints": settings.touchpoints,
        "personas": settings.personas,
    }
    faults = []
    for section, number, rule in ((name, number, rule) for name in rules for number, rule in enumerate(rules[name])):
        for key, when in (("when", rule.when), ("unless", rule.unless)):
            for column, (wrong, allowed, known) in columns.items():
                at: Location = (section, number, key, column)
                faults += [
                    f"{place_in(path, at)}: {section}[{number}].{key}.{column}: {wrong} {name!r}. "
                    f"Allowed are {allowed}: {', '.join(known)}.{did_you_mean(name, known)}"
                    for name in _values(getattr(when, column, None))
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
        nearest = _nearest(group.page_group, sorted(standard))
        if nearest is not None:
            faults.append(
                f"{place_in(path, ('page_groups', number, 'page_group'))}: page_groups[{number}]: no journey model knows "
                f"the page group {group.page_group!r}. Did you mean {nearest!r}? Where it is a group of your own, give "
                f"it a title_nl and a title_en. The journey models know: {', '.join(sorted(standard))}."
            )
    return faults


def _has_title(group: PageGroup) -> bool:
    return group.title_nl is not None or group.title_en is not None


def _named(*conditions: TouchWhen | FunnelWhen | None) -> list[str]:
    """Return the page groups that conditions name in full."""
    return [name for when in conditions if when is not None for name in _values(when.page_group)]


def _values(match: TextMatch | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the texts that a match names in full."""
    return (match.equals if isinstance(match, TextMatch) else match) or ()
