"""A whole night on the sample: rows are accounted for, runs repeat themselves, published numbers agree with each other."""

from __future__ import annotations

import filecmp
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from journey_analytics import pipeline
from journey_analytics.errors import Busy, CheckFailed, DefinitionError, InputError
from journey_analytics.lock import run_lock
from journey_analytics.record import begin_run
from journey_analytics.sample import write_sample
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT
from tests.histories import SETTINGS as TINY_SETTINGS
from tests.histories import History


def test_every_row_of_every_file_is_stored_refused_or_a_repeat(
    webshop: pipeline.Run, webshop_tables: Warehouse
) -> None:
    assert len(webshop.record.files) == 124
    for file in webshop.record.files:
        told = file.rows_stored + file.rows_rejected + file.rows_duplicate + file.rows_removed
        assert file.rows_read == told, file.file_name
    stored = sum(file.rows_stored for file in webshop.record.files)
    assert stored == webshop_tables.value("select count(*) from fct_events")


def test_the_record_of_a_run_is_kept_in_the_database(webshop: pipeline.Run, webshop_tables: Warehouse) -> None:
    assert webshop_tables.rows("select status, as_of from runs") == [("ok", date(2026, 6, 30))]
    assert webshop_tables.value("select count(*) from run_files") == 124
    models, checks = (webshop_tables.value(f"select count(*) from {table}") for table in ("run_models", "run_checks"))
    assert models == len(webshop.night.project.order)
    assert checks > len(webshop.night.project.published)
    settings_hash, versions = webshop_tables.rows("select settings_hash, versions from runs")[0]
    assert len(settings_hash) == 16
    assert json.loads(versions).keys() >= {"python", "duckdb", "sqlglot"}
    told = json.loads((webshop.night.out / "last_run.json").read_text(encoding="utf-8"))
    assert told["status"] == "ok"


def test_what_is_published_is_in_the_tables(webshop: pipeline.Run, webshop_tables: Warehouse) -> None:
    assert webshop.published is not None
    for model in webshop.night.project.published:
        rows = webshop_tables.value(f"select count(*) from {model.name}")
        file = webshop.published / f"{model.name.removeprefix('pub_')}.parquet"
        assert pq.read_metadata(file).num_rows == rows
        assert pq.read_metadata(file).metadata[b"data_hash"].decode() == webshop.record.data_hash
        assert file.with_suffix(".csv").exists()
        with Warehouse.open(webshop.published / "journey_marts.duckdb", read_only=True) as marts:
            assert marts.value(f"select count(*) from {model.name}") == rows


def test_a_published_file_opens_with_the_primary_journey_model(webshop: pipeline.Run) -> None:
    assert webshop.published is not None
    for table in ("drop_off_points", "friction_annotations", "journey_paths", "phase_transitions", "touchpoints"):
        models = pq.read_table(webshop.published / f"{table}.parquet", columns=["journey_model"])["journey_model"]
        shown = list(dict.fromkeys(models.to_pylist()))
        assert shown == ["mckinsey4", *sorted(set(shown) - {"mckinsey4"})], table
        assert len(shown) == 8


def test_no_published_file_holds_an_id_of_a_browser_or_a_person(
    webshop: pipeline.Run, webshop_tables: Warehouse
) -> None:
    ids = {row[0] for row in webshop_tables.rows("select distinct user_id from fct_events where user_id is not null")}
    ids |= {row[0] for row in webshop_tables.rows("select distinct user_pseudo_id from fct_events limit 200") if row[0]}
    assert len(ids) > 100
    assert webshop.published is not None
    texts = [path.read_text(encoding="utf-8") for path in webshop.published.glob("*.csv")]
    assert [name for name in ids if any(name in text for text in texts)] == []


def test_states_of_a_phase_make_its_whole(webshop_tables: Warehouse) -> None:
    broken = webshop_tables.rows(
        """select journey_model, phase from int_visit_states
        group by journey_model, phase
        having count(*) <> count(case when state in ('progressed', 'dropped', 'pending') then 1 end)"""
    )
    assert broken == []


