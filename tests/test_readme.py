"""What the documents say is so: commands, names, links, examples and numbers."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from journey_analytics import errors, pipeline, places
from journey_analytics.cli.app import app
from journey_analytics.findings import top_findings
from journey_analytics.warehouse import Warehouse
from tests import model_cases
from tests.conftest import ROOT

MADE_BY_HAND = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path.name != "catalogue.md"]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *MADE_BY_HAND]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
PUBLISHED_TABLES = (ROOT / "docs" / "published_tables.md").read_text(encoding="utf-8")

# written by people or made by a run, not part of the project
ELSEWHERE = (".prefect/", "out/", "var/", ".venv/", "exports/", "signals/", "versions/")

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


@cache
def blocks(text: str) -> list[str]:
    """Return the fenced blocks of a document."""
    return re.findall(r"^```[a-z]*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@cache
def inline_code(text: str) -> list[str]:
    """Return what stands in backticks outside the fenced blocks."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", outside)]


def commands(text: str, program: str) -> list[str]:
    """Return the command lines of a program: lines of blocks, and code in a sentence."""
    lines = [line.strip() for block in blocks(text) for line in block.splitlines()]
    told = [line for line in [*lines, *inline_code(text)] if line.startswith(f"{program} ")]
    return [command for line in told for command in line.split(", ")]


ALL_COMMANDS = sorted({line for path in DOCUMENTS for line in commands(path.read_text(encoding="utf-8"), "journey")})


# --- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ALL_COMMANDS)
def test_a_journey_command_line_is_one(line: str) -> None:
    name, *words = shlex.split(line)[1:]
    known: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert name in known, line
    if words and "--help" not in words:  # without words the command is only spoken of
        known[name].make_context(name, list(words))
    assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_the_readme_names_every_command() -> None:
    known: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert [name for name in known if f"journey {name}" not in README] == []


@each_document
def test_a_make_target_is_one(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = {shlex.split(line)[1] for line in commands(path.read_text(encoding="utf-8"), "make")}
    assert named <= targets


def test_a_module_that_is_named_is_there() -> None:
    for line in sorted({line for path in DOCUMENTS for line in commands(path.read_text(encoding="utf-8"), "python")}):
        module = shlex.split(line)[2]
        assert importlib.util.find_spec(module) is not None, line


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.JourneyError)
    }
    listed = {int(code) for code in re.findall(r"^\| (\d) \| ", README, flags=re.MULTILINE)}
    assert listed == {0} | codes - {errors.JourneyError.exit_code}


# --- names and links -----------------------------------------------------------------------------------------------


def example_files() -> dict[str, str]:
    """Return the example files of the recipes: path -> text."""
    found = re.findall(r"^\*\*File `([^`]+)`\*\*\n\n```[a-z]+\n(.*?)^```$", EXTENDING, flags=re.MULTILINE | re.DOTALL)
    return dict(found)


@each_document
def test_a_file_or_folder_that_is_named_is_there(path: Path) -> None:
    named = {
        code.rstrip("/")
        for code in inline_code(path.read_text(encoding="utf-8"))
        if re.fullmatch(r"[\w.][\w./-]*/[\w./-]*", code)
    }
    ours = {name for name in named if not f"{name}/".startswith(ELSEWHERE)} - example_files().keys()
    assert [name for name in sorted(ours) if not ((ROOT / name).exists() or (path.parent / name).exists())] == []


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(
        r"^#+ (.+)$",
        re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL),
        flags=re.MULTILINE,
    )
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_a_link_leads_somewhere_within_the_project(path: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        assert "://" not in link, link
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@each_document
def test_no_document_names_a_folder_of_one_machine_or_an_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.])/(?:home|root|work|opt|Users)/\w+", text) == []
    assert [
        address
        for address in re.findall(r"https?://[^\s`/,]+", text)
        if not re.search(r"\.example$|//www\.google\.com$", address)
    ] == []


def test_every_published_table_is_explained() -> None:
    project = pipeline.whole_project(pipeline.plan_night(places.sample_settings()).project)
    names = {model.name for model in project.published}
    assert names == set(re.findall(r"^\| `(pub_\w+)` \|", README, flags=re.MULTILINE))
    assert names == set(re.findall(r"^## (pub_\w+)$", PUBLISHED_TABLES, flags=re.MULTILINE))


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    files = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert len(files) >= 20
    for path in files:
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert f"| [{path.name[:4]}]({path.name}) | {title} |" in index


