"""`journey fetch ga4` against a dataset that is played: which tables are fetched, what lies in the folder, what a night loads.

No test speaks to Google. What is played here is the boundary, `fetching.tables.Exports`; how it is filled from Google's
libraries is held by test_fetch_bigquery.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journey_analytics.cli import main
from journey_analytics.definitions.bigquery import BigQuery
from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.errors import Busy, DefinitionError, InputError, StorageError
from journey_analytics.fetching import bigquery
from journey_analytics.fetching.fetch import Fetched, fetch_exports
from journey_analytics.fetching.files import read_folder
from journey_analytics.fetching.plan import Plan, Wish, plan_fetch, wanted_tables
from journey_analytics.fetching.tables import ExportTable, TableState, export_table
from journey_analytics.ingest import SourcePlan, load_source
from journey_analytics.lock import run_lock
from journey_analytics.sample.schema import PARAM
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT

# lists as BigQuery's Arrow has them: the member is called `item`
SCHEMA = pa.schema(
    [
        ("event_date", pa.string()),
        ("event_timestamp", pa.int64()),
        ("event_name", pa.string()),
        ("event_params", pa.list_(PARAM)),
        ("user_pseudo_id", pa.string()),
    ]
)
MORNING = datetime(2026, 6, 10, 9, tzinfo=UTC)


def june(*days: int) -> list[str]:
    return [f"events_202606{day:02}" for day in days]


def events(name: str, rows: int) -> pa.Table:
    """Return so many events of the date in a table's name, a second apart."""
    noon = int(datetime.strptime(name[-8:], "%Y%m%d").replace(hour=12, tzinfo=UTC).timestamp())
    session = [{"key": "ga_session_id", "value": {"int_value": noon}}]
    return pa.Table.from_pylist(
        [
            {
                "event_date": name[-8:],
                "event_timestamp": (noon + second) * 1_000_000,
                "event_name": "page_view",
                "event_params": session,
                "user_pseudo_id": "1.1",
            }
            for second in range(rows)
        ],
        schema=SCHEMA,
    )


class Played:
    """A dataset in memory. It keeps what it was asked."""

    dataset = "shop-1.analytics_7"

    def __init__(self, *names: str, rows: int = 2) -> None:
        self.tables = {name: (events(name, rows), MORNING) for name in names}
        self.asked: list[str] = []
        self.read: list[str] = []
        self.counts: dict[str, int] = {}  # rows that BigQuery speaks of, where it is not what it yields
        self.fault: Callable[[str], None] = lambda _name: None

    def write(self, name: str, rows: int) -> None:
        """Write a table, an hour later if it was there."""
        before = self.tables.get(name)
        self.tables[name] = (events(name, rows), before[1] + timedelta(hours=1) if before else MORNING)

    def names(self) -> list[str]:
        return list(self.tables)

    def state(self, name: str) -> TableState | None:
        self.asked.append(name)
        if name not in self.tables:
            return None
        rows, modified = self.tables[name]
        return TableState(self.counts.get(name, len(rows)), modified)

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        self.read.append(name)
        for batch in self.tables[name][0].to_batches(max_chunksize=1):
            yield batch
            self.fault(name)


def fetch(played: Played, folder: Path, **wish: object) -> Fetched:
    """Fetch, and forget what was asked before."""
    played.asked, played.read = [], []
    return fetch_exports(played, Wish(**wish), folder)  # type: ignore[arg-type]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


# --- which tables ---------------------------------------------------------------------------------------------------


def tables(*names: str) -> list[ExportTable]:
    found = [export_table(name) for name in names]
    assert None not in found
    return [table for table in found if table is not None]


def asks(plan: Plan) -> list[str]:
    return [table.name for table in plan.ask]


@pytest.mark.parametrize(
    ("fetched", "look_back", "asked"),
    [
        ([], 4, [1, 2, 3, 4, 5, 6, 7, 8]),
        ([1, 2, 3, 4, 5, 6, 7, 8], 4, [5, 6, 7, 8]),
        ([1, 2, 3, 4, 5, 6, 7, 8], 0, []),
        ([1, 2, 3, 4, 5, 6, 7], 4, [4, 5, 6, 7, 8]),
        ([1, 2, 4, 5, 6, 7, 8], 4, [3, 5, 6, 7, 8]),
        # after a pause: 1 and 2 were not final when it began, so the look-back counts from there
        ([1, 2], 4, [1, 2, 3, 4, 5, 6, 7, 8]),
        ([1, 2, 3, 4, 5], 2, [4, 5, 6, 7, 8]),
    ],
)
def test_days_without_a_file_and_the_newest_files_are_asked_about(
    fetched: list[int], look_back: int, asked: list[int]
) -> None:
    plan = plan_fetch(tables(*june(*range(1, 9))), june(*fetched), (), Wish(look_back_days=look_back))
    assert asks(plan) == june(*asked)
    assert len(plan.ask) + len(plan.final) == 8