def test_parts_of_an_additive_kpi_sum_to_the_whole(webshop_tables: Warehouse) -> None:
    rows = webshop_tables.rows(
        """select kpi, period_kind, period_start, segment_kind, sum(value) from pub_phase_kpis
        where is_additive and period_kind <> 'day' group by all"""
    )
    wholes = {(kpi, kind, start): value for kpi, kind, start, segment, value in rows if segment == "all"}
    assert {kpi for kpi, _, _ in wholes} == {"sessions", "orders", "revenue", "net_revenue", "key_events"}
    for kpi, kind, start, segment, value in rows:
        whole = wholes[kpi, kind, start]
        # who fits no rule is in no persona
        assert value <= whole if segment == "persona_id" else value == pytest.approx(whole), (kpi, kind, start, segment)


def test_days_of_an_additive_kpi_sum_to_its_month(webshop_tables: Warehouse) -> None:
    rows = webshop_tables.rows(
        """select kpi, date_trunc('month', period_start), sum(case when period_kind = 'day' then value end),
            sum(case when period_kind = 'month' then value end)
        from pub_phase_kpis where is_additive and segment_kind = 'all' and period_kind <> 'iso_week' group by all"""
    )
    assert len(rows) == 5 * 4
    for kpi, month, days, whole in rows:
        assert days == pytest.approx(whole), (kpi, month)


def test_what_a_kpi_is_computed_from_adds_up_over_segments_also_where_its_units_do_not(
    webshop_tables: Warehouse,
) -> None:
    broken = webshop_tables.rows(
        """select kpi, journey_model, phase, period_kind, period_start
        from (
            select kpi, journey_model, phase, period_kind, period_start, segment_kind,
                sum(numerator) as numerator, sum(denominator) as denominator
            from int_kpi_periods where segment_kind <> 'persona_id' and period_kind <> 'day' group by all
        ) as kinds
        group by all
        having min(numerator) <> max(numerator) or min(denominator) <> max(denominator)"""
    )
    assert broken == []


def test_a_rate_never_stands_without_its_denominator(webshop_tables: Warehouse) -> None:
    assert (
        webshop_tables.value(
            "select count(*) from pub_phase_kpis where value is not null and coalesce(denominator, 0) = 0"
        )
        == 0
    )
    assert (
        webshop_tables.value("select count(*) from pub_phase_kpis where unit = 'share' and value not between 0 and 1")
        == 0
    )


def test_every_journey_model_of_the_project_is_computed(webshop: pipeline.Run, webshop_tables: Warehouse) -> None:
    named = {journey.name for journey in webshop.night.project.journeys}
    for table in (
        "pub_phase_transitions",
        "pub_drop_off_points",
        "pub_friction_annotations",
        "pub_journey_paths",
        "pub_touchpoints",
    ):
        found = {row[0] for row in webshop_tables.rows(f"select distinct journey_model from {table}")}
        assert found == named, table


def test_a_published_enum_has_a_label_in_both_languages(webshop_tables: Warehouse) -> None:
    for enum in (
        "kind",
        "colour_code",
        "drop_kind",
        "evidence_level",
        "trend_state",
        "quadrant_proposed",
        "baseline_kind",
    ):
        values = {row[0] for row in webshop_tables.rows(f"select distinct {enum} from pub_friction_annotations")}
        rows = webshop_tables.rows(
            "select enum_value from dim_labels where enum = ? and label_nl <> '' and label_en <> ''", [enum]
        )
        assert values - {None} <= {row[0] for row in rows}, enum


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A webshop of 300 people over 80 days, with the settings of the committed one."""
    folder = tmp_path_factory.mktemp("small")
    write_sample(folder, "webshop", persons=300, days=80, seed=11)
    settings = (ROOT / "data" / "sample" / "webshop" / "journey.yml").read_text(encoding="utf-8")
    (folder / "journey.yml").write_text(settings, encoding="utf-8")
    return folder


def night(small: Path, folder: Path, **changes: object) -> pipeline.Night:
    return pipeline.plan_night(
        small / "journey.yml", database=folder / "working.duckdb", out=folder / "out", **changes  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def first_night(small: Path, tmp_path_factory: pytest.TempPathFactory) -> pipeline.Run:
    """The first night of that webshop; tests go on with copies of what it left."""
    return pipeline.run_night(night(small, tmp_path_factory.mktemp("first_night")))


@pytest.fixture
def begun(first_night: pipeline.Run, tmp_path: Path) -> pipeline.Run:
    """A first night in a folder of one's own."""
    shutil.copytree(first_night.night.database.parent, tmp_path, dirs_exist_ok=True, symlinks=True)
    return first_night


