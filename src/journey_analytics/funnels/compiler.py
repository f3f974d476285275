"""From a funnel to one SELECT that yields its attempts: pure functions from a definition to text.

Every event of step 1 begins an attempt. Of each attempt the earliest step 2 behind it is found, then the earliest step 3
behind that, and so on: one ASOF join a step. For an attempt whose beginning is fixed nothing gets further than the
earliest, so the reach of every attempt is exact; the greedy fault is to follow one beginning only, which nobody does
here. Steps stand in one total order, `place`: the timestamp, the batch order, the lowest step that the event fits, the
event key. A later place is a later event, so that one event fills one step.
"""

from __future__ import annotations

from collections.abc import Iterable

from journey_analytics.definitions.funnels import MAX_STEPS, Funnel

# what the events must have, beside the columns that steps and `hold` look at
EVENT_COLUMNS = (
    "person_key",
    "session_key",
    "event_key",
    "event_timestamp",
    "event_date",
    "event_name",
    "batch_page_id",
    "batch_ordering_id",
    "batch_event_index",
)
_IN_ONE_MOMENT = 1_000_000


def attempts_sql(funnel: Funnel, events: str, passed_over: Iterable[str] = ()) -> str:
    """Return the SELECT of a funnel's attempts, a row each.

    For uniques that is the best or the first attempt of a unit and entry date, for totals every attempt.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
        passed_over: names of events that are no touch: `order: strict` does not see them.
    """
    ctes = {
        "events": events,
        "marked": _marked(funnel, passed_over),
        "placed": _placed(funnel),
        **{f"step_{number}": _step(funnel, number) for number in _numbers(funnel)},
        "reached_1": _entries(funnel),
        **{f"reached_{number}": _reached(funnel, number) for number in _numbers(funnel)[1:]},
        "followed": _followed(funnel),
        **_excluded(funnel),
        "attempts": _attempts(funnel),
        **(_totals(funnel) if funnel.count == "totals" else _best_or_first(funnel)),
    }
    parts = ",\n\n".join(f"{name} as (\n{sql}\n)" for name, sql in ctes.items())
    return f"with {'recursive ' if funnel.count == 'totals' else ''}{parts}\n\n{_rows(funnel)}"


def unknown_events_sql(funnel: Funnel, events: str) -> str:
    """Return the SELECT that counts the events that fit each step of a funnel, by date.

    Args:
        events: a SELECT of the events that nobody knows whose they are.
    """
    return "\nunion all\n".join(
        f"select '{funnel.name}' as funnel, {number} as step_order, event_date, count(*) as unknown_events\n"
        f"from (\n{events}\n) as events\nwhere {step.condition()}\ngroup by event_date"
        for number, step in enumerate(funnel.steps, start=1)
    )


def _numbers(funnel: Funnel) -> list[int]:
    return list(range(1, len(funnel.steps) + 1))


def _kept(funnel: Funnel) -> list[str]:
    """Columns that stay with an event: who, and what is held."""
    return list(dict.fromkeys(["person_key", "session_key", *funnel.hold]))


def _keys(funnel: Funnel) -> list[str]:
    """Columns in which the events of one attempt agree."""
    return list(dict.fromkeys([*funnel.unit_columns, *funnel.hold]))


def _same(columns: Iterable[str], left: str, right: str) -> str:
    return " and ".join(f"{left}.{column} = {right}.{column}" for column in columns)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(columns)


def _marked(funnel: Funnel, passed_over: Iterable[str]) -> str:
    flags = [f"{step.condition()} as step_{number}" for number, step in enumerate(funnel.steps, start=1)]
    flags.append(f"{funnel.exclude.condition() if funnel.exclude else 'false'} as is_excluded")
    if funnel.order == "strict":
        names = _listed("'" + name.replace("'", "''") + "'" for name in sorted(passed_over))
        flags.append(f"{f'event_name not in ({names})' if names else 'true'} as is_touch")
    columns = [column for column in EVENT_COLUMNS if column != "event_name" and column not in _kept(funnel)]
    known = " and ".join(f"{column} is not null" for column in funnel.unit_columns)
    return f"select {_listed([*_kept(funnel), *columns, *flags])}\nfrom events\nwhere {known}"