def test_the_look_back_of_one_kind_does_not_count_from_another() -> None:
    plan = plan_fetch(
        tables(*june(1, 2), "users_20260601", "users_20260608"),
        [*june(1, 2), "users_20260601", "users_20260608"],
        (),
        Wish(kinds=("daily", "users"), look_back_days=2),
    )
    assert asks(plan) == [*june(1, 2), "users_20260608"]


def test_a_streamed_table_is_not_fetched_once_its_day_is_there() -> None:
    streamed = ["events_intraday_20260601", "events_fresh_20260601", "events_intraday_20260602"]
    wish = Wish(kinds=("daily", "intraday", "fresh"))
    both = plan_fetch(tables(*june(1), *streamed), (), (), wish)
    assert asks(both) == [*june(1), "events_intraday_20260602"]
    assert [table.name for table in both.replaced] == streamed[:2]
    # its daily table has expired in BigQuery, and its file is still there
    assert asks(plan_fetch(tables(*streamed), june(1), (), wish)) == ["events_intraday_20260602"]


def test_the_dates_that_are_asked_for_belong_to_the_range() -> None:
    wanted = wanted_tables(reversed(june(1, 2, 3, 4)), Wish(first=date(2026, 6, 2), last=date(2026, 6, 3)))
    assert [table.name for table in wanted] == june(2, 3)


@pytest.mark.parametrize(
    ("names", "wish", "says"),
    [
        ([], Wish(), "holds no table of a GA4 export"),
        (["orders", "events_20261301"], Wish(), "holds no table of a GA4 export"),
        (["events_intraday_20260601"], Wish(), r"holds no daily table. There are: intraday \(1\)"),
        (june(1, 5), Wish(first=date(2026, 7, 1)), "holds tables from 2026-06-01 to 2026-06-05, and none of"),
    ],
)
def test_a_dataset_without_what_is_asked_for_says_what_it_holds(names: list[str], wish: Wish, says: str) -> None:
    with pytest.raises(InputError, match=says):
        wanted_tables(names, wish)


# --- what lies in the folder ----------------------------------------------------------------------------------------


def test_each_table_becomes_one_file_and_a_second_call_reads_nothing(tmp_path: Path) -> None:
    played = Played(*june(*range(1, 9)), rows=3)
    assert fetch(played, tmp_path).rows == dict.fromkeys(june(*range(1, 9)), 3)
    assert files(tmp_path) == [f"{name}.parquet" for name in june(*range(1, 9))]
    assert pq.read_table(tmp_path / "events_20260601.parquet").equals(events("events_20260601", 3))
    again = fetch(played, tmp_path)
    assert (again.rows, again.unchanged, played.read) == ({}, 8, [])
    assert played.asked == june(5, 6, 7, 8)  # four files are final: nobody asks about them


def test_a_file_says_itself_what_it_is_and_as_of_when(tmp_path: Path) -> None:
    fetch(Played(*june(1)), tmp_path)
    origin = read_folder(tmp_path).fetched["events_20260601"]
    assert (origin.table, origin.modified) == ("shop-1.analytics_7.events_20260601", MORNING)


def test_a_day_that_was_written_anew_is_fetched_again_and_no_other(tmp_path: Path) -> None:
    played = Played(*june(1, 2, 3))
    fetch(played, tmp_path)
    played.write("events_20260602", rows=5)
    again = fetch(played, tmp_path)
    assert (again.rows, again.replaced, played.read) == ({"events_20260602": 5}, june(2), june(2))
    assert pq.read_metadata(tmp_path / "events_20260602.parquet").num_rows == 5


def test_a_table_that_has_gone_leaves_its_file(tmp_path: Path) -> None:
    played = Played(*june(1, 2))
    fetch(played, tmp_path)
    del played.tables["events_20260601"]
    assert fetch(played, tmp_path).rows == {}
    assert "events_20260601.parquet" in files(tmp_path)


def test_a_table_that_goes_while_others_are_fetched_is_no_fault(tmp_path: Path) -> None:
    played = Played(*june(1), "events_intraday_20260602")
    played.fault = lambda _name: played.tables.pop("events_intraday_20260602", None)  # type: ignore[assignment]
    done = fetch(played, tmp_path, kinds=("daily", "intraday"))
    assert (list(done.rows), done.warnings) == (june(1), [])


