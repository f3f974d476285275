"""A mistake in a model's SELECT is told with file, line and the names that are known."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.cli import main
from journey_analytics.definitions.model import Model, read_model
from journey_analytics.errors import DefinitionError, GraphError
from journey_analytics.estimates import EstimateError
from journey_analytics.runner import build_model
from journey_analytics.select_faults import select_fault
from journey_analytics.warehouse import EngineError, Warehouse
from tests.conftest import ROOT

FILE = """/*---
description: One row per page.
grain: [page_path]
owner: tests
---*/
with

pages as (
    select page_path, page_group
    from fct_pages
)

select
    page_path,
    max(page_group) as page_group
from pages
group by page_path
"""


@pytest.fixture
def tables() -> Warehouse:
    warehouse = Warehouse.open()
    warehouse.run("create table fct_pages (page_path varchar, page_group varchar, seen_date date)")
    return warehouse


def model_of(folder: Path, text: str) -> Model:
    path = folder / "dim_pages.sql"
    path.write_text(text, encoding="utf-8")
    return read_model(path, "events")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("select page_path, page_group", "select page_path, page_grup", 9, "Did you mean 'page_group'?"),
        ("from fct_pages", "from fct_page", 10, "Closest names: fct_pages. Did you mean 'fct_pages'?"),
        ("    page_path,\n", "    pages.page_pth,\n", 14, "Did you mean 'page_path'?"),
        # the right name stands nowhere in the SELECT: only the table knows it
        (
            "select page_path, page_group\n    from fct_pages",
            "select page_path, page_group, p.seen_dat\n    from fct_pages as p",
            9,
            "Did you mean 'seen_date'?",
        ),
        ("from pages", "from pages where pages.seen_dat > now()", 16, "Did you mean 'seen_date'?"),
        ("max(page_group)", "max(page_group) + 1", 15, "No function matches"),
        ("group by page_path", "group by page_group", 14, '"page_path" must appear in the GROUP BY'),
    ],
)
def test_a_mistake_is_told_with_its_line_in_the_file_and_the_closest_name(
    right: str, wrong: str, line: int, says: str, tables: Warehouse, tmp_path: Path
) -> None:
    model = model_of(tmp_path, FILE.replace(right, wrong, 1))
    with pytest.raises(DefinitionError) as told:
        build_model(model, tables)
    assert f"dim_pages.sql:{line}: the SELECT of dim_pages does not run" in str(told.value)
    assert says in str(told.value)


def test_a_statement_that_was_written_anew_leads_to_the_line_by_its_words(tables: Warehouse, tmp_path: Path) -> None:
    model = model_of(
        tmp_path, FILE.replace("select page_path, page_group", "select page_path, page_grup as page_group")
    )
    with pytest.raises(EngineError) as refused:
        tables.run("select * from (select page_path, page_grup from fct_pages) where page_path in ('/')")
    assert "dim_pages.sql:9: " in str(select_fault(model, refused.value, tables))


def test_words_that_stand_in_two_other_lines_give_no_line_rather_than_a_wrong_one(
    tables: Warehouse, tmp_path: Path
) -> None:
    model = model_of(tmp_path, FILE.replace("page_group", "page_grup"))
    with pytest.raises(EngineError) as refused:
        tables.run("select page_grup from fct_pages")
    assert "dim_pages.sql: the SELECT" in str(select_fault(model, refused.value, tables))


def project_with(tmp_path: Path, model: str, right: str, wrong: str) -> None:
    """Copy the project's definitions with one mistake in one model."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    path = next((tmp_path / "sql").rglob(f"{model}.sql"))
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")


