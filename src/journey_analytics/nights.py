"""Several nights in one call: those that were missed, or a range of dates, each with a record and a ledger slice of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from journey_analytics import pipeline
from journey_analytics.errors import CheckFailed, UsageError
from journey_analytics.pipeline import Night, Progress, Run
from journey_analytics.record import RunRecord
from journey_analytics.warehouse import Warehouse
from journey_analytics.window import complete_dates


@dataclass(frozen=True)
class Steps:
    """The steps of a night, as whoever calls wants them done: plainly, or as tasks of a flow."""

    opened: Callable[[Night], AbstractContextManager[Run]] = pipeline.opened
    ingest: Callable[[Run, Progress | None], None] = pipeline.ingest
    build: Callable[[Run, Progress | None], None] = pipeline.build_night
    publish: Callable[[Run], None] = pipeline.publish_night


@dataclass(frozen=True)
class Replay:
    """Which dates are replayed before tonight, the earliest first, and what there is to say of others."""

    dates: tuple[date, ...] = ()
    warnings: tuple[str, ...] = ()


# called when the files are loaded: only then it is known which dates there are
Choice = Callable[[Run], Replay]


def run_nights(night: Night, choose: Choice, steps: Steps | None = None, on_progress: Progress | None = None) -> Run:
    """Load new files, replay the dates that `choose` names, and end with the night itself, which alone is published.

    A replay sees the files that are there now: it says what that night would say today. One that fails a check gets no
    slice, and the next goes on. Killed in between, the nights that are done stay done.

    Raises:
        JourneyError: see `run_night`; a failed check of the night itself only.
    """
    steps = steps or Steps()
    nights: list[Night] = []
    warnings: list[str] = []
    earlier: list[RunRecord] = []
    is_last = False
    while not is_last:
        try:
            with steps.opened(night) as run:
                if not nights:
                    steps.ingest(run, on_progress)
                    replay = choose(run)
                    nights = [*(replace(night, as_of=day) for day in replay.dates), night]
                    warnings = [*run.warnings, *replay.warnings]
                run.night, run.warnings, run.earlier = nights[len(earlier)], list(warnings), list(earlier)
                is_last = len(earlier) == len(nights) - 1
                steps.build(run, _counted(on_progress, run.night, len(earlier), len(nights)))
                if is_last:
                    steps.publish(run)
        except CheckFailed as error:
            if is_last:
                raise
            warnings.append(f"The night of {run.night.as_of} was not replayed: {error}")
        earlier.append(run.record)
    return run


def _counted(on_progress: Progress | None, night: Night, place: int, total: int) -> Progress | None:
    """Return a progress that says of several nights which one it is, and shows how many are done."""
    if on_progress is None or total == 1:
        return on_progress
    name = str(night.as_of or "tonight")

    def moved(what: str, _done: int, _total: int) -> None:
        on_progress(f"{name}: {what}", place, total)

    return moved


def no_replay(_run: Run) -> Replay:
    """Return no dates: the night itself is all."""
    return Replay()


def missed_nights(run: Run) -> Replay:
    """Return the dates between the last night that went well and the newest complete date; none for a night with as_of.

    At most `catch_up_nights` of the settings, the newest; earlier ones are named in a warning.
    """
    night, at_most = run.night, run.night.project.settings.schedule.catch_up_nights
    if night.as_of is not None:
        return Replay()
    last: date | None = run.warehouse.value("select max(as_of) from runs where status = 'ok'")
    return chosen(complete_dates(night.project, run.warehouse), last, at_most)


def chosen(complete: Sequence[date], last: date | None, at_most: int) -> Replay:
    """Return which nights to make up for.

    Args:
        complete: the complete dates, the earliest first; the last is tonight's.
        last: as_of of the last night that went well; without one nothing was missed.

    >>> [str(day) for day in chosen([date(2026, 6, day) for day in (1, 2, 3, 5, 6)], date(2026, 6, 1), 31).dates]
    ['2026-06-02', '2026-06-03', '2026-06-05']
    """
    missed = [day for day in complete[:-1] if last is not None and day > last]
    given_up, kept = missed[: len(missed) - at_most], missed[max(0, len(missed) - at_most) :]
    if not given_up:
        return Replay(tuple(kept))
    told = (
        f"{len(given_up):,} missed nights from {given_up[0]} to {given_up[-1]} are not replayed: schedule.catch_up_nights is "
        f"{at_most}. To replay them: python -m flows.backfill --from {given_up[0]} --to {given_up[-1]}"
    )
    return Replay(tuple(kept), (told,))


def range_of(first: date, last: date, again: bool = False) -> Choice:
    """Return the choice of a range: its complete dates whose night did not yet go well on the same rules and files.

    Args:
        again: replay those too.

    Raises:
        UsageError: the range ends before it starts; when called: no complete date lies in it.
    """
    if last < first:
        raise UsageError(f"The range ends on {last}, before it starts on {first}. Give the earlier date first.")

    def choose(run: Run) -> Replay:
        complete = complete_dates(run.night.project, run.warehouse)
        inside = [day for day in complete if first <= day <= last]
        if not inside:
            told = (
                f"There are complete dates from {complete[0]} to {complete[-1]}" if complete else "No date is complete"
            )
            raise UsageError(f"No complete date lies between {first} and {last}. {told}.")
        done = set() if again else _done(run, inside)
        # the newest complete date comes by itself: it is the night that ends every call
        dates = [day for day in inside if day not in done and day != complete[-1]]
        if not done:
            return Replay(tuple(dates))
        told = f"{len(done)} nights of the range were done before, on the same rules and files, and are not repeated."
        return Replay(tuple(dates), (told,))

    return choose


def _done(run: Run, dates: Sequence[date]) -> set[date]:
    """Return the dates whose night went well on what there is now: the same rules, and the same deliveries up to then."""
    known = set(run.warehouse.rows("select as_of, data_hash from runs where status = 'ok'"))
    project = run.night.project
    return {day for day in dates if (day, pipeline.data_digest(project, run.warehouse, day)) in known}


def last_start(database: Path) -> datetime | None:
    """Return when the newest night that went well started, in UTC; None when there was none.

    Raises:
        Busy: a run holds the database.
        StorageError: the database cannot be read.
    """
    if not database.exists():
        return None
    with Warehouse.open(database, read_only=True) as warehouse:
        if "runs" not in warehouse.tables():
            return None
        started: datetime | None = warehouse.value("select max(started_at) from runs where status = 'ok'")
    return started.replace(tzinfo=UTC) if started is not None else None