def test_an_intraday_file_stays_when_its_day_comes_and_is_not_fetched_again(tmp_path: Path) -> None:
    played = Played("events_intraday_20260601")
    kinds = ("daily", "intraday")
    fetch(played, tmp_path, kinds=kinds)
    played.write("events_20260601", 4)
    played.write("events_intraday_20260601", 4)
    assert fetch(played, tmp_path, kinds=kinds).rows == {"events_20260601": 4}
    assert files(tmp_path) == ["events_20260601.parquet", "events_intraday_20260601.parquet"]


def test_killed_half_way_no_half_file_has_a_real_name_and_the_next_call_goes_on(tmp_path: Path) -> None:
    played = Played(*june(1, 2, 3), rows=4)

    def stop(name: str) -> None:
        if name == "events_20260602":
            raise KeyboardInterrupt

    played.fault = stop
    with pytest.raises(KeyboardInterrupt):
        fetch(played, tmp_path)
    assert files(tmp_path) == ["events_20260601.parquet"]
    # a process that is killed outright leaves its draft
    (tmp_path / ".events_20260602.parquet.draft").write_bytes(b"PAR1 half")
    played.fault = lambda _name: None
    assert list(fetch(played, tmp_path).rows) == june(2, 3)
    assert files(tmp_path) == [f"{name}.parquet" for name in june(1, 2, 3)]


@pytest.mark.parametrize("said", [3, 5])
def test_other_than_all_rows_is_an_error_and_the_file_of_before_stays(said: int, tmp_path: Path) -> None:
    played = Played(*june(1, 2, 3))
    fetch(played, tmp_path)
    for day in june(1, 2, 3):
        played.write(day, rows=4)
    played.counts["events_20260602"] = said
    with pytest.raises(InputError) as told:
        fetch(played, tmp_path)
    assert str(told.value) == (
        f"shop-1.analytics_7.events_20260602: has {said} rows, and 4 came. Nothing of it was kept: it may have been written "
        "anew meanwhile. 1 table before it came whole. The next call goes on at events_20260602."
    )
    counts = [pq.read_metadata(tmp_path / f"{name}.parquet").num_rows for name in june(1, 2, 3)]
    assert counts == [4, 2, 2]
    assert files(tmp_path) == [f"{name}.parquet" for name in june(1, 2, 3)]
    played.counts = {}
    assert list(fetch(played, tmp_path).rows) == june(2, 3)


def test_a_streamed_table_may_have_grown_while_it_was_read(tmp_path: Path) -> None:
    played = Played("events_intraday_20260601", rows=4)
    played.counts["events_intraday_20260601"] = 3
    assert fetch(played, tmp_path, kinds=("intraday",)).rows == {"events_intraday_20260601": 4}


def test_a_table_without_rows_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    done = fetch(Played(*june(1), rows=0), tmp_path)
    assert (done.rows, files(tmp_path)) == ({}, [])
    assert done.warnings == ["events_20260601 has no rows (yet), and was not fetched."]


@pytest.mark.parametrize("other", ["events_20260601.json.gz", "events_20260601-000000000000.parquet"])
def test_a_day_that_came_by_other_means_is_told_and_left_alone(other: str, tmp_path: Path) -> None:
    (tmp_path / other).write_bytes(b"theirs")
    played = Played(*june(1, 2))
    done = fetch(played, tmp_path)
    assert played.asked == june(2)
    assert (tmp_path / other).read_bytes() == b"theirs"
    assert other in done.warnings[0]


def test_a_file_of_the_same_name_that_was_not_fetched_is_never_overwritten(tmp_path: Path) -> None:
    pq.write_table(events("events_20260601", 9), tmp_path / "events_20260601.parquet")
    done = fetch(Played(*june(1)), tmp_path)
    assert "events_20260601.parquet" in done.warnings[0]
    assert pq.read_metadata(tmp_path / "events_20260601.parquet").num_rows == 9


def test_two_properties_do_not_share_a_folder(tmp_path: Path) -> None:
    fetch(Played(*june(1)), tmp_path)
    other = Played(*june(2))
    other.dataset = "shop-1.analytics_8"
    with pytest.raises(
        DefinitionError, match=r"holds shop-1\.analytics_7\.events_20260601, and shop-1\.analytics_8 is"
    ):
        fetch(other, tmp_path)


