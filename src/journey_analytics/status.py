"""How a property stands: its last runs, how fresh each source is, what is final and what may still change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from journey_analytics.definitions.project import Project, raw_table
from journey_analytics.warehouse import Warehouse, literal, quoted

# GA4 rewrites a day for up to three days after it
REWRITTEN_DAYS = 3


@dataclass(frozen=True)
class RunLine:
    """One run: when, up to which date, how it ended, what it read."""

    run_id: int
    started_at: datetime
    seconds: float | None
    as_of: date | None
    status: str
    message: str
    files: int
    rows_read: int
    rows_stored: int
    rows_rejected: int
    models_rebuilt: int


@dataclass(frozen=True)
class SourceLine:
    """One source: what is stored of it.

    Attributes:
        complete_to: newest event_date that was delivered whole.
        provisional_to: newest event_date of an intraday or fresh delivery behind it, or None.
        missing_dates: dates between the first and the newest complete one of which nothing was delivered.
        files_quarantined: files that could not be read and whose delivery still waits.
        loaded_at: end of the last run that read a file of it.
    """

    source: str
    first_date: date | None
    complete_to: date | None
    provisional_to: date | None
    rows: int
    missing_dates: int
    files_quarantined: int
    loaded_at: datetime | None


@dataclass(frozen=True)
class ModelLine:
    """One journey model: who entered up to this date has had the whole window at as_of."""

    journey_model: str
    window_days: float
    final_to: date | None


@dataclass(frozen=True)
class Status:
    """How a property stands.

    Attributes:
        as_of: the last complete date that is built.
        events_final_to: dates up to here are older than the days that GA4 may still rewrite.
    """

    as_of: date | None
    events_final_to: date | None
    runs: tuple[RunLine, ...]
    sources: tuple[SourceLine, ...]
    models: tuple[ModelLine, ...]
    pending_dates: int


def read_status(project: Project, warehouse: Warehouse, last: int = 10) -> Status:
    """Return how the property of this database stands, with its newest runs first.

    Args:
        last: how many runs.
    """
    stored = warehouse.tables()
    as_of: date | None = warehouse.value("select as_of from run_window") if "run_window" in stored else None
    pending = 0
    if "pending_changes" in stored:
        pending = warehouse.value(
            "select count(distinct event_date) from pending_changes where list_contains(?, raw_table)",
            [sorted(project.feeding_tables)],
        )
    return Status(
        as_of=as_of,
        events_final_to=as_of - timedelta(days=REWRITTEN_DAYS) if as_of is not None else None,
        runs=tuple(_runs(warehouse, last)) if "runs" in stored else (),
        sources=tuple(
            _source(warehouse, name, raw_table(staging))
            for name, staging in sorted(project.staging.items())
            if raw_table(staging) in stored
        ),
        models=tuple(_models(warehouse)) if "int_comparison_periods" in stored else (),
        pending_dates=int(pending or 0),
    )


def _runs(warehouse: Warehouse, last: int) -> list[RunLine]:
    rows = warehouse.rows(
        f"""with newest as (select * from runs order by run_id desc limit {int(last)}),
        files as (
            select run_id, count(*) filter (where status = 'loaded') as files,
                sum(rows_read) filter (where status = 'loaded') as rows_read,
                sum(rows_stored) filter (where status = 'loaded') as rows_stored,
                sum(rows_rejected) filter (where status = 'loaded') as rows_rejected
            from run_files group by run_id
        ),
        models as (
            select run_id, count(*) filter (where how not in ('view', 'nothing')) as models_rebuilt
            from run_models group by run_id
        )
        select newest.run_id, newest.started_at, (epoch_us(newest.ended_at) - epoch_us(newest.started_at)) / 1000000,
            newest.as_of, newest.status, coalesce(newest.message, ''), coalesce(files.files, 0), coalesce(files.rows_read, 0),
            coalesce(files.rows_stored, 0), coalesce(files.rows_rejected, 0), coalesce(models.models_rebuilt, 0)
        from newest left join files using (run_id) left join models using (run_id) order by newest.run_id desc"""
    )
    return [RunLine(*row) for row in rows]


def _source(warehouse: Warehouse, name: str, table: str) -> SourceLine:
    is_whole = "delivery_kind not in ('intraday', 'fresh')"
    first, complete, newest, rows, days = warehouse.rows(
        f"select min(event_date), max(event_date) filter (where {is_whole}), max(event_date), count(*), "
        f"count(distinct event_date) filter (where {is_whole}) from {quoted(table)}"
    )[0]
    quarantined = warehouse.value(
        f"select count(*) from load_files where source = {literal(name)} and status = 'quarantined'"
    )
    loaded_at = warehouse.value(
        "select max(runs.ended_at) from run_files inner join runs using (run_id) "
        f"where run_files.source = {literal(name)} and run_files.status = 'loaded'"
    )
    return SourceLine(
        source=name,
        first_date=first,
        complete_to=complete,
        provisional_to=newest if newest is not None and (complete is None or newest > complete) else None,
        rows=int(rows),
        missing_dates=(complete - first).days + 1 - int(days) if complete is not None else 0,
        files_quarantined=int(quarantined),
        loaded_at=loaded_at,
    )


def _models(warehouse: Warehouse) -> list[ModelLine]:
    rows = warehouse.rows(
        """select journeys.journey_model, journeys.window_seconds / 86400, periods.date_to
        from dim_journeys as journeys
        left join int_comparison_periods as periods
            on journeys.journey_model = periods.journey_model and periods.comparison = 'current'
        order by journeys.is_primary desc, journeys.journey_model"""
    )
    return [ModelLine(*row) for row in rows]
