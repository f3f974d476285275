"""Attempts of the plain funnel without a join between its steps: closed, ordered, one window or none, uniques.

All events of a unit that fit a step stand in one sorted list of numbers, `codes`: the moment, the batch order, the step
and the date of an event, in this order. From the list each step gets its own, and how many events of the next step stand
before an event of this one says where in the next list its nearest successor is. As a later event of a step never leads
to an earlier one of the next, the nearest is the best, and none behind it is none at all. It is what `chains` finds by a
join a step, at a third of the time and a fifth of the memory: docs/performance.md.

A list belongs to one unit, so that a night may make the attempts of some persons and leave the others alone.
"""

from __future__ import annotations

from itertools import combinations

from journey_analytics.definitions.funnel_steps import Step
from journey_analytics.definitions.funnels import MAX_STEPS, Funnel
from journey_analytics.funnels.counts import why_no_counts
from journey_analytics.funnels.parts import (
    BATCH_BITS,
    BATCH_ORDER,
    EVENT_COLUMNS,
    Ctes,
    clipped,
    in_range,
    listed,
    numbers,
)

# of a code, from its lower end: the date as days since 1970, the step, the batch order; the moment is the rest
_DAY_BITS, _STEP_BITS = 16, 4
_MOMENT_AT = _DAY_BITS + _STEP_BITS + BATCH_BITS
_MOST_DAYS, _MOST_STEPS = 2**_DAY_BITS - 1, 2**_STEP_BITS - 1
_STEP_MASK = _MOST_STEPS << _DAY_BITS
# a place in a list; two of them and the number of a step fit a bigint
_PLACE_BITS = 29
_LAST_PLACE = 2**_PLACE_BITS - 1
# a date before 1970 or after 2149 is no date of a visit; all of them are one
_DAY = clipped("(event_date - date '1970-01-01')", _MOST_DAYS)
# of a rank and of an entry that has reached a step, from their lower ends: places and step come before the date
_DAY_AT = 2 * _PLACE_BITS + _STEP_BITS
_REACHED_DAY_AT = _PLACE_BITS + _STEP_BITS


def goes_by_lists(funnel: Funnel) -> bool:
    """Return whether `listed_attempts_sql` yields a funnel's attempts; the other choices need joins."""
    plain = funnel.model_copy(update={"attempt": "best"})
    apart = not any(one.may_share_an_event_with(other) for one, other in combinations(funnel.steps, 2))
    return why_no_counts(plain) is None and funnel.attribution == "entry" and apart


def listed_attempts_sql(funnel: Funnel, events: str) -> str:
    """Return the SELECT of a funnel's attempts: the best or the first one of a unit and entry date.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
    """
    ctes = _marked(funnel, events) | {"listed": _listed(funnel)} | _apart(funnel)
    ctes |= {"turns": _turns(funnel), "begun": _begun(), "reached": _reached(funnel)}
    ctes |= {"ranked": _ranked(funnel), "best": _best()} | _chosen(funnel) | {"told": _told(funnel)}
    # read twice, and too wide to be kept in between
    kept = {"events": "as not materialized"}
    parts = ",\n\n".join(f"{name} {kept.get(name, 'as')} (\n{sql}\n)" for name, sql in (ctes | _alone(funnel)).items())
    return f"with {parts}\n\n{_rows(funnel)}"


def _fits(step: Step, number: int, funnel: Funnel) -> str:
    """The condition of a step, for a `case` or a `where`; the range of entry is one of step 1."""
    return " and ".join([step.test(), *(in_range(funnel) if number == 1 else [])])


def _marked(funnel: Funnel, events: str) -> Ctes:
    """The events that fit a step, and those that fit the first: read for the lists, and for the texts of what was chosen."""
    cases = " ".join(
        f"when {_fits(step, number, funnel)} then {number}" for number, step in enumerate(funnel.steps, start=1)
    )
    known = " and ".join(f"{column} is not null" for column in funnel.unit_columns)
    columns = [*funnel.unit_columns, "event_timestamp", f"{_DAY} as entry_day", f"{BATCH_ORDER} as batch_order"]
    texts = dict.fromkeys([*EVENT_COLUMNS, *funnel.unit_columns])
    marked = f"select {listed(columns)}, cast(case {cases} end as integer) as step\nfrom events\nwhere {known}"
    return {
        "events": events,
        "marked": f"select *\nfrom (\n{marked}\n) as marked\nwhere step is not null",
        "entrances": f"select {listed(texts)}\nfrom events\nwhere {known} and ({_fits(funnel.steps[0], 1, funnel)})",
    }


