"""Attempts with a window from each step to the next, of three steps or more.

Here the earliest step 2 need not be the best: a later one may be nearer to step 3. So it is said of each event, from the
last step back, which steps can still be reached from it: an event of step k leads to step `goal` if the earliest later
event of step k + 1 that leads there is in time. Forward again, the earliest event that leads to the goal is taken at each
step; whatever else leads there comes no sooner.
"""

from __future__ import annotations

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.parts import (
    Ctes,
    carried,
    earliest_after,
    end_place,
    first_place_after,
    keys,
    listed,
    numbers,
    same,
)


def followed_per_step(funnel: Funnel) -> Ctes:
    """Return the CTEs up to `followed`: every entry once for each step that it can reach, by the earliest way there."""
    steps = numbers(funnel)
    ctes = {f"leads_{number}": _leads(funnel, number) for number in reversed(steps)}
    columns = [*keys(funnel), "event_date as entry_date", "place as place_1", *end_place(funnel, "place"), "goal"]
    ctes["way_1"] = f"select {listed(columns)}\nfrom leads_1"
    for number in steps[1:]:
        target = "followed" if number == steps[-1] else f"way_{number}"
        ctes[target] = (
            f"select way.*, step.place as place_{number}\nfrom way_{number - 1} as way\n"
            f"asof left join leads_{number} as step\n"
            f"on {same([*keys(funnel), 'goal'], 'way', 'step')} "
            f"and {earliest_after(funnel, f'way.place_{number - 1}')} < step.place"
        )
    return ctes


def _leads(funnel: Funnel, number: int) -> str:
    """The events of a step, each with the steps that can be reached from it."""
    columns = [*keys(funnel), "place", *(["event_date"] if number == 1 else [])]
    itself = f"select {listed(columns)}, {number} as goal\nfrom step_{number}"
    last = len(funnel.steps)
    if number == last or funnel.window_microseconds is None:
        return itself
    goals = "\nunion all\n".join(
        f"select {listed(columns)}, {goal} as goal\nfrom step_{number}" for goal in range(number + 1, last + 1)
    )
    return (
        f"{itself}\nunion all\nselect step.*\nfrom (\n{goals}\n) as step\n"
        f"asof join leads_{number + 1} as following\n"
        f"on {same([*keys(funnel), 'goal'], 'step', 'following')} "
        f"and {earliest_after(funnel, 'step.place')} < following.place\n"
        f"where following.place < {first_place_after('step.place', funnel.window_microseconds)}"
    )


def one_way(funnel: Funnel) -> str:
    """Return the SELECT of one attempt of each entry: the way that gets furthest, of equals the shortest goal."""
    order = "steps_reached desc, goal"
    return (
        f"select * exclude (way)\nfrom (\nselect *, row_number() over "
        f"(partition by {listed(keys(funnel))}, place_1 order by {order}) as way\nfrom ways\n) as ways\nwhere way = 1"
    )


def carried_per_step(funnel: Funnel) -> list[str]:
    """Return the columns that a way hands on."""
    return [*carried(funnel), "goal"]
