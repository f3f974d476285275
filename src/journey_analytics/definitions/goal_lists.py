"""Goals as a table, and whether anything measures them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from journey_analytics.definitions.front_matter import Measure
from journey_analytics.definitions.generated import rows_model, short_name
from journey_analytics.definitions.goals import ALL, Goal
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.strict import place_in
from journey_analytics.errors import DefinitionError, did_you_mean


def check_goals(
    goals: Iterable[Goal],
    path: Path,
    models: Iterable[Model],
    phases: Mapping[str, Collection[str]],
    touchpoints: Collection[str],
) -> None:
    """Refuse goals that nothing measures.

    Args:
        path: of the settings, for messages.
        models: all written models; those of the contract `phase_kpi` are KPIs.
        phases: journey model -> its phases.
        touchpoints: all touchpoint ids.

    Raises:
        DefinitionError: an unknown KPI, journey model, phase or touchpoint, a target on the wrong side of the base, a share
            that is no share, or a name that stands twice.
    """
    measures = {
        short_name(model): model.front.measure
        for model in models
        if model.front.contract == "phase_kpi" and model.front.measure is not None
    }
    seen: set[str] = set()
    for number, goal in enumerate(goals):
        faults = [] if goal.goal not in seen else [("goal", "stands twice. Give each goal a name of its own.")]
        seen.add(goal.goal)
        faults += _strangers(goal, measures, phases, touchpoints) or _wrong_values(goal, measures[goal.kpi])
        if faults:
            key, text = faults[0]
            raise DefinitionError(f"{place_in(path, ('goals', number, key))}: goal {goal.goal!r}: {key} {text}")


def _strangers(
    goal: Goal, kpis: Collection[str], phases: Mapping[str, Collection[str]], touchpoints: Collection[str]
) -> list[tuple[str, str]]:
    named = [
        ("kpi", goal.kpi, kpis),
        ("journey_model", goal.journey_model, [ALL, *phases]),
        ("phase", goal.phase, [ALL, *phases.get(goal.journey_model, ())]),
        ("touchpoint", goal.touchpoint, [None, *touchpoints]),
    ]
    told = []
    for key, value, allowed in named:
        if value not in allowed:
            names = sorted(name for name in allowed if name is not None)
            told.append(
                (key, f"{value!r} is not there. Allowed: {', '.join(names)}.{did_you_mean(str(value), names)}")
            )
    return told


def _wrong_values(goal: Goal, measure: Measure) -> list[tuple[str, str]]:
    if measure.unit == "share":
        for key, value in (("base", goal.base), ("target", goal.target)):
            if not 0 <= value <= 1:
                return [(key, f"{value:g} is no share: write 0.62 for 62%.")]
    wanted = 1 if measure.direction == "higher_better" else -1
    if (goal.target - goal.base) * wanted < 0:
        return [("target", f"{goal.target:g} is worse than the base {goal.base:g}: {goal.kpi} is {measure.direction}.")]
    return []


def goal_model(goals: Iterable[Goal], path: Path) -> Model:
    """Return dim_goals: what the settings want of which KPI."""
    types = {
        "goal_id": "varchar", "title_nl": "varchar", "title_en": "varchar", "kpi": "varchar", "journey_model": "varchar",
        "phase": "varchar", "segment_kind": "varchar", "segment_value": "varchar", "period_kind": "varchar",
        "goal_base": "double", "goal_since": "date", "goal_target": "double", "goal_due": "date", "owner": "varchar",
        "touchpoint_id": "varchar",
    }  # fmt: skip
    rows = [
        (g.goal, g.title_nl, g.title_en, g.kpi, g.journey_model, g.phase, g.segment_kind, g.segment_value, g.period,
         g.base, str(g.since), g.target, str(g.due), g.owner, g.touchpoint)
        for g in goals
    ]  # fmt: skip
    return rows_model("dim_goals", path, "One row per goal of the settings.", ["goal_id"], types, rows)