def test_the_keys_of_a_model_file_are_listed() -> None:
    schema = yaml.safe_load((ROOT / "docs" / "schemas" / "front_matter.json").read_text(encoding="utf-8"))
    section = EXTENDING[EXTENDING.index("## Keys of a model file") : EXTENDING.index("## The picture of a run")]
    rows = [row for row in section.splitlines() if row.startswith("| `")]
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row.split(" | ")[0])} == schema["properties"].keys()


# --- examples and numbers ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's `sql/` and every example of the recipes in its place."""
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(ROOT / "sql", folder / "sql")
    for name, text in example_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_there_is_an_example_of_each_kind_of_addition() -> None:
    kinds = {"/".join(name.split("/")[:2]) for name in example_files()}
    assert kinds == {
        "sql/staging",
        "sql/publish",
        "sql/kpis",
        "sql/journeys",
        "sql/funnels",
        "sql/frictions",
        "sql/audits",
        "tests/models",
    }


def test_the_examples_of_the_recipes_hold(extended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "sql_folder", lambda: extended / "sql")
    night = pipeline.plan_night(places.sample_settings())
    assert pipeline.check_definitions(night) == []
    names = {Path(name).stem for name in example_files() if name.endswith(".sql")}
    assert names <= night.project.models.keys()
    assert "look_choose_buy" in {journey.name for journey in night.project.journeys}
    assert "advice" in {funnel.name for funnel in night.project.funnels}


def test_the_model_tests_of_the_recipes_pass(extended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_cases, "SQL", extended / "sql")
    project = pipeline.plan_night(places.sample_settings()).project
    house = model_cases.House(project.settings)
    files = sorted((extended / "tests" / "models").glob("*.yml"))
    assert len(files) >= 4
    for path in files:
        for place in model_cases.read_cases(path):
            outcome = house.run(place)
            assert outcome.is_as_expected, outcome.report()


def test_the_touchpoint_of_the_recipe_stands_in_the_samples_settings() -> None:
    block = next(block for block in blocks(EXTENDING) if block.startswith("touchpoints:"))
    shown = yaml.safe_load(block)
    settings = yaml.safe_load((ROOT / "data" / "sample" / "webshop" / "journey.yml").read_text(encoding="utf-8"))
    assert shown["touchpoints"][0] in settings["touchpoints"]
    assert shown["owners"].items() <= settings["owners"].items()


def shown_rows() -> Iterator[Any]:
    """Yield table and columns of each example row of docs/published_tables.md."""
    for block in blocks(PUBLISHED_TABLES):
        table = block.splitlines()[0].removeprefix("# ")
        yield pytest.param(table, yaml.safe_load(block), id=table)


@pytest.mark.parametrize(("table", "row"), list(shown_rows()))
def test_an_example_row_stands_in_the_sample(table: str, row: dict[str, Any], webshop_tables: Warehouse) -> None:
    found = webshop_tables.rows(f"select {', '.join(row)} from {table}")
    assert (
        sum(all(_is_shown(shown, value) for shown, value in zip(row.values(), values, strict=True)) for values in found)
        == 1
    )


def _is_shown(shown: object, value: object) -> bool:
    """Whether a value of the table is the one that the document shows, rounded as it is written there."""
    if isinstance(shown, float) and value is not None:
        digits = len(str(shown).partition(".")[2])
        return round(float(str(value)), digits) == shown
    return shown == value


def test_the_readme_shows_what_a_run_prints(webshop: pipeline.Run, webshop_tables: Warehouse) -> None:
    printed = " ".join(next(block for block in blocks(README) if "What matters most" in block).split())
    first = top_findings(webshop_tables)[0]
    assert f"1. {first.phase['nl']} / {first.phase['en']}" in printed
    assert first.sentences("en") in printed
    rows = sum(file.rows_read for file in webshop.record.files)
    assert f"Read {rows:,} rows from {len(webshop.record.files)} new files" in printed
    assert f"complete up to {webshop.record.as_of}" in printed
    assert all(warning in printed for warning in webshop.warnings)


def test_the_readmes_kpi_is_a_file_of_the_project() -> None:
    shown = next(block for block in blocks(README) if "contract: phase_kpi" in block)
    assert (
        (ROOT / "sql" / "kpis" / "kpi_engagement_rate.sql")
        .read_text(encoding="utf-8")
        .startswith(shown[: shown.index("    …")])
    )
