"""A night of one property: ingest, build, check, publish. `python -m flows.nightly` runs it on the three samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path

from prefect import State, flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed

from journey_analytics import pipeline, places, reports
from journey_analytics.alerts import watched
from journey_analytics.cli.options import err, exit_with
from journey_analytics.cli.run import print_run, progress
from journey_analytics.errors import Busy, JourneyError, StorageError
from journey_analytics.nights import Steps, last_start, missed_nights, no_replay, run_nights
from journey_analytics.pipeline import Progress, Run

SAMPLES = ("webshop", "b2b_leads", "government_form")
BACK_OFF_SECONDS = [10, 60, 300]


def _may_help(_task: object, _run: object, state: State[object]) -> bool:
    """Whether trying again can help: a lost disk may be back, another run may have ended; a wrong definition stays wrong."""
    try:
        state.result()
    except (StorageError, Busy) as error:
        say(f"{error} It will be tried again.")
        return True
    except Exception:
        return False
    return False


@task(name="ingest", cache_policy=NO_CACHE)
def ingest_task(run: Run, on_progress: Progress | None = None) -> None:
    """Load new and changed files; loading again what was loaded changes nothing."""
    pipeline.ingest(run, on_progress)


@task(name="build", cache_policy=NO_CACHE)
def build_task(run: Run, on_progress: Progress | None = None) -> None:
    """Build and check every table in one transaction."""
    pipeline.build_night(run, on_progress)


@task(name="publish", cache_policy=NO_CACHE)
def publish_task(run: Run) -> None:
    """Publish into a new folder, swap it in, and leave the run's report in Prefect."""
    pipeline.publish_night(run)
    key = run.night.project.settings.property.replace("_", "-")
    create_table_artifact(key=f"phase-kpis-{key}", table=reports.phase_kpi_rows(run))
    create_markdown_artifact(key=f"run-{key}", markdown=reports.run_markdown(run))


STEPS = Steps(ingest=ingest_task, build=build_task, publish=publish_task)


# what is tried again is the whole: every step is safe to repeat, and a database that lost its disk has to be opened anew
@task(
    name="nights",
    retries=len(BACK_OFF_SECONDS),
    retry_delay_seconds=BACK_OFF_SECONDS,
    retry_condition_fn=_may_help,
    cache_policy=NO_CACHE,
)
def nights_task(work: Callable[[Progress | None], Run]) -> Run:
    """Do the work of one or more nights, with a bar where a person looks on."""
    with _bar() as on_progress:
        return work(on_progress)


@contextmanager
def _bar() -> Iterator[Progress | None]:
    if not err.is_terminal:
        yield None
        return
    with progress() as on_progress:
        yield on_progress


@flow(name="nightly")
def nightly(
    settings: Path | None = None,
    database: Path | None = None,
    out: Path | None = None,
    as_of: date | None = None,
    unattended: bool = True,
) -> Run:
    """Ingest, build, check and publish one night. Safe to repeat.

    Args:
        unattended: nobody looks on: replay missed nights first, alert when something is wrong, and say in one line how
            the night ended.

    Raises:
        JourneyError: something that a person can fix; the tables stay as they were.
    """
    choose = missed_nights if unattended else no_replay

    def work() -> Run:
        night = pipeline.plan_night(settings, database=database, out=out, as_of=as_of)
        return nights_task(lambda on_progress: run_nights(night, choose, STEPS, on_progress))

    if not unattended:
        return work()
    if database is not None and _is_covered(database):
        return Completed(message="A night that started later has done the work of this one.", name="Covered")
    try:
        done = watched(work, settings, say)
    except Exception as error:
        told = str(error) if isinstance(error, JourneyError) else f"{type(error).__name__}: {error}"
        say(f"Stopped. {told}")
        raise
    for warning in done.warnings:
        say(warning)
    say(f"{done.night.project.settings.title} is complete up to {done.record.as_of}: {done.published}")
    return done


def say(sentence: str) -> None:
    """Print a sentence with the time; a terminal that has gone is no reason to fail."""
    with suppress(OSError):
        err.print(f"{datetime.now():%Y-%m-%d %H:%M} {sentence}", markup=False)


def _is_covered(database: Path) -> bool:
    """Whether a night has gone well that started after this one was due: of a pile of late runs one is enough."""
    due = flow_run.get_scheduled_start_time()
    try:
        started = last_start(database)
    except JourneyError:
        return False
    return due is not None and started is not None and started > due


def main() -> None:
    """Run the three samples, each a property of its own, and print what the run says of the webshop."""
    runs = []
    for place, name in enumerate(SAMPLES, start=1):
        err.print(f"[dim]sample {place} of {len(SAMPLES)}: {name}[/]")
        runs.append(nightly(places.sample_settings(name), unattended=False))
    for run in runs[1:]:
        print(f"{run.night.project.settings.title}: tables in {run.published}")
    print_run(runs[0])


if __name__ == "__main__":
    exit_with(main)
