"""Up to which date a run looks: as_of, the last complete event_date, and the moment at which that date ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from journey_analytics.definitions.project import Project, raw_table, source_name
from journey_analytics.warehouse import Warehouse, literal


def set_run_window(project: Project, warehouse: Warehouse, as_of_limit: date | None) -> date | None:
    """Write run_window (one row: as_of, as_of_at) and return as_of; None when nothing complete was delivered.

    Args:
        as_of_limit: lowers as_of; it is never raised above the last complete date.

    as_of_at is the end of as_of in the property's zone, in UTC, and at least 1 microsecond after the last event shown.
    """
    newest = newest_complete_date(project, warehouse)
    as_of = min(newest, as_of_limit) if newest is not None and as_of_limit is not None else newest
    warehouse.run("create or replace table run_window (as_of date, as_of_at timestamp)")
    if as_of is not None:
        zone = literal(project.settings.time_zone)
        warehouse.run(
            f"""insert into run_window
            select as_of, greatest(
                timezone('UTC', timezone({zone}, cast(as_of + 1 as timestamp))),
                make_timestamp((select max(event_timestamp) from ({_deliveries(project)}) where event_date <= as_of) + 1)
            ) from (select cast({literal(as_of.isoformat())} as date) as as_of)"""
        )
    return as_of


def newest_complete_date(project: Project, warehouse: Warehouse) -> date | None:
    """Return the newest event_date that was delivered whole; None when there is none."""
    newest: date | None = warehouse.value(f"select max(event_date) from ({_deliveries(project)}) where is_complete")
    return newest


def complete_dates(project: Project, warehouse: Warehouse) -> list[date]:
    """Return every date that was delivered whole, the earliest first: each was, or could have been, a night's as_of."""
    return [
        row[0]
        for row in warehouse.rows(
            f"select distinct event_date from ({_deliveries(project)}) where is_complete and event_date is not null order by all"
        )
    ]


def newest_complete_dates(project: Project, warehouse: Warehouse, sources: Collection[str]) -> dict[str, date | None]:
    """Return of each of the sources the newest date that was delivered whole, or None."""
    return {
        source_name(model): warehouse.value(
            f"select max(event_date) from {raw_table(model)} where delivery_kind not in ('intraday', 'fresh')"
        )
        for model in project.staging.values()
        if source_name(model) in sources
    }


def _deliveries(project: Project) -> str:
    """Return a query for the dates and moments of the sources that decide as_of, and whether they came whole."""
    own = [m for m in project.staging.values() if m.front.source is not None and m.front.source.identity == "own"]
    tables = [raw_table(model) for model in (own or project.staging.values())]
    return " union all ".join(
        f"select event_date, event_timestamp, delivery_kind not in ('intraday', 'fresh') as is_complete from {table}"
        for table in tables
    )
