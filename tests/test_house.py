"""The walls of the house: who may import what, who may read what, and that documents say what is."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from journey_analytics import catalogue, pipeline
from journey_analytics.definitions import graph, strict
from journey_analytics.definitions.front_matter import AuditTexts, split_model_file
from journey_analytics.definitions.measured import audit_texts, signal_texts
from journey_analytics.definitions.model import STATIONS, Model, read_model
from journey_analytics.definitions.project import Project
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import DefinitionError, GraphError

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "journey_analytics"
SAMPLES = sorted((ROOT / "data" / "sample").glob("*/journey.yml"))

# library -> the modules (files or folders) that may import it
MAY_IMPORT = {
    "duckdb": ["src/journey_analytics/warehouse.py"],
    "google": ["src/journey_analytics/fetching/bigquery.py"],
    "great_expectations": ["src/journey_analytics/expectations.py"],
    "prefect": ["flows"],
    "sqlglot": [
        "src/journey_analytics/definitions",
        "src/journey_analytics/funnels",
        "src/journey_analytics/warehouse.py",
    ],
    "scipy": ["src/journey_analytics/estimates"],
    "sklearn": ["src/journey_analytics/estimates/logistic.py"],
    "statsmodels": ["src/journey_analytics/estimates"],
}


def imports(path: Path) -> set[str]:
    """Return the top names of everything that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_a_library_is_imported_only_where_its_door_is(library: str) -> None:
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "flows").rglob("*.py")]
    users = [path.relative_to(ROOT).as_posix() for path in files if library in imports(path)]
    assert users, f"nobody imports {library}: does the rule still mean anything?"
    strangers = [user for user in users if not any(user.startswith(door) for door in MAY_IMPORT[library])]
    assert strangers == []


def test_the_package_does_not_know_its_flows() -> None:
    assert [path.name for path in PACKAGE.rglob("*.py") if "flows" in imports(path)] == []


def test_definitions_and_estimates_know_no_engine() -> None:
    for folder in ("definitions", "estimates"):
        for path in (PACKAGE / folder).rglob("*.py"):
            assert "journey_analytics.warehouse" not in path.read_text(encoding="utf-8"), path


@pytest.fixture(scope="module", params=SAMPLES, ids=lambda path: path.parent.name)
def project(request: pytest.FixtureRequest) -> Project:
    return pipeline.plan_night(request.param).project


def test_all_definitions_hold_on_no_data(project: Project) -> None:
    """Every model runs on empty tables, every column is documented with its type, every contract is filled."""
    night = pipeline.plan_night(project.settings_path)
    assert pipeline.check_definitions(night) == []


def test_a_model_reads_its_own_station_or_one_to_its_left(project: Project) -> None:
    assert graph.station_faults(project.models) == []


def model(name: str, station: str, sql: str) -> Model:
    front, lines, _ = split_model_file(ROOT / "sql" / "sessions" / "fct_sessions.sql")
    return Model(name, station, Path(f"sql/{station}/{name}.sql"), front, sql, lines=lines)


def test_reading_a_station_to_the_right_is_a_fault_that_names_both() -> None:
    models = {"a": model("a", "events", "select * from b"), "b": model("b", "kpis", "select 1 as x")}
    (fault,) = graph.station_faults(models)
    assert "'events'" in fault
    assert "'b' of 'kpis'" in fault


def test_a_cte_that_bears_a_tables_name_does_not_hide_the_table() -> None:
    shadowing = model("s", "sessions", "with sessions as (select * from sessions) select * from sessions")
    assert shadowing.reads == {"sessions"}


def test_a_circle_is_named_in_order() -> None:
    models = {"a": model("a", "events", "select * from b"), "b": model("b", "events", "select * from a")}
    with pytest.raises(GraphError, match=r"a reads b reads a|b reads a reads b"):
        graph.run_order(models, [])


def test_a_table_that_nobody_makes_is_named_with_the_nearest_one() -> None:
    models = {"a": model("a", "events", "select * from fct_event")}
    with pytest.raises(GraphError, match=r"sql/events/a.sql:\d+: reads 'fct_event'.*Did you mean 'fct_events'"):
        graph.run_order(models, ["fct_events"])


def test_the_stations_are_the_folders_of_sql() -> None:
    folders = {path.name for path in (ROOT / "sql").iterdir() if path.is_dir()}
    assert set(STATIONS) | {"contracts", "journeys", "funnels"} >= folders
    assert folders >= set(STATIONS)


