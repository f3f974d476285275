"""Goals and changes in the settings: what cannot be meant is refused with its line and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.definitions.project import read_project
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import DefinitionError

SQL = Path(__file__).parents[1] / "sql"
SETTINGS = """property: shop
title: Shop
time_zone: Europe/Amsterdam
sources: {ga4: '*.json'}
goals:
  - goal: checkout
    title_nl: Meer bestellers
    title_en: More orders
    kpi: conversion_rate
    journey_model: mckinsey4
    phase: aankoop
    base: 0.62
    since: 2026-03-01
    target: 0.75
    due: 2026-05-31
"""


def read(folder: Path, text: str) -> list[str]:
    """Return the ids of the goals of a property with these settings."""
    path = folder / "journey.yml"
    path.write_text(text, encoding="utf-8")
    project = read_project(SQL, read_settings(path), path)
    return [goal.goal for goal in project.settings.goals] if "dim_goals" in project.models else []


def test_a_goal_that_can_be_measured_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, SETTINGS) == ["checkout"]


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        ("kpi: conversion_rate", "kpi: conversion_rat", ":9: goal 'checkout': kpi 'conversion_rat' is not there."),
        ("kpi: conversion_rate", "kpi: conversion_rat", "Did you mean 'conversion_rate'?"),
        ("journey_model: mckinsey4", "journey_model: mckinsey", "journey_model 'mckinsey' is not there. Allowed: aida"),
        ("phase: aankoop", "phase: aankop", ":11: goal 'checkout': phase 'aankop' is not there. Allowed: aankoop, all"),
        ("base: 0.62", "base: 62", ":12: goal 'checkout': base 62 is no share: write 0.62 for 62%."),
        ("target: 0.75", "target: 0.5", "target 0.5 is worse than the base 0.62: conversion_rate is higher_better."),
        ("target: 0.75", "target: 0.62", "target is the base: nothing would have to change"),
        ("due: 2026-05-31", "due: 2026-03-01", "due 2026-03-01 is not after since 2026-03-01"),
        ("due: 2026-05-31", "due: 2026-05-32", "is no date that there is"),
        ("due: 2026-05-31", "due: 2026-05-31\n    touchpoint: crt", "touchpoint 'crt' is not there."),
        ("due: 2026-05-31", "due: 2026-05-31\n    segment: {device: mobile}", "device_category"),
        (
            "due: 2026-05-31",
            "due: 2026-05-31\n    segment: {country: NL, device_category: mobile}",
            "names 2 kinds: country, device_category. A KPI is told of one kind at a time",
        ),
    ],
)
def test_a_goal_that_nothing_measures_is_refused(tmp_path: Path, said: str, instead: str, told: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read(tmp_path, SETTINGS.replace(said, instead))
    assert told in str(refused.value)


def test_two_goals_of_one_name_are_refused(tmp_path: Path) -> None:
    goal = SETTINGS[SETTINGS.index("  - goal:") :]
    with pytest.raises(DefinitionError, match=":16: goal 'checkout': goal stands twice"):
        read(tmp_path, SETTINGS + goal)


CHANGE = """changes:
  - change: short_form
    title_nl: Kort formulier
    title_en: Short form
    changed_on: 2026-04-15
    kpi: conversion_rate
    journey_model: mckinsey4
    phase: aankoop
    segment: {device_category: mobile}
    control: {device_category: desktop}
"""


def test_a_change_of_a_share_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, SETTINGS + CHANGE) == ["checkout"]


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        (
            "kpi: conversion_rate",
            "kpi: revenue",
            "change 'short_form': kpi 'revenue' is a sum; before and after are compared of shares.",
        ),
        ("    segment: {device_category: mobile}\n", "", "a control needs a segment that met the change"),
        (
            "control: {device_category: desktop}",
            "control: {device_category: mobile}",
            "the control is the segment that met the change",
        ),
        (
            "control: {device_category: desktop}",
            "control: {country: Belgium}",
            "of two kinds, country and device_category: somebody could be in both",
        ),
        ("phase: aankoop", "phase: aankoop\n    weeks: 0", "weeks"),
    ],
)
def test_a_change_that_nothing_can_be_held_against_is_refused(
    tmp_path: Path, said: str, instead: str, told: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        read(tmp_path, SETTINGS + CHANGE.replace(said, instead))
    assert told in str(refused.value)


def test_the_first_page_tells_of_goals_and_changes_with_their_verdict_and_owner(webshop: pipeline.Run) -> None:
    page = (webshop.night.out / "current" / "00_start_hier.md").read_text(encoding="utf-8")

    goals = page[page.index("## Doelen") : page.index("## Veranderingen")]
    assert (
        "- **Van 62 naar 75 van de 100 afgeronde bestellingen: niet op koers.** Van 01-06-2026 t/m 30-06-2026: "
        in goals
    )
    assert goals.rstrip().endswith("Doel: van 62,0% naar 75,0%, uiterlijk 31-07-2026. Eigenaar: Team online.")
    changes = page[page.index("## Veranderingen") : page.index("## De tabellen")]
    assert (
        "- **Minder velden bij de gegevens: geen verschil gebleken.** Ervoor, van 13-04-2026 t/m 10-05-2026: "
        in changes
    )