def test_two_at_a_time_do_not_fetch_into_one_folder(tmp_path: Path) -> None:
    with run_lock(tmp_path / ".fetch"), pytest.raises(Busy):
        fetch(Played(*june(1)), tmp_path)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("journey_analytics.fetching.files.make_durable", full)
    with pytest.raises(StorageError, match=r"events_20260601\.parquet: cannot be written \(No space left"):
        fetch(Played(*june(1)), tmp_path)
    assert files(tmp_path) == []


def test_rows_are_written_in_groups_and_never_held_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played, held = Played(*june(1), rows=100), []
    a_row = played.tables["events_20260601"][0].to_batches(max_chunksize=1)[0].nbytes
    monkeypatch.setattr("journey_analytics.fetching.files._GROUP_BYTES", 10 * a_row)
    fetch_exports(played, Wish(), tmp_path, lambda what, _done, _total: held.append(what))
    written = pq.ParquetFile(tmp_path / "events_20260601.parquet").metadata
    assert [written.row_group(place).num_rows for place in range(written.num_row_groups)] == [10] * 10
    assert held[:3] == ["events_20260601", "events_20260601: 10 of 100 rows", "events_20260601: 20 of 100 rows"]


# --- what a night loads ---------------------------------------------------------------------------------------------

PLAN = SourcePlan("ga4", "raw_ga4__events", "ga4")
SHOP = Settings(property="shop", title="Shop", time_zone="UTC", sources={})


def loaded(warehouse: Warehouse, folder: Path) -> dict[str, tuple[str, int]]:
    outcomes = load_source(warehouse, PLAN, str(folder / "events_*"), SHOP, 1)
    return {outcome.delivery: (outcome.status, outcome.rows_stored) for outcome in outcomes}


def test_what_is_fetched_is_loaded_row_for_row_and_what_is_fetched_again_replaces_it(tmp_path: Path) -> None:
    played = Played(*june(1, 2), rows=3)
    with Warehouse.open() as warehouse:
        fetch(played, tmp_path)
        assert loaded(warehouse, tmp_path) == dict.fromkeys(june(1, 2), ("loaded", 3))
        assert warehouse.rows(
            "select event_date, ga_session_id::varchar, count(*) from raw_ga4__events group by all order by all"
        ) == [(date(2026, 6, 1), "1780315200", 3), (date(2026, 6, 2), "1780401600", 3)]
        fetch(played, tmp_path)
        assert loaded(warehouse, tmp_path) == dict.fromkeys(june(1, 2), ("unchanged", 3))
        played.write("events_20260602", rows=5)
        fetch(played, tmp_path)
        assert loaded(warehouse, tmp_path) == {"events_20260601": ("unchanged", 3), "events_20260602": ("loaded", 5)}
        assert warehouse.value("select count(*) from raw_ga4__events") == 8


def test_a_real_export_comes_through_as_if_it_had_been_delivered(tmp_path: Path, real_data: Path) -> None:
    delivered = real_data / "ga4_public_sample_24k.parquet"
    played = Played()
    played.tables["events_20210131"] = (pq.read_table(delivered), MORNING)
    played.counts["events_20210131"] = 24_219
    played.batches = lambda _name: iter(played.tables["events_20210131"][0].to_batches(max_chunksize=5_000))  # type: ignore[method-assign]
    fetch(played, tmp_path)
    keys = "select count(*), count(distinct event_key), min(event_key), max(event_key) from raw_ga4__events"
    with Warehouse.open() as fetched, Warehouse.open() as direct:
        load_source(fetched, PLAN, str(tmp_path / "events_*"), SHOP, 1)
        load_source(direct, PLAN, str(delivered), SHOP, 1)
        assert fetched.rows(keys) == direct.rows(keys)
        assert fetched.value("select count(*) from raw_ga4__events") == 24_219


# --- settings and command line --------------------------------------------------------------------------------------

JOURNEY = "property: shop\ntitle: Shop\ntime_zone: UTC\nsources: {ga4: 'ga4/events_*'}\npublic_salt: public\n"
BLOCK = "bigquery: {project: shop-1, dataset: analytics_7}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "journey.yml").write_text(JOURNEY + BLOCK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> tuple[Played, list[BigQuery]]:
    """The dataset that the command opens, and what it was asked to open."""
    played, asked = Played(*june(*range(1, 9))), []

    def open_played(source: BigQuery) -> Played:
        asked.append(source)
        return played

    monkeypatch.setattr(bigquery, "open_dataset", open_played)
    return played, asked