def _placed(funnel: Funnel) -> str:
    numbers = _numbers(funnel)
    lowest = " ".join(f"when step_{number} then {number}" for number in numbers)
    order = (
        "coalesce(batch_page_id, 0), coalesce(batch_ordering_id, 0), coalesce(batch_event_index, 0), "
        f"case {lowest} else {len(numbers) + 1} end, event_key"
    )
    unit = _listed(funnel.unit_columns)
    columns = [*_kept(funnel), "event_key", "event_date", "is_excluded", *(f"step_{number}" for number in numbers)]
    columns.append(
        f"cast(event_timestamp as hugeint) * {_IN_ONE_MOMENT} + row_number() over "
        f"(partition by {unit}, event_timestamp order by {order}) as place"
    )
    looked_at = [*(f"step_{number}" for number in numbers), "is_excluded"]
    if funnel.order == "strict":
        looked_at.append("is_touch")
        columns.append(f"row_number() over (partition by {unit} order by event_timestamp, {order}) as position")
    return f"select {_listed(columns)}\nfrom marked\nwhere {' or '.join(looked_at)}"


def _step(funnel: Funnel, number: int) -> str:
    """The events that fit a step."""
    conditions = [f"step_{number}"]
    columns = [*(_kept(funnel) if number == 1 else _keys(funnel)), "place"]
    if funnel.order == "strict":
        columns.append("position")
    if number == 1:
        columns += ["event_key", "event_date"]
        if funnel.range and funnel.range.date_from:
            conditions.append(f"event_date >= date '{funnel.range.date_from}'")
        if funnel.range and funnel.range.date_to:
            conditions.append(f"event_date <= date '{funnel.range.date_to}'")
    return f"select {_listed(columns)}\nfrom placed\nwhere {' and '.join(conditions)}"


def _entries(funnel: Funnel) -> str:
    """What an attempt is followed by; texts that nothing depends on wait in step_1 until an attempt is chosen."""
    columns = [*_keys(funnel), "event_date as entry_date", "place as place_1"]
    if funnel.window_microseconds is not None:
        # the first place behind the window
        columns.append(f"({_moment('place')} + {funnel.window_microseconds + 1}) * {_IN_ONE_MOMENT} as end_place")
    if funnel.order == "strict":
        columns.append("position as position_1")
    return f"select {_listed(columns)}\nfrom step_1"


def _moment(place: str) -> str:
    """The timestamp of a place."""
    return f"{place} // {_IN_ONE_MOMENT}"


def _reached(funnel: Funnel, number: int) -> str:
    """Each attempt with the earliest event behind the step before that fits this step, if it is in time."""
    before, gap = f"reached.place_{number - 1}", funnel.gap_microseconds
    # a null that is held is no value, so it equals nothing
    conditions = [_same(_keys(funnel), "reached", "step")]
    in_time = [] if funnel.window is None else ["step.place < reached.end_place"]
    earliest = f"({_moment(before)} + {gap}) * {_IN_ONE_MOMENT}" if gap else before
    names = ["place"]
    if funnel.order == "strict":
        join = "left join"
        conditions.append(f"reached.position_{number - 1} + 1 = step.position")
        in_time += [f"{earliest} < step.place"] if gap else []
        names.append("position")
    else:
        join = "asof left join"
        conditions.append(f"{earliest} < step.place")
    columns = ["reached.*"]
    for name in names:
        value = f"case when {' and '.join(in_time)} then step.{name} end" if in_time else f"step.{name}"
        columns.append(f"{value} as {name}_{number}")
    alive = (
        "reached_1" if number == 2 else f"(\nselect * from reached_{number - 1} where place_{number - 1} is not null\n)"
    )
    return (
        f"select {_listed(columns)}\nfrom {alive} as reached\n"
        f"{join} step_{number} as step\non {' and '.join(conditions)}"
    )


def _carried(funnel: Funnel) -> list[str]:
    """The columns of an attempt that every step hands on."""
    return [*_keys(funnel), "entry_date", "place_1", *([] if funnel.window is None else ["end_place"])]


def _followed(funnel: Funnel) -> str:
    """All attempts: those that were looked for at the last step, and those that had stopped at an earlier one."""
    last = len(funnel.steps)
    parts = []
    for number in range(last, 1, -1):
        places = [
            f"place_{step}" if step <= number else f"cast(null as hugeint) as place_{step}"
            for step in range(2, last + 1)
        ]
        stopped = f"\nwhere place_{number} is null" if number < last else ""
        parts.append(f"select {_listed([*_carried(funnel), *places])}\nfrom reached_{number}{stopped}")
    return "\nunion all\n".join(parts)


def _excluded(funnel: Funnel) -> dict[str, str]:
    """The first excluded event of each attempt: behind its entry, and within its window."""
    if funnel.exclude is None:
        return {}
    unit = funnel.unit_columns
    stop = "stop.place" if funnel.window is None else "case when stop.place < reached.end_place then stop.place end"
    return {
        "stops": f"select {_listed(unit)}, place\nfrom placed\nwhere is_excluded",
        "stopped": f"select reached.*, {stop} as stop_place\nfrom followed as reached\n"
        f"asof left join stops as stop\non {_same(unit, 'reached', 'stop')} and reached.place_1 < stop.place",
    }