def _listed(funnel: Funnel) -> str:
    """The codes of each unit, the earliest first."""
    unit = listed(funnel.unit_columns)
    low = f"(step << {_DAY_BITS}) | entry_day"
    code = (
        f"(cast(event_timestamp as hugeint) << {_MOMENT_AT}) | (cast(batch_order as hugeint) << {_DAY_BITS + _STEP_BITS})"
        f" | cast({low} as hugeint)"
    )
    return f"select {unit}, list_sort(list({code})) as codes\nfrom marked\ngroup by {unit}"


def _moment(code: str) -> str:
    return f"cast({code} >> {_MOMENT_AT} as bigint)"


def _apart(funnel: Funnel) -> Ctes:
    """The entries, the moments of each later step, and for each event of a step the place of its next one.

    In the list of two steps an event at place p that is the j-th of its own step has p - j of the next one before it.
    Each step is taken out of what the steps before it have left. An entry is one number: its date, and the place of the
    event of step 2 that follows. A mark is the lower end of a code, the step and the date.
    """
    mark = f"cast(code & {_STEP_MASK | _MOST_DAYS} as integer)"
    ctes = {"left_1": f"select *, codes as codes_1, list_transform(codes, lambda code: {mark}) as marks_1\nfrom listed"}
    for number in numbers(funnel)[:-1]:
        codes, own_step = f"codes_{number}", f"{number << _DAY_BITS}"
        own = f"list_filter({codes}, lambda code: code & {_STEP_MASK} = {own_step})"
        columns = [
            f"{own} as entry_codes" if number == 1 else f"{_moments(own)} as own_{number}",
            f"list_filter(marks_{number}, lambda mark: mark < {(number + 2) << _DAY_BITS}) as both_{number}",
            f"list_filter({codes}, lambda code: code & {_STEP_MASK} > {own_step}) as codes_{number + 1}",
        ]
        kept = f"(cast(mark & {_MOST_DAYS} as bigint) << {_PLACE_BITS}) | place" if number == 1 else "place"
        places = f"list_transform(both_{number}, lambda mark, place: case when mark < {(number + 1) << _DAY_BITS} then {kept} end)"
        following = [
            f"list_transform(list_filter({places}, lambda place: place is not null), lambda place, turn: place - turn + 1) "
            f"as {'entries' if number == 1 else f'next_{number}'}",
            f"list_transform(codes_{number + 1}, lambda code: {mark}) as marks_{number + 1}",
        ]
        left = f"select *, {listed(columns)}\nfrom left_{number}"
        # nothing is begun by who never fits the first step
        begun = "\nwhere len(entry_codes) > 0" if number == 1 else ""
        ctes[f"left_{number + 1}"] = f"select *, {listed(following)}\nfrom (\n{left}\n) as parted{begun}"
    last = len(funnel.steps)
    ctes["apart"] = f"select *, {_moments(f'codes_{last}')} as own_{last}\nfrom left_{last}"
    return ctes


def _moments(codes: str) -> str:
    return f"list_transform({codes}, lambda code: {_moment('code')})"


def _place(number: int, second: str) -> str:
    """The place of a step in its own list, from that of step 2: each step's event says where the next one is."""
    return second if number == 2 else f"next_{number - 1}[{_place(number - 1, second)}]"


def _turns(funnel: Funnel) -> str:
    """The entries that can be chosen: the first of a date; for the best also the last, and the last before each event of step 2."""
    day = f"(entries[turn] >> {_PLACE_BITS})"
    differ = f"{day} is distinct from (entries[turn - 1] >> {_PLACE_BITS})"
    if funnel.attempt == "best":
        # true of most, so it is asked first
        differ = f"entries[turn] is distinct from entries[turn + 1] or {differ}"
    return f"select *, list_filter(range(1, len(entries) + 1), lambda turn: {differ}) as turns\nfrom apart"


