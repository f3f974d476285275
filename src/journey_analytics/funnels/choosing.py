"""From all attempts to those that count: what is excluded, the best or first of a date, or one after the other."""

from __future__ import annotations

from journey_analytics.definitions.funnels import MAX_STEPS, Funnel
from journey_analytics.funnels.parts import Ctes, carried, entry, keys, listed, moment, numbers, same
from journey_analytics.funnels.windows_per_step import carried_per_step, one_way


def chosen_attempts(funnel: Funnel) -> Ctes:
    """Return the CTEs from `followed` to `chosen`."""
    ctes = _excluded(funnel)
    if funnel.is_chained_per_step:
        ctes |= {"ways": _attempts(funnel), "attempts": one_way(funnel)}
    else:
        ctes["attempts"] = _attempts(funnel)
    return ctes | (_totals(funnel) if funnel.count == "totals" else _best_or_first(funnel))


def _places(funnel: Funnel) -> list[str]:
    """The columns of the steps' places that are no entry's."""
    return [f"place_{number}" for number in numbers(funnel) if number > 1 or funnel.entry == "open"]


def _excluded(funnel: Funnel) -> Ctes:
    """The first excluded event of each attempt: behind its entry, and within its window."""
    if funnel.exclude is None:
        return {}
    unit = funnel.unit_columns
    stop = "stop.place" if funnel.window is None else "case when stop.place < reached.end_place then stop.place end"
    return {
        "stops": f"select {listed(unit)}, place\nfrom placed\nwhere is_excluded",
        "stopped": f"select reached.*, {stop} as stop_place\nfrom followed as reached\n"
        f"asof left join stops as stop\non {same(unit, 'reached', 'stop')} and reached.{entry(funnel)} < stop.place",
    }


def _attempts(funnel: Funnel) -> str:
    """Each attempt with how far it got, and where that was."""
    later = _places(funnel)
    columns = carried_per_step(funnel) if funnel.is_chained_per_step else carried(funnel)
    source = "followed"
    conditions = [] if funnel.anchor == "any_step" else ["anchor_place is not null"]
    if funnel.exclude is not None:
        source = "stopped"
        if funnel.exclude.rule == "removes":
            conditions.append(f"(stop_place is null or coalesce({later[-1]} < stop_place, false))")
        else:
            # what is excluded fills no step either
            columns.append("stop_place")
            if funnel.anchor == "first_step":
                conditions.append("(stop_place is null or anchor_place < stop_place)")
            later = [
                f"case when stop_place is null or {place} < stop_place then {place} end as {place}" for place in later
            ]
    where = f"\nwhere {' and '.join(conditions)}" if conditions else ""
    reach = f"select {listed([*columns, *later])}\nfrom {source}{where}"
    steps = numbers(funnel)[::-1]
    cases = " ".join(f"when place_{number} is not null then {number}" for number in steps)
    places = listed(f"place_{number}" for number in steps)
    filled = ", " + _filled(funnel) if _skips(funnel) else ""
    return (
        f"select *, case {cases} end as steps_reached, coalesce({places}) as last_place{filled}\n"
        f"from (\n{reach}\n) as reach"
    )


def _skips(funnel: Funnel) -> bool:
    """Whether two attempts that got equally far may have filled another number of steps."""
    return funnel.has_optional or funnel.entry == "open"


def _filled(funnel: Funnel) -> str:
    parts = [f"case when {place} is null then 0 else 1 end" for place in _places(funnel)]
    return f"{' + '.join(parts)} as steps_filled"


def _best_or_first(funnel: Funnel) -> Ctes:
    """One attempt of a unit and entry date.

    Best is who gets furthest; among equals who gets there first; among those who began last. Where steps may be missing,
    who filled more goes before who was first. The window of a date is open until the last attempt of that date, of those
    that count, has run out.
    """
    whose = keys(funnel) if funnel.attribution == "all" else funnel.unit_columns
    of_a_date = f"partition by {listed(whose)}, entry_date"
    filled = "steps_filled desc, " if _skips(funnel) else ""
    best = f"steps_reached desc, {filled}last_place, {entry(funnel)} desc"
    order = entry(funnel) if funnel.attempt == "first" else best
    columns = ["*", f"row_number() over ({of_a_date} order by {order}) as choice"]
    if funnel.window is not None:
        ends = "end_place" if funnel.attempt == "first" else f"max(end_place) over ({of_a_date})"
        columns.append(f"{ends} as open_place")
    return {
        "ranked": f"select {listed(columns)}\nfrom attempts",
        "chosen": "select *\nfrom ranked\nwhere choice = 1",
    }