def journey(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["journey", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_the_files_come_where_the_source_looks_and_the_command_says_how_many(
    folder: Path,
    opened: tuple[Played, list[BigQuery]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("fetch", "ga4", "--settings", str(folder / "journey.yml"))
    assert journey(monkeypatch, *words, "--until", "2026-06-07") == 0
    assert (
        f"Fetched 7 tables with 14 rows into {folder / 'ga4'}; 0 tables were there before." in capsys.readouterr().out
    )
    assert files(folder / "ga4") == [f"{name}.parquet" for name in june(*range(1, 8))]
    opened[0].write("events_20260607", 5)
    assert journey(monkeypatch, *words) == 0
    told = capsys.readouterr().out
    assert "Fetched 2 tables with 7 rows" in told
    assert "1 of them because BigQuery had written it anew; 6 tables were there before." in told
    assert opened[1] == [BigQuery(project="shop-1", dataset="analytics_7")] * 2


def test_options_stand_above_settings(
    folder: Path, opened: tuple[Played, list[BigQuery]], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        "--dataset",
        "analytics_8",
        "--billing-project",
        "pays-1",
        "--tables",
        "daily,users",
        "--from",
        "2026-06-08",
    ]
    words += ["--to", str(folder / "elsewhere"), "--settings", str(folder / "journey.yml")]
    assert journey(monkeypatch, "fetch", "ga4", *words) == 0
    assert opened[1] == [
        BigQuery(project="shop-1", dataset="analytics_8", billing_project="pays-1", tables=("daily", "users"))
    ]
    assert files(folder / "elsewhere") == ["events_20260608.parquet"]


def test_without_settings_three_options_are_enough(
    tmp_path: Path,
    opened: tuple[Played, list[BigQuery]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    to = tmp_path / "exports"
    words = ("fetch", "ga4", "--project", "shop-1", "--dataset", "analytics_7", "--to", str(to))
    assert journey(monkeypatch, *words) == 0
    assert f"journey run --ga4 '{to}/events_*'" in capsys.readouterr().out
    assert journey(monkeypatch, *words, "--look-back", "0") == 0
    assert opened[0].asked == june(*range(1, 9))


@pytest.mark.parametrize(
    ("settings", "words", "code", "says"),
    [
        (JOURNEY, [], 2, "Which export is to be fetched? Give --project and --dataset"),
        (JOURNEY + BLOCK, ["--dataset", "shop-1.analytics_7"], 2, "--dataset: 'shop-1.analytics_7' is no dataset"),
        (JOURNEY + BLOCK, ["--tables", "dayly"], 2, "Did you mean 'daily'?"),
        (JOURNEY + BLOCK, ["--from", "2026-06-02", "--until", "2026-06-01"], 2, "Give the earlier date first"),
        (JOURNEY + BLOCK.replace("}", ", look_back: 4}"), [], 3, "bigquery.look_back: 4 is no duration"),
        (JOURNEY + BLOCK.replace("}", ", look_back: 36 hours}"), [], 3, "is no whole number of days"),
        (JOURNEY + BLOCK.replace("}", ", location: EU}"), [], 3, "unknown key 'location'"),
        (JOURNEY.replace("events_*", "*.json.gz") + BLOCK, [], 3, "would not find events_20260601.parquet"),
        (JOURNEY.replace("ga4: 'ga4/events_*'", "events: '*.csv'") + BLOCK, [], 2, "Give --to, or a source ga4"),
        (JOURNEY + BLOCK, ["--from", "2026-07-01"], 4, "shop-1.analytics_7 holds tables from 2026-06-01 to 2026-06-08"),
    ],
)
@pytest.mark.usefixtures("opened")
def test_what_cannot_be_meant_is_one_sentence_and_an_exit_code(
    settings: str,
    words: list[str],
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "journey.yml").write_text(settings, encoding="utf-8")
    assert journey(monkeypatch, "fetch", "ga4", "--settings", str(tmp_path / "journey.yml"), *words) == code
    assert says in " ".join(capsys.readouterr().err.split())


def test_the_settings_of_the_document_hold(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "bigquery.md").read_text(encoding="utf-8")
    block = text.split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "journey.yml"
    path.write_text(f"property: shop\ntitle: Shop\ntime_zone: UTC\n{block}", encoding="utf-8")
    read = read_settings(path).bigquery
    assert read is not None
    said = json.loads(read.model_dump_json())
    assert said.keys() == BigQuery.model_fields.keys()
    for key in BigQuery.model_fields:
        assert f"  {key}: " in block
