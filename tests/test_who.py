"""Who is behind a number of a funnel: `journey who` and the tables that it must agree with."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.cli import main
from journey_analytics.funnels.who import STATES, find_step, who
from journey_analytics.warehouse import Warehouse

Journey = Callable[..., int]


@pytest.fixture
def journey(webshop: pipeline.Run, monkeypatch: pytest.MonkeyPatch) -> Journey:
    """Runs `journey who` on the sample and returns its exit code."""

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["journey", "--db", str(webshop.night.database), "who", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0)

    return run


def test_a_list_is_as_long_as_the_number_of_the_table_says(webshop_tables: Warehouse) -> None:
    steps = webshop_tables.frame("select * from pub_funnels")
    assert len(steps)
    for row in steps.to_dict("records"):
        for state in STATES:
            listed = who(webshop_tables, find_step(webshop_tables, row["funnel"], row["step"]), state)
            assert len(listed) == row[state], (row["funnel"], row["step"], state)


def test_the_states_of_a_step_share_nobody_and_who_dropped_had_not_got_there(webshop_tables: Warehouse) -> None:
    step = find_step(webshop_tables, "checkout", "3")
    persons = {state: {unit.person_key for unit in who(webshop_tables, step, state)} for state in STATES}
    assert sum(map(len, persons.values())) == len(set.union(*persons.values()))
    assert {unit.last_step for unit in who(webshop_tables, step, "dropped")} == {"begin_checkout", "shipping"}
    assert {unit.last_step for unit in who(webshop_tables, step, "converted")} <= {"payment", "purchase"}


def test_a_step_is_found_by_number_and_by_name(webshop_tables: Warehouse) -> None:
    assert find_step(webshop_tables, "checkout", "3") == find_step(webshop_tables, "checkout", "payment")


def test_a_list_holds_keys_of_persons_and_no_id_of_the_export(
    journey: Journey, webshop_tables: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey("checkout", "--step", "payment", "--state", "converted", "--format", "csv") == 0
    told = capsys.readouterr()
    lines = list(csv.DictReader(io.StringIO(told.out)))
    known = {key for (key,) in webshop_tables.rows("select person_key from dim_people")}
    assert {line["person_key"] for line in lines} <= known
    assert f"{len(lines)} persons reached step 3 of checkout (Chooses the payment)." in told.err
    ids = webshop_tables.rows(
        "select distinct user_pseudo_id from dim_people union select distinct user_id from fct_events"
    )
    assert [one for (one,) in ids if one is not None and one in told.out] == []


def test_a_table_shows_every_key_in_full(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    assert journey("checkout", "--step", "3", "--state", "pending") == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.split() == ["person_key", "entered_at", "last_step_number", "last_step"]
    assert {len(line.split()[0]) for line in lines} == {32}


def test_a_file_holds_the_list_as_csv(journey: Journey, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dropped.csv"
    assert journey("checkout", "--step", "3", "--out", str(file)) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert f"Written to {file}." in told.err.replace("\n", "")
    assert f"{len(file.read_text(encoding='utf-8').splitlines()) - 1} persons came in" in told.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["chekout", "--step", "3"], "There is no funnel 'chekout'. Funnels: checkout, form. Did you mean 'checkout'?"),
        (["checkout", "--step", "paymnt"], "3 payment, 4 purchase. Did you mean 'payment'?"),
        (["checkout", "--step", "5"], "has no step '5'. Steps, by number or name: 1 begin_checkout,"),
        (["checkout", "--step", "3", "--state", "droped"], "converted, dropped, pending. Did you mean 'dropped'?"),
        (["checkout", "--step", "3", "--format", "table", "--out", "x"], "a file holds csv"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is_and_code_2(
    words: list[str], says: str, journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(*words) == 2
    assert says in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_code_7(
    journey: Journey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey("checkout", "--step", "3", "--out", str(tmp_path)) == 7
    assert "cannot be written" in capsys.readouterr().err


def test_the_segments_of_a_kind_make_the_whole_in_every_count(webshop_tables: Warehouse) -> None:
    counts = ["entered", "converted", "dropped", "pending", "numerator", "denominator"]
    # a funnel that nobody came in to has no parts
    wholes = webshop_tables.frame("select * from pub_funnels where entered > 0").set_index(["funnel", "step"])[counts]
    parts = webshop_tables.frame("select * from pub_funnel_breakdowns")
    personas = parts[parts["segment_kind"] == "persona_id"]
    others = parts.drop(personas.index)
    assert set(others["segment_kind"]) == {"device_category", "country", "channel_group", "visitor_kind"}
    for kind, rows in others.groupby("segment_kind"):
        assert rows.groupby(["funnel", "step"])[counts].sum().sort_index().equals(wholes.sort_index()), kind
    # who fits no rule is in no persona
    sums = personas.groupby(["funnel", "step"])[counts].sum()
    assert len(sums) and (sums <= wholes.loc[sums.index]).all(axis=None)


def test_whoever_is_in_the_whole_is_in_a_week_and_in_no_better_state_there(webshop_tables: Warehouse) -> None:
    better = webshop_tables.value(
        """select count(*) from fct_funnel_unit_steps as weeks
        left join fct_funnel_unit_steps as whole on weeks.funnel = whole.funnel and weeks.step = whole.step
        and weeks.person_key = whole.person_key and weeks.unit_key = whole.unit_key and whole.entry_week is null
        where weeks.entry_week is not null and weeks.state = 'converted' and whole.state is distinct from 'converted'"""
    )
    units = "select funnel, step, person_key, unit_key from fct_funnel_unit_steps where entry_week is"
    assert better == 0
    assert webshop_tables.value(f"select count(*) from ({units} null except {units} not null)") == 0