def _begun() -> str:
    """Lists of one length: the entries that can be chosen, and their moments."""
    columns = {
        "begun": "list_transform(turns, lambda turn: entries[turn])",
        "time_1": f"list_transform(turns, lambda turn: {_moment('entry_codes[turn]')})",
    }
    return f"select *, {listed(f'{value} as {column}' for column, value in columns.items())}\nfrom turns"


def _reached(funnel: Funnel) -> str:
    """How far each entry gets, between its date and its place. Who misses a step misses all behind it: most are asked about few."""
    second = f"(entry & {_LAST_PLACE})"
    misses = []
    for number in numbers(funnel)[1:]:
        there = f"own_{number}[{_place(number, second)}]"
        in_time = f"{there} is not null"
        if funnel.window_microseconds is not None:
            in_time = f"{there} - time_1[turn] <= {funnel.window_microseconds}"
        misses.append(f"when ({in_time}) is not true then {(number - 1) << _PLACE_BITS}")
    level = f"case {' '.join(misses)} else {len(funnel.steps) << _PLACE_BITS} end"
    entry = f"((entry >> {_PLACE_BITS}) << {_REACHED_DAY_AT}) | ({level}) | {second}"
    return f"select *, list_transform(begun, lambda entry, turn: {entry}) as reached\nfrom begun"


def _ranked(funnel: Funnel) -> str:
    """The entries' dates and ranks as numbers, whose lowest bits are the place of the entry in its lists.

    Best is who gets furthest; among equals who gets there first; among those who began last.
    """
    if funnel.attempt == "best":
        places = {1: "turn"} | {number: _place(number, f"(entry & {_LAST_PLACE})") for number in numbers(funnel)[1:]}
        first = " ".join(f"when {number} then {place}" for number, place in places.items())
        of_day = f"cast(entry >> {_PLACE_BITS} as hugeint) << {_DAY_AT - _STEP_BITS}"
        rank = f"({_LAST_PLACE} - case {_level('entry')} {first} end) << {_PLACE_BITS}"
        open_turn, neighbour = "turn", "turn + 1"
    else:
        of_day = f"cast(entry >> {_REACHED_DAY_AT} as hugeint) << {_DAY_AT}"
        rank = f"({_LAST_PLACE} - turn) << {_PLACE_BITS}"
        open_turn, neighbour = f"{_LAST_PLACE} - turn", "turn - 1"
    key = f"({of_day}) | cast(({rank}) | turn as hugeint)"
    day = f"(entry >> {_REACHED_DAY_AT})"
    is_outer = f"{day} is distinct from (reached[{neighbour}] >> {_REACHED_DAY_AT})"
    ends = f"list_transform(reached, lambda entry, turn: case when {is_outer} then ({day} << {_PLACE_BITS}) | ({open_turn}) end)"
    return (
        f"select *, list_sort(list_transform(reached, lambda entry, turn: {key})) as ranks, "
        f"list_sort(list_filter({ends}, lambda turn: turn is not null)) as ends\nfrom reached"
    )


def _level(entry: str) -> str:
    return f"(({entry} >> {_PLACE_BITS}) & {_MOST_STEPS})"


def _best() -> str:
    """Of each date the highest rank, and the entry whose window ends last of those that count: both in order of date."""
    return (
        f"select *, list_filter(ranks, lambda rank, spot: (rank >> {_DAY_AT}) is distinct from (ranks[spot + 1] >> {_DAY_AT})) as best,\n"
        f"list_filter(ends, lambda turn, spot: (turn >> {_PLACE_BITS}) is distinct from (ends[spot + 1] >> {_PLACE_BITS})) as open_turns\n"
        "from ranked"
    )


