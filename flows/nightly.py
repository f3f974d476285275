"""One night of one property: ingest, build, check, publish. `python -m flows.nightly` runs it on the three samples."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prefect import State, flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from journey_analytics import pipeline, places, reports
from journey_analytics.cli.options import err, exit_with
from journey_analytics.cli.run import print_run
from journey_analytics.errors import StorageError

SAMPLES = ("webshop", "b2b_leads", "government_form")


def _may_help(_task: object, _run: object, state: State[object]) -> bool:
    """Whether trying again can help: a full disk or a lost mount may be back, a wrong definition stays wrong."""
    try:
        state.result()
    except StorageError:
        return True
    except Exception:
        return False
    return False


@task(retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=_may_help, cache_policy=NO_CACHE)
def ingest_task(run: pipeline.Run) -> None:
    """Load new and changed files; loading again what was loaded changes nothing."""
    pipeline.ingest(run)


@task(cache_policy=NO_CACHE)
def build_task(run: pipeline.Run) -> None:
    """Build and check every table in one transaction; a retry would meet the same rows, so there is none."""
    pipeline.build_night(run)


@task(retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=_may_help, cache_policy=NO_CACHE)
def publish_task(run: pipeline.Run) -> None:
    """Publish into a new folder and swap it in."""
    pipeline.publish_night(run)


@flow(name="nightly", validate_parameters=False)
def nightly(
    settings: Path | None = None,
    database: Path | None = None,
    out: Path | None = None,
    as_of: date | None = None,
) -> pipeline.Run:
    """Ingest, build, check and publish one night. Safe to repeat.

    Raises:
        JourneyError: something that a person can fix; the tables stay as they were.
    """
    night = pipeline.plan_night(settings, database=database, out=out, as_of=as_of)
    with pipeline.opened(night) as run:
        ingest_task(run)
        build_task(run)
        publish_task(run)
        key = night.project.settings.property.replace("_", "-")
        create_table_artifact(key=f"phase-kpis-{key}", table=reports.phase_kpi_rows(run))
        create_markdown_artifact(key=f"run-{key}", markdown=reports.run_markdown(run))
    return run


def main() -> None:
    """Run the three samples, each a property of its own, and print what the run says of the webshop."""
    runs = []
    for place, name in enumerate(SAMPLES, start=1):
        with err.status(f"sample {place} of {len(SAMPLES)}: {name}"):
            runs.append(nightly(places.sample_settings(name)))
    for run in runs[1:]:
        print(f"{run.night.project.settings.title}: tables in {run.published}")
    print_run(runs[0])


if __name__ == "__main__":
    exit_with(main)