def _attempts(funnel: Funnel) -> str:
    """Each attempt with how far it got, and where that was."""
    later = [f"place_{number}" for number in _numbers(funnel)[1:]]
    columns = _carried(funnel)
    source, condition = "followed", ""
    if funnel.exclude is not None:
        source = "stopped"
        if funnel.exclude.rule == "removes":
            condition = f"\nwhere stop_place is null or coalesce({later[-1]} < stop_place, false)"
        else:
            # what is excluded fills no step either
            columns.append("stop_place")
            later = [
                f"case when stop_place is null or {place} < stop_place then {place} end as {place}" for place in later
            ]
    reach = f"select {_listed([*columns, *later])}\nfrom {source}{condition}"
    numbers = _numbers(funnel)[::-1]
    cases = " ".join(f"when place_{number} is not null then {number}" for number in numbers)
    places = _listed(f"place_{number}" for number in numbers)
    return f"select *, case {cases} end as steps_reached, coalesce({places}) as last_place\nfrom (\n{reach}\n) as reach"


def _best_or_first(funnel: Funnel) -> dict[str, str]:
    """One attempt of a unit and entry date.

    Best is who gets furthest; among equals who gets there first; among those who began last. The window of a date is
    open until the last attempt of that date, of those that count, has run out.
    """
    whose = _keys(funnel) if funnel.attribution == "all" else funnel.unit_columns
    of_a_date = f"partition by {_listed(whose)}, entry_date"
    order = "place_1" if funnel.attempt == "first" else "steps_reached desc, last_place, place_1 desc"
    columns = ["*", f"row_number() over ({of_a_date} order by {order}) as choice"]
    if funnel.window is not None:
        ends = "end_place" if funnel.attempt == "first" else f"max(end_place) over ({of_a_date})"
        columns.append(f"{ends} as open_place")
    return {
        "ranked": f"select {_listed(columns)}\nfrom attempts",
        "chosen": "select *\nfrom ranked\nwhere choice = 1",
    }


def _totals(funnel: Funnel) -> dict[str, str]:
    """Attempts that follow one another: the next begins when the last has converted, was ended or has run out."""
    over = [f"place_{len(funnel.steps)}"]
    if funnel.exclude is not None and funnel.exclude.rule == "ends":
        over.append("stop_place")
    if funnel.window is not None:
        over.append("end_place")
    free = f"coalesce({_listed(over)})" if len(over) > 1 else over[0]
    keys = _keys(funnel)
    columns = [
        "*",
        f"{free} as free_place",
        f"row_number() over (partition by {_listed(keys)} order by place_1) as attempt_number",
        *([] if funnel.window is None else ["end_place as open_place"]),
    ]
    return {
        "freed": f"select {_listed(columns)}\nfrom attempts",
        "linked": "select freed.*, following.place_1 as next_place\nfrom freed\nasof left join attempts as following\n"
        f"on {_same(keys, 'freed', 'following')} and freed.free_place < following.place_1",
        "chosen": "select *\nfrom linked\nwhere attempt_number = 1\nunion all\nselect linked.*\nfrom chosen\n"
        f"inner join linked\non {_same(keys, 'chosen', 'linked')} and chosen.next_place = linked.place_1",
    }


def _rows(funnel: Funnel) -> str:
    numbers = _numbers(funnel)

    def at(place: str) -> str:
        return f"make_timestamp(cast({_moment(place)} as bigint))"

    attributed, join = _attributed(funnel)
    never = "cast(null as timestamp)"
    ends = never if funnel.window is None else f"make_timestamp(cast({_moment('chosen.open_place')} - 1 as bigint))"
    columns = [
        f"'{funnel.name}' as funnel",
        "entries.event_key as attempt_key",
        "entries.person_key",
        "entries.session_key",
        f"{attributed} as attributed_session_key",
        "chosen.entry_date",
        "cast(chosen.steps_reached as integer) as steps_reached",
        f"{at('chosen.place_1')} as entered_at",
        f"{ends} as window_ends_at",
        f"{at(f'chosen.place_{numbers[-1]}')} as converted_at",
    ]
    for number in range(1, MAX_STEPS + 1):
        columns.append(f"{at(f'chosen.place_{number}') if number in numbers else never} as step_{number}_at")
    return (
        "select\n    "
        + ",\n    ".join(columns)
        + "\nfrom chosen\ninner join step_1 as entries\n"
        + f"on {_same(funnel.unit_columns, 'chosen', 'entries')} and chosen.place_1 = entries.place"
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
        f"on {_same(funnel.unit_columns, 'chosen', 'spoken_for')} and chosen.{place} = spoken_for.place",
    )