def _chosen(funnel: Funnel) -> Ctes:
    """A row per attempt that counts, beside the lists of its unit, from which it takes what it needs."""
    later = numbers(funnel)[1:]
    own = [f"own_{number}" for number in later] + [f"next_{number}" for number in later[:-1]]
    unit = listed(funnel.unit_columns)
    lists = ["entry_codes", "turns", "reached", "time_1", "open_turns", *own]
    open_turn = f"(open_turns[spot] & {_LAST_PLACE})"
    open_turn = open_turn if funnel.attempt == "best" else f"{_LAST_PLACE} - {open_turn}"
    spread = [
        f"cast(rank >> {_DAY_AT} as integer) as entry_day",
        f"time_1[{open_turn}] as open_time",
        "time_1[turn] as time_1",
        f"cast({_level('reached[turn]')} as integer) as steps_reached",
        f"reached[turn] & {_LAST_PLACE} as following",
        "turns[turn] as entry",
    ]
    order = f"(entry_codes[entry] >> {_DAY_BITS + _STEP_BITS}) & {2**BATCH_BITS - 1}"
    neighbours = " or ".join(f"coalesce(entry_codes[entry] = entry_codes[entry {sign} 1], false)" for sign in "-+")
    told = ["entry_day", "open_time", "time_1", "steps_reached", f"cast({order} as bigint) as batch_order"]
    told += [f"{neighbours} as is_tied"]
    for number in later:
        there = f"own_{number}[{_place(number, 'following')}]"
        told.append(f"case when steps_reached >= {number} then {there} end as time_{number}")
    return {
        "unnested": f"select {unit}, {listed(lists)}, unnest(best) as rank, generate_subscripts(best, 1) as spot\nfrom best",
        "placed": f"select *, cast(rank & {_LAST_PLACE} as bigint) as turn\nfrom unnested",
        "spread": f"select {unit}, entry_codes, {listed([*own, *spread])}\nfrom placed",
        "chosen": f"select {unit}, {listed(told)}\nfrom spread",
    }


def _told(funnel: Funnel) -> str:
    """The chosen attempts with their texts; an attempt stands there once for each event that could have begun it."""
    unit = " and ".join(f"chosen.{column} = entrances.{column}" for column in funnel.unit_columns)
    columns = ["entry_day", "open_time", "is_tied", "steps_reached", *(f"time_{number}" for number in numbers(funnel))]
    return (
        "select entrances.person_key, entrances.session_key, entrances.event_key, entrances.event_date as entry_date, "
        f"{listed(f'chosen.{column}' for column in columns)}\nfrom chosen\ninner join entrances\non {unit} "
        "and chosen.time_1 = entrances.event_timestamp\n"
        # asked of the events that are found, not of all entrances
        f"where chosen.entry_day - ({_DAY}) = 0 and chosen.batch_order - {BATCH_ORDER} = 0"
    )


def _alone(funnel: Funnel) -> Ctes:
    """One row of each attempt. Entries of one moment and batch order, which nothing but the event key tells apart, reach the
    same: the last of them is the best where there is a further step, and the first one where there is none.
    """
    of_one = f"partition by {listed(funnel.unit_columns)}, entry_day order by event_key"
    first = f"row_number() over ({of_one})"
    # the same order for both, so that it is made once
    last = f"count(*) over ({of_one} rows between unbounded preceding and unbounded following) - {first} + 1"
    turn = f"case when steps_reached > 1 then {last} else {first} end" if funnel.attempt == "best" else first
    return {
        "alone": f"select *, 1 as turn\nfrom told\nwhere not is_tied\nunion all\nselect *, {turn} as turn\nfrom told\n"
        "where is_tied"
    }


def _rows(funnel: Funnel) -> str:
    """The final SELECT: a row per chosen attempt, with the columns of every other funnel."""
    steps = numbers(funnel)
    never = "cast(null as timestamp)"
    window = funnel.window_microseconds
    columns = [
        f"'{funnel.name}' as funnel",
        "event_key as attempt_key",
        "person_key",
        "session_key",
        "session_key as attributed_session_key",
        "entry_date",
        "steps_reached",
        "make_timestamp(time_1) as entered_at",
        f"{never if window is None else f'make_timestamp(open_time + {window})'} as window_ends_at",
        f"make_timestamp(time_{steps[-1]}) as converted_at",
    ]
    for number in range(1, MAX_STEPS + 1):
        columns.append(f"{f'make_timestamp(time_{number})' if number in steps else never} as step_{number}_at")
    return "select\n    " + ",\n    ".join(columns) + "\nfrom alone\nwhere turn = 1"
