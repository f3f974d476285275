"""Attempts whose steps may come in any order: how many steps the events behind an entry can fill, each event one.

An event that fits two steps has to be dealt out. How many steps can be filled is a matching, and by the theorem of König
and Hall it is the least, over all sets S of steps, of (steps outside of S) + (events that fit a step of S). Turned round:
j of k steps are filled as soon as for every S the (j - k + size of S)th event that fits S is there. An event that fits
something can always be part of the largest matching, so that the entry is.

Steps that can share no event with others stand alone, and need their first event only; sets are made of those that can.
Steps that say the same count as one with several places.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.parts import (
    Ctes,
    carried,
    end_place,
    fits_any,
    in_range,
    keys,
    listed,
    numbers,
    same,
)

Alike = tuple[int, ...]
"""Steps that say the same."""


def sharing_steps(funnel: Funnel) -> list[list[Alike]]:
    """Return the steps in groups: only steps of one group may share an event."""
    alike: dict[str, list[int]] = {}
    for number, step in enumerate(funnel.steps, start=1):
        alike.setdefault(f"{step.first_ever} {step.condition()}", []).append(number)
    groups: list[list[Alike]] = []
    for same_steps in map(tuple, alike.values()):
        step = funnel.steps[same_steps[0] - 1]
        touched = [
            group
            for group in groups
            if any(step.may_share_an_event_with(funnel.steps[others[0] - 1]) for others in group)
        ]
        groups = [group for group in groups if group not in touched]
        groups.append([*(others for group in touched for others in group), same_steps])
    return groups


def followed_in_any_order(funnel: Funnel) -> Ctes:
    """Return the CTEs up to `followed`: every entry with the places at which a next step was filled."""
    ctes: Ctes = {"entries": _entries(funnel)}
    sources = []
    for place, group in enumerate(sharing_steps(funnel), start=1):
        if sum(map(len, group)) == 1:
            sources.append(_first_event(funnel, group[0][0]))
        else:
            ctes |= _dealt_out(funnel, group, place)
            sources.append(f"select {listed([*keys(funnel), 'place_1', 'place'])}\nfrom filled_{place}")
    ctes["moments"] = "\nunion all\n".join(sources)
    ctes["ordered"] = (
        f"select *, row_number() over (partition by {listed([*keys(funnel), 'place_1'])} order by place) as number\n"
        "from moments"
    )
    ctes["filled"] = _as_columns(funnel)
    return ctes | {"followed": _followed(funnel)}


def _entries(funnel: Funnel) -> str:
    columns = [*keys(funnel), "event_date as entry_date", "place as place_1", *end_place(funnel, "place")]
    columns += ["step_1 as is_anchor"] if funnel.anchor == "first_step" else []
    conditions = [fits_any(numbers(funnel)), *in_range(funnel)]
    return f"select {listed(columns)}\nfrom placed\nwhere {' and '.join(conditions)}"


def _first_event(funnel: Funnel, number: int) -> str:
    """Of a step that shares no event: its first event from the entry on, which may be the entry."""
    return (
        f"select {listed(f'entries.{column}' for column in [*keys(funnel), 'place_1'])}, step.place\n"
        f"from entries\nasof join step_{number} as step\n"
        f"on {same(keys(funnel), 'entries', 'step')} and entries.place_1 <= step.place"
    )


def _dealt_out(funnel: Funnel, group: list[Alike], name: int) -> Ctes:
    """Of steps that may share events: when the first was filled, the second, and so on."""
    total = sum(map(len, group))
    sets = [chosen for size in range(1, len(group) + 1) for chosen in combinations(range(len(group)), size)]
    sizes = {sum(1 << place for place in chosen): sum(len(group[place]) for place in chosen) for chosen in sets}
    mask = " + ".join(f"case when step_{alike[0]} then {1 << place} else 0 end" for place, alike in enumerate(group))
    whose = keys(funnel)
    fitting = fits_any(alike[0] for alike in group)
    # so many sets have a say in whether j steps are filled
    says = " ".join(
        f"when {level} then {sum(size > total - level for size in sizes.values())}" for level in range(1, total + 1)
    )
    return {
        f"sets_{name}": _rows(("members", "size"), sizes.items()),
        f"counts_{name}": _rows(("nth",), ((number,) for number in range(1, total + 1))),
        f"fits_{name}": f"select {listed([*whose, 'place', 'members', 'size'])}, "
        f"row_number() over (partition by {listed([*whose, 'members'])} order by place) as nth\n"
        f"from (\nselect *, {mask} as mask\nfrom placed\nwhere {fitting}\n) as placed\n"
        f"inner join sets_{name} as sets\non placed.mask & sets.members <> 0",
        f"since_{name}": f"select {listed(f'entries.{column}' for column in [*whose, 'place_1'])}, "
        f"fits.members, fits.size, fits.nth\n"
        f"from (\nselect entries.*, sets.members\nfrom entries\ncross join sets_{name} as sets\n) as entries\n"
        f"asof join fits_{name} as fits\n"
        f"on {same([*whose, 'members'], 'entries', 'fits')} and entries.place_1 <= fits.place",
        f"met_{name}": f"select {listed(f'since.{column}' for column in [*whose, 'place_1'])}, "
        f"{total} - since.size + counts.nth as level, fits.place\n"
        f"from since_{name} as since\ninner join counts_{name} as counts\non counts.nth <= since.size\n"
        f"inner join fits_{name} as fits\n"
        f"on {same([*whose, 'members'], 'since', 'fits')} and since.nth + counts.nth - 1 = fits.nth",
        f"filled_{name}": f"select {listed([*whose, 'place_1'])}, max(place) as place\nfrom met_{name}\n"
        f"group by {listed([*whose, 'place_1', 'level'])}\nhaving count(*) = case level {says} end",
    }


def _rows(names: Iterable[str], rows: Iterable[tuple[int, ...]]) -> str:
    names = list(names)
    return "\nunion all\n".join(
        f"select {listed(f'{value} as {name}' for value, name in zip(row, names, strict=True))}" for row in rows
    )


def _as_columns(funnel: Funnel) -> str:
    places = [f"max(case when number = {number} then place end) as place_{number}" for number in numbers(funnel)[1:]]
    by = listed([*keys(funnel), "place_1"])
    return f"select {listed([by, *places])}\nfrom ordered\ngroup by {by}"


def _followed(funnel: Funnel) -> str:
    """Every entry with what was filled in its window; of a step that it must have, when that was."""
    whose = keys(funnel)
    in_time = "" if funnel.window is None else " and {place} < entries.end_place"

    def timely(place: str) -> str:
        return f"case when true{in_time.format(place=place)} then {place} end" if in_time else place

    columns = [f"entries.{column}" for column in carried(funnel)]
    columns += [f"{timely(f'filled.place_{number}')} as place_{number}" for number in numbers(funnel)[1:]]
    joins = f"left join filled\non {same([*whose, 'place_1'], 'entries', 'filled')}"
    if funnel.anchor == "first_step":
        columns.append(
            f"case when entries.is_anchor then entries.place_1 else {timely('anchor.place')} end as anchor_place"
        )
        joins += f"\nasof left join step_1 as anchor\non {same(whose, 'entries', 'anchor')} and entries.place_1 <= anchor.place"
    return f"select {listed(columns)}\nfrom entries\n{joins}"