@pytest.fixture(scope="module")
def ties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny shop in whose files events of one microsecond, null ids and shared browsers are frequent."""
    folder = tmp_path_factory.mktemp("ties")
    (folder / "journey.yml").write_text(TINY_SETTINGS, encoding="utf-8")
    History(4, folder)
    return folder


def run_with(threads: int, night: pipeline.Night, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run a night on a number of threads and return what it published."""
    opened = Warehouse.open

    def opened_with(*args: Any, **more: Any) -> Warehouse:
        warehouse = opened(*args, **more)
        warehouse.run(f"set threads = {threads}")
        return warehouse

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "open", opened_with)
        done = pipeline.run_night(night)
    assert done.published is not None
    return done.published


@pytest.mark.parametrize("shop", ["small", "ties"])
def test_one_thread_and_two_publish_the_same_bytes_from_the_same_files(
    shop: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = request.getfixturevalue(shop)
    one, two = (run_with(threads, night(files, tmp_path / f"{threads}"), monkeypatch) for threads in (1, 2))
    with Warehouse.open(tmp_path / "2" / "working.duckdb", read_only=True) as tables:
        tied = "select count(*) from (select 1 from fct_events group by event_timestamp having count(*) > 1)"
        assert tables.value(tied) > 10
    names = sorted(path.name for path in one.iterdir() if path.suffix != ".duckdb")
    assert len(names) >= 16
    assert filecmp.cmpfiles(one, two, names, shallow=False) == (names, [], [])
    with (
        Warehouse.open(one / "journey_marts.duckdb", read_only=True) as a,
        Warehouse.open(two / "journey_marts.duckdb") as b,
    ):
        for table in sorted(a.tables()):
            assert a.rows(f"select * from {table}") == b.rows(f"select * from {table}")


def test_a_second_night_over_the_same_files_reads_nothing_and_changes_nothing(
    begun: pipeline.Run, small: Path, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in (tmp_path / "out" / "current").glob("*.csv")}
    second = pipeline.run_night(night(small, tmp_path))
    assert {file.status for file in begun.record.files} == {"loaded"}
    assert {file.status for file in second.record.files} == {"unchanged"}
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / "current").glob("*.csv")} == before
    assert (second.record.run_id, second.record.data_hash) == (2, begun.record.data_hash)
    assert [path.name for path in (tmp_path / "out" / "versions").iterdir()] == ["000001"]


