"""Who is behind a number of pub_funnels: the persons of one funnel, step and state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.warehouse import Warehouse

STATES = ("converted", "dropped", "pending")
_TABLES = frozenset({"fct_funnel_units", "fct_funnel_unit_steps"})


@dataclass(frozen=True)
class FunnelStep:
    """A step of a funnel, and of what kind the funnel's units are."""

    funnel: str
    number: int
    name: str
    title: str
    unit: str
    count: str


@dataclass(frozen=True)
class Unit:
    """A unit that a funnel counts: its person, never an id of the source, and the attempt that it counts in."""

    person_key: str
    entered_at: datetime
    last_step_number: int
    last_step: str


def find_step(warehouse: Warehouse, funnel: str, step: str) -> FunnelStep:
    """Return a step by its number or its name.

    Raises:
        UsageError: no such funnel or step; the message names those that there are.
    """
    rows = warehouse.rows(
        "select funnels.funnel, steps.step_order, steps.step, steps.title_en, funnels.funnel_unit, funnels.funnel_count "
        "from dim_funnels as funnels inner join dim_funnel_steps as steps on funnels.funnel = steps.funnel "
        "order by funnels.funnel, steps.step_order"
    )
    funnels = list(dict.fromkeys(row[0] for row in rows))
    if funnel not in funnels:
        there = f"Funnels: {', '.join(funnels)}." if funnels else "There are no funnels: sql/funnels holds none."
        raise UsageError(f"There is no funnel {funnel!r}. {there}{did_you_mean(funnel, funnels)}")
    steps = [FunnelStep(*row) for row in rows if row[0] == funnel]
    for found in steps:
        # a name goes before a number, so that no step is out of reach
        if found.name == step:
            return found
    for found in steps:
        if str(found.number) == step:
            return found
    raise UsageError(
        f"The funnel {funnel!r} has no step {step!r}. Steps, by number or name: "
        f"{', '.join(f'{each.number} {each.name}' for each in steps)}.{did_you_mean(step, [each.name for each in steps])}"
    )


def refuse_unknown_state(state: str) -> None:
    """Refuse a state that no unit has.

    Raises:
        UsageError: the message names the three states.
    """
    if state not in STATES:
        raise UsageError(f"There is no state {state!r}. States: {', '.join(STATES)}.{did_you_mean(state, STATES)}")


def who(warehouse: Warehouse, step: FunnelStep, state: str) -> list[Unit]:
    """Return the units of a funnel that are in a state at a step, in the order in which they came in.

    Raises:
        UsageError: the database was made before there were such lists.
    """
    missing = sorted(_TABLES - warehouse.tables())
    if missing:
        raise UsageError(f"The database has no {' and no '.join(missing)} yet. Make them with `journey run`.")
    rows: Sequence[tuple[str, datetime, int, str]] = warehouse.rows(
        "select units.person_key, units.entered_at, units.last_step_order, reached.step "
        "from fct_funnel_unit_steps as unit_steps inner join fct_funnel_units as units "
        "on unit_steps.funnel = units.funnel and unit_steps.person_key = units.person_key "
        "and unit_steps.unit_key = units.unit_key "
        "left join dim_funnel_steps as reached "
        "on units.funnel = reached.funnel and units.last_step_order = reached.step_order "
        "where unit_steps.entry_week is null and unit_steps.funnel = $funnel and unit_steps.step = $step "
        "and unit_steps.state = $state order by units.entered_at, units.person_key, units.unit_key",
        {"funnel": step.funnel, "step": step.name, "state": state},
    )
    return [Unit(*row) for row in rows]
