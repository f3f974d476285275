"""Names of page groups and touchpoints that nobody gives, or that are all but another, are refused with their line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.errors import DefinitionError
from tests.conftest import ROOT

SETTINGS = """\
property: shop
title: Shop
time_zone: UTC
sources: {ga4: 'events_*.json'}
page_groups:
  - {page_group: product, when: {page_path: {starts_with: /p/}}}
  - {page_group: museum, when: {page_path: /museum}}
touchpoints:
  - touchpoint_id: museum_ad
    title_nl: Advertentie
    title_en: Ad
    when: {is_landing: true, page_group: [museum, other]}
    unless: {page_group: {equals: product}}
"""


def told_by(folder: Path, right: str, wrong: str) -> str:
    """Return what is said of the settings with one text replaced; empty when they hold."""
    assert SETTINGS.count(right) == 1
    path = folder / "journey.yml"
    path.write_text(SETTINGS.replace(right, wrong), encoding="utf-8")
    try:
        pipeline.plan_night(path)
    except DefinitionError as error:
        return str(error).removeprefix(f"{folder}/")
    return ""


def test_page_groups_of_ones_own_are_fine(tmp_path: Path) -> None:
    assert told_by(tmp_path, "property: shop", "property: shop") == ""


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            "page_group: [museum, other]",
            "page_group: [museun, other]",
            "journey.yml:12: touchpoints[0].when.page_group: no page has the group 'museun'. "
            "Allowed are those of page_groups: product, museum, other. Did you mean 'museum'?",
        ),
        (
            "{page_group: {equals: product}}",
            "{page_group: {equals: prodct}}",
            "journey.yml:13: touchpoints[0].unless.page_group: no page has the group 'prodct'. "
            "Allowed are those of page_groups: product, museum, other. Did you mean 'product'?",
        ),
        (
            # the journey models know it, but no page of this property has it
            "page_group: [museum, other]",
            "page_group: cart",
            "journey.yml:12: touchpoints[0].when.page_group: no page has the group 'cart'. Allowed are those of page_groups: ",
        ),
        (
            "{page_group: museum, when",
            "{page_group: categry, when",
            "journey.yml:7: page_groups[1]: no journey model knows the page group 'categry'. Did you mean 'category'? "
            "Where it is a group of your own, give it a title_nl and a title_en. The journey models know: about, account, ",
        ),
    ],
)
def test_a_misspelt_page_group_is_told_with_its_line_and_the_nearest_name(
    right: str, wrong: str, says: str, tmp_path: Path
) -> None:
    assert told_by(tmp_path, right, wrong).startswith(says)


@pytest.mark.parametrize(("title", "says"), [("", "Did you mean 'home'?"), ("title_nl: Huizen, title_en: Homes, ", "")])
def test_a_group_of_ones_own_that_looks_like_a_standard_one_bears_a_title(
    title: str, says: str, tmp_path: Path
) -> None:
    homes = f"{{page_group: homes, {title}when: {{page_path: /homes}}}}"
    told = told_by(tmp_path, "  - {page_group: museum", f"  - {homes}\n  - {{page_group: museum")
    assert says in told
    assert bool(told) is bool(says)


@pytest.mark.parametrize(
    ("owner", "says"),
    [("cart", ""), ("museum", ""), ("museum_ad", ""), ("other", ""), ("hoem", "'home'"), ("museum_add", "'museum_ad'")],
)
def test_owners_answer_for_a_touchpoint_or_page_group_that_there_is(owner: str, says: str, tmp_path: Path) -> None:
    told = told_by(tmp_path, "touchpoints:\n", f"owners: {{{owner}: Shop}}\ntouchpoints:\n")
    assert bool(told) is bool(says)
    if says:
        assert told.startswith(f"journey.yml:8: owners: {owner!r} is no touchpoint and no page group. Allowed: ")
        assert told.endswith(f"Did you mean {says}?")


@pytest.mark.parametrize(
    ("file", "right", "wrong", "says"),
    [
        ("journeys/mckinsey4.yml", "page_group: [home, ", "page_group: [hme, ", "'home'"),
        ("journeys/aida.yml", "[confirmation, form_sent]", "{equals: [form_snet]}", "'form_sent'"),
        (
            "journeys/mckinsey4.yml",
            "{event_name: [write_review, refund]}",
            "{touchpoint_id: reviw_written}",
            "'review_written'",
        ),
        ("funnels/checkout.yml", "{event_name: begin_checkout}", "{page_group: produkt}", "'product'"),
        ("touchpoints.yml", "when: {page_group: about}", "when: {page_group: abuot}", "'about'"),
        # of a property of its own: this one has no such pages, and that is no mistake
        ("journeys/mckinsey4.yml", "page_group: [home, ", "page_group: [exhibition, home, ", ""),
        ("journeys/mckinsey4.yml", "page_group: [home, ", "page_group: [museum, home, ", ""),
    ],
)
def test_a_rule_that_names_what_looks_misspelt_is_told_with_its_line(
    file: str, right: str, wrong: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    path = tmp_path / "sql" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    told = told_by(tmp_path, "property: shop", "property: shop")
    assert bool(told) is bool(says)
    if says:
        assert told.startswith(f"sql/{file}:{text[: text.index(right)].count(chr(10)) + 1}: ")
        assert f"Did you mean {says}? Allowed are " in told
