"""Goals and changes as tables, and whether anything measures them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from journey_analytics.definitions.front_matter import Measure
from journey_analytics.definitions.generated import rows_model, short_name
from journey_analytics.definitions.goals import ALL, Change, Goal, segment_of
from journey_analytics.definitions.measured import KPI_CONTRACTS
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.strict import place_in
from journey_analytics.errors import DefinitionError, did_you_mean


def check_goals(
    settings: Settings,
    path: Path,
    models: Iterable[Model],
    phases: Mapping[str, Collection[str]],
    touchpoints: Collection[str],
) -> None:
    """Refuse goals and changes that nothing measures.

    Args:
        path: of the settings, for messages.
        models: all written models; those of KPI_CONTRACTS are KPIs.
        phases: journey model -> its phases.
        touchpoints: all touchpoint ids.

    Raises:
        DefinitionError: an unknown KPI, journey model, phase, touchpoint or persona, a target on the wrong side of the base, a share
            that is no share, a change of a KPI that is none, or a name that stands twice.
    """
    measures = {
        short_name(model): model.front.measure
        for model in models
        if model.front.contract in KPI_CONTRACTS and model.front.measure is not None
    }
    personas = [persona.persona_id for persona in settings.personas]
    named: list[tuple[str, tuple[Goal | Change, ...]]] = [("goals", settings.goals), ("changes", settings.changes)]
    for key, items in named:
        seen: set[str] = set()
        for number, item in enumerate(items):
            name = item.goal if isinstance(item, Goal) else item.change
            what = key.removesuffix("s")
            faults = [] if name not in seen else [(what, f"stands twice. Give each {what} a name of its own.")]
            seen.add(name)
            faults += _strangers(item, measures, phases, touchpoints, personas)
            faults = faults or _wrong_values(item, measures[item.kpi])
            if faults:
                at, text = faults[0]
                raise DefinitionError(f"{place_in(path, (key, number, at))}: {what} {name!r}: {at} {text}")


def _strangers(
    item: Goal | Change,
    kpis: Collection[str],
    phases: Mapping[str, Collection[str]],
    touchpoints: Collection[str],
    personas: Collection[str],
) -> list[tuple[str, str]]:
    named = [
        ("kpi", item.kpi, kpis),
        ("journey_model", item.journey_model, [ALL, *phases]),
        ("phase", item.phase, [ALL, *phases.get(item.journey_model, ())]),
        ("touchpoint", item.touchpoint, [None, *touchpoints]),
        *((key, name, personas) for key, name in _personas(item)),
    ]
    told = []
    for key, value, allowed in named:
        if value not in allowed:
            names = sorted(name for name in allowed if name is not None)
            listed = f"Allowed: {', '.join(names)}." if names else "The settings name none."
            told.append((key, f"{value!r} is not there. {listed}{did_you_mean(str(value), names)}"))
    return told


def _personas(item: Goal | Change) -> list[tuple[str, str]]:
    """Return the key and the persona of each segment that is one."""
    segments = {"segment": item.segment, "control": item.control if isinstance(item, Change) else {}}
    return [(key, name) for key, segment in segments.items() if (name := segment.get("persona_id")) is not None]


def _wrong_values(item: Goal | Change, measure: Measure) -> list[tuple[str, str]]:
    if isinstance(item, Change):
        if measure.value == "share":
            return []
        return [("kpi", f"{item.kpi!r} is a {measure.value}; before and after are compared of shares.")]
    if measure.unit == "share":
        for key, value in (("base", item.base), ("target", item.target)):
            if not 0 <= value <= 1:
                return [(key, f"{value:g} is no share: write 0.62 for 62%.")]
    wanted = 1 if measure.direction == "higher_better" else -1
    if (item.target - item.base) * wanted < 0:
        return [("target", f"{item.target:g} is worse than the base {item.base:g}: {item.kpi} is {measure.direction}.")]
    return []


def goal_models(settings: Settings, path: Path) -> list[Model]:
    """Return dim_goals and dim_changes: what the settings want of which KPI, and what was done for it."""
    place = {
        "kpi": "varchar",
        "journey_model": "varchar",
        "phase": "varchar",
        "segment_kind": "varchar",
        "segment_value": "varchar",
    }
    titles = {"title_nl": "varchar", "title_en": "varchar"}
    return [
        rows_model(
            "dim_goals", path, "One row per goal of the settings.", ["goal_id"],
            {"goal_id": "varchar", **titles, **place, "period_kind": "varchar", "goal_base": "double", "goal_since": "date",
             "goal_target": "double", "goal_due": "date", "owner": "varchar", "touchpoint_id": "varchar"},
            [(g.goal, g.title_nl, g.title_en, g.kpi, g.journey_model, g.phase, *segment_of(g.segment), g.period,
              g.base, str(g.since), g.target, str(g.due), g.owner, g.touchpoint) for g in settings.goals],
        ),
        rows_model(
            "dim_changes", path, "One row per change that the settings tell of.", ["change_id"],
            {"change_id": "varchar", **titles, **place, "control_kind": "varchar", "control_value": "varchar",
             "changed_on": "date", "weeks_compared": "integer", "owner": "varchar", "touchpoint_id": "varchar"},
            [(c.change, c.title_nl, c.title_en, c.kpi, c.journey_model, c.phase, *segment_of(c.segment),
              *(segment_of(c.control) if c.control else (None, None)), str(c.changed_on), c.weeks, c.owner, c.touchpoint)
             for c in settings.changes],
        ),
    ]  # fmt: skip
