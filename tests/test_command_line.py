"""The command line as people meet it: exit codes, one clear sentence, and nothing lost."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from journey_analytics.cli import main
from journey_analytics.definitions.settings import read_settings
from journey_analytics.lock import run_lock
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT

EVENT = {
    "event_date": "20260601",
    "event_timestamp": "1780300800000000",
    "event_name": "page_view",
    "user_pseudo_id": "1.1",
    "event_params": [
        {"key": "ga_session_id", "value": {"int_value": "1780300800"}},
        {"key": "page_location", "value": {"string_value": "https://www.shop.example/p/verf"}},
    ],
}
SETTINGS = "property: shop\ntitle: Shop\ntime_zone: UTC\nsources: {ga4: '*.json'}\npublic_salt: public\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A property with one good file."""
    (tmp_path / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "good.json").write_text(json.dumps(EVENT) + "\n", encoding="utf-8")
    return tmp_path


def journey(folder: Path, *words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command on the property of a folder and return its exit code."""
    places = ["--settings", str(folder / "journey.yml"), "--db", str(folder / "w.duckdb"), "--out", str(folder / "out")]
    monkeypatch.setattr(sys, "argv", ["journey", *places, *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def bad_files(folder: Path) -> dict[str, Path]:
    """Return one file of each kind of fault."""
    files = {name: folder / name for name in ("empty.json", "cut.json.gz", "table.json", "flat.parquet")}
    files["empty.json"].write_text("", encoding="utf-8")
    whole = gzip.compress((json.dumps(EVENT) + "\n").encode() * 2000)
    files["cut.json.gz"].write_bytes(whole[: len(whole) // 2])
    files["table.json"].write_text("event_date,event_name\n20260601,page_view\n", encoding="utf-8")
    pd.DataFrame({"event_date": ["20260601"], "event_name": ["page_view"], "event_timestamp": [1]}).to_parquet(
        files["flat.parquet"]
    )
    return files


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty.json", "is empty"),
        ("cut.json.gz", "truncated"),
        ("table.json", "no JSON"),
        ("flat.parquet", "event_params"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_fault_and_code_4(
    name: str, says: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    path = bad_files(folder)[name]
    capsys.readouterr()
    assert journey(folder, "run", "--ga4", str(path), monkeypatch=monkeypatch) == 4
    told = capsys.readouterr().err
    assert name in told
    assert says in told
    assert "Traceback" not in told
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        assert tables.value("select count(*) from fct_events") == 1


def test_a_file_that_is_not_there_is_named_with_code_4(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "run", "--ga4", str(folder / "missing*.json"), monkeypatch=monkeypatch) == 4
    assert "missing*.json" in capsys.readouterr().err


def test_half_a_line_costs_that_line_and_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    later = {**EVENT, "event_timestamp": "1780300801000000"}
    (folder / "good.json").write_text(
        f"{json.dumps(EVENT)}\n{json.dumps(later)[:80]}\n{json.dumps(later)}\n", encoding="utf-8"
    )
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert "1 of 3 rows were refused" in capsys.readouterr().out.replace("\n", " ")
    with Warehouse.open(folder / "w.duckdb", read_only=True) as tables:
        assert tables.value("select count(*) from fct_events") == 2
        ((file_name, row_number, reason),) = tables.rows("select file_name, row_number, reason from rejected_rows")
    assert (file_name, row_number) == ("good.json", 2)
    assert reason


def test_a_bad_file_among_good_ones_is_told_and_the_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad_files(folder)
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    told = capsys.readouterr().out
    assert "empty.json" in told
    assert "table.json" in told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("curency: EUR", "Did you mean 'currency'?"),
        ("time_zone: Amsterdam", "is no time zone"),
        ("primary_journey: aidda", "Did you mean 'aida'?"),
    ],
)
def test_settings_that_cannot_be_meant_are_code_3_and_name_the_file(
    line: str, says: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [old for old in SETTINGS.splitlines() if old.split(":")[0] != line.split(":")[0]]
    (folder / "journey.yml").write_text("\n".join([*kept, line]) + "\n", encoding="utf-8")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 3
    told = capsys.readouterr().err
    assert says in told
    assert "journey.yml" in told


def test_a_second_run_gets_code_6(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with run_lock(folder / "w.duckdb"):
        assert journey(folder, "run", monkeypatch=monkeypatch) == 6
    assert "a run is busy" in capsys.readouterr().err


def test_an_output_folder_that_is_a_file_is_code_7(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out").write_text("in the way", encoding="utf-8")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 7
    assert "--out" in capsys.readouterr().err


def test_an_unknown_option_is_code_2(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert journey(folder, "run", "--ga5", "x", monkeypatch=monkeypatch) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check",), "all definitions hold"),
        (("verify",), "equal a full rebuild"),
        (("run", "--explain"), "nothing"),
        (("lineage", "fct_sessions"), "fct_session_channels"),
        (("show",), "fct_events"),
        (("show", "fct_events", "--columns", "event_name,event_date"), "page_view"),
        (("show", "phase_kpis", "--limit", "1"), "pub_phase_kpis"),
    ],
)
def test_looking_commands_show_what_is_there(
    words: tuple[str, ...], says: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    assert journey(folder, *words, monkeypatch=monkeypatch) == 0
    assert says in capsys.readouterr().out


def test_a_mistyped_table_gets_the_nearest_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "lineage", "fct_sesions", monkeypatch=monkeypatch) == 2
    assert "Did you mean 'fct_sessions'?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("status",), ("show",), ("verify",), ("forget", "1.1"), ("rollback",)])
def test_a_database_that_is_not_there_is_told_with_the_one_that_is(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "own_export.duckdb").write_bytes(b"")
    assert journey(folder, *words, monkeypatch=monkeypatch) == 7
    told = capsys.readouterr().err
    assert f"{folder / 'w.duckdb'}: there is no database yet. Make it with `journey run`." in told
    assert f"{folder} holds own_export.duckdb: choose it with --db." in told


def test_lineage_knows_a_published_table_by_its_short_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "lineage", "phase_kpis", monkeypatch=monkeypatch) == 0
    assert "pub_phase_kpis" in capsys.readouterr().out
    assert journey(folder, "lineage", "phase_kpi", monkeypatch=monkeypatch) == 2
    assert "Did you mean 'pub_phase_kpis'?" in capsys.readouterr().err


def test_a_wide_table_says_how_many_rows_it_shows_and_how_to_see_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    heads = []
    for limit in ("1", "2", "5"):
        assert journey(folder, "show", "phase_kpis", "--limit", limit, monkeypatch=monkeypatch) == 0
        told = capsys.readouterr().out
        heads.append((told.splitlines()[0].split()[-1], f"pub_phase_kpis: {min(int(limit), 3)} of" in told))
        assert ("--columns" in told) == (limit == "5")
    assert heads == [("1", True), ("2", True), ("3", True)]


def test_a_date_is_shown_without_a_time_of_day(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    assert journey(folder, "show", "fct_events", "--columns", "event_date", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.split()[:2] == ["event_date", "2026-06-01"]


def test_one_file_is_one_new_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert "Read 1 row from 1 new file; 0 files were loaded before." in capsys.readouterr().out
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert "Read 0 rows from 0 new files; 1 file was loaded before." in capsys.readouterr().out


def test_two_files_are_files_and_each_file_that_has_gone_is_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(("second.json", "third.json"), start=1):
        later = {**EVENT, "event_timestamp": str(1780300800000000 + number)}
        (folder / name).write_text(json.dumps(later) + "\n", encoding="utf-8")
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert "Read 3 rows from 3 new files; 0 files were loaded before." in capsys.readouterr().out
    (folder / "third.json").unlink()
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    told = capsys.readouterr().out
    assert "Read 0 rows from 0 new files; 2 files were loaded before." in told
    assert "1 file that was loaded before is not among these; the rows are kept." in told
    (folder / "second.json").unlink()
    assert journey(folder, "run", monkeypatch=monkeypatch) == 0
    assert "2 files that were loaded before are not among these; the rows are kept." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("check",), r"pub_\w+ .*(\d+)/\1"),  # the last model, of as many as there are
        (("sample", "webshop", "--persons", "2", "--days", "3"), r"making webshop .*0/1"),
    ],
)
def test_a_command_that_takes_seconds_shows_a_bar_on_a_terminal(
    words: tuple[str, ...], shown: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr("journey_analytics.cli.run.err", terminal)
    to = ("--to", str(folder / "sample")) if words[0] == "sample" else ()
    assert journey(folder, *words, *to, monkeypatch=monkeypatch) == 0
    assert isinstance(terminal.file, io.StringIO)
    assert re.search(shown, terminal.file.getvalue())


def test_a_wrong_primary_journey_source_or_limit_is_told_with_its_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, code, says in (
        (SETTINGS + "primary_journey: aidda\n", 3, "journey.yml:6: primary_journey 'aidda' is no journey model"),
        (
            SETTINGS + "phase_titles:\n  - {journey_model: aida, phase: action, title_nl: Doen, title_en: Do}\n"
            "  - {journey_model: aida, phase: acton, title_nl: Doen, title_en: Do}\n",
            3,
            "journey.yml:8: phase 'acton' is not there. Allowed: attention, interest, desire, action. Did you mean",
        ),
        (
            SETTINGS.replace("sources: {ga4", "sources:\n  {ga5"),
            2,
            "journey.yml:5: no staging model reads source 'ga5'",
        ),
        (
            SETTINGS + "thresholds:\n  kpi_reach:\n    x: 1\n",
            3,
            "journey.yml:8: thresholds.kpi_reach: no model has the limit 'x'",
        ),
        (
            SETTINGS + "thresholds:\n  int_gap_sessions:\n    gap_minutes: 7.5\n",
            3,
            "journey.yml:8: thresholds.int_gap_sessions: gap_minutes is 7.5, and takes whole numbers only, such as 30, "
            "its default. Write 7 or 8.",
        ),
        (
            SETTINGS + "thresholds:\n  fct_orders:\n    repeat_seconds: -1\n",
            3,
            "thresholds.fct_orders.repeat_seconds",
        ),
    ):
        (folder / "journey.yml").write_text(text, encoding="utf-8")
        assert journey(folder, "check", monkeypatch=monkeypatch) == code
        assert says in capsys.readouterr().err


def test_init_repeats_a_pattern_without_matches_and_says_what_the_folder_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "events.json.gz").write_bytes(b"")
    assert journey(folder, "init", f"{folder}/*.parquet", "--to", f"{folder}/new.yml", monkeypatch=monkeypatch) == 4
    told = capsys.readouterr().err
    assert f"{folder}/*.parquet: no file matches." in told
    assert all(kind in told for kind in ("1 file named *.json,", "1 file named *.json.gz", "1 file named *.yml"))
    assert not (folder / "new.yml").exists()
    assert (
        journey(folder, "init", f"{folder}/missing/*.json", "--to", f"{folder}/new.yml", monkeypatch=monkeypatch) == 4
    )
    assert f"There is no folder {folder}/missing" in capsys.readouterr().err


def test_init_expands_a_pattern_in_quotes_and_says_what_comes_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = folder / "new.yml"
    assert journey(folder, "init", f"{folder}/*.json", "--to", str(made), monkeypatch=monkeypatch) == 0
    assert f"journey check --settings {made}, then: journey run --settings {made}" in capsys.readouterr().out
    text = made.read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("# schedule:")]
    made.write_text(text.replace(line, line.removeprefix("# ")), encoding="utf-8")
    assert read_settings(made).schedule.cron == "0 3 * * *"


def test_init_writes_settings_that_run_and_never_overwrites(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = folder / "made" / "journey.yml"
    assert journey(folder, "init", str(folder / "good.json"), "--to", str(made), monkeypatch=monkeypatch) == 0
    assert made.exists()
    assert journey(made.parent, "check", monkeypatch=monkeypatch) == 0
    assert journey(folder, "init", str(folder / "good.json"), "--to", str(made), monkeypatch=monkeypatch) == 2
    assert "left as it is" in capsys.readouterr().err


def test_the_samples_come_in_any_size(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("sample", "government_form", "--persons", "20", "--days", "10", "--to", str(tmp_path / "made"))
    assert journey(folder, *words, monkeypatch=monkeypatch) == 0
    assert len(list((tmp_path / "made" / "government_form" / "ga4").iterdir())) >= 2
    assert ROOT.exists()


def test_own_files_without_settings_never_land_in_the_samples_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "journey.yml").unlink()
    monkeypatch.setattr(sys, "argv", ["journey", "run", "--ga4", "good.json"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    assert [path.name for path in (folder / "var").glob("*.duckdb")] == ["own_export.duckdb"]
    assert "Own export" in capsys.readouterr().out
