"""The picture of a run: well-formed, and nothing in it that is not text as well."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from journey_analytics import pipeline
from journey_analytics.findings import Finding
from journey_analytics.picture import Entrants, PhaseRow, Picture, Rate, phase_picture, read_picture
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import Language
from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"

LOOK = PhaseRow(
    title={"nl": "Kijken", "en": "Look"},
    is_last=False,
    current=Entrants(entered=1496, persons=1401, progressed=816, pending=103, dropped=577),
    since=Entrants(entered=962, persons=962, progressed=321, pending=637, dropped=4),
    rate=Rate(
        x=816,
        n=1393,
        ci_low=0.559,
        ci_high=0.611,
        x_before=700,
        n_before=1400,
        min_sample_ok=True,
        against_before="more",
    ),
)
BUY = PhaseRow(
    title={"nl": "Kopen", "en": "Buy"},
    is_last=False,
    current=Entrants(entered=58, persons=58, progressed=21, pending=0, dropped=37),
    since=Entrants(entered=12, persons=12, progressed=5, pending=7, dropped=0),
    rate=Rate(x=21, n=58, ci_low=0.251, ci_high=0.49, x_before=3, n_before=9, min_sample_ok=True),
)
AFTER = PhaseRow(
    title={"nl": "Daarna", "en": "Afterwards"},
    is_last=True,
    current=Entrants(entered=17, persons=16),
    since=Entrants(entered=8, persons=8),
    rate=Rate(),
)
FINDING = Finding(
    phase={"nl": "Kopen", "en": "Buy"},
    statement={
        "nl": "47 van de 100 bezoeken eindigen bij Kassa <1>.",
        "en": "47 of every 100 visits end at Checkout <1>.",
    },
    base={"nl": "bezoeken die de hele termijn hadden", "en": "visits that have had the whole window"},
    n=190,
    pending_n=6,
    currency="EUR",
    low=975.15,
    mid=1281.5,
    high=1588.97,
    owner=None,
)
SHOP = Picture(
    property_title="Kwast & Kleur",
    model_title={"nl": "Drie fasen", "en": "Three phases"},
    window_seconds=30 * 86400,
    date_from=date(2026, 5, 4),
    date_to=date(2026, 5, 31),
    as_of=date(2026, 6, 30),
    phases=[LOOK, BUY, AFTER],
    findings=[FINDING],
)


def drawn(picture: Picture, language: Language = "en") -> ET.Element:
    return ET.fromstring(phase_picture(picture, language))  # noqa: S314 - our own text


def written(svg: ET.Element) -> str:
    return "\n".join(element.text or "" for element in svg.iter(f"{SVG}text"))


def test_every_number_stands_in_it_as_text() -> None:
    told = written(drawn(SHOP))
    for phase in SHOP.phases:
        assert phase.title["en"] in told
        counts = (phase.current,) if phase.is_last else (phase.current, phase.since)
        for entrants in counts:
            for number in (entrants.entered, entrants.persons, entrants.progressed, entrants.pending, entrants.dropped):
                assert f"{number:,}" in told, (phase.title, number)
    assert "59 of every 100 went on" in told
    assert "95% interval 55.9 to 61.1, n = 1,393" in told
    assert "28 days before: 50 of every 100, so more now" in told
    assert "4 May up to and including 31 May 2026" in told
    assert "Costs about €1,300 a week, between €980 and €1,600" in told.replace("\n", " ")


def test_below_a_hundred_the_counts_are_named_and_a_thin_past_is_no_comparison() -> None:
    told = written(drawn(SHOP))
    assert "21 of 58 went on" in told
    assert "28 days before: too few to compare" in told


def test_below_thirty_there_is_no_rate() -> None:
    few = replace(BUY, rate=Rate(x=9, n=29, ci_low=0.17, ci_high=0.49))
    told = written(drawn(replace(SHOP, phases=[few])))
    assert "cannot tell yet (n = 29)" in told
    assert "interval" not in told


def test_dutch_has_its_own_words_and_marks() -> None:
    told = written(drawn(SHOP, "nl"))
    assert "59 van de 100 gaan door" in told
    assert "95%-interval 55,9 tot 61,1, n = 1.393" in told
    assert "816 gaan door · 103 nog open · 577 afgehaakt" in told
    assert "tussen €\u00a0980 en €\u00a01.600" in told.replace("\n", " ")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_look_has_a_word_beside_it(language: Language) -> None:
    svg = drawn(SHOP, language)
    fills = {rect.get("fill") for rect in svg.findall(f"{SVG}rect")}
    assert fills == {"#17628F", "url(#open)", "#F3D3C3", "#FFFFFF"}
    words = {
        "nl": ["gaat door", "nog open", "afgehaakt", "laatste fase"],
        "en": ["went on", "still open", "dropped off", "last phase"],
    }
    assert all(word in written(svg) for word in words[language])


def test_who_does_not_see_it_is_told_the_same() -> None:
    svg = drawn(SHOP)
    title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text == "Kwast & Kleur: who goes on, who drops off?"
    assert svg.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    numbers = set(re.findall(r"\d[\d,.]*\d|\d", written(svg)))
    places = {str(place) for place in range(1, len(SHOP.findings) + 1)}
    assert [number for number in numbers - places if number not in (desc.text or "")] == []


def test_bars_are_on_one_scale() -> None:
    def widths(count: int) -> list[float]:
        buy = replace(BUY, current=Entrants(entered=count, persons=count, progressed=count))
        bars = drawn(replace(SHOP, phases=[LOOK, buy])).findall(f"{SVG}rect[@height='23'][@fill='#17628F']")
        return [float(bar.get("width", "")) + 1 for bar in bars]  # a hairline is left free between two bars

    (look, hundred), (same_look, two_hundred) = widths(100), widths(200)
    assert look == same_look
    assert two_hundred == pytest.approx(2 * hundred, abs=0.2)
    assert look == pytest.approx(8.16 * hundred, abs=0.5)


def test_a_run_without_complete_days_says_so() -> None:
    empty = replace(SHOP, date_from=None, date_to=None, as_of=None, phases=[], findings=[])
    assert "There are no complete days to show yet." in written(drawn(empty))


def test_the_samples_numbers_are_those_of_the_published_kpis(webshop: pipeline.Run, webshop_tables: Warehouse) -> None:
    picture = read_picture(webshop_tables)
    assert [phase.title["nl"] for phase in picture.phases] == ["Oriëntatie", "Evaluatie", "Aankoop", "Nazorg"]
    for phase in picture.phases[:-1]:
        went_on, n = webshop_tables.rows(
            """select sum(numerator), sum(denominator) from pub_phase_kpis
            where kpi = 'progression_share' and journey_model = 'mckinsey4' and phase_title_nl = ?
                and period_kind = 'day' and segment_kind = 'all' and period_start between ? and ?""",
            [phase.title["nl"], picture.date_from, picture.date_to],
        )[0]
        assert (phase.rate.x, phase.rate.n) == (went_on, n)
        assert phase.current.entered == phase.current.progressed + phase.current.pending + phase.current.dropped
        assert phase.since.pending > 0
    assert len(picture.findings) == 3


def test_the_committed_picture_is_that_of_the_sample(webshop_tables: Warehouse) -> None:
    committed = (ROOT / "docs" / "result.svg").read_text(encoding="utf-8")
    assert committed == phase_picture(read_picture(webshop_tables), "en"), "write it anew, as docs/extending.md says"
