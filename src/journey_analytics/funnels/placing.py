"""The events of a funnel: which steps each fits, and its place in one total order."""

from __future__ import annotations

from collections.abc import Iterable

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.parts import (
    BATCH_ORDER,
    EVENT_COLUMNS,
    IN_ONE_MOMENT,
    Ctes,
    fits_any,
    in_range,
    kept,
    keys,
    listed,
    numbers,
)

_SECOND = 1_000_000


def placed_events(funnel: Funnel, events: str, passed_over: Iterable[str]) -> Ctes:
    """Return the events that matter, marked and placed, and those of each step.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
        passed_over: names of events that are no touch.
    """
    by_second = funnel.tie == "same_second"
    ctes = {"events": events, "marked": _marked(funnel, passed_over)}
    if by_second:
        ctes["single"] = _single(funnel)
    ctes["placed"] = _placed(funnel, "single" if by_second else "marked")
    return ctes | {f"step_{number}": _step(funnel, number) for number in numbers(funnel)}


def _looks_at_touches(funnel: Funnel) -> bool:
    return funnel.order == "strict" or funnel.between == "steps_only"


def _marked(funnel: Funnel, passed_over: Iterable[str]) -> str:
    unit = listed(funnel.unit_columns)
    first = f" and row_number() over (partition by {unit}, event_name order by event_timestamp, {BATCH_ORDER}, event_key) = 1"
    flags = [
        f"{step.condition()}{first if step.first_ever else ''} as step_{number}"
        for number, step in enumerate(funnel.steps, start=1)
    ]
    flags.append(f"{funnel.exclude.condition() if funnel.exclude else 'false'} as is_excluded")
    if _looks_at_touches(funnel):
        names = listed("'" + name.replace("'", "''") + "'" for name in sorted(passed_over))
        flags.append(f"{f'event_name not in ({names})' if names else 'true'} as is_touch")
    columns = [column for column in EVENT_COLUMNS if column != "event_name" and column not in kept(funnel)]
    if funnel.tie == "same_second":
        columns[columns.index("event_timestamp")] = f"event_timestamp - event_timestamp % {_SECOND} as event_timestamp"
    known = " and ".join(f"{column} is not null" for column in funnel.unit_columns)
    return f"select {listed([*kept(funnel), *columns, *flags])}\nfrom events\nwhere {known}"


def _flags(funnel: Funnel) -> list[str]:
    """The marks for which an event is looked at."""
    touch = ["is_touch"] if _looks_at_touches(funnel) else []
    return [*(f"step_{number}" for number in numbers(funnel)), "is_excluded", *touch]


def _single(funnel: Funnel) -> str:
    """Of events that fit the same steps in one second the first."""
    alike = listed([*keys(funnel), "event_timestamp", *_flags(funnel)])
    return (
        f"select *\nfrom (\nselect *, row_number() over (partition by {alike} order by {BATCH_ORDER}, event_key) as copy\n"
        "from marked\n) as copies\nwhere copy = 1"
    )


def _placed(funnel: Funnel, source: str) -> str:
    steps = numbers(funnel)
    lowest = " ".join(f"when step_{number} then {number}" for number in steps)
    # within a second any order is accepted, so that the order of the steps counts before that of the batch
    batch = "" if funnel.tie == "same_second" else f"{BATCH_ORDER}, "
    order = f"{batch}case {lowest} else {len(steps) + 1} end, event_key"
    unit = listed(funnel.unit_columns)
    columns = [*kept(funnel), "event_key", "event_date", *_flags(funnel)]
    columns.append(
        f"cast(event_timestamp as hugeint) * {IN_ONE_MOMENT} + row_number() over "
        f"(partition by {unit}, event_timestamp order by {order}) as place"
    )
    if funnel.order == "strict":
        columns.append(f"row_number() over (partition by {unit} order by event_timestamp, {order}) as position")
    return f"select {listed(columns)}\nfrom {source}\nwhere {' or '.join(_flags(funnel))}"


def _step(funnel: Funnel, number: int) -> str:
    """The events that fit a step."""
    columns = [*(kept(funnel) if number == 1 else keys(funnel)), "place"]
    if funnel.order == "strict":
        columns.append("position")
    conditions = [f"step_{number}"]
    if number == 1:
        columns += ["event_key", "event_date"]
        # what fills a step in any order is not always an entry
        conditions += [] if funnel.order == "any" else in_range(funnel)
    return f"select {listed(columns)}\nfrom placed\nwhere {' and '.join(conditions)}"


def later_entries(funnel: Funnel, number: int) -> Ctes:
    """Return the entries at a step behind the first: none of the steps before it lies in the window before them."""
    before = fits_any(range(1, number))
    columns = [*keys(funnel), "event_date", "place", *(["position"] if funnel.order == "strict" else [])]
    long_ago = "earlier.place is null"
    if funnel.window_microseconds is not None:
        long_ago += (
            f" or step.place // {IN_ONE_MOMENT} - earlier.place // {IN_ONE_MOMENT} > {funnel.window_microseconds}"
        )
    agree = " and ".join(f"step.{column} = earlier.{column}" for column in keys(funnel))
    fitting = " and ".join([f"step_{number}", f"not {before}", *in_range(funnel)])
    return {
        f"before_{number}": f"select {listed([*keys(funnel), 'place'])}\nfrom placed\nwhere {before}",
        f"entries_{number}": f"select {listed(f'step.{column}' for column in columns)}\n"
        f"from (\nselect *\nfrom placed\nwhere {fitting}\n) as step\n"
        f"asof left join before_{number} as earlier\non {agree} and step.place > earlier.place\nwhere {long_ago}",
    }
