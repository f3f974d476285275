"""A funnel that is tried on a database before it stands among the definitions: nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.funnels.compiler import attempts_sql
from journey_analytics.funnels.counts import unit_counts, why_no_counts
from journey_analytics.funnels.details import details_model
from journey_analytics.funnels.engine import measured
from journey_analytics.funnels.models import events_of_nobody, events_of_people
from journey_analytics.warehouse import Warehouse


@dataclass(frozen=True)
class Trial:
    """What a trial found.

    Attributes:
        counts: units of each step, in their best attempt.
        steps: rows of pub_funnels, where the attempts were made; else none.
        unseen: a sentence for each name of a step that no event bears.
        why: why the attempts were made although nobody asked for them; empty otherwise.
    """

    counts: list[int]
    steps: list[dict[str, Any]]
    unseen: list[str]
    why: str = ""


def try_funnel(warehouse: Warehouse, funnel: Funnel, passed_over: Iterable[str], *, with_states: bool) -> Trial:
    """Count a funnel, in the quick way where its choices allow it.

    Args:
        passed_over: names of events that are no touch.
        with_states: make the attempts as well, and what pub_funnels would tell.

    Raises:
        UsageError: the database has no events yet.
    """
    if not {"fct_events", "dim_people", "run_window"} <= set(warehouse.tables()):
        raise UsageError(f"{warehouse.path}: there are no events yet. `journey run` makes them; then try again.")
    why, unseen = why_no_counts(funnel), _unseen(warehouse, funnel)
    if why is None and not with_states:
        return Trial(unit_counts(warehouse, funnel, events_of_people(funnel)), [], unseen)
    for details in details_model([funnel], Path("funnels"), "whoever tries"):
        # the night's own are of the funnels that are committed
        warehouse.run(f"create temp table {details.name} as {details.sql}")
    events = events_of_people(funnel)
    found = measured(warehouse, funnel, attempts_sql(funnel, events, passed_over), events_of_nobody(funnel))
    return Trial(found.each("converted"), found.steps, unseen, "" if with_states else why or "")


def _unseen(warehouse: Warehouse, funnel: Funnel) -> list[str]:
    """A name that is written wrong reads like a step that nobody reaches."""
    known = [name for (name,) in warehouse.rows("select distinct event_name from fct_events order by event_name")]
    named = [
        (step.step, name)
        for step in funnel.steps
        for _, when in step.whens()
        if isinstance(when.event_name, tuple)
        for name in when.event_name
    ]
    return [
        f"step {step}: no event is called {name!r}.{did_you_mean(name, known)}"
        for step, name in named
        if name not in known
    ]
