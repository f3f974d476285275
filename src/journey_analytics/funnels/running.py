"""Attempts of the plain funnel by one sort and no ASOF join: closed, ordered, one window or none, uniques.

The rows that fit a step are sorted once, the last event of a unit first. Read in that order, the row of a step that was
seen last is the earliest one behind the row that is read, so that every row is handed, from above, the moments of all
steps behind it: what the nearest row of the next step was handed itself. It is what `chains` finds by a join a step. As a
later row of a step never leads to an earlier row of the next, the nearest is the best, and none behind it is none at all.

It is for who tries a funnel. A night makes its attempts by the joins of `compiler`: that a rebuild of some persons leaves
the others alone is proved of the SELECT itself, and a window over the rows of all persons cannot be proved so.

A unit is a number here and an event a place in the sort; neither leaves the SELECT. Texts are fetched for the attempts
that are chosen, and for no other.
"""

from __future__ import annotations

from itertools import combinations

from journey_analytics.definitions.funnel_steps import Step
from journey_analytics.definitions.funnels import MAX_STEPS, Funnel
from journey_analytics.funnels.counts import why_no_counts
from journey_analytics.funnels.parts import Ctes, in_range, listed, numbers

_BATCH = ("batch_page_id", "batch_ordering_id", "batch_event_index")
# a place in the events of one unit; two of them and the number of a step fit a bigint
_PLACE_BITS = 29
_LAST_PLACE = 2**_PLACE_BITS - 1


def is_running(funnel: Funnel) -> bool:
    """Return whether `running_attempts_sql` yields a funnel's attempts; the other choices need joins."""
    plain = funnel.model_copy(update={"attempt": "best"})
    return why_no_counts(plain) is None and funnel.attribution == "entry"


def running_attempts_sql(funnel: Funnel, events: str) -> str:
    """Return the SELECT of a funnel's attempts: the best or the first one of a unit and entry date.

    The engine must keep the order of a sorted subquery, as DuckDB promises for windows with an empty `over`.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
    """
    ctes = {"events": events, "units": _units(funnel), "marked": _marked(funnel), "placed": _placed(funnel)}
    ctes |= _handed(funnel) | {"reached": _reached(funnel), "attempts": _attempts(funnel)}
    ctes |= {"dates": _dates(funnel), "chosen": _chosen(), "told": _told(funnel)}
    # read more than once, and too wide to be kept; the numbers of units may be dealt out once only
    kept = {"events": "as not materialized", "units": "as materialized"}
    parts = ",\n\n".join(f"{name} {kept.get(name, 'as')} (\n{sql}\n)" for name, sql in (ctes | _alone(funnel)).items())
    return f"with {parts}\n\n{_rows(funnel)}"


def _fits(step: Step, number: int, funnel: Funnel) -> str:
    """The condition of a step; the range of entry is one of step 1."""
    return " and ".join([step.condition(), *(in_range(funnel) if number == 1 else [])])


def _fits_first(funnel: Funnel) -> str:
    return _fits(funnel.steps[0], 1, funnel)


def _steps_are_apart(funnel: Funnel) -> bool:
    """Whether no event can fit two steps."""
    return not any(one.may_share_an_event_with(other) for one, other in combinations(funnel.steps, 2))


def _which(funnel: Funnel) -> list[str]:
    """The columns that tell the events of a unit and moment apart, as far as their order depends on them."""
    return list(_BATCH) if _steps_are_apart(funnel) else ["event_key"]


def _batch() -> list[str]:
    return [f"coalesce({name}, 0) as {name}" for name in _BATCH]


def _units(funnel: Funnel) -> str:
    """Who has an entry, each with a number."""
    columns = listed(funnel.unit_columns)
    known = [f"{column} is not null" for column in funnel.unit_columns]
    where = " and ".join([*known, f"({_fits_first(funnel)})"])
    return (
        f"select {columns}, cast(row_number() over () as integer) as unit_number\n"
        f"from (\nselect distinct {columns}\nfrom events\nwhere {where}\n) as entered"
    )


