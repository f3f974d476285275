"""Nights that were missed, ranges of nights, and their schedule: which are done, in which order, and each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.definitions.schedule import Schedule
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import CheckFailed, DefinitionError, UsageError
from journey_analytics.nights import Steps, chosen, last_start, missed_nights, no_replay, range_of, run_nights
from journey_analytics.pipeline import Progress, Run
from journey_analytics.warehouse import Warehouse

SETTINGS = "property: shop\ntitle: Shop\ntime_zone: UTC\nsources: {ga4: 'events_*.json'}\npublic_salt: public\n"


def june(day: int) -> date:
    return date(2026, 6, day)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def deliver(folder: Path, *days: int, page: str = "/") -> None:
    """Write the export of each day: one event at noon."""
    for day in days:
        noon = int(datetime(2026, 6, day, 12, tzinfo=UTC).timestamp())
        event = {
            "event_date": f"202606{day:02}",
            "event_timestamp": str(noon * 1_000_000),
            "event_name": "page_view",
            "user_pseudo_id": "1.1",
            "event_params": [
                {"key": "ga_session_id", "value": {"int_value": str(noon)}},
                {"key": "page_location", "value": {"string_value": f"https://www.shop.example{page}"}},
            ],
        }
        (folder / f"events_202606{day:02}.json").write_text(json.dumps(event) + "\n", encoding="utf-8")


class Nights:
    """Runs nights whose build is a note in the record, so that only which and in what order is tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built: list[date | None] = []
        self.published: list[date | None] = []
        self.fault: Callable[[date | None], None] = lambda _day: None

    def run(self, choose: Callable[[Run], object], as_of: date | None = None) -> Run:
        night = pipeline.plan_night(
            self.folder / "journey.yml", database=self.folder / "w.duckdb", out=self.folder / "out", as_of=as_of
        )
        return run_nights(night, choose, Steps(build=self._build, publish=self._publish))  # type: ignore[arg-type]

    def _build(self, run: Run, _on_progress: Progress | None) -> None:
        project = run.night.project
        newest = run.warehouse.value("select max(event_date) from raw_ga4__events")
        run.record.as_of = run.night.as_of or newest
        self.fault(run.record.as_of)
        run.record.data_hash = pipeline.data_digest(project, run.warehouse, run.record.as_of)
        self.built.append(run.record.as_of)

    def _publish(self, run: Run) -> None:
        self.published.append(run.record.as_of)

    def taken(self) -> list[date | None]:
        """Return what was built since the last call."""
        built, self.built = self.built, []
        return built

    def records(self) -> list[tuple[date | None, str]]:
        with Warehouse.open(self.folder / "w.duckdb", read_only=True) as warehouse:
            return [
                (as_of, status) for as_of, status in warehouse.rows("select as_of, status from runs order by run_id")
            ]


@pytest.fixture
def nights(folder: Path) -> Nights:
    return Nights(folder)


# --- missed nights ---------------------------------------------------------------------------------------------------


def test_missed_nights_are_replayed_oldest_first_each_with_its_record_and_the_newest_alone_is_published(
    nights: Nights,
) -> None:
    deliver(nights.folder, 1)
    nights.run(missed_nights)
    deliver(nights.folder, 2, 3, 5)
    done = nights.run(missed_nights)
    assert nights.records() == [(june(1), "ok"), (june(2), "ok"), (june(3), "ok"), (june(5), "ok")]
    assert nights.published == [june(1), june(5)]
    assert [night.as_of for night in done.earlier] == [june(2), june(3)]
    # the files belong to the first of the nights, which loaded them
    assert [len(night.files) for night in (*done.earlier, done.record)] == [4, 0, 0]


def test_a_first_run_on_a_long_history_has_missed_nothing(nights: Nights) -> None:
    deliver(nights.folder, 1, 2, 3)
    nights.run(missed_nights)
    assert nights.taken() == [june(3)]


def test_a_night_that_was_not_missed_is_not_replayed(nights: Nights) -> None:
    deliver(nights.folder, 1)
    nights.run(missed_nights)
    deliver(nights.folder, 2)
    nights.run(missed_nights)
    nights.run(missed_nights)
    assert nights.taken() == [june(1), june(2), june(2)]


def test_a_night_with_an_as_of_of_its_own_makes_up_for_nothing(nights: Nights) -> None:
    deliver(nights.folder, 1)
    nights.run(missed_nights)
    deliver(nights.folder, 2, 3, 4)
    nights.run(missed_nights, as_of=june(3))
    assert nights.taken() == [june(1), june(3)]


def test_a_replay_that_fails_a_check_is_told_and_the_nights_after_it_go_on(nights: Nights) -> None:
    deliver(nights.folder, 1)
    nights.run(missed_nights)
    deliver(nights.folder, 2, 3, 4)

    def fault(day: date | None) -> None:
        if day == june(2):
            raise CheckFailed(
                "Nothing was published, and the tables stay as they were.\nfct_events: 1 of 2 rows break a rule."
            )

    nights.fault = fault
    done = nights.run(missed_nights)
    assert nights.records()[1:] == [(june(2), "failed"), (june(3), "ok"), (june(4), "ok")]
    assert any("2026-06-02 was not replayed" in warning for warning in done.warnings)


