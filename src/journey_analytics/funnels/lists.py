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
_DAY_AT = 2 * _PLACE_BITS + _STEP_BITS


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
    ctes = _marked(funnel, events) | {"listed": _listed(funnel)} | _apart(funnel) | _handed(funnel)
    ctes |= {"entered": _entered(), "turns": _turns(funnel), "begun": _begun(), "levels": _levels(funnel)}
    ctes |= {"ranked": _ranked(funnel), "best": _best(), "chosen": _chosen(funnel), "told": _told(funnel)}
    # read twice, and too wide to be kept in between
    kept = {"events": "as not materialized"}
    parts = ",\n\n".join(f"{name} {kept.get(name, 'as')} (\n{sql}\n)" for name, sql in (ctes | _alone(funnel)).items())
    return f"with {parts}\n\n{_rows(funnel)}"


def _fits(step: Step, number: int, funnel: Funnel) -> str:
    """The condition of a step; the range of entry is one of step 1."""
    return " and ".join([step.condition(), *(in_range(funnel) if number == 1 else [])])


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
    Each step is taken out of what the steps before it have left.
    """
    step = f"cast((code >> {_DAY_BITS}) & {_MOST_STEPS} as tinyint)"
    ctes = {
        "told_apart": f"select *, codes as codes_1, list_transform(codes, lambda code: {step}) as steps_1\nfrom listed",
        "left_1": "select *\nfrom told_apart\nwhere list_contains(steps_1, 1)",
    }
    for number in numbers(funnel)[:-1]:
        codes, own_step = f"codes_{number}", f"{number << _DAY_BITS}"
        own = f"list_filter({codes}, lambda code: code & {_STEP_MASK} = {own_step})"
        columns = [
            f"{own} as entry_codes" if number == 1 else f"{_moments(own)} as own_{number}",
            f"list_filter(steps_{number}, lambda step: step <= {number + 1}) as both_{number}",
            f"list_filter({codes}, lambda code: code & {_STEP_MASK} > {own_step}) as codes_{number + 1}",
        ]
        places = f"list_filter(range(1, len(both_{number}) + 1), lambda place: both_{number}[place] = {number})"
        following = [
            f"list_transform({places}, lambda place, turn: place - turn + 1) as next_{number}_{number + 1}",
            f"list_transform(codes_{number + 1}, lambda code: {step}) as steps_{number + 1}",
        ]
        left = f"select *, {listed(columns)}\nfrom left_{number}"
        ctes[f"left_{number + 1}"] = f"select *, {listed(following)}\nfrom (\n{left}\n) as parted"
    last = len(funnel.steps)
    ctes["apart"] = f"select *, {_moments(f'codes_{last}')} as own_{last}\nfrom left_{last}"
    return ctes


def _moments(codes: str) -> str:
    return f"list_transform({codes}, lambda code: {_moment('code')})"


def _handed(funnel: Funnel) -> Ctes:
    """For each event of step 2 the places of all steps behind it and its moment at each, from the last step but two on."""
    steps = numbers(funnel)
    ctes: Ctes = {}
    source = "apart"
    for number in reversed(steps[1:-2]):
        columns = [
            f"list_transform(next_{number}_{number + 1}, lambda place: next_{number + 1}_{later}[place]) as next_{number}_{later}"
            for later in steps[number + 1 :]
        ]
        ctes[f"handed_{number}"] = f"select *, {listed(columns)}\nfrom {source}"
        source = f"handed_{number}"
    there = ["own_2 as there_2"]
    there += [
        f"list_transform(next_2_{later}, lambda place: own_{later}[place]) as there_{later}" for later in steps[2:]
    ]
    ctes["arrived"] = f"select *, {listed(there)}\nfrom {source}"
    return ctes


def _entered() -> str:
    """Of each entry its date and the place of the event of step 2 that follows, in one number."""
    day = f"cast(entry_codes[turn] & {_MOST_DAYS} as bigint) << {_PLACE_BITS}"
    return f"select *, list_transform(next_1_2, lambda place, turn: ({day}) | place) as entries\nfrom arrived"


def _turns(funnel: Funnel) -> str:
    """The entries that can be chosen: the first of a date; for the best also the last, and the last before each event of step 2."""
    day = f"(entries[turn] >> {_PLACE_BITS})"
    differ = f"{day} is distinct from (entries[turn - 1] >> {_PLACE_BITS})"
    if funnel.attempt == "best":
        differ += " or entries[turn] is distinct from entries[turn + 1]"
    return f"select *, list_filter(range(1, len(entries) + 1), lambda turn: {differ}) as turns\nfrom entered"


def _begun() -> str:
    """Lists of one length: of each entry that can be chosen its date, its moment and the place of the step 2 that follows."""
    columns = {
        "begun": "list_transform(turns, lambda turn: entries[turn])",
        "time_1": f"list_transform(turns, lambda turn: {_moment('entry_codes[turn]')})",
    }
    return f"select *, {listed(f'{value} as {column}' for column, value in columns.items())}\nfrom turns"


def _levels(funnel: Funnel) -> str:
    """How far each entry gets. Who misses a step misses all behind it, so most are asked about few."""
    place = f"(entry & {_LAST_PLACE})"
    misses = []
    for number in numbers(funnel)[1:]:
        there = f"there_{number}[{place}]"
        in_time = f"{there} is not null"
        if funnel.window_microseconds is not None:
            in_time = f"{there} - time_1[turn] <= {funnel.window_microseconds}"
        misses.append(f"when ({in_time}) is not true then {number - 1}")
    level = f"cast(case {' '.join(misses)} else {len(funnel.steps)} end as tinyint)"
    return f"select *, list_transform(begun, lambda entry, turn: {level}) as levels\nfrom begun"


def _ranked(funnel: Funnel) -> str:
    """The entries' dates and ranks as numbers, whose lowest bits are the place of the entry in its lists.

    Best is who gets furthest; among equals who gets there first; among those who began last.
    """
    rank = f"({_LAST_PLACE} - turn) << {_PLACE_BITS}"
    if funnel.attempt == "best":
        following = f"begun[turn] & {_LAST_PLACE}"
        places = {1: "turn", 2: f"({following})"} | {
            number: f"next_2_{number}[{following}]" for number in numbers(funnel)[2:]
        }
        first = " ".join(f"when {number} then {place}" for number, place in places.items())
        rank = f"(cast(level as bigint) << {2 * _PLACE_BITS}) | (({_LAST_PLACE} - case level {first} end) << {_PLACE_BITS})"
    key = f"(cast(begun[turn] >> {_PLACE_BITS} as hugeint) << {_DAY_AT}) | cast(({rank}) | turn as hugeint)"
    open_turn = "turn" if funnel.attempt == "best" else f"{_LAST_PLACE} - turn"
    neighbour = "turn + 1" if funnel.attempt == "best" else "turn - 1"
    is_outer = f"(entry >> {_PLACE_BITS}) is distinct from (begun[{neighbour}] >> {_PLACE_BITS})"
    ends = f"list_transform(begun, lambda entry, turn: case when {is_outer} then (entry & ~{_LAST_PLACE}) | ({open_turn}) end)"
    return (
        f"select *, list_sort(list_transform(levels, lambda level, turn: {key})) as ranks, "
        f"list_sort(list_filter({ends}, lambda turn: turn is not null)) as ends\nfrom levels"
    )


def _best() -> str:
    """Of each date the highest rank, and the entry whose window ends last of those that count: both in order of date."""
    return (
        f"select *, list_filter(ranks, lambda rank, spot: (rank >> {_DAY_AT}) is distinct from (ranks[spot + 1] >> {_DAY_AT})) as best,\n"
        f"list_filter(ends, lambda turn, spot: (turn >> {_PLACE_BITS}) is distinct from (ends[spot + 1] >> {_PLACE_BITS})) as open_turns\n"
        "from ranked"
    )


def _chosen(funnel: Funnel) -> str:
    """A row per attempt that counts."""
    unit = listed(funnel.unit_columns)
    turn, code = f"cast(rank & {_LAST_PLACE} as bigint)", "entry_codes[turns[turn]]"
    open_turn = f"open_turns[spot] & {_LAST_PLACE}"
    open_turn = open_turn if funnel.attempt == "best" else f"{_LAST_PLACE} - ({open_turn})"
    neighbours = [f"coalesce({code} = entry_codes[turns[turn] {sign} 1], false)" for sign in "-+"]
    fields = {
        "entry_day": f"cast(rank >> {_DAY_AT} as integer)",
        "batch_order": f"cast(({code} >> {_DAY_BITS + _STEP_BITS}) & {2**BATCH_BITS - 1} as bigint)",
        "is_tied": " or ".join(neighbours),
        "open_time": f"time_1[{open_turn}]",
        "time_1": "time_1[turn]",
    }
    following = f"(begun[turn] & {_LAST_PLACE})"
    for number in numbers(funnel)[1:]:
        fields[f"time_{number}"] = f"case when levels[turn] >= {number} then there_{number}[{following}] end"
    fields = {name: value.replace("[turn]", f"[{turn}]") for name, value in fields.items()}
    attempt = "{" + listed(f"'{name}': {value}" for name, value in fields.items()) + "}"
    told = listed(f"struct_extract(attempt, '{name}') as {name}" for name in fields)
    reached = " ".join(f"when time_{number} is not null then {number}" for number in numbers(funnel)[:0:-1])
    return (
        f"select *, case {reached} else 1 end as steps_reached\nfrom (\n"
        f"select {unit}, {told}\nfrom (\n"
        f"select {unit}, unnest(list_transform(best, lambda rank, spot: {attempt})) as attempt\nfrom best\n) as unnested\n) as attempts"
    )


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
    of_one = f"partition by {listed(funnel.unit_columns)}, entry_day"
    last = f"row_number() over ({of_one} order by event_key desc)"
    first = f"row_number() over ({of_one} order by event_key)"
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