def test_journey_check_names_the_line_of_a_mistyped_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project_with(tmp_path, "fct_orders", "orders.event_key", "orders.event_kye")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["journey", "check", "--settings", str(ROOT / "data/sample/webshop/journey.yml")])
    with pytest.raises(SystemExit) as stopped:
        main()
    text = (tmp_path / "sql" / "people" / "fct_orders.sql").read_text(encoding="utf-8")
    line = text[: text.index("event_kye")].count("\n") + 1
    told = capsys.readouterr().err
    assert stopped.value.code == 3
    assert f"fct_orders.sql:{line}: the SELECT of fct_orders does not run" in told
    assert "Did you mean 'event_key'?" in told


def test_journey_check_names_the_line_of_mistakes_in_the_front_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mistakes = """grain: [journey_model, phase, touchpoint]
columns:
  chanel: {doc: Lane on the map}
checks:
  - {name: there_are_persons, severity: warn, sql: persnos > 0, why: a place where nobody came}
  - {name: there_are_touches, severity: warn, sql: touches > 0, shows: [phaze], why: a place that nobody touched}
"""
    project_with(tmp_path, "pub_touchpoints", "grain: [journey_model, phase, touchpoint_id]\n", mistakes)
    path = tmp_path / "sql" / "publish" / "pub_touchpoints.sql"
    text = path.read_text(encoding="utf-8")
    own = text.index("columns:", text.index("checks:"))
    path.write_text(text[:own] + text[text.index("---*/") :], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["journey", "check", "--settings", str(ROOT / "data/sample/webshop/journey.yml")])
    with pytest.raises(SystemExit) as stopped:
        main()
    told = capsys.readouterr().err
    assert stopped.value.code == 3
    assert (
        "pub_touchpoints.sql:3: grain names 'touchpoint', which the SELECT does not yield. It yields journey_model"
        in told
    )
    assert "pub_touchpoints.sql:5: documents column 'chanel', which the SELECT does not yield." in told
    assert "pub_touchpoints.sql:7: check there_are_persons: Binder Error: Referenced column" in told
    assert (
        "pub_touchpoints.sql:8: check there_are_touches: shows 'phaze', which is no column of pub_touchpoints" in told
    )
    assert [f"Did you mean {name!r}?" in told for name in ("touchpoint_id", "channel", "persons", "phase")] == [
        True
    ] * 4


