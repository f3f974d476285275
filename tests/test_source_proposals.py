"""`journey init` on exports of other tools: which it recognises, what it guesses, and that what it proposes runs."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from journey_analytics import pipeline
from journey_analytics.cli import main
from journey_analytics.definitions.front_matter import split_model_file
from journey_analytics.definitions.sources import Source
from journey_analytics.errors import InputError
from journey_analytics.profiling import SourceProposal, proposed_source
from journey_analytics.profiling.sources.columns import columns_of, guessed_mapping
from journey_analytics.warehouse import Warehouse
from tests.tool_exports import EXPECTED, RECIPES, ROOT, WRITERS

# what the sources are called: of the plain export nothing is known but the name of its file
NAMES = {tool: tool for tool in WRITERS} | {"plain": "export"}


def journey(folder: Path, *words: str) -> int:
    """Run a command in a folder and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["journey", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
    return int(stopped.value.code or 0)


def project(folder: Path) -> Path:
    shutil.copytree(ROOT / "sql", folder / "sql")
    return folder


def proposal(path: Path, text: str) -> SourceProposal:
    path.write_text(text, encoding="utf-8")
    made = proposed_source([path])
    assert made is not None
    return made


def source_of(made: SourceProposal, folder: Path) -> Source:
    """Return the source of a proposal, read as a run would."""
    path = folder / made.file_name
    path.write_text(made.text, encoding="utf-8")
    source = split_model_file(path)[0].source
    assert source is not None
    return source


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pipeline.Run]:
    """One night over all exports, with what `journey init` has written and nothing else."""
    folder = project(tmp_path_factory.mktemp("proposed"))
    sources = {}
    for tool, write in WRITERS.items():
        (folder / tool).mkdir()
        write(folder / tool)
        files = [str(path.relative_to(folder)) for path in (folder / tool).iterdir()]
        assert journey(folder, "init", *files, "--to", f"{tool}.yml") == 0
        sources |= yaml.safe_load((folder / f"{tool}.yml").read_text(encoding="utf-8"))["sources"]
    settings = {
        "property": "shop",
        "title": "Shop",
        "time_zone": "Europe/Amsterdam",
        "public_salt": "p",
        "sources": sources,
    }
    (folder / "journey.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        night = pipeline.plan_night(folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out")
        yield pipeline.run_night(night)


@pytest.mark.parametrize("tool", sorted(EXPECTED))
def test_a_proposal_runs_and_loses_no_row(run: pipeline.Run, tool: str) -> None:
    told, name = EXPECTED[tool], NAMES[tool]
    files = [file for file in run.record.files if file.source == name]
    assert sum(file.rows_read for file in files) == told.read
    assert all(file.rows_read == file.rows_stored + file.rows_rejected for file in files)
    with Warehouse.open(run.night.database, read_only=True) as tables:
        names = dict(tables.rows(f"select event_name, count(*) from fct_events where source = '{name}' group by all"))
        keys = f"select count(distinct session_key) from fct_events where source = '{name}'"
        assert (names, tables.value(keys)) == (told.names, told.sessions)


def test_a_recognised_tool_gets_its_recipe_with_remarks_and_nothing_else(run: pipeline.Run) -> None:
    for tool in sorted(set(WRITERS) - {"plain"}):
        written = (run.night.project.sql_folder / "staging" / f"stg_{tool}__events.sql").read_text(encoding="utf-8")
        recipe = (RECIPES / f"stg_{tool}__events.sql").read_text(encoding="utf-8")
        bare = [
            re.sub(r"  # \d of \d$", "", line) for line in written.splitlines() if not line.startswith("# An export of")
        ]
        assert bare == recipe.splitlines()
    assert (
        "event_name: event  # 7 of 8"
        in (run.night.project.sql_folder / "staging" / "stg_posthog__events.sql").read_text()
    )


def test_the_settings_say_that_the_export_does_not_tell_its_time_zone(tmp_path: Path) -> None:
    folder = project(tmp_path)
    WRITERS["plain"](folder)
    assert journey(folder, "init", "export_20260602.csv") == 0
    text = (folder / "journey.yml").read_text(encoding="utf-8")
    assert "The export does not tell; write the name of your" in " ".join(text.replace("#", "").split())
    assert yaml.safe_load(text)["sources"] == {"export": "export_*.csv"}
    before = (folder / "sql" / "staging" / "stg_export__events.sql").read_text(encoding="utf-8")
    assert "    event_timestamp: time  # its name and its values say so; 5 of 6 have one, 5 different" in before


def test_a_staging_model_that_is_there_is_used_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path)
    own = folder / "sql" / "staging" / "stg_amplitude__events.sql"
    text = (RECIPES / own.name).read_text(encoding="utf-8").replace("owner: data-engineering", "owner: me")
    own.write_text(text, encoding="utf-8")
    (folder / "a").mkdir()
    WRITERS["amplitude"](folder / "a")
    assert journey(folder, "init", "a/*.gz") == 0
    assert own.read_text(encoding="utf-8") == text
    assert "stg_amplitude__events.sql is there already and is used as it is" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_folder_without_sql_is_told_where_a_staging_model_belongs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    WRITERS["plain"](tmp_path)
    assert journey(tmp_path, "init", "export_20260602.csv") == 2
    assert "this folder has no sql/ to put it in" in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export_20260602.csv"]


