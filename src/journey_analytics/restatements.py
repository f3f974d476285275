"""Published figures that a night finds otherwise than the night before had left them: noted while the tables are built.

What is noted stands in `run_restatements` until as_of moves on; `sql/publish/pub_restatements.sql` says which of it is
told, and why. Several nights of one as_of add up: the first value before, the last value after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import RUN_TABLES
from journey_analytics.warehouse import Warehouse, literal, quoted

TABLE = "run_restatements"
_COLUMNS = {column.split()[0]: column.split()[1] for column in RUN_TABLES[TABLE].split(", ")}
_KEYS = (
    "kpi", "journey_model", "phase", "touchpoint_id", "period_kind", "period_start", "date_from", "date_to",
    "segment_kind", "segment_value",
)  # fmt: skip
# a table about a moving period: its figures of another period are other figures
_PERIOD = ("date_from", "date_to")


@dataclass(frozen=True)
class Night:
    """What may be the reason of a restatement tonight."""

    number: int
    as_of: date
    previous_as_of: date
    redelivered_dates: int
    late_dates: int


def prepare(warehouse: Warehouse) -> None:
    """Make the table of what is noted when it is not there."""
    warehouse.run(f"create table if not exists {TABLE} ({RUN_TABLES[TABLE]})")


def begin_night(warehouse: Warehouse, previous_as_of: date | None) -> Night | None:
    """Return tonight's number and reasons; None where nothing is restated: a first night, an as_of that goes back, or a
    night that forgets somebody (the figures before would tell what that person did).

    When as_of moves, what was noted for the last one is cleared: the ledger has it.
    """
    prepare(warehouse)
    as_of: date | None = warehouse.value("select as_of from run_window")
    forgets = bool(warehouse.value("select count(*) from pending_changes where is_again is null"))
    if as_of != previous_as_of or forgets:
        warehouse.run(f"delete from {TABLE}")
    if as_of is None or previous_as_of is None or as_of < previous_as_of or forgets:
        return None
    number = int(warehouse.value(f"select coalesce(max(night), 0) + 1 from {TABLE}"))
    again, late = warehouse.rows(
        "select count(distinct event_date) filter (where is_again), "
        "count(distinct event_date) filter (where not is_again and event_date <= ?) from pending_changes",
        [previous_as_of],
    )[0]
    return Night(number, as_of, previous_as_of, again, late)


def note_restated(warehouse: Warehouse, night: Night, model: Model, gone: str, came: str, *, is_redefined: bool) -> int:
    """Note each figure of a published table that is another now, or is withdrawn; return how many there are.

    Args:
        gone, came: relations with the rows that tonight's build took away and brought.
    """
    assert model.front.restates is not None
    columns = set(warehouse.columns(_bare(came))) & set(warehouse.columns(_bare(gone)))
    figure = quoted(model.front.restates)
    on = [key for key in (*model.front.grain, *_PERIOD) if key in columns]
    values = {
        **{key: f"gone.{quoted(key)}" for key in _KEYS if key in columns},
        "night": str(night.number),
        "as_of": literal(night.as_of.isoformat()),
        "previous_as_of": literal(night.previous_as_of.isoformat()),
        "table_name": literal(model.name),
        "value_before": f"gone.{figure}",
        "value_after": f"came.{figure}",
        "n_before": "gone.n",
        "n_after": "came.n",
        "is_redefined": str(is_redefined),
        "redelivered_dates": str(night.redelivered_dates),
        "late_dates": str(night.late_dates),
    }
    if "pending_n" in columns:
        values |= {"pending_before": "gone.pending_n", "pending_after": "came.pending_n"}
    told = ", ".join(f"cast({values.get(column, 'null')} as {kind})" for column, kind in _COLUMNS.items())
    same = " and ".join(f"gone.{quoted(key)} is not distinct from came.{quoted(key)}" for key in on)
    warehouse.run(
        f"insert into {TABLE} select {told} from {gone} as gone left join {came} as came on {same} "
        f"where gone.{figure} is not null and gone.{figure} is distinct from came.{figure} and {_is_shown(model, columns)}"
    )
    return int(warehouse.value(f"select count(*) from {TABLE} where night = {night.number}"))


def _bare(relation: str) -> str:
    return relation.strip('"')


def _is_shown(model: Model, columns: set[str]) -> str:
    """Return the condition that the period of a figure is still the one that the table is about."""
    if not set(_PERIOD) <= columns:
        return "true"
    name = quoted(model.name)
    return f"(gone.journey_model, gone.date_from, gone.date_to) in (select (journey_model, date_from, date_to) from {name})"