@pytest.mark.parametrize(
    ("model", "right", "wrong", "at", "says"),
    [
        (
            "frc_touchpoint_drop_off",
            "touchpoint_id as overlap_place",
            "touchpoint_id as overlap_plac",
            "overlap_plac",
            "contract 'friction_signal' needs the column 'overlap_place', and the SELECT yields 'overlap_plac'. "
            "Did you mean 'overlap_place'?",
        ),
        (
            "frc_touchpoint_drop_off",
            "    pending as pending_n,\n",
            "",
            "contract: friction_signal",
            "contract 'friction_signal' needs the column 'pending_n', and the SELECT does not yield it.",
        ),
        (
            "kpi_reach",
            "entered_date as kpi_date",
            "entered_date as kpi_dat",
            "kpi_dat",
            "contract 'phase_kpi' needs the column 'kpi_date', and the SELECT yields 'kpi_dat'. Did you mean 'kpi_date'?",
        ),
        (
            "kpi_reach",
            "    cycle,\n",
            "",
            "contract: phase_kpi",
            "contract 'phase_kpi' needs the column 'cycle', and the SELECT does not yield it.",
        ),
        (
            "kpi_reach",
            "    cycle,\n    entered_date as kpi_date,\n",
            "",
            "contract: phase_kpi",
            "contract 'phase_kpi' needs the columns 'cycle', 'kpi_date', and the SELECT does not yield them.",
        ),
        (
            "stg_ga4__events",
            "    batch_event_index,",
            "    batch_event_index as batch_event_idx,",
            "batch_event_idx,",
            "contract 'event' knows the column 'batch_event_index', and the SELECT yields 'batch_event_idx'.",
        ),
        (
            "stg_events__events",
            "    delivery_kind\n",
            "    delivery_kind as kind_of_delivery\n",
            "contract: event",
            "contract 'event' needs the column 'delivery_kind', and the SELECT does not yield it.",
        ),
    ],
)
def test_a_column_that_a_contract_needs_is_told_with_the_line_of_the_file_that_lacks_it(
    model: str, right: str, wrong: str, at: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(tmp_path, model, right, wrong)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as told:
        pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    text = next((tmp_path / "sql").rglob(f"{model}.sql")).read_text(encoding="utf-8")
    # what is left out stands in no line: the one that asks for it is named
    start = 0 if at.startswith("contract:") else text.index("---*/")
    line = text[: text.index(at, start)].count("\n") + 1
    assert f"{model}.sql:{line}: {says}" in str(told.value)
    assert str(told.value).count("\n") == 0


@pytest.mark.parametrize("said", ["rebuild_by: unit_key", "adds_up_over: unit_key", "rebuild_by: full"])
def test_a_kpi_is_told_that_nobody_would_read_its_increments(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(tmp_path, "kpi_reach", "contract: phase_kpi\n", f"contract: phase_kpi\n{said}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as told:
        pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    text = (tmp_path / "sql" / "kpis" / "kpi_reach.sql").read_text(encoding="utf-8")
    line, key = text[: text.index(said)].count("\n") + 1, said.split(":")[0]
    assert f"kpi_reach.sql:{line}: {key}: the rows of contract 'phase_kpi' are not stored" in str(told.value)
    assert f"sql/contracts/phase_kpi_by_period.sql. Leave {key} away." in str(told.value)


@pytest.mark.parametrize("begin", [pipeline.check_definitions, pipeline.run_night])
def test_a_contracts_column_that_a_star_hides_is_told_once_the_model_is_built(
    begin: Callable[[pipeline.Night], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(tmp_path, "kpi_reach", "---*/\nselect", "---*/\nselect * rename (kpi_date as kpi_dat)\nfrom (\nselect")
    path = tmp_path / "sql" / "kpis" / "kpi_reach.sql"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    night = pipeline.plan_night(ROOT / "data" / "sample" / "government_form" / "journey.yml")
    with pytest.raises(DefinitionError) as told:
        begin(night)
    line = path.read_text(encoding="utf-8").split("---*/")[0].count("\n") + 2
    assert f"kpi_reach.sql:{line}: contract 'phase_kpi' needs the column 'kpi_date'" in str(told.value)
    assert "yields 'kpi_dat'" in str(told.value)


def test_the_columns_of_a_table_are_known_inside_a_transaction_that_has_failed(
    tables: Warehouse, tmp_path: Path
) -> None:
    model = model_of(tmp_path, FILE.replace("from pages", "from pages where pages.seen_dat > now()"))
    with pytest.raises(DefinitionError, match="Did you mean 'seen_date'"), tables.transaction():
        build_model(model, tables)


def test_a_table_that_nobody_provides_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project_with(tmp_path, "kpi_engagement_rate", "from int_session_segments", "from int_sesion_segments")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GraphError) as told:
        pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    text = (tmp_path / "sql" / "kpis" / "kpi_engagement_rate.sql").read_text(encoding="utf-8")
    line = text[: text.index("int_sesion_segments")].count("\n") + 1
    assert f"kpi_engagement_rate.sql:{line}: reads 'int_sesion_segments'" in str(told.value)
    assert "Did you mean 'int_session_segments'?" in str(told.value)


@pytest.mark.parametrize(
    ("model", "right", "wrong", "at", "says"),
    [
        (
            "fct_touchpoint_drop_offs", " as baseline_x", " as baselin_x", "estimate:",
            "estimate compare_shares: needs the column 'baseline_x', which the SELECT does not yield. It yields journey_model, "
            "phase, phase_order, touchpoint_id, segment_kind, segment_value, date_from, date_to, entered, progressed, dropped, "
            "pending, x, n, baselin_x, baseline_n, previous_x, previous_n. Did you mean 'baselin_x'?",
        ),
        (
            "fct_touchpoint_drop_offs", " as baseline_x,", " as baseline_x,\n    0.5 as p_value,", "estimate:",
            "estimate compare_shares: adds p_value, which the SELECT yields already. Leave it out of the SELECT.",
        ),
        (
            "fct_friction_trends", "[compare_shares, false_discovery]", "[false_discovery, compare_shares]", "estimate:",
            "estimate false_discovery: needs the column 'p_value', which the SELECT does not yield. It yields friction_key, "
            "x, n, baseline_x, baseline_n, family, is_tested. Or name compare_shares before it, which adds it.",
        ),
        # of a KPI the estimate reads what the contract's expansion yields
        ("kpi_engagement_rate", "share_interval", "compare_shares", "estimate:", "estimate compare_shares: needs the column 'x'"),
        (
            "kpi_reach", "estimate: unit_count\n", "", "contract:",
            "contract 'phase_kpi' asks for value, ci_low, ci_high, ci_level, ci_method, min_sample_ok, which an estimate adds. "
            "Add a line `estimate: <name>`. Allowed: share_interval, share_interval_of_units, mean_interval, "
            "mean_interval_from_zero, positive_mean_interval, total, unit_count.",
        ),
        (
            "pub_touchpoints", "order_by: [journey_model, phase_order,", "order_by: [journey_model, phase_ordr,", "order_by:",
            "order_by names 'phase_ordr', which the SELECT does not yield. It yields journey_model, phase, ",
        ),
        (
            "pub_touchpoints", "order_by: [journey_model, phase_order,", "order_by: [journey_model,\n  phase_ordr,", "  phase_ordr",
            "order_by names 'phase_ordr'",
        ),
        ("pub_phase_kpis", "restates: value", "restates: valeu", "restates:", "restates names 'valeu', which the SELECT"),
        (
            "fct_touches", "[dim_event_roles]", "[dim_event_rols]", "reference:",
            "reference: no model or source provides 'dim_event_rols'. Name an input that the SELECT reads: int_touchpoint_events. "
            "Did you mean 'dim_event_roles'?",
        ),
    ],
)  # fmt: skip
def test_a_key_that_names_no_column_of_the_select_is_told_before_anything_is_built(
    model: str, right: str, wrong: str, at: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(tmp_path, model, right, wrong)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as told:
        pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    assert f"{model}.sql:{line_of(tmp_path, model, at)}: {says}" in str(told.value)


@pytest.mark.parametrize(
    ("model", "right", "wrong", "at", "says"),
    [
        ("fct_phase_visits", "rebuild_by: person_key", "rebuild_by: person_kye", "rebuild_by:", "Did you mean 'person_key'?"),
        ("fct_signal_drop_offs", "adds_up_over: visit_key", "adds_up_over: visit_kye", "adds_up_over:", "mean 'visit_key'?"),
        ("fct_phase_visits", "person_key,\n", "person_key,\n    random() as luck,\n", "    random()", "CTE 'visits': RANDOM(): "),
    ],
)  # fmt: skip
def test_a_wrong_key_of_increments_or_function_is_one_fault_at_its_own_line(
    model: str, right: str, wrong: str, at: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(tmp_path, model, right, wrong)
    monkeypatch.chdir(tmp_path)
    night = pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    told = pipeline.check_definitions(night)
    (here,) = [fault for fault in told if f"{model}.sql:{line_of(tmp_path, model, at)}: " in fault and says in fault]
    assert [fault for fault in told if fault != here and "RANDOM()" not in fault] == []


def line_of(folder: Path, model: str, words: str) -> int:
    """Return the line of a model's file in which words stand first."""
    text = next((folder / "sql").rglob(f"{model}.sql")).read_text(encoding="utf-8")
    return text[: text.index(words)].count("\n") + 1


STARRED = """/*---
description: One row per page.
grain: [page_path]
owner: tests
{keys}
---*/
select * from fct_pages
"""


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("order_by: seen_dat", "order_by names 'seen_dat', which the SELECT does not yield. Closest names: seen_date"),
        (
            "order_by: seen_dat desc",
            "order_by names 'seen_dat', which the SELECT does not yield. Closest names: seen_date",
        ),
        (
            "estimate: unit_count",
            "estimate unit_count: needs the column 'n', which the SELECT does not yield. It yields page_path,",
        ),
    ],
)
def test_what_a_star_hides_is_told_at_the_line_of_the_key_when_the_model_is_built(
    keys: str, says: str, tables: Warehouse, tmp_path: Path
) -> None:
    model = model_of(tmp_path, STARRED.format(keys=keys))
    with pytest.raises(DefinitionError) as told, tables.transaction():
        build_model(model, tables)
    assert str(told.value).startswith(f"{tmp_path}/dim_pages.sql:5: {says}")


def test_counts_that_cannot_be_are_told_at_the_line_of_the_estimate(tables: Warehouse, tmp_path: Path) -> None:
    text = STARRED.format(keys="estimate: share_interval")
    model = model_of(tmp_path, text.replace("select *", "select *, 3 as numerator, 2 as denominator"))
    tables.run("insert into fct_pages values ('/', 'home', null)")
    with pytest.raises(EstimateError, match=r"dim_pages\.sql:5: estimate share_interval: "):
        build_model(model, tables)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "says"),
    [
        ("phase_kpi.yml", "- unit_key", "- unit_kye", "column 'unit_kye' is not in the glossary (sql/contracts/columns.yml). "
         "Did you mean 'unit_key'?"),
        ("phase_kpi.yml", "name: phase_kpi", "name: phase_kpis", "name is 'phase_kpis', but the file is called 'phase_kpi'."),
        ("phase_kpi.yml", "expansion: phase_kpi_by_period", "expansion: phase_kpi_by_perod", "expansion: there is no file "),
        ("phase_kpi.yml", "adds: {kpi: short_name", "adds: {kpi: short_nam", "adds.kpi: no model declares 'short_nam'. Allowed: "
         "name, short_name, source_name, source.identity, source.reader, source.session_rule, measure.unit, "
         "measure.is_additive. Did you mean 'short_name'?"),
        ("columns.yml", "type: varchar, ", "", "columns.event_key: a shared column needs a type"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_contract_is_told_with_its_line(
    file: str, right: str, wrong: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    path = tmp_path / "sql" / "contracts" / file
    text = path.read_text(encoding="utf-8")
    line = text[: text.index(right)].count("\n") + 1
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as told:
        pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    assert str(told.value).startswith(f"sql/contracts/{file}:{line}: {says}")


def test_a_type_other_than_documented_names_the_column_and_where_it_is_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(
        tmp_path, "pub_touchpoints", "columns:\n", "columns:\n  persons: {doc: Persons who came, type: integer}\n"
    )
    monkeypatch.chdir(tmp_path)
    night = pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    assert pipeline.check_definitions(night) == [
        f"sql/publish/pub_touchpoints.sql:{line_of(tmp_path, 'pub_touchpoints', 'counted.persons,')}: column 'persons' of "
        "pub_touchpoints is BIGINT, documented as INTEGER in sql/publish/pub_touchpoints.sql:9."
    ]


def test_an_unknown_estimate_is_told_with_its_line_and_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_with(tmp_path, "kpi_engagement_rate", "estimate: share_interval", "estimate: share_intervall")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as told:
        pipeline.plan_night(ROOT / "data" / "sample" / "webshop" / "journey.yml")
    text = next((tmp_path / "sql").rglob("kpi_engagement_rate.sql")).read_text(encoding="utf-8")
    line = text[: text.index("share_intervall")].count("\n") + 1
    assert f"kpi_engagement_rate.sql:{line}: estimate 'share_intervall' is not known. Allowed: " in str(told.value)
    assert "Did you mean 'share_interval'?" in str(told.value)
