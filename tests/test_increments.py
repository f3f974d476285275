"""Increments equal a full rebuild, row for row: random histories, a crash between load and build, a changed definition."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.ingest.load import load_source, prepare_raw
from journey_analytics.night_build import NightBuild, read_before
from journey_analytics.night_files import source_plans
from journey_analytics.runner import ModelRun
from journey_analytics.warehouse import Warehouse, quoted
from journey_analytics.window import set_run_window
from tests.histories import SETTINGS, History

HISTORIES = int(os.environ.get("JOURNEY_HISTORIES", "1"))
NIGHTS = int(os.environ.get("JOURNEY_NIGHTS", "5"))
FIRST_SEED = int(os.environ.get("JOURNEY_SEED", "1"))
ROWS_SHOWN = 3
DIFFERENCES_SHOWN = 4


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Night:
    """The definitions of the tiny shop, read once for all nights."""
    settings = tmp_path_factory.mktemp("tiny") / "journey.yml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return pipeline.plan_night(settings)


def load(night: pipeline.Night, warehouse: Warehouse) -> None:
    for source, plan in source_plans(night.project).items():
        prepare_raw(warehouse, plan)
        if source in night.patterns:
            load_source(warehouse, plan, night.patterns[source], night.project.settings, run_id=1)


def build(night: pipeline.Night, warehouse: Warehouse) -> dict[str, ModelRun]:
    """Do what `build_night` does, checks left out, and return what each model took."""
    with warehouse.transaction():
        before = read_before(warehouse)
        as_of = set_run_window(night.project, warehouse, night.as_of)
        pipeline._write_identity(night, warehouse, as_of)
        return {run.model: run for run in NightBuild(night.project, warehouse, before, is_shown=night.is_shown).build()}


def run(night: pipeline.Night, warehouse: Warehouse) -> dict[str, ModelRun]:
    load(night, warehouse)
    return build(night, warehouse)


def differences(night: pipeline.Night, warehouse: Warehouse, folder: Path) -> list[str]:
    """Return how the tables differ from those of a new database made of the same files, in the order of the models."""
    path = folder / "fresh.duckdb"
    path.unlink(missing_ok=True)
    with Warehouse.open(path) as fresh:
        fresh.run("set threads = 1")  # the number of threads must not show
        run(night, fresh)
    warehouse.run(f"attach '{path}' as fresh (read_only)")
    told = []
    for name in night.project.order:
        model = night.project.models[name]
        # restatements tell what nights have found, which one full load cannot know
        if model.is_view or "run_restatements" in model.reads:
            continue
        kept, whole = f"main.{quoted(name)}", f"fresh.main.{quoted(name)}"
        if model.front.published == "ledger":
            newest = "(select * exclude (data_hash) from {} where as_of in (select as_of from run_window))"
            kept, whole = newest.format(kept), newest.format(whole)
        for sign, one, other in (("too many", kept, whole), ("missing", whole, kept)):
            rows = warehouse.frame(f"from {one} except all from {other}")
            if len(rows):
                first = "\n".join(f"    {row}" for row in rows.head(ROWS_SHOWN).to_dict("records"))
                told.append(f"  {name}: {len(rows)} rows {sign}, first\n{first}")
    warehouse.run("detach fresh")
    return told


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + HISTORIES))
def test_increments_equal_a_full_rebuild(seed: int, tiny: pipeline.Night, tmp_path: Path) -> None:
    history = History(seed, tmp_path)
    past = ["first load"]
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(replace(tiny, patterns=history.patterns, project=history.with_rates(tiny.project)), warehouse)
        looked_at = {*history.rng.sample(range(NIGHTS), NIGHTS // 3), NIGHTS - 1}
        for number in range(NIGHTS):
            past.append(history.next_night())
            project = history.with_rates(tiny.project)
            night = replace(tiny, patterns=history.patterns, as_of=history.as_of, project=project)
            taken = run(night, warehouse)
            if number in looked_at:
                told = differences(night, warehouse, tmp_path)
                wrong = [f"{name} ({taken[name].how}: {taken[name].why})" for name in names_in(told)]
                story = "\n".join(f"  {place}. {what}" for place, what in enumerate(past))
                shown = "\n".join(told[:DIFFERENCES_SHOWN])
                assert not told, f"seed {seed}, nights:\n{story}\n  wrong: {', '.join(wrong)}\n{shown}"


def names_in(told: list[str]) -> list[str]:
    return list(dict.fromkeys(each.strip().split(":")[0] for each in told))


def test_a_crash_between_load_and_build_loses_no_change(tiny: pipeline.Night, tmp_path: Path) -> None:
    history = History(101, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        history._delivered_again()
        history._new_daily()
        history._write()
        load(night, warehouse)  # and then the machine goes down
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        history._late_user()
        history._write()
        taken = run(night, warehouse)
        assert taken["fct_events"].how == "keys"
        assert taken["fct_events"].rows_came > 0
        assert differences(night, warehouse, tmp_path) == []
        assert warehouse.value("select count(*) from pending_changes") == 0


def test_the_same_files_again_rebuild_nothing(tiny: pipeline.Night, tmp_path: Path) -> None:
    history = History(102, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    with Warehouse.open() as warehouse:
        first = run(night, warehouse)
        second = run(night, warehouse)
    assert {taken.how for taken in first.values()} == {"full", "view"}
    assert {name: taken.how for name, taken in second.items() if taken.how not in ("nothing", "view")} == {}


def test_new_days_are_added_to_what_adds_up(tiny: pipeline.Night, tmp_path: Path) -> None:
    history = History(104, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        for _ in range(5):
            history._new_daily()
        history._write()
        taken = run(night, warehouse)
        adding = {name for name, model in night.project.models.items() if model.front.adds_up_over}
        assert {"fct_drop_offs", "fct_signal_drop_offs", "kpi_reach_by_period"} < adding
        assert {name: taken[name].how for name in adding if taken[name].how not in ("sums", "nothing")} == {}
        assert taken["kpi_reach_by_period"].rows_came > 0
        assert differences(night, warehouse, tmp_path) == []


def test_of_a_changed_definition_only_the_changed_rows_travel_on(tiny: pipeline.Night, tmp_path: Path) -> None:
    history = History(103, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        day: date = warehouse.value("select max(session_date) from fct_sessions")
        rows = warehouse.value("select count(*) from fct_events where event_date = ?", [day])
        events = night.project.models["fct_events"]
        said = "    country,\n    has_consent,"
        assert events.sql.count(said) == 1
        country = f"case when event_date = date '{day}' then 'Elsewhere' else country end as country"
        other = replace(events, sql=events.sql.replace(said, f"    {country},\n    has_consent,"))
        changed = replace(night, project=replace(night.project, models={**night.project.models, "fct_events": other}))
        taken = build(changed, warehouse)
        assert taken["fct_events"].how == "full"
        assert (taken["fct_events"].rows_gone, taken["fct_events"].rows_came) == (rows, rows)
        assert taken["fct_sessions"].how == "keys"
        sessions = warehouse.value("select count(*) from fct_sessions")
        assert 0 < taken["fct_sessions"].rows_came < sessions
        assert differences(changed, warehouse, tmp_path) == []


@pytest.mark.parametrize("name", ["pub_friction_annotations", "pub_phase_kpis"])
def test_columns_that_change_places_keep_their_values(name: str, tiny: pipeline.Night, tmp_path: Path) -> None:
    night = replace(tiny, patterns=History(105, tmp_path).patterns)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        columns = list(warehouse.columns(name))
        assert warehouse.value(f"select count(*) from {name}") > 0
        model = night.project.models[name]
        turned = ", ".join(map(quoted, reversed(columns)))
        other = replace(model, sql=f"select {turned} from ({model.sql})")
        changed = replace(night, project=replace(night.project, models={**night.project.models, name: other}))
        build(changed, warehouse)
        assert list(warehouse.columns(name)) == columns[::-1]
        assert differences(changed, warehouse, tmp_path) == []


def test_a_daily_file_with_the_rows_of_its_intraday_file_completes_the_day(
    tiny: pipeline.Night, tmp_path: Path
) -> None:
    history = History(104, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    history._new_intraday()
    history._write()
    with Warehouse.open() as warehouse:
        load(night, warehouse)
        history.daily[history.newest] = history.intraday[history.newest]
        history._write()
        load(night, warehouse)
        assert set_run_window(night.project, warehouse, None) == history.newest


def test_a_model_that_left_and_came_back_has_missed_nothing(tiny: pipeline.Night, tmp_path: Path) -> None:
    history = History(105, tmp_path)
    night = replace(tiny, patterns=history.patterns)
    left = "pub_touchpoints"
    models = {name: model for name, model in night.project.models.items() if name != left}
    order = tuple(name for name in night.project.order if name != left)
    with Warehouse.open(tmp_path / "nightly.duckdb") as warehouse:
        run(night, warehouse)
        history._new_daily()
        history._emptied()
        history._write()
        run(replace(night, project=replace(night.project, models=models, order=order)), warehouse)
        run(night, warehouse)
        assert differences(night, warehouse, tmp_path) == []