def _marked(funnel: Funnel) -> str:
    """The events that fit a step; one that fits several stands there once for each, so that it fills one of them only."""
    steps = [(number, _fits(step, number, funnel)) for number, step in enumerate(funnel.steps, start=1)]
    columns = ["unit_number", "event_timestamp", "event_date", *_batch()]
    if _steps_are_apart(funnel):
        cases = " ".join(f"when {fits} then {number}" for number, fits in steps)
        columns.append(f"cast(case {cases} end as tinyint) as step")
    else:
        lowest = " ".join(f"when {step.condition()} then {number}" for number, step in enumerate(funnel.steps, start=1))
        each = listed(f"case when {fits} then {number} end" for number, fits in steps)
        columns += [
            "event_key",
            f"cast(case {lowest} end as tinyint) as lowest",
            f"cast(unnest(list_filter([{each}], lambda step: step is not null)) as tinyint) as step",
        ]
    return (
        f"select *\nfrom (\nselect {listed(columns)}\nfrom events\n"
        f"inner join units using ({listed(funnel.unit_columns)})\n) as events\nwhere step is not null"
    )


def _placed(funnel: Funnel) -> str:
    """The rows in the total order of each unit, the last one first, with their place in it.

    An event that fits several steps is read as its lowest step first: it is behind none of its own rows.
    """
    order = [f"{column} desc" for column in ("unit_number", "event_timestamp", *_BATCH)]
    order += ["step desc"] if _steps_are_apart(funnel) else ["lowest desc", "event_key desc", "step"]
    columns = listed(["unit_number", "event_timestamp", "event_date", *_which(funnel), "step"])
    return (
        f"select {columns}, place,\n"
        "last_value(case when unit_number is distinct from unit_above then place end ignore nulls) "
        "over (rows unbounded preceding) as first_place\nfrom (\n"
        f"select {columns}, row_number() over () as place, lag(unit_number) over () as unit_above\n"
        f"from (\nselect *\nfrom marked\norder by {listed(order)}\n) as in_order\n) as numbered"
    )


def _handed(funnel: Funnel) -> Ctes:
    """Each row of a step with the rows of the steps behind it, from the last step but one to the first."""
    last = len(funnel.steps)
    always = ["unit_number", "event_date", *_which(funnel), "step", "event_timestamp", "place", "first_place"]
    ctes: Ctes = {}
    source = "placed"
    for number in reversed(numbers(funnel)[1:]):
        own = {f"time_{number}": "event_timestamp", f"place_{number}": "place"}
        behind = [f"{kind}_{step}" for step in range(number + 1, last + 1) for kind in ("time", "place")]
        values = own | {name: name for name in behind}
        columns = [
            f"last_value(case when step = {number} then {value} end ignore nulls) "
            f"over (rows unbounded preceding) as {name}"
            for name, value in values.items()
        ]
        # who stands further on than the step that was handed on asks for nothing any more
        asks = f"\nwhere step <= {number}" if number < last else ""
        ctes[f"handed_{number}"] = f"select {listed([*always, *columns])}\nfrom {source}{asks}"
        source = f"handed_{number}"
    return ctes


def _reached(funnel: Funnel) -> str:
    """Each entry with the steps that lie in its window; places are counted from the last event of the unit."""
    columns = ["unit_number", "event_date as entry_date", *_which(funnel), "event_timestamp as time_1"]
    columns.append("cast(place - first_place as integer) as place_1")
    for number in numbers(funnel)[1:]:
        # what was handed down from the unit above is no event of this one
        holds = [f"place_{number} >= first_place"]
        if funnel.window_microseconds is not None:
            holds.append(f"time_{number} - event_timestamp <= {funnel.window_microseconds}")
        in_time = " and ".join(holds)
        columns.append(f"case when {in_time} then time_{number} end as time_{number}")
        columns.append(f"case when {in_time} then cast(place_{number} - first_place as integer) end as place_{number}")
    return f"select {listed(columns)}\nfrom handed_2\nwhere step = 1"


