"""Personas in the settings: what cannot be meant is refused with its line, and none at all costs nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from journey_analytics.definitions.contracts import read_contracts, read_glossary
from journey_analytics.definitions.goals import SegmentKind
from journey_analytics.definitions.project import Project, read_project
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import DefinitionError
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT

SQL = ROOT / "sql"
SETTINGS = """property: shop
title: Shop
time_zone: Europe/Amsterdam
sources: {ga4: '*.json'}
page_groups: [{page_group: product, when: {page_path: {starts_with: /p/}}}]
personas:
  - persona_id: dreamer
    title_nl: Dromer
    title_en: Dreamer
    when: {is_landing: true, page_group: product}
"""


def read(folder: Path, text: str) -> Project:
    path = folder / "journey.yml"
    path.write_text(text, encoding="utf-8")
    return read_project(SQL, read_settings(path), path)


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        (
            "is_landing: true",
            "is_landin: true",
            "journey.yml:10: personas[0].when: unknown key 'is_landin'. Allowed: channel_group, country, device_category, "
            "event_name, is_landing, is_order, page_group, page_host, page_path, person_state, session_number, touchpoint_id. "
            "Did you mean 'is_landing'?",
        ),
        (
            "    title_en:",
            "    titel_en:",
            "journey.yml:9: personas[0]: unknown key 'titel_en'. Allowed: persona_id, title_en",
        ),
        ("    title_en: Dreamer\n", "", "journey.yml:7: personas[0]: key 'title_en' is missing."),
        ("{is_landing: true, page_group: product}", "{}", "journey.yml:10: personas[0].when: names no column."),
        (
            "page_group: product}\n",
            "page_group: prodct}\n",
            "journey.yml:10: personas[0].when.page_group: no page has the group 'prodct'. "
            "Allowed are those of page_groups: product, other. Did you mean 'product'?",
        ),
        (
            "page_group: product}\n",
            "touchpoint_id: newsleter}\n",
            "journey.yml:10: personas[0].when.touchpoint_id: there is no touchpoint 'newsleter'. "
            "Allowed are touchpoints and page groups: ",
        ),
        ("page_group: product}\n", "touchpoint_id: newsleter}\n", "Did you mean 'newsletter'?"),
        (
            "dreamer",
            "Dreamer one",
            "journey.yml:7: personas[0].persona_id: 'Dreamer one' is not allowed. Write small letters",
        ),
        (
            "dreamer",
            "unknown",
            "journey.yml:7: personas[0].persona_id: 'unknown' stands for something else in the tables",
        ),
    ],
)
def test_a_persona_that_cannot_be_meant_is_refused_with_its_line(
    said: str, instead: str, told: str, tmp_path: Path
) -> None:
    assert SETTINGS.count(said) == 1
    with pytest.raises(DefinitionError) as refused:
        read(tmp_path, SETTINGS.replace(said, instead))
    assert told in str(refused.value)


def test_two_personas_of_one_id_are_refused(tmp_path: Path) -> None:
    persona = SETTINGS[SETTINGS.index("  - persona_id:") :]
    with pytest.raises(DefinitionError, match=r"journey.yml:11: personas\[1\].persona_id: 'dreamer' stands twice"):
        read(tmp_path, SETTINGS + persona)


GOAL = """goals:
  - goal: dreamers
    title_nl: Meer dromers bestellen
    title_en: More dreamers order
    kpi: conversion_rate
    journey_model: mckinsey4
    phase: aankoop
    segment: {persona_id: dreamer}
    base: 0.2
    since: 2026-03-01
    target: 0.3
    due: 2026-05-31
"""


def test_a_goal_may_be_of_a_persona_that_there_is_and_of_no_other(tmp_path: Path) -> None:
    read(tmp_path, SETTINGS + GOAL)
    with pytest.raises(DefinitionError) as misspelt:
        read(tmp_path, SETTINGS + GOAL.replace("persona_id: dreamer}", "persona_id: dremer}"))
    assert "journey.yml:18: goal 'dreamers': segment 'dremer' is not there. Allowed: dreamer." in str(misspelt.value)
    with pytest.raises(DefinitionError, match=r"segment 'dreamer' is not there\. The settings name none\."):
        read(tmp_path, SETTINGS[: SETTINGS.index("personas:")] + GOAL)


def test_people_read_the_title_of_a_persona_wherever_a_segment_is_named(tmp_path: Path) -> None:
    labels = read(tmp_path, SETTINGS).models["dim_labels"].sql
    with Warehouse.open() as warehouse:
        told = warehouse.rows(f"select enum_value, label_nl, label_en from ({labels}) where enum = 'persona_id'")
    assert told == [("dreamer", "Dromer", "Dreamer")]


def test_without_personas_no_touch_is_looked_at(tmp_path: Path) -> None:
    without = read(tmp_path, SETTINGS[: SETTINGS.index("personas:")])
    touches = without.models["int_persona_touches"].sql
    row = "select 'ana' as person_key, 's1' as session_key, 'e1' as event_key, 1 as event_order, true as is_landing"
    with Warehouse.open() as warehouse:
        warehouse.run(f"create table int_person_touches as {row}")
        assert warehouse.rows(touches) == []
        plan = warehouse.rows(f"explain {touches}")[0][1]
    assert "empty" in plan.lower()


def test_the_segments_of_kpis_are_one_list_wherever_they_stand() -> None:
    """A segment is a column of the contract, a branch of its expansion, a word of the settings and a label."""
    folder = SQL / "contracts"
    columns = read_contracts(folder, read_glossary(folder / "columns.yml"))["phase_kpi"].columns
    kinds = list(get_args(SegmentKind))
    start = columns.index(kinds[0])
    assert list(columns[start : start + len(kinds)]) == kinds
    assert columns[start + len(kinds)] == "numerator"
    expansion = (folder / "phase_kpi_by_period.sql").read_text(encoding="utf-8")
    told = re.search(r"values ((?:\('\w+'\)(?:, )?)+)", expansion)
    assert told is not None
    assert re.findall(r"'(\w+)'", told[1]) == ["all", *kinds]
    labels = (SQL / "reference" / "dim_labels.csv").read_text(encoding="utf-8")
    assert [kind for kind in kinds if f"\nsegment_kind,{kind}," not in labels] == []


def test_every_kpi_over_units_tells_of_personas_but_how_well_touches_are_told() -> None:
    """A KPI that leaves a persona null shows none of them, in silence."""
    silent = [
        path.stem
        for path in sorted((SQL / "kpis").glob("kpi_*.sql"))
        if "cast(null as varchar) as persona_id" in path.read_text(encoding="utf-8")
    ]
    assert silent == ["kpi_tracking_coverage"]
