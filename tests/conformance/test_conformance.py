"""The shared suite and our own: what is offered passes, what is not is listed with its reason."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from journey_analytics import catalogue
from journey_analytics.cli import main
from journey_analytics.errors import DefinitionError, UsageError
from journey_analytics.funnels.cases import FunnelCase, NotOffered, read_cases, read_events
from journey_analytics.funnels.conformance import load_engine, run_cases
from journey_analytics.funnels.engine import JourneyEngine

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "conformance" / "funnel_cases.json"
NOT_OFFERED: dict[str, str] = yaml.safe_load((HERE / "not_offered.yml").read_text(encoding="utf-8"))
SHARED_CASES = read_cases(SHARED) if SHARED.exists() else []
OWN_CASES = read_cases(HERE / "own_cases.json")

needs_shared = pytest.mark.skipif(
    not SHARED_CASES, reason="the shared suite lies beside the checkout, and is not there"
)


@needs_shared
def test_the_shared_suite_has_its_82_cases() -> None:
    assert len(SHARED_CASES) == 82


@needs_shared
def test_the_cases_that_are_not_offered_are_those_of_the_list() -> None:
    assert [case.id for case in SHARED_CASES if case.id in NOT_OFFERED] == sorted(NOT_OFFERED)


@pytest.mark.parametrize("case", [*SHARED_CASES, *OWN_CASES], ids=lambda case: case.id)
def test_a_case_passes_or_stands_in_the_list(case: FunnelCase) -> None:
    (outcome,) = run_cases(JourneyEngine(), [case])
    assert (outcome.verdict, outcome.told) == (
        ("not offered", outcome.told) if case.id in NOT_OFFERED else ("passed", "")
    )


def test_every_reason_says_something() -> None:
    assert all(len(reason) > 20 for reason in NOT_OFFERED.values())


def one(**told: Any) -> FunnelCase:
    return FunnelCase.model_validate(
        {"id": "X", "steps": "a>b", "window": 10, "events": "a@0", "expected": [1, 0]} | told
    )


class Stub:
    """An engine of somebody else."""

    def answer(self, case: FunnelCase) -> Mapping[str, Any]:
        return {"counts": [1, 1]} if case.id == "X" else {}


def test_another_engine_is_asked_the_same_and_told_what_differs() -> None:
    outcomes = list(run_cases(Stub(), [one(), one(expected=[1, 1]), one(id="Y")]))
    assert [outcome.verdict for outcome in outcomes] == ["failed", "passed", "not offered"]
    assert outcomes[0].told == "counts: expected [1, 0], got [1, 1]"
    assert outcomes[2].told == "there is no answer for counts"


def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="--engine nowhere:Engine"):
        load_engine("nowhere:Engine")


def test_events_in_prose_are_not_guessed_at() -> None:
    with pytest.raises(NotOffered, match="prose"):
        read_events(one(events="somebody orders twice!"))


def test_a_case_file_names_the_line_of_its_fault(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text('[\n {"id": "X", "steps": "a>b", "events": "a@0", "expect": [1, 0]}\n]\n', encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"cases.json:2: .*'expect'.*Did you mean 'expected'"):
        read_cases(path)


def test_an_editor_finds_no_fault_in_our_own_cases() -> None:
    schema = jsonschema.Draft202012Validator(json.loads(catalogue.schemas()["funnel_case"]))
    for case in json.loads((HERE / "own_cases.json").read_text(encoding="utf-8")):
        schema.validate(case)


def run_command(*words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["journey", "conformance", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_the_command_says_of_each_case_what_became_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    told = [one(id="good"), one(id="bad", expected=[1, 1]), one(id="vague", events="it depends")]
    path.write_text(json.dumps([case.model_dump() for case in told]), encoding="utf-8")
    assert run_command(str(path), monkeypatch=monkeypatch) == 5
    printed = capfd.readouterr().out
    assert "good  passed\n" in printed
    assert "bad  failed: counts: expected [1, 1], got [1, 0]\n" in printed
    assert "vague  not offered: its events are told in prose\n" in printed
    assert "3 cases: 1 passed, 1 failed, 1 not offered." in printed
