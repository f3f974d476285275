"""Attempts whose steps follow one another within one window, each step as early as it can be.

Every event of step 1 begins an attempt. Of each attempt the earliest step 2 behind it is found, then the earliest step 3
behind that, and so on: one ASOF join a step. For an attempt whose beginning is fixed nothing gets further than the
earliest, so the reach of every attempt is exact; the greedy fault is to follow one beginning only, which nobody does here.
"""

from __future__ import annotations

from itertools import pairwise

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.parts import (
    IN_ONE_MOMENT,
    Ctes,
    carried,
    earliest_after,
    end_place,
    entry,
    first_place_after,
    fits_any,
    keys,
    listed,
    moment,
    numbers,
    same,
)
from journey_analytics.funnels.placing import later_entries


def followed_chains(funnel: Funnel) -> Ctes:
    """Return the CTEs up to `followed`: every attempt with the places of its steps."""
    needed = [number for number in numbers(funnel) if not funnel.steps[number - 1].optional]
    ctes: Ctes = {"reached_1": _entries(funnel, 1, "step_1")}
    for before, number in pairwise(needed):
        ctes |= _barriers(funnel, number)
        ctes |= later_entries(funnel, number) if funnel.entry == "open" else {}
        ctes[f"reached_{number}"] = _reached(funnel, before, number)
    if not funnel.has_optional:
        return ctes | {"followed": _followed(funnel, needed)}
    return ctes | {"needed": _followed(funnel, needed)} | _optional(funnel, needed)


def _entries(funnel: Funnel, number: int, source: str) -> str:
    """What an attempt is followed by; texts that nothing depends on wait in step_1 until an attempt is chosen."""
    columns = [*keys(funnel), "event_date as entry_date", f"place as {entry(funnel)}", *end_place(funnel, "place")]
    is_strict = funnel.order == "strict"
    if funnel.entry == "open":
        for step in range(1, number + 1):
            columns.append(f"place as place_{step}" if step == number else f"cast(null as hugeint) as place_{step}")
            if is_strict:
                here = "position" if step == number else "cast(null as bigint)"
                columns.append(f"{here} as position_{step}")
    elif is_strict:
        columns.append("position as position_1")
    return f"select {listed(columns)}\nfrom {source}"


def _barriers(funnel: Funnel, number: int) -> Ctes:
    """The events that may not stand between the step before and this one."""
    if funnel.between == "steps_only":
        stops = f"is_touch and not {fits_any(range(1, number + 1))}"
    elif funnel.between == "no_repeats" and number > 2:
        stops = f"{fits_any(range(2, number))} and not step_{number}"
    else:
        return {}
    return {f"barrier_{number}": f"select {listed([*keys(funnel), 'place'])}\nfrom placed\nwhere {stops}"}


def _reached(funnel: Funnel, before: int, number: int) -> str:
    """Each attempt with the earliest event behind the step before that fits this step, if it is in time."""
    last = f"reached.place_{before}"
    # a null that is held is no value, so it equals nothing
    agree = same(keys(funnel), "reached", "step")
    in_time = _in_time(funnel, last)
    earliest = earliest_after(funnel, last)
    names = ["place"]
    if funnel.order == "strict":
        joins = f"left join step_{number} as step\non {agree} and reached.position_{before} + 1 = step.position"
        in_time += [f"{earliest} < step.place"] if funnel.gap_microseconds else []
        names.append("position")
    else:
        joins = f"asof left join step_{number} as step\non {agree} and {earliest} < step.place"
    if _barriers(funnel, number):
        joins += (
            f"\nasof left join barrier_{number} as barrier\n"
            f"on {same(keys(funnel), 'reached', 'barrier')} and {last} < barrier.place"
        )
        in_time.append("(barrier.place is null or step.place < barrier.place)")
    if funnel.grace is not None:
        # who came a little early came with the step before, so that no time runs backward
        in_time.append("step.place is not null")
    columns = ["reached.*"]
    for name in names:
        value = f"step.{name}" if funnel.grace is None else f"greatest(step.{name}, {last})"
        value = f"case when {' and '.join(in_time)} then {value} end" if in_time else value
        columns.append(f"{value} as {name}_{number}")
    alive = "reached_1" if number == 2 else f"(\nselect * from reached_{before} where place_{before} is not null\n)"
    sql = f"select {listed(columns)}\nfrom {alive} as reached\n{joins}"
    if funnel.entry == "open":
        sql += f"\nunion all\n{_entries(funnel, number, f'entries_{number}')}"
    return sql


def _in_time(funnel: Funnel, last: str) -> list[str]:
    if funnel.window_microseconds is None:
        return []
    if funnel.has_window_per_step:
        return [f"step.place < {first_place_after(last, funnel.window_microseconds)}"]
    return ["step.place < reached.end_place"]


def _followed(funnel: Funnel, needed: list[int]) -> str:
    """All attempts: those that were looked for at the last step, and those that had stopped at an earlier one."""
    shown = [number for number in needed if number > 1 or funnel.entry == "open"]
    parts = []
    for number in reversed(needed[1:]):
        places = [f"place_{step}" if step <= number else f"cast(null as hugeint) as place_{step}" for step in shown]
        stopped = f"\nwhere place_{number} is null" if number < needed[-1] else ""
        parts.append(f"select {listed([*carried(funnel), *places])}\nfrom reached_{number}{stopped}")
    return "\nunion all\n".join(parts)


def _optional(funnel: Funnel, needed: list[int]) -> Ctes:
    """The steps that may be skipped, each between the step before and the next that may not, where that was reached."""
    optional = [number for number in numbers(funnel) if number not in needed]
    ctes: Ctes = {}
    source = "needed"
    for number in optional:
        required = max(step for step in needed if step < number)
        since = listed(f"reached.place_{step}" for step in range(number - 1, required - 1, -1))
        since = f"coalesce({since})" if required < number - 1 else since
        following = f"reached.place_{min(step for step in needed if step > number)}"
        gap = funnel.gap_microseconds
        latest = f"({moment('step.place')} + {gap}) * {IN_ONE_MOMENT}" if gap else "step.place"
        in_time = [f"({following} is null or {latest} < {following})"]
        in_time += [] if funnel.window is None else ["step.place < reached.end_place"]
        target = "followed" if number == optional[-1] else f"with_{number}"
        ctes[target] = (
            f"select reached.*, case when {' and '.join(in_time)} then step.place end as place_{number}\n"
            f"from {source} as reached\nasof left join step_{number} as step\n"
            f"on {same(keys(funnel), 'reached', 'step')} and {earliest_after(funnel, since)} < step.place"
        )
        source = target
    return ctes
