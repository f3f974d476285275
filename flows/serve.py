"""`python -m flows.serve`: a Prefect server and the nightly flow on the schedule of `journey.yml`, until it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.server import prefect_server
from journey_analytics import pipeline
from journey_analytics.cli.options import err, exit_with
from journey_analytics.errors import Busy
from journey_analytics.lock import run_lock
from journey_analytics.nights import last_start
from journey_analytics.pipeline import Night

_ADDRESS = "PREFECT_API_URL"


def serve(night: Night, settings: Path, port: int | None = None) -> None:
    """Serve the nights of a property until Ctrl-C or SIGTERM, which ends the server and a night in progress too.

    A server of one's own is used when PREFECT_API_URL names it.

    Raises:
        Busy: this folder is being served already.
    """
    home = Path(os.environ["PREFECT_HOME"])
    # who starts programs in the background may have switched Ctrl-C off; SIGTERM is to do the same
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with ExitStack() as stack:
        try:
            stack.enter_context(run_lock(home / "serve"))
        except Busy:
            holder = (home / "serve.lock").read_text(encoding="utf-8")
            raise Busy(f"{home.parent} is being served already ({holder}). Stop that one first.") from None
        if _ADDRESS not in os.environ:
            with err.status("starting the Prefect server"):
                os.environ[_ADDRESS] = stack.enter_context(prefect_server(home, port))
        _run(night, settings)


def _run(night: Night, settings: Path) -> None:
    # Prefect reads the server's address when it is imported
    from prefect import get_client
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.deployments.runner import EntrypointType
    from prefect.runner import Runner

    from flows.nightly import nightly

    class NightRunner(Runner):
        """Prefect's runner; it stops for SIGTERM as it does for Ctrl-C."""

        def handle_sigterm(self, *_: object) -> None:
            signal.raise_signal(signal.SIGINT)

    project = night.project.settings
    schedule = project.schedule
    # one night at a time; and a schedule that is paused when we stop would be dead after the next start
    runner = NightRunner(name=project.property, pause_on_shutdown=False, limit=1)
    # a deployment by the name of its module: each night is a fresh interpreter, and nothing has to be pickled
    deployment = nightly.to_deployment(
        name=project.property,
        schedule=CronSchedule(cron=schedule.cron, timezone=schedule.time_zone or project.time_zone),
        parameters={
            "settings": str(settings.resolve()),
            "database": str(night.database.resolve()),
            "out": str(night.out.resolve()),
        },
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment_id = runner.add_deployment(deployment)
    if _is_due(night):
        with get_client(sync_client=True) as client:
            client.create_flow_run_from_deployment(deployment_id)
        err.print("A night is due: it starts now.")
    server = os.environ[_ADDRESS].removesuffix("/api")
    zone = schedule.time_zone or project.time_zone
    err.print(f"{project.title} is served: a night at '{schedule.cron}', {zone}. Prefect: {server}. Stop with Ctrl-C.")
    asyncio.run(runner.start())


def _is_due(night: Night) -> bool:
    """Whether no night has gone well since the last moment at which one was to start."""
    settings = night.project.settings
    try:
        started = last_start(night.database)
    except Busy:
        return False  # a night is under way
    return started is None or started < settings.schedule.last_due(datetime.now(UTC), settings.time_zone)


def main(
    settings: Annotated[Path, typer.Option(help="The property's journey.yml.")],
    database: Annotated[Path | None, typer.Option("--db", help="Working database.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the published tables.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the Prefect server.")] = None,
) -> None:
    """Serve the nights of a property."""

    def work() -> None:
        try:
            serve(pipeline.plan_night(settings, database=database, out=out), settings, port)
        except (KeyboardInterrupt, asyncio.CancelledError):
            err.print("Stopped, with all that was started.")

    exit_with(work)


if __name__ == "__main__":
    typer.run(main)