def test_columns_are_guessed_from_names_and_values(tmp_path: Path) -> None:
    rows = [
        "sent_at;tijdstip;gebruiker_id;sessie;actie;pagina_url;verwijzer_url;apparaat;land;bedrag;user_agent",
        "2026-06-02 00:00;2026-06-01 08:00:00;0012;7;bekeken;https://shop.example/;;mobile;Nederland;;Mozilla",
        "2026-06-02 00:00;2026-06-01 08:01:00;0012;7;besteld;https://shop.example/b;https://shop.example/;mobile;Nederland;74.50;Mozilla",
        "2026-06-02 00:00;2026-06-01 09:00:00;0013;8;bekeken;https://shop.example/;;desktop;België;;Mozilla",
    ]
    made = proposal(tmp_path / "web_2026.csv", "\n".join(rows) + "\n")
    source = source_of(made, tmp_path)
    assert {ours: origins[0] for ours, origins in source.mapping.items()} == {
        "event_timestamp": "tijdstip", "event_name": "actie", "user_pseudo_id": "gebruiker_id", "session_id": "sessie",
        "page_location": "pagina_url", "page_referrer": "verwijzer_url",
        "device_category": "apparaat", "country": "land", "value": "bedrag",
    }  # fmt: skip
    assert "# page_title: none found. Considered: sent_at (times), user_agent (texts, 1 different)" in made.text


def test_a_file_without_a_header_is_guessed_from_its_values_alone(tmp_path: Path) -> None:
    rows = [f"2026-06-01 08:{number:02}:00,b-{number // 2},{'view' if number % 3 else 'buy'}" for number in range(60)]
    made = proposal(tmp_path / "log.csv", "\n".join(rows) + "\n")
    source = source_of(made, tmp_path)
    assert source.columns == ("column_1", "column_2", "column_3")
    assert {ours: origins[0] for ours, origins in source.mapping.items()} == {
        "event_timestamp": "column_1", "event_name": "column_3", "user_pseudo_id": "column_2",
    }  # fmt: skip
    assert "event_name: column_3  # a guess: only its values say so; 60 of 60 have one, 2 different" in made.text


def test_a_name_that_says_it_is_something_else_is_believed() -> None:
    strangers = {
        "sent_time": ["1780300800", "1780300801", "1780300802"],
        "event_id": ["e1", "e2", "e1"],
        "session_number": ["1", "2", "2"],
        "user_agent": ["Firefox", "Chrome", "Chrome"],
        "referrer_url": ["https://a.example/", "https://b.example/", "https://b.example/"],
    }
    assert {o: f.column.path for o, f in guessed_mapping(columns_of(strangers, 3)).items()} == {
        "page_referrer": "referrer_url"
    }


def test_fields_of_objects_are_guessed_by_their_paths(tmp_path: Path) -> None:
    rows = [
        {"occurred_at": 1780300800000 + number, "event": {"name": "view"}, "visitor": {"id": f"v{number % 2}"}}
        for number in range(4)
    ]
    made = proposal(tmp_path / "log.json", "".join(json.dumps(row) + "\n" for row in rows))
    assert source_of(made, tmp_path).mapping["event_timestamp"] == ("occurred_at",)
    assert source_of(made, tmp_path).mapping["event_name"] == ("event.name",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "user,event\n1,view\n2,view\n",
            "the time of an event (event_timestamp). Considered: user (numbers, 2 different), event (texts, 1 different).",
        ),
        (
            "user,time\n1,2026-06-01 08:00\n2,2026-06-01 08:01\n",
            "what happened (event_name). Considered: user (numbers, 2 different), time (times).",
        ),
    ],
)
def test_without_a_time_or_a_name_it_says_what_was_considered(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=re.escape(f"no column looks like {told}")):
        proposed_source([tmp_path / "a.csv"])


def ga4(**more: Any) -> str:
    return (
        json.dumps({"event_timestamp": "1780300800000000", "event_name": "page_view", "event_params": [], **more})
        + "\n"
    )


def test_what_a_staging_model_of_the_project_reads_needs_no_other(tmp_path: Path) -> None:
    header = "timestamp,event,user_id,session_id,page_url\n"
    assert proposal(tmp_path / "a.csv", f"{header}2026-06-01T08:00:00Z,view,u1,s1,/\n").name == "events"


def test_damaged_parquet_is_left_to_the_loader(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    assert proposed_source([tmp_path / "a.parquet"]) is None


@pytest.mark.parametrize("text", [ga4(), "event_date,event_timestamp,event_name\n20260601,1.6E+15,page_view\n", ""])
def test_what_is_ga4s_or_cannot_be_read_is_left_to_the_reader_of_ga4(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert proposed_source([tmp_path / "a.json"]) is None


def test_a_plain_log_with_a_time_and_an_event_is_no_tools(tmp_path: Path) -> None:
    rows = [
        {"timestamp": "2026-06-01T08:00:00Z", "event": "view", "distinct_id": "a", "properties": {"title": "x"}}
    ] * 3
    made = proposal(tmp_path / "log.json", "".join(json.dumps(row) + "\n" for row in rows))
    assert made.name == "log"


def test_a_ga4_export_is_known_in_avro_and_beside_other_files(real_data: Path) -> None:
    ga4 = [real_data / "ga4_style_6k.avro", real_data / "ga4_console_2023_16rows.ndjson"]
    assert proposed_source(ga4[:1]) is None
    assert proposed_source(ga4) is None
