"""Runs the tests that stand as YAML in `tests/models/<model>.yml`; docs/testing_models.md says how to write one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from journey_analytics.errors import DefinitionError, JourneyError
from tests.model_cases import FOLDER, ROOT, Place, can_match, house, read_cases, run_case


def all_cases() -> Iterable[Any]:
    """Yield a parameter for each case, and one for each file that cannot be read."""
    for path in sorted(FOLDER.glob("*.yml")):
        try:
            for place in read_cases(path):
                yield pytest.param(place, id=f"{place.model}: {place.case.case}")
        except DefinitionError as error:
            yield pytest.param(error, id=f"{path.stem}: the file can be read")


@pytest.mark.parametrize("place", list(all_cases()))
def test_model(place: Place | DefinitionError) -> None:
    if isinstance(place, DefinitionError):
        pytest.fail(str(place), pytrace=False)
    try:
        outcome = run_case(place)
    except JourneyError as error:
        pytest.fail(str(error), pytrace=False)
    if not outcome.is_as_expected:
        pytest.fail(outcome.report(), pytrace=False)


# --- the harness itself --------------------------------------------------------------------------------------------


def one_case(text: str, model: str = "int_phase_values") -> Place:
    return read_cases(FOLDER / f"{model}.yml", text)[0]


VISITS = """
- case: two persons went on and one of them ordered
  given:
    run_window: [{as_of: 2026-04-30, as_of_at: 2026-04-30 22:00}]
    fct_phase_visits:
      - {person_key: ana, progressed_at: 2026-03-02 10:00, first_ordered_at: 2026-03-05 10:00}
      - {person_key: ben, progressed_at: 2026-03-02 10:00}
    fct_orders: [{person_key: ana, ordered_at: 2026-03-05 10:00, order_value: 100}]
  defaults:
    fct_phase_visits: {journey_model: shop, phase: choose, window_ends_at: 2026-03-31 10:00}
  expect:
    - {journey_model: shop, phase: choose, value_per_progressed_visit: 50}