@pytest.mark.parametrize("name", ["phase_kpis.csv", "journey_marts.duckdb"])
@pytest.mark.usefixtures("begun")
def test_what_is_missing_from_the_published_folder_is_published_again(small: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "out" / "current" / name
    path.unlink()
    pipeline.run_night(night(small, tmp_path))
    assert path.exists()


@pytest.mark.usefixtures("begun")
def test_an_earlier_as_of_shows_no_later_event_and_keeps_the_ledger(small: Path, tmp_path: Path) -> None:
    done = pipeline.run_night(night(small, tmp_path, as_of=date(2026, 6, 20)))
    assert done.record.as_of == date(2026, 6, 20)
    with Warehouse.open(done.night.database, read_only=True) as tables:
        assert tables.value("select max(event_date) from fct_events") == date(2026, 6, 20)
        assert tables.value("select max(event_date) from raw_ga4__events") == date(2026, 6, 30)
        nights = tables.rows("select distinct as_of from pub_friction_annotations order by 1")
    assert nights == [(date(2026, 6, 20),), (date(2026, 6, 30),)]


@pytest.mark.usefixtures("begun")
def test_a_failed_check_stores_and_publishes_nothing(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (tmp_path / "out" / "current").resolve()
    broken = night(small, tmp_path, as_of=date(2026, 6, 20))
    sessions = broken.project.models["fct_sessions"]
    strict = sessions.front.checks[0].model_copy(update={"sql": "session_seconds < 0"})
    front = sessions.front.model_copy(update={"checks": (strict,)})
    monkeypatch.setitem(broken.project.models, "fct_sessions", type(sessions)(**{**vars_of(sessions), "front": front}))  # type: ignore[arg-type]
    with pytest.raises(CheckFailed, match=r"fct_sessions: .* rows break the rule"):
        pipeline.run_night(broken)
    assert (tmp_path / "out" / "current").resolve() == before
    with Warehouse.open(broken.database, read_only=True) as tables:
        assert tables.value("select as_of from run_window") == date(2026, 6, 30)
        assert tables.rows("select status from runs order by run_id") == [("ok",), ("failed",)]


def test_every_source_without_files_is_named_and_what_the_others_bring_is_kept(small: Path, tmp_path: Path) -> None:
    none = {"ga4": f"{small}/nowhere/*.json.gz", "clarity": f"{small}/clarity/*.xlsx"}
    with pytest.raises(InputError) as error:
        pipeline.run_night(night(small, tmp_path, patterns=none))
    assert sorted(str(error.value).splitlines()) == [
        f"{small}/clarity/*.xlsx: no file matches. Check the folder and the pattern.",
        f"{small}/nowhere/*.json.gz: no file matches. There is no folder {small}/nowhere. Check the folder and the pattern.",
    ]
    one = {**none, "ga4": f"{small}/ga4/*.json.gz"}
    with pytest.raises(InputError, match=r"xlsx: no file matches\. Check the folder and the pattern\.$"):
        pipeline.run_night(night(small, tmp_path, patterns=one))
    with Warehouse.open(tmp_path / "working.duckdb", read_only=True) as tables:
        assert tables.value("select count(*) from raw_ga4__events") > 1000
        assert tables.rows("select distinct source, status from run_files where run_id = 2") == [("ga4", "loaded")]
        assert "fct_events" not in tables.tables()


def vars_of(model: object) -> dict[str, object]:
    return {name: getattr(model, name) for name in ("name", "station", "path", "front", "sql", "generated", "lines")}


def test_a_second_run_is_told_who_is_busy(tmp_path: Path) -> None:
    busy = pytest.raises(Busy, match=r"a run is busy \(process \d+, since")
    with run_lock(tmp_path / "x.duckdb"), busy, run_lock(tmp_path / "x.duckdb"):
        pass


def test_a_database_of_an_earlier_version_keeps_its_records(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path / "old.duckdb") as tables:
        tables.run("create table run_models (run_id bigint, model varchar, how varchar, rows bigint, seconds double)")
        tables.run("insert into run_models values (1, 'fct_events', 'full', 5, 0.1)")
        begin_run(tables)
        assert tables.rows("select model, rows, why, rows_came from run_models") == [("fct_events", 5, None, None)]


def test_a_marketer_first_meets_what_matters_most_in_dutch(webshop: pipeline.Run) -> None:
    assert webshop.published is not None
    assert sorted(path.name for path in webshop.published.iterdir())[0] == "00_start_hier.md"
    page = (webshop.published / "00_start_hier.md").read_text(encoding="utf-8")
    first = next(line for line in page.splitlines() if line.startswith("1. "))
    assert first.startswith("1. **Aankoop.** 47 van de 100 bezoeken eindigen bij Afrekenen: verzending.")
    assert "per week, tussen" in first
    for table in webshop.night.project.published:
        assert f"`{table.name.removeprefix('pub_')}.csv`" in page
    assert "None" not in page


@pytest.mark.parametrize(("limit", "is_new"), [(-1.0, True), (1.0, False)])
@pytest.mark.usefixtures("begun")
def test_a_file_with_more_holes_than_the_limit_is_written_anew(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: float, is_new: bool
) -> None:
    shop = night(small, tmp_path)
    before = shop.database.stat().st_ino
    monkeypatch.setattr(pipeline, "FREE_SHARE", limit)
    pipeline.run_night(night(small, tmp_path, as_of=date(2026, 6, 20)))
    assert (shop.database.stat().st_ino != before) is is_new
    with Warehouse.open(shop.database) as tables:
        assert tables.value("select max(event_date) from fct_events") == date(2026, 6, 20)


def test_a_run_uses_no_more_memory_than_the_settings_allow(tmp_path: Path) -> None:
    settings = tmp_path / "journey.yml"
    settings.write_text(TINY_SETTINGS + "memory_limit: 700MB\n", encoding="utf-8")
    with pipeline.opened(pipeline.plan_night(settings)) as run:
        assert run.warehouse.value("select current_setting('memory_limit')") == "667.5 MiB"
    settings.write_text(TINY_SETTINGS + "memory_limit: much\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="memory_limit"):
        pipeline.plan_night(settings)