def test_a_check_that_fails_tonight_stops_the_run(nights: Nights) -> None:
    deliver(nights.folder, 1)
    nights.run(missed_nights)
    deliver(nights.folder, 2, 3)

    def fault(day: date | None) -> None:
        if day == june(3):
            raise CheckFailed("Nothing was published, and the tables stay as they were.")

    nights.fault = fault
    with pytest.raises(CheckFailed):
        nights.run(missed_nights)
    assert nights.published == [june(1)]


def test_the_newest_missed_nights_are_replayed_and_the_others_named_with_the_command_for_them() -> None:
    replay = chosen([june(day) for day in range(1, 11)], last=june(2), at_most=3)
    assert replay.dates == (june(7), june(8), june(9))
    (told,) = replay.warnings
    assert "4 missed nights" in told
    assert "--from 2026-06-03 --to 2026-06-06" in told


def test_catching_up_can_be_switched_off() -> None:
    assert chosen([june(1), june(2), june(3)], last=june(1), at_most=0).dates == ()


# --- ranges ----------------------------------------------------------------------------------------------------------


def test_a_backfill_ends_where_the_tables_stood(nights: Nights) -> None:
    deliver(nights.folder, *range(1, 7))
    nights.run(range_of(june(2), june(4)))
    assert nights.taken() == [june(2), june(3), june(4), june(6)]
    assert nights.published == [june(6)]


def test_a_backfill_that_is_killed_goes_on_where_it_stopped(nights: Nights) -> None:
    deliver(nights.folder, *range(1, 7))

    def fault(day: date | None) -> None:
        if day == june(4):
            raise KeyboardInterrupt

    nights.fault = fault
    with pytest.raises(KeyboardInterrupt):
        nights.run(range_of(june(2), june(5)))
    nights.fault = lambda _day: None
    nights.run(range_of(june(2), june(5)))
    assert nights.taken() == [june(2), june(3), june(4), june(5), june(6)]


def test_a_night_is_repeated_when_its_deliveries_changed_and_not_for_those_of_later_days(nights: Nights) -> None:
    deliver(nights.folder, 1, 2, 3, 4)
    nights.run(range_of(june(1), june(3)))
    nights.taken()
    deliver(nights.folder, 3, page="/corrected")
    deliver(nights.folder, 5)
    nights.run(range_of(june(1), june(3)))
    assert nights.taken() == [june(3), june(5)]


def test_again_repeats_what_is_done(nights: Nights) -> None:
    deliver(nights.folder, 1, 2, 3)
    nights.run(range_of(june(1), june(2)))
    nights.run(range_of(june(1), june(2), again=True))
    assert nights.taken() == [june(1), june(2), june(3)] * 2


def test_a_range_without_a_complete_date_is_refused_and_the_dates_there_are_named(nights: Nights) -> None:
    deliver(nights.folder, 3, 4)
    with pytest.raises(UsageError, match="from 2026-06-03 to 2026-06-04"):
        nights.run(range_of(june(10), june(12)))


def test_progress_says_which_of_several_nights_it_is(nights: Nights) -> None:
    deliver(nights.folder, 1, 2)
    told: list[tuple[str, int, int]] = []

    def build(run: Run, on_progress: Progress | None) -> None:
        assert on_progress is not None
        on_progress("fct_events", 1, 80)

    night = pipeline.plan_night(nights.folder / "journey.yml", database=nights.folder / "w.duckdb")
    steps = Steps(build=build, publish=lambda _run: None)
    run_nights(night, range_of(june(1), june(2)), steps, lambda *moved: told.append(moved))
    assert told[-2:] == [("2026-06-01: fct_events", 0, 2), ("tonight: fct_events", 1, 2)]


# --- the schedule ----------------------------------------------------------------------------------------------------


def test_the_newest_moment_that_was_due_follows_the_clock_of_the_zone() -> None:
    schedule = Schedule(cron="0 3 * * *")
    # three o'clock in Amsterdam is one o'clock UTC in summer, and two in winter
    summer, winter = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert schedule.last_due(summer, "Europe/Amsterdam") == datetime(2026, 7, 1, 1, tzinfo=UTC)
    assert schedule.last_due(winter, "Europe/Amsterdam") == datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert schedule.last_due(datetime(2026, 7, 1, 0, 59, tzinfo=UTC), "Europe/Amsterdam").day == 30


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("schedule: {cron: '0 25 * * *'}", "is no cron line"),
        ("schedule: {cron: '0 3 * *'}", "Write five fields"),
        ("schedule: {time_zone: Amsterdam}", "is no time zone"),
        ("schedule: {crom: '0 3 * * *'}", "Did you mean 'cron'?"),
        ("schedule: {catch_up_nights: -1}", "too small. Allowed: 0 or more"),
        ("alerts: {late_after: 36}", "'36 hours'|'30 minutes'"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused_with_file_and_line(line: str, says: str, folder: Path) -> None:
    (folder / "journey.yml").write_text(SETTINGS + line + "\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=says) as refused:
        read_settings(folder / "journey.yml")
    assert "journey.yml:6: " in str(refused.value)


def test_the_last_start_is_that_of_a_night_that_went_well(nights: Nights) -> None:
    assert last_start(nights.folder / "w.duckdb") is None
    deliver(nights.folder, 1)
    done = nights.run(no_replay)

    def fault(_day: date | None) -> None:
        raise CheckFailed("Nothing was published, and the tables stay as they were.")

    nights.fault = fault
    with pytest.raises(CheckFailed):
        nights.run(no_replay)
    assert last_start(nights.folder / "w.duckdb") == done.record.started_at