"""
# what is changed in that case -> into what, and what the message has to say
MISTAKES = {
    "fct_phase_visits:\n      -": (
        "fct_phase_visit:\n      -",
        r"int_phase_values.yml:5: case 'two persons .*': given.fct_phase_visit: .*"
        r"Allowed: .*fct_orders.*Did you mean 'fct_phase_visits'",
    ),
    "person_key: ben": (
        "persn_key: ben",
        r"yml:7: .*given.fct_phase_visits\[1\].persn_key: fct_phase_visits has no column 'persn_key'. "
        r"Allowed: .*Did you mean 'person_key'",
    ),
    "value_per_progressed_visit: 50": (
        "value: 50",
        r"yml:12: .*expect\[0\].value: int_phase_values has no column 'value'",
    ),
    "order_value: 100": (
        "order_value: much",
        r"given.fct_orders\[0\].order_value: 'much' does not fit DECIMAL.* Write a number",
    ),
    "person_key: ben,": (
        "person_key: 12,",
        r"12 does not fit VARCHAR. Write a text; put it in quotes",
    ),
    "2026-03-31 10:00": (
        "31 maart",
        r"defaults.fct_phase_visits.window_ends_at: '31 maart' does not fit TIMESTAMP. Write a time, such as",
    ),
    "defaults:\n    fct_phase_visits": (
        "defaults:\n    fct_phase_visit",
        r"defaults.fct_phase_visit: 'fct_phase_visit' is not among the given tables.*Did you mean 'fct_phase_visits'",
    ),
    "  expect:": (
        "  expected:",
        r"yml:11: unknown key 'expected'. Allowed: case, .*Did you mean 'expect'",
    ),
    "    run_window: [{as_of: 2026-04-30, as_of_at: 2026-04-30 22:00}]\n": (
        "",
        r"given: int_phase_value_sums reads run_window, .*has to be given",
    ),
    "fct_orders: [{person_key: ana, ordered_at": (
        "pub_touchpoints: [{person_key: ana, ordered_at",
        r"given.pub_touchpoints: 'pub_touchpoints' is not read by int_phase_values. Allowed: ",
    ),
    "  given:\n": (
        "  settings: {curency: EUR}\n  given:\n",
        r"unknown key 'curency'.*Did you mean 'currency'",
    ),
}


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_in_a_case_is_told_with_its_place_and_what_is_allowed(right: str) -> None:
    wrong, message = MISTAKES[right]
    text = VISITS.replace(right, wrong, 1)
    assert text != VISITS
    with pytest.raises(DefinitionError) as told:
        run_case(one_case(text))
    assert re.search(message, str(told.value)), told.value


def test_rows_that_cannot_reach_the_model_are_refused() -> None:
    text = VISITS.replace("given:", "given:\n    int_visit_touchpoints: []")
    with pytest.raises(DefinitionError, match="changes nothing: whatever reads 'int_visit_touchpoints' on the way"):
        run_case(one_case(text))


def test_a_file_that_bears_no_models_name_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"no model is called 'int_phase_value'.*Did you mean 'int_phase_values'"):
        run_case(one_case(VISITS, model="int_phase_value"))


def test_a_sentence_stands_once_in_a_file() -> None:
    with pytest.raises(DefinitionError, match="stands twice in this file"):
        read_cases(FOLDER / "int_phase_values.yml", VISITS + VISITS)


def test_every_expected_row_names_the_same_columns() -> None:
    with pytest.raises(DefinitionError, match=r"expect\[1\]: names other columns than the first row \(phase\)"):
        run_case(one_case(VISITS + "    - {journey_model: shop, value_per_progressed_visit: 50}\n"))


@pytest.mark.parametrize(
    ("expected", "is_as_expected"),
    [
        ("- {value_per_progressed_visit: 50}", True),
        ("- {value_per_progressed_visit: 50.0000000001}", True),
        ("- {value_per_progressed_visit: 50.0000001}", False),
        ("- {value_per_progressed_visit: null}", False),
        ("- {journey_model: shop}\n    - {journey_model: shop}", False),  # a row too many
        ("- {journey_model: <the shop>, phase: <choosing>}", True),
        ("- {journey_model: <something>, phase: <something>}", False),  # one label, two values
        ("- {journey_model: shop, value_per_progressed_visit: <some value>}", True),
    ],
)
def test_a_case_passes_when_its_rows_are_the_models_rows(expected: str, is_as_expected: bool) -> None:
    text = VISITS[: VISITS.index("    - {journey_model: shop, phase")] + f"    {expected}\n"
    assert run_case(one_case(text)).is_as_expected == is_as_expected


def test_two_labels_are_two_values_and_none_of_them_is_null() -> None:
    wanted = [("<ana>", 1), ("<ben>", 2)]
    assert can_match(wanted, [("x", 1), ("y", 2)], {})
    assert not can_match(wanted, [("x", 1), ("x", 2)], {})
    assert not can_match(wanted, [(None, 1), ("y", 2)], {})
    # the first row that fits is not always the right one
    assert can_match([("<ana>",), ("<ben>",), ("<ana>",)], [("y",), ("x",), ("x",)], {})


def test_what_differs_is_shown_row_by_row() -> None:
    report = run_case(one_case(VISITS.replace("visit: 50", "visit: 60"))).report()
    assert "  - | shop          | choose | 60" in report
    assert "  + | shop          | choose | 50.0000" in report
    assert "Built: int_phase_value_sums, int_phase_values." in report


def test_what_was_not_given_is_named_as_empty() -> None:
    without = VISITS.replace(
        "    fct_orders: [{person_key: ana, ordered_at: 2026-03-05 10:00, order_value: 100}]\n", ""
    )
    case = one_case(without.replace("value_per_progressed_visit: 50", "ordered_value: 1"), model="int_phase_value_sums")
    assert "Not given, so empty: fct_orders." in run_case(case).report()


def test_a_case_leaves_nothing_behind_for_the_next() -> None:
    run_case(one_case(VISITS))
    assert house("{}").warehouse.value("select count(*) from fct_phase_visits") == 0
    assert house("{}").warehouse.value("select count(*) from int_phase_values") == 0


def test_what_lies_between_the_given_tables_and_the_model_is_built() -> None:
    outcome = run_case(read_cases(FOLDER / "fct_phase_visits.yml")[0])
    assert outcome.built == ["int_touch_runs", "int_visit_touchpoints", "fct_phase_visits"]


def test_the_example_of_the_documentation_holds() -> None:
    page = (ROOT / "docs" / "testing_models.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (place,) = read_cases(FOLDER / "fct_drop_offs.yml", example)
    assert run_case(place).is_as_expected