def _attempts(funnel: Funnel) -> str:
    """Each attempt with its rank as one number.

    Best is who gets furthest; among equals who gets there first; among those who began last. A high place is an early one.
    """
    steps = numbers(funnel)[::-1]
    reached = f"case {' '.join(f'when place_{number} is not null then {number}' for number in steps)} end"
    last = f"coalesce({listed(f'place_{number}' for number in steps)})"
    rank = "cast(place_1 as bigint)"
    if funnel.attempt == "best":
        rank = (
            f"cast(steps_reached as bigint) * {2 ** (2 * _PLACE_BITS)} + cast(last_place as bigint) * {2**_PLACE_BITS} "
            f"+ {_LAST_PLACE} - place_1"
        )
    times = listed(f"time_{number}" for number in numbers(funnel))
    columns = listed(["unit_number", "entry_date", *_which(funnel), times, "place_1", "steps_reached"])
    return (
        f"select {columns}, {rank} as choice\n"
        f"from (\nselect *, cast({reached} as tinyint) as steps_reached, {last} as last_place\nfrom reached\n) as reach"
    )


def _dates(funnel: Funnel) -> str:
    """The attempt of each unit and entry date, and when the last one of those that count began."""
    latest = "max" if funnel.attempt == "best" else "min"
    return (
        f"select unit_number, entry_date, max(choice) as choice, {latest}(time_1) as open_time\n"
        "from attempts\ngroup by unit_number, entry_date"
    )


def _chosen() -> str:
    return (
        "select attempts.*, dates.open_time\nfrom attempts\ninner join dates\non attempts.unit_number = dates.unit_number "
        "and attempts.entry_date = dates.entry_date and attempts.choice = dates.choice"
    )


def _told(funnel: Funnel) -> str:
    """The chosen attempts with their texts; an attempt stands there once for each event that could have begun it."""
    names = list(dict.fromkeys([*funnel.unit_columns, *_which(funnel)]))
    agree = " and ".join(f"named.{name} = entries.{name}" for name in names)
    columns = ["person_key", "session_key", "event_key", "event_timestamp"]
    columns += _batch() if _steps_are_apart(funnel) else []
    units = listed(f"units.{column}" for column in funnel.unit_columns)
    named = f"select chosen.*, {units}\nfrom chosen\ninner join units on chosen.unit_number = units.unit_number"
    return (
        f"select named.* exclude ({listed(names)}), entries.person_key, entries.session_key, "
        f"entries.event_key as attempt_key\nfrom (\nselect {listed(columns)}\nfrom events\nwhere {_fits_first(funnel)}\n) as entries\n"
        f"inner join (\n{named}\n) as named\non {agree} and named.time_1 = entries.event_timestamp"
    )


def _alone(funnel: Funnel) -> Ctes:
    """One row of each attempt. Entries of one moment and batch order, which nothing but the event key tells apart, reach the
    same: the last of them is the best where there is a further step, and the first one where there is none.
    """
    if not _steps_are_apart(funnel):
        return {}
    of_one = "partition by unit_number, place_1"
    turn = "case when steps_reached > 1 then alike else 1 end" if funnel.attempt == "best" else "1"
    is_tied = "(unit_number, place_1) in (select (unit_number, place_1) from tied)"
    return {
        "tied": "select unit_number, place_1\nfrom told\ngroup by unit_number, place_1\nhaving count(*) > 1",
        "alone": f"select *\nfrom told\nwhere not {is_tied}\nunion all\nselect * exclude (turn, alike)\nfrom (\n"
        f"select *, row_number() over ({of_one} order by attempt_key) as turn, count(*) over ({of_one}) as alike\n"
        f"from told\nwhere {is_tied}\n) as alike\nwhere turn = {turn}",
    }


def _rows(funnel: Funnel) -> str:
    """The final SELECT: a row per chosen attempt, with the columns of every other funnel."""
    steps = numbers(funnel)
    never = "cast(null as timestamp)"
    window = funnel.window_microseconds
    columns = [
        f"'{funnel.name}' as funnel",
        "attempt_key",
        "person_key",
        "session_key",
        "session_key as attributed_session_key",
        "entry_date",
        "cast(steps_reached as integer) as steps_reached",
        "make_timestamp(time_1) as entered_at",
        f"{never if window is None else f'make_timestamp(open_time + {window})'} as window_ends_at",
        f"make_timestamp(time_{steps[-1]}) as converted_at",
    ]
    for number in range(1, MAX_STEPS + 1):
        columns.append(f"{f'make_timestamp(time_{number})' if number in steps else never} as step_{number}_at")
    source = "alone" if _steps_are_apart(funnel) else "told"
    return "select\n    " + ",\n    ".join(columns) + f"\nfrom {source}"
