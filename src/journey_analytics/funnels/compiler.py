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
        **_excluded(funnel),
        "attempts": _attempts(funnel),
        **(_totals(funnel) if funnel.count == "totals" else {"chosen": _best_or_first(funnel)}),
    }
    parts = ",\n\n".join(f"{name} as (\n{sql}\n)" for name, sql in ctes.items())
    return f"with {'recursive ' if funnel.count == 'totals' else ''}{parts}\n\n{_rows(funnel)}"


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
    columns = [*_kept(funnel), "event_key", "event_timestamp", "event_date", "is_excluded"]
    columns += [f"step_{number}" for number in numbers]
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
    """The events that fit a step; a null that is held is no value, so it matches nothing."""
    conditions = [f"step_{number}"]
    columns = [*_kept(funnel), "event_timestamp", "place"]
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
    window = funnel.window_microseconds
    ends = "cast(null as bigint)" if window is None else f"event_timestamp + {window}"
    columns = [
        *_kept(funnel),
        "event_key as attempt_key",
        "event_date as entry_date",
        "place as place_1",
        "event_timestamp as timestamp_1",
        f"{ends} as window_end",
    ]
    if funnel.order == "strict":
        columns.append("position as position_1")
    return f"select {_listed(columns)}\nfrom step_1"


def _reached(funnel: Funnel, number: int) -> str:
    before = number - 1
    gap = funnel.gap_microseconds
    conditions = [_same(_keys(funnel), "reached", "step")]
    in_time = [] if funnel.window is None else ["step.event_timestamp <= reached.window_end"]
    if funnel.order == "strict":
        join = "left join"
        conditions.append(f"reached.position_{before} + 1 = step.position")
        if gap:
            in_time.append(f"step.event_timestamp >= reached.timestamp_{before} + {gap}")
    else:
        join = "asof left join"
        after = f"reached.place_{before}"
        if gap:
            after = f"cast(reached.timestamp_{before} + {gap} as hugeint) * {_IN_ONE_MOMENT}"
        conditions.append(f"{after} < step.place")
    told = {"place": "place", "event_timestamp": "timestamp"}
    if funnel.order == "strict":
        told["position"] = "position"
    columns = ["reached.*"]
    for column, name in told.items():
        value = f"case when {' and '.join(in_time)} then step.{column} end" if in_time else f"step.{column}"
        columns.append(f"{value} as {name}_{number}")
    return (
        f"select {_listed(columns)}\nfrom reached_{before} as reached\n"
        f"{join} step_{number} as step\non {' and '.join(conditions)}"
    )


def _excluded(funnel: Funnel) -> dict[str, str]:
    """The first excluded event of each attempt: behind its entry, and within its window."""
    if funnel.exclude is None:
        return {}
    unit = funnel.unit_columns
    in_time = "stop.event_timestamp <= reached.window_end"
    stops = "stop.place" if funnel.window is None else f"case when {in_time} then stop.place end"
    return {
        "stops": f"select {_listed(unit)}, event_timestamp, place\nfrom placed\nwhere is_excluded",
        "stopped": f"select reached.*, {stops} as stop_place\nfrom reached_{len(funnel.steps)} as reached\n"
        f"asof left join stops as stop\non {_same(unit, 'reached', 'stop')} and reached.place_1 < stop.place",
    }


def _attempts(funnel: Funnel) -> str:
    numbers = _numbers(funnel)
    columns = [*_kept(funnel), "attempt_key", "entry_date", "window_end", "place_1", "timestamp_1"]
    source, condition = f"reached_{numbers[-1]}", ""
    ends = funnel.exclude is not None and funnel.exclude.rule == "ends"
    if ends:
        columns.append("stop_place")
    for number in numbers[1:]:
        for name in ("place", "timestamp"):
            column = f"{name}_{number}"
            # what is excluded fills no step either
            kept = f"case when stop_place is null or place_{number} < stop_place then {column} end as {column}"
            columns.append(kept if ends else column)
    if funnel.exclude is not None:
        source = "stopped"
        if not ends:
            last = f"place_{numbers[-1]}"
            condition = f"\nwhere stop_place is null or coalesce({last} < stop_place, false)"
    reach = f"select {_listed(columns)}\nfrom {source}{condition}"
    cases = " ".join(f"when place_{number} is not null then {number}" for number in reversed(numbers))
    places = _listed(f"place_{number}" for number in reversed(numbers))
    return f"select *, case {cases} end as steps_reached, coalesce({places}) as last_place\nfrom (\n{reach}\n) as reach"


def _best_or_first(funnel: Funnel) -> str:
    """One attempt of a unit and entry date.

    Best is who gets furthest; among equals who gets there first; among those who began last. The window of a date is
    open until the last attempt of that date, of those that count, has run out.
    """
    of_a_date = f"partition by {_listed(funnel.unit_columns)}, entry_date"
    if funnel.attempt == "first":
        order, ends = "place_1", "window_end"
    else:
        order, ends = "steps_reached desc, last_place, place_1 desc", f"max(window_end) over ({of_a_date})"
    return f"select *, {ends} as open_until, row_number() over ({of_a_date} order by {order}) as choice\nfrom attempts"


def _totals(funnel: Funnel) -> dict[str, str]:
    """Attempts that follow one another: the next begins when the last has converted, was ended or has run out."""
    last = f"place_{len(funnel.steps)}"
    over = [last]
    if funnel.exclude is not None and funnel.exclude.rule == "ends":
        over.append("stop_place")
    if funnel.window is not None:
        over.append(f"cast(window_end as hugeint) * {_IN_ONE_MOMENT} + {_IN_ONE_MOMENT - 1}")
    free = f"coalesce({_listed(over)})" if len(over) > 1 else over[0]
    keys = _keys(funnel)
    by_keys = f"partition by {_listed(keys)} order by place_1"
    return {
        "freed": f"select *, {free} as free_place, row_number() over ({by_keys}) as attempt_number\nfrom attempts",
        "linked": "select freed.*, following.place_1 as next_place\nfrom freed\nasof left join attempts as following\n"
        f"on {_same(keys, 'freed', 'following')} and freed.free_place < following.place_1",
        "chosen": "select *, window_end as open_until, 1 as choice\nfrom linked\nwhere attempt_number = 1\n"
        "union all\nselect linked.*, linked.window_end as open_until, 1 as choice\nfrom chosen\n"
        f"inner join linked\non {_same(keys, 'chosen', 'linked')} and chosen.next_place = linked.place_1",
    }


def _rows(funnel: Funnel) -> str:
    numbers = _numbers(funnel)
    columns = [
        f"'{funnel.name}' as funnel",
        "attempt_key",
        "person_key",
        "session_key",
        "entry_date",
        "cast(steps_reached as integer) as steps_reached",
        "make_timestamp(timestamp_1) as entered_at",
        "make_timestamp(open_until) as window_ends_at",
        f"make_timestamp(timestamp_{numbers[-1]}) as converted_at",
    ]
    for number in range(1, MAX_STEPS + 1):
        when = f"make_timestamp(timestamp_{number})" if number in numbers else "cast(null as timestamp)"
        columns.append(f"{when} as step_{number}_at")
    return "select\n    " + ",\n    ".join(columns) + "\nfrom chosen\nwhere choice = 1"