@pytest.mark.parametrize("name", sorted(catalogue.SCHEMAS))
def test_the_committed_json_schemas_are_those_of_the_classes(name: str) -> None:
    committed = (ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert committed == catalogue.schemas()[name], "write them anew with `journey docs`"


def test_the_committed_catalogue_is_that_of_the_models() -> None:
    sample = pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    project = pipeline.whole_project(sample.project)
    committed = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert committed == catalogue.catalogue(project), "write it anew with `journey docs`"


YAML_FILES = [
    *(("journey", path) for path in sorted((ROOT / "sql" / "journeys").glob("*.yml"))),
    *(("funnel", path) for path in sorted((ROOT / "sql" / "funnels").glob("*.yml"))),
    *(("settings", path) for path in SAMPLES),
    *(("waiting_kpi", path) for path in sorted((ROOT / "sql" / "kpis").glob("*.yml"))),
    ("touchpoints", ROOT / "sql" / "touchpoints.yml"),
    ("columns", ROOT / "sql" / "contracts" / "columns.yml"),
    *(("contract", path) for path in sorted((ROOT / "sql" / "contracts").glob("*.yml")) if path.stem != "columns"),
]


@pytest.mark.parametrize(
    ("kind", "path"), YAML_FILES, ids=lambda value: value.stem if isinstance(value, Path) else value
)
def test_an_editor_finds_no_fault_in_a_committed_yaml(kind: str, path: Path) -> None:
    schema = json.loads(catalogue.schemas()[kind])
    # to an editor a date is a text
    seen = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    jsonschema.Draft202012Validator(schema).validate(seen)


def test_a_glob_in_front_matter_may_not_open_a_comment_in_the_comment(tmp_path: Path) -> None:
    text = (ROOT / "sql" / "staging" / "stg_ga4__events.sql").read_text(encoding="utf-8")
    path = tmp_path / "stg_ga4__events.sql"
    path.write_text(text.replace("ga4/events_*", "ga4/*"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"stg_ga4__events.sql:7: '/\*' inside the front matter"):
        split_model_file(path)


DETECTOR = ROOT / "sql" / "frictions" / "frc_touchpoint_drop_off.sql"


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        (
            "bij {place}{segment}. Bij",
            "bij {plaats}{segment}. Bij",
            r":\d+:.*statement_nl: unknown placeholder \{plaats\}.*Allowed: \{part\}",
        ),
        ("of this phase it is {rest}.", "of this phase it is less.", r"statement_en: lacks the placeholder \{rest\}"),
        ('at {place}{segment}"\n', 'at {place}"\n', r"title_en: lacks the placeholder \{segment\}"),
        (
            "visits {ends|end} at",
            "visits {ends|end at",
            r"statement_en: a brace without its other half, at '\{ends\|end at",
        ),
        ("often at {place}{segment}", "often at {place}", r"peak_title_en: lacks the placeholder \{segment\}"),
        ("  peak_title_en:", "  # peak_title_en:", r"peak_title_nl and peak_title_en: one is missing"),
        ("Visits end at", "Visits {ends|end} at", r"title_en: \{ends\|end\} in a title: .*Write one of the two"),
    ],
)
def test_the_words_of_a_detector_use_the_placeholders_that_there_are(
    said: str, instead: str, told: str, tmp_path: Path
) -> None:
    text = DETECTOR.read_text(encoding="utf-8")
    assert said in text
    path = tmp_path / "frc_mine.sql"
    path.write_text(text.replace(said, instead, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=told):
        split_model_file(path)


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ("{place{segment}. Bij", r"a brace without its other half, at '\{place\{segment\}\. Bij"),
        ("{place}}{segment}. Bij", r"a brace without its other half, at '\}\{segment\}"),
        ("{plaats}{segment}. Bij", r"unknown placeholder \{plaats\}"),
    ],
)
def test_a_wrong_placeholder_is_told_at_the_line_of_its_own_text(instead: str, told: str, tmp_path: Path) -> None:
    text = DETECTOR.read_text(encoding="utf-8")
    line = text[: text.index("  statement_nl:")].count("\n") + 1
    path = tmp_path / "frc_mine.sql"
    path.write_text(text.replace("{place}{segment}. Bij", instead, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=rf"frc_mine\.sql:{line}: signal\.statement_nl: {told}"):
        split_model_file(path)


def test_an_order_that_cannot_be_meant_is_told_with_what_is_allowed(tmp_path: Path) -> None:
    text = (ROOT / "sql" / "publish" / "pub_phase_kpis.sql").read_text(encoding="utf-8")
    path = tmp_path / "pub_phase_kpis.sql"
    path.write_text(text.replace("period_start desc", "period_start descending", 1), encoding="utf-8")
    line = text[: text.index("order_by:")].count("\n") + 1
    with pytest.raises(
        DefinitionError, match=rf":{line}: order_by: 'period_start descending' is no order\. Write .*desc"
    ):
        split_model_file(path)


def test_a_closed_choice_repeats_what_was_written_and_lists_what_is_allowed(tmp_path: Path) -> None:
    text = DETECTOR.read_text(encoding="utf-8")
    path = tmp_path / "frc_mine.sql"
    path.write_text(text.replace("lower_better", "lower_beter", 1), encoding="utf-8")
    line = text[: text.index("lower_better")].count("\n") + 1
    with pytest.raises(DefinitionError) as told:
        split_model_file(path)
    assert str(told.value) == (
        f"{path}:{line}: measure.direction: 'lower_beter' is none of the choices. Allowed: higher_better, lower_better. "
        "Did you mean 'lower_better'?"
    )


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "a: 1\nb: [x, y\nc: 2",
            2,
            "the '[' that opens here is not closed before line 3, or a ',' is missing. Write ']'",
        ),
        ("a:\n  - {x: 1, y: {z: 2}\n  - {x: 2}", 2, "the '{' that opens here is not closed before line 3"),
        ("a: {x: [1, 2}, y: 3}\nb: 1", 1, "behind the '[' that opens here, the ']' or a ',' is missing"),
        ("a: 1\nb [x]\nc: 2", 2, "a ':' with a space behind it is missing in 'b [x]'"),
        ("a: 1\nb x\n\n# why\nc: 2", 2, "a ':' with a space behind it is missing in 'b x'"),
        ("a:\n  - b x\n    c: 2", 2, "a ':' with a space behind it is missing in '- b x'"),
        ("a: 1\nb:c", 2, "a ':' with a space behind it is missing in 'b:c'"),
        ("a: 1\n   b: 2", 2, "is indented deeper than the key above it"),
        ("a:\n    b: 1\n  c: 2", 3, "is indented otherwise than the keys above it"),
        ("a: 1\n\tb: 2", 2, "begins with a tab"),
        ("a: b: c", 1, "a second ': ' in 'a: b: c'. A text that holds one stands between quotes"),
        ('a: "x\nb: y\nc: "z"', 1, "the quote that opens here is closed some lines later only"),
        ("a: 'x\nb: y", 1, "the quote that opens here is not closed"),
        ("a: 'it's'", 1, "something stands behind the end of a value"),
        ("a: *.json", 1, "A text that begins so stands between quotes"),
        ("a: 1\nb: @x", 2, "'@' begins a text. A text that begins so stands between quotes"),
        ("a: 1\nb: \a", 2, "a character that no YAML may hold"),
        ("a: 1\nb: 2026-02-30", 2, "'2026-02-30' is no date that there is"),
    ],
)
def test_yaml_that_cannot_be_read_is_told_where_the_mistake_was_made(
    text: str, line: int, says: str, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict, "_Loader", loader)
    for first in (1, 2):  # front matter starts below the comment mark
        with pytest.raises(DefinitionError) as told:
            strict.read_yaml(text, Path("x.yml"), first)
        assert str(told.value).startswith(f"x.yml:{line + first - 1}: ")
        assert says.replace("line 3", f"line {first + 2}") in str(told.value)


