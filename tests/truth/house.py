"""The house's own models over a generated site: from events to the tables that people read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from journey_analytics.definitions.graph import upstream
from journey_analytics.definitions.project import RUN_TABLES, raw_table, read_project
from journey_analytics.definitions.settings import read_settings
from journey_analytics.ingest.load import prepare_raw
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.runner import build, build_model
from journey_analytics.warehouse import Warehouse, quoted
from tests.truth.shop import AS_OF

ROOT = Path(__file__).parents[2]
JOURNEYS = ROOT / "sql" / "journeys"
SETTINGS = Path(__file__).with_name("journey.yml")
FINDINGS = ("pub_friction_annotations", "pub_touchpoint_lift", "fct_friction_trends")
FIGURES = (
    "kpi_progression_share_by_period",
    "kpi_time_in_phase_by_period",
    "kpi_order_value_by_period",
    "kpi_purchase_cycle_length",
    "int_change_effects",
)
# these stay empty: no goal is set, nothing is wrong with the measuring, and neither decides a verdict
LEFT_OUT = ("int_goal_periods", "int_quality_flags", "all_phase_kpis")


class House:
    """The project, built once on no data; each site is built into it and undone."""

    def __init__(self) -> None:
        settings = read_settings(SETTINGS)
        with TemporaryDirectory() as folder:
            # the truth is known in the phases of one journey model; the other seven would only cost time
            others = [path.name for path in JOURNEYS.glob("*.yml") if path.stem != settings.primary_journey]
            sql = shutil.copytree(ROOT / "sql", Path(folder) / "sql", ignore=shutil.ignore_patterns(*others))
            self.project = read_project(sql, settings, SETTINGS)
        self.warehouse = Warehouse.open()
        # a site is small: a second thread costs more than it brings
        self.warehouse.run("set threads = 1")
        for source, staging in self.project.staging.items():
            front = staging.front.source
            assert front is not None
            prepare_raw(
                self.warehouse, SourcePlan(source, raw_table(staging), front.reader, front.mapping, front.identity)
            )
        for table, columns in RUN_TABLES.items():
            self.warehouse.run(f"create table {table} ({columns})")
        self.warehouse.run("insert into run_identity values ('data', 'rules', '1.0.0')")
        self.warehouse.run("insert into run_secret values ('salt')")
        self.warehouse.run("insert into run_window values (?, ?)", [AS_OF, pd.Timestamp(AS_OF) + pd.Timedelta(days=1)])
        build(self.project, self.warehouse)
        self._columns = self.warehouse.columns("all_events")

    @cache  # noqa: B019 - one house per process
    def _needed(self, asked: tuple[str, ...]) -> list[str]:
        models = self.project.models
        given = {"all_events", *LEFT_OUT}
        needed, waiting = set(asked), list(asked)
        while waiting:
            for table in (models[waiting.pop()].reads & models.keys()) - given - needed:
                needed.add(table)
                waiting.append(table)
        return [
            name
            for name in self.project.order
            if name in needed and not models[name].is_view and "all_events" in upstream(models, name)
        ]

    @contextmanager
    def living(self, events: pd.DataFrame, asked: tuple[str, ...] = FINDINGS) -> Iterator[Warehouse]:
        """Build the tables that are asked for over a site's events, and undo it at the end of the block."""
        self.warehouse.run("begin transaction")
        try:
            self._take(events)
            for name in self._needed(asked):
                build_model(self.project.models[name], self.warehouse)
            yield self.warehouse
        finally:
            self.warehouse.run("rollback")

    def _take(self, events: pd.DataFrame) -> None:
        told = {
            "has_consent": "true",
            "is_session_engaged": "true",
            "country": "'Netherlands'",
            "currency": "case when event_value is not null then 'EUR' end",
            "delivery": "cast(event_date as varchar)",
            "delivery_kind": "'daily'",
            "source_identity": "case source when 'clarity' then 'shared' else 'own' end",
            "source_reader": "case source when 'clarity' then 'events' else 'ga4' end",
        } | {column: quoted(column) for column in events.columns}
        chosen = ", ".join(
            f"cast({told.get(column, 'null')} as {kind}) as {quoted(column)}" for column, kind in self._columns.items()
        )
        with self.warehouse.registered("given_events", events):
            self.warehouse.run("drop view all_events")
            self.warehouse.run(f"create table all_events as select {chosen} from given_events")
