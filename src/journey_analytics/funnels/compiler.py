"""From a funnel to one SELECT that yields its attempts: pure functions from a definition to text.

Events are marked with the steps that they fit and stand in one total order, `place`: the timestamp, the batch order, the
lowest step that the event fits, the event key (`placing`). A later place is a later event, so that one event fills one
step. Every entry is followed to the steps that it reaches (`chains`, `windows_per_step`, `any_order`); then the attempts
that count are chosen (`choosing`).
"""

from __future__ import annotations

from collections.abc import Iterable

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.any_order import followed_in_any_order
from journey_analytics.funnels.chains import followed_chains
from journey_analytics.funnels.choosing import attempt_rows, chosen_attempts
from journey_analytics.funnels.lists import goes_by_lists, listed_attempts_sql
from journey_analytics.funnels.parts import Ctes
from journey_analytics.funnels.placing import placed_events
from journey_analytics.funnels.windows import without_asof
from journey_analytics.funnels.windows_per_step import followed_per_step


def attempts_sql(funnel: Funnel, events: str, passed_over: Iterable[str] = ()) -> str:
    """Return the SELECT of a funnel's attempts, a row each.

    For uniques that is the best or the first attempt of a unit and entry date, for totals every attempt.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
        passed_over: names of events that are no touch: they stand between no two steps.
    """
    if goes_by_lists(funnel):
        return listed_attempts_sql(funnel, events)
    return joined_attempts_sql(funnel, events, passed_over)


def joined_attempts_sql(funnel: Funnel, events: str, passed_over: Iterable[str] = (), *, has_asof: bool = True) -> str:
    """Return the SELECT of a funnel's attempts by joins between its steps: for every choice that a funnel can make.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
        passed_over: names of events that are no touch: they stand between no two steps.
        has_asof: whether the engine knows ASOF joins; else windows do the same.
    """
    ctes = placed_events(funnel, events, passed_over) | _followed(funnel) | chosen_attempts(funnel)
    parts = ",\n\n".join(f"{name} as (\n{sql}\n)" for name, sql in ctes.items())
    sql = f"with {'recursive ' if funnel.count == 'totals' else ''}{parts}\n\n{attempt_rows(funnel)}"
    return sql if has_asof else without_asof(sql)


def _followed(funnel: Funnel) -> Ctes:
    if funnel.order == "any":
        return followed_in_any_order(funnel)
    return followed_per_step(funnel) if funnel.is_chained_per_step else followed_chains(funnel)


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