def _totals(funnel: Funnel) -> Ctes:
    """Attempts that follow one another: the next begins when the last has converted, was ended or has run out."""
    over = [f"place_{len(funnel.steps)}"]
    if funnel.exclude is not None and funnel.exclude.rule == "ends":
        over.append("stop_place")
    if funnel.window is not None:
        over.append("end_place")
    free = f"coalesce({listed(over)})" if len(over) > 1 else over[0]
    began = entry(funnel)
    # values that are held are walked apart; those without one are walked together
    walks = [*funnel.unit_columns, *(f"walked_{column}" for column in funnel.hold)]
    held = listed(["*", *(f"coalesce({column}, '') as walked_{column}" for column in funnel.hold)])
    columns = [
        "*",
        f"{free} as free_place",
        f"row_number() over (partition by {listed(walks)} order by {began}) as attempt_number",
        *([] if funnel.window is None else ["end_place as open_place"]),
    ]
    return {
        "walked": f"select {held}\nfrom attempts",
        "freed": f"select {listed(columns)}\nfrom walked",
        "linked": f"select freed.*, following.{began} as next_place\nfrom freed\nasof left join walked as following\n"
        f"on {same(walks, 'freed', 'following')} and freed.free_place < following.{began}",
        "chosen": "select *\nfrom linked\nwhere attempt_number = 1\nunion all\nselect linked.*\nfrom chosen\n"
        f"inner join linked\non {same(walks, 'chosen', 'linked')} and chosen.next_place = linked.{began}",
    }


def attempt_rows(funnel: Funnel) -> str:
    """Return the final SELECT: a row per chosen attempt."""
    steps, began = numbers(funnel), f"chosen.{entry(funnel)}"

    def at(place: str) -> str:
        return f"make_timestamp(cast({moment(place)} as bigint))"

    attributed, join = _attributed(funnel)
    never = "cast(null as timestamp)"
    ends = never if funnel.window is None else f"make_timestamp(cast({moment('chosen.open_place')} - 1 as bigint))"
    columns = [
        f"'{funnel.name}' as funnel",
        "entries.event_key as attempt_key",
        "entries.person_key",
        "entries.session_key",
        f"{attributed} as attributed_session_key",
        "chosen.entry_date",
        "cast(chosen.steps_reached as integer) as steps_reached",
        f"{at(began)} as entered_at",
        f"{ends} as window_ends_at",
        f"{at(f'chosen.place_{steps[-1]}')} as converted_at",
    ]
    for number in range(1, MAX_STEPS + 1):
        columns.append(f"{at(f'chosen.place_{number}') if number in steps else never} as step_{number}_at")
    # people come in at another step too: where any will do, and where the first may be missing
    entries = "step_1" if funnel.entry == "closed" and funnel.order != "any" else "placed"
    return (
        "select\n    "
        + ",\n    ".join(columns)
        + f"\nfrom chosen\ninner join {entries} as entries\n"
        + f"on {same(funnel.unit_columns, 'chosen', 'entries')} and {began} = entries.place"
        + join
    )


def _attributed(funnel: Funnel) -> tuple[str, str]:
    """Whose session speaks in a breakdown: the column, and the join that brings it."""
    if funnel.attribution in ("entry", "all"):
        # with `all` every step has the entry's value
        return "entries.session_key", ""
    place = "last_place" if funnel.attributed_step is None else f"place_{funnel.attributed_step}"
    return (
        "spoken_for.session_key",
        f"\nleft join placed as spoken_for\n"
        f"on {same(funnel.unit_columns, 'chosen', 'spoken_for')} and chosen.{place} = spoken_for.place",
    )