GOOD_SETTINGS = "property: shop\ntitle: Shop\ntime_zone: UTC\nsources: {ga4: x}\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("currency: euro", "currency: 'euro' is not allowed. Write three capitals, such as EUR."),
        ("memory_limit: 4 GB", "memory_limit: '4 GB' is not allowed. Write a whole number and MB or GB, without a space, such as 4GB."),
        ("rejected_share_limit: 50%", "rejected_share_limit: '50%' is no number."),
        ("rejected_share_limit: 50", "rejected_share_limit: 50 is too large. Allowed: 1.0 or less."),
        ("kept_versions: 0", "kept_versions: 0 is too small. Allowed: 1 or more."),
        ("redaction: {is_on: ja}", "redaction.is_on: 'ja' is neither true nor false."),
        ("salt_file: 12", "salt_file: 12 is no text. Put it between quotes."),
        ("owners: me", "owners: 'me' is no list of 'key: value'."),
        ("owners: {home: }", "owners.home: says nothing. Write a value, or leave the key out."),
        (
            "bigquery: {project: a-b, dataset: x, tables: [dayly]}",
            "bigquery.tables[0]: 'dayly' is none of the choices. Allowed: daily, intraday, fresh, users, pseudonymous_users. "
            "Did you mean 'daily'?",
        ),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_repeated_and_told_in_words(said: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "journey.yml"
    path.write_text(f"{GOOD_SETTINGS}{said}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_settings(path)
    assert str(error.value) == f"{path}:5: {told}"


@pytest.mark.parametrize("name", sorted(catalogue.SCHEMAS))
def test_each_pattern_of_a_definition_is_told_in_words(name: str) -> None:
    patterns = set(re.findall(r'"pattern": ("(?:[^"\\\\]|\\\\.)*")', catalogue.schemas()[name]))
    durations = {read for read in patterns if "second|minute" in read}  # whose own sentence says what is meant
    assert {json.loads(read) for read in patterns - durations} <= strict.PATTERNS.keys()


@pytest.mark.parametrize(
    ("select", "line", "says"),
    [
        ("select\n    a,\n    b c d\nfrom t", 8, "near 'd'"),
        ("select\n    'abc\nfrom t", 7, "' is opened here, or above, and not closed"),
        ("select 1 /* why\nfrom t", 6, "/* is opened here"),
        ("select 1;\nselect 2", 6, "exactly one SELECT, holds 2"),
    ],
)
def test_sql_that_cannot_be_read_is_told_with_its_line_in_the_file(
    select: str, line: int, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "fct_mine.sql"
    path.write_text(f"/*---\ndescription: One row per a.\ngrain: [a]\nowner: me\n---*/\n{select}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as told:
        _ = read_model(path, "events").select
    assert str(told.value).startswith(f"{path}:{line}: ")
    assert says in str(told.value)


def test_a_detector_without_words_is_refused() -> None:
    path = ROOT / "sql" / "frictions" / "frc_touchpoint_drop_off.sql"
    written = read_model(path, "frictions")
    dumb = replace(written, front=written.front.model_copy(update={"signal": None}))
    with pytest.raises(
        DefinitionError, match=r"frc_touchpoint_drop_off\.sql:5: contract 'friction_signal' needs `signal:`"
    ):
        signal_texts([dumb], path.parent)


def test_an_audit_without_words_is_refused() -> None:
    path = ROOT / "sql" / "audits" / "aud_no_consent.sql"
    written = read_model(path, "audits")
    dumb = replace(written, front=written.front.model_copy(update={"audit": None}))
    with pytest.raises(DefinitionError, match=r"aud_no_consent\.sql:5: contract 'tracking_finding' needs `audit:`"):
        audit_texts([dumb], path.parent)


def test_an_audit_that_names_a_kpi_that_there_is_not_is_refused_with_the_nearest_one() -> None:
    kpi = read_model(ROOT / "sql" / "kpis" / "kpi_reach.sql", "kpis")
    written = read_model(ROOT / "sql" / "audits" / "aud_no_consent.sql", "audits")
    assert written.front.audit is not None
    audit = written.front.audit.model_copy(update={"kpis": ("reach", "reech")})
    wrong = replace(written, front=written.front.model_copy(update={"audit": audit}))
    with pytest.raises(
        DefinitionError, match=r"aud_no_consent\.sql:\d+: audit\.kpis names 'reech'.*Did you mean 'reach'"
    ):
        audit_texts([kpi, wrong], ROOT)


def test_a_title_of_an_audit_knows_one_placeholder() -> None:
    texts = dict.fromkeys(("title_nl", "base_nl", "base_en", "effect_nl", "effect_en"), "words")
    assert AuditTexts(title_en="Missing: {detail}", kpis=("reach",), **texts).title_en == "Missing: {detail}"
    with pytest.raises(
        ValidationError, match=r"unknown placeholder \{detial\}\. Allowed: \{detail\}\. Did you mean 'detail'"
    ):
        AuditTexts(title_en="Missing: {detial}", kpis=("reach",), **texts)


def committed_texts() -> list[Path]:
    """Return every text of the project that a person writes."""
    kinds = ("*.py", "*.sql", "*.yml", "*.md", "*.toml", "*.csv", "*.lock")
    folders = ("src", "flows", "sql", "tests", "docs", "bench", "data/sample")
    found = [path for folder in folders for kind in kinds for path in (ROOT / folder).rglob(kind)]
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    return [path for path in [*found, *top] if "/clarity/" not in path.as_posix()]


def test_no_file_names_a_package_registry() -> None:
    # written in parts, so that this file does not name them
    hosts = re.compile(
        "|".join([r"pypi\." + "org", r"pythonhosted\." + "org", r"npmjs\." + "org", r"registry\." + "npm"])
    )
    assert [path.name for path in committed_texts() if hosts.search(path.read_text(encoding="utf-8"))] == []


def test_the_lock_files_pin_everything_with_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "bootstrap.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==\S+ \\$", text, flags=re.MULTILINE | re.IGNORECASE)
        others = [line for line in text.splitlines() if line and not line.startswith("    --hash=sha256:")]
        assert len(pins) == len(others) > 0, name
        assert "://" not in text
