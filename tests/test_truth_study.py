"""The study of `make truth`, small: the truth is worked out right, and the house finds what is planted in plain cases."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import ROOT
from tests.truth import summary
from tests.truth.answers import Answers
from tests.truth.figure import figure
from tests.truth.house import House
from tests.truth.measures import PLACE_SIGNAL, Record
from tests.truth.people import walks
from tests.truth.report import BEGIN, END, report, write_report
from tests.truth.shop import EVALUATION, ORIENTATION, PAGES, PURCHASE, Arm, draw_shop
from tests.truth.study import all_sites, record, records

WALKS = 8_000
# number 7 has a friction of three times on a site of middle size
SITES: tuple[tuple[Arm, int], ...] = (("planted", 3), ("planted", 7), ("clean", 0), ("clean", 1))


@pytest.fixture(scope="module")
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def told(house: House) -> list[Record]:
    return [json.loads(json.dumps(record(house, arm, number), default=str)) for arm, number in SITES]


@pytest.mark.parametrize("number", [0, 15])
def test_the_truth_is_what_people_do(number: int) -> None:
    """Eight thousand walks: a share of them lies within 0.025 of its truth, four times its spread."""
    shop = draw_shop("planted", number)
    reached = dict.fromkeys(PAGES, 0)
    ordered = 0
    for person in walks(shop, WALKS):
        pages = {seen.page for seen in person.seen}
        for phase in PAGES:
            reached[phase] += not pages.isdisjoint(PAGES[phase])
        ordered += person.seen[-1].value is not None
    answers = Answers(shop)
    assert reached[EVALUATION] / WALKS == pytest.approx(answers.progression(ORIENTATION), abs=0.025)
    assert reached[PURCHASE] / reached[EVALUATION] == pytest.approx(answers.progression(EVALUATION), abs=0.025)
    assert ordered / reached[PURCHASE] == pytest.approx(answers.progression(PURCHASE), abs=0.03)


def test_where_nothing_is_planted_every_touchpoint_of_a_phase_loses_equally_many() -> None:
    answers = Answers(draw_shop("clean", 4))
    for phase in PAGES:
        shares = [rate.share for rate in answers.places(phase).values()]
        assert max(shares) - min(shares) < 0.002, phase


def test_a_planted_friction_is_the_only_place_that_is_worse() -> None:
    shop = draw_shop("planted", 7)
    phase, place = shop.place
    rates = Answers(shop).places(phase)
    others = [rate.share for name, rate in rates.items() if name != place]
    assert rates[place].share > 2 * max(others)


def test_what_is_planted_three_times_is_found_and_clean_sites_raise_no_alarm(told: list[Record]) -> None:
    found = {(row["arm"], row["number"]): row for row in told}
    planted = found["planted", 7]
    (friction,) = [row for row in planted["planted"] if row["signal_id"] == PLACE_SIGNAL]
    assert (friction["touchpoint_id"], friction["colour_code"]) == (planted["place"][1], "red")
    assert summary.alarms(told, "clean").x == 0


def test_most_intervals_hold_the_truth(told: list[Record]) -> None:
    held = summary.coverage(told, summary.SHARES).held
    assert held.n > 200
    assert held.share > 0.9


def test_a_study_goes_on_where_it_stopped(house: House, told: list[Record], tmp_path: Path) -> None:
    store = tmp_path / "sites.jsonl"
    # the first two are there, and of the third half a line: it was being written
    lines = [json.dumps(told[0] | {"number": 0}), json.dumps(told[2]), json.dumps(told[3])[:40]]
    store.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sites: dict[Arm, int] = {"planted": 1, "clean": 2}
    found = records(house, store, sites, lambda done, total: None)
    assert [(row["arm"], row["number"]) for row in found] == all_sites(sites)
    assert found[-1] == told[3]
    assert len(store.read_text(encoding="utf-8").splitlines()) == 4


def test_rows_of_one_site_are_no_independent_witnesses() -> None:
    alike = summary.part_of_sites([(10, 10), (0, 10)] * 10)
    mixed = summary.part_of_sites([(5, 10)] * 20)
    assert (alike.x, alike.n) == (mixed.x, mixed.n) == (100, 200)
    assert alike.high - alike.low > 0.4
    assert mixed.high == mixed.low == 0.5
    # 200 of 200 rows, but of 4 sites
    assert summary.part_of_sites([(50, 50)] * 4).low < 0.6


def test_tables_and_figure_say_the_same(told: list[Record], tmp_path: Path) -> None:
    page = tmp_path / "truth.md"
    page.write_text(f"before\n{BEGIN}of last year\n{END}\nafter\n", encoding="utf-8")
    write_report(told, page)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before")
    assert written.endswith("after\n")
    assert "of last year" not in written
    assert "\n".join(report(told)) in written
    svg = ET.fromstring(figure(told))  # noqa: S314 - we made it
    assert "0 of 2 sites where nothing is planted have a red finding" in "".join(svg.itertext())


def test_the_committed_page_has_the_tables_of_a_whole_study() -> None:
    page = (ROOT / "docs" / "truth.md").read_text(encoding="utf-8")
    made = page.partition(BEGIN)[2].partition(END)[0]
    assert "Clean sites with a false alarm" in made
    assert (ROOT / "docs" / "truth.svg").read_text(encoding="utf-8").startswith("<svg")
