"""Published figures that a night finds otherwise than readers have seen them: noted while the tables are built.

What is noted stands in `run_restatements` until a night with another as_of is published;
`sql/publish/pub_restatements.sql` says which of it is told, and why. Several nights add up: the first figure before,
the last one after. So a night that publishes nothing, a replay or one whose disk is full, is told by the next that does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import RUN_TABLES
from journey_analytics.shown import read_shown
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
    """What may be the reason of a restatement tonight.

    Attributes:
        previous_as_of: up to which date readers see the tables now.
    """

    number: int
    as_of: date
    previous_as_of: date
    redelivered_dates: int
    late_dates: int


@dataclass(frozen=True)
class Restating:
    """What tonight does about restatements.

    Attributes:
        night: notes are taken; None where nothing is: nobody has seen a figure yet, as_of goes back before readers'
            eyes, or somebody is forgotten (the figures before would tell what that person did).
        is_told: this as_of's slice of the ledger is written; it stays as it is where nothing is published, or where as_of
            goes back.
        is_cleared: what was noted for this as_of has gone.
    """

    night: Night | None
    is_told: bool
    is_cleared: bool = False


def prepare(warehouse: Warehouse) -> None:
    """Make the table of what is noted when it is not there."""
    warehouse.run(f"create table if not exists {TABLE} ({RUN_TABLES[TABLE]})")


def begin_night(warehouse: Warehouse, feeding: Collection[str], *, is_shown: bool) -> Restating:
    """Return what tonight does about restatements; `run_window` and `pending_changes` are tonight's.

    Args:
        feeding: the raw tables on which figures rest.
        is_shown: tonight's tables are to be published; a replay's are not.
    """
    prepare(warehouse)
    as_of: date | None = warehouse.value("select as_of from run_window")
    seen = read_shown(warehouse)
    if warehouse.value("select count(*) from pending_changes where is_again is null"):
        warehouse.run(f"delete from {TABLE}")
        return Restating(None, is_told=is_shown, is_cleared=True)
    if as_of is None or seen is None or seen.as_of is None:
        return Restating(None, is_told=is_shown)
    if is_shown and as_of != seen.as_of:
        # what readers have seen told is told
        warehouse.run(f"delete from {TABLE} where night <= {seen.night}")
    if is_shown and as_of < seen.as_of:
        warehouse.run(f"delete from {TABLE}")
        return Restating(None, is_told=False)
    number = last_night(warehouse) + 1
    again, late = warehouse.rows(
        "select count(distinct event_date) filter (where is_again), "
        "count(distinct event_date) filter (where not is_again and event_date <= ?) from pending_changes "
        "where list_contains(?, raw_table)",
        [seen.as_of, sorted(feeding)],
    )[0]
    return Restating(Night(number, as_of, seen.as_of, again, late), is_told=is_shown)


def last_night(warehouse: Warehouse) -> int:
    """Return the number of the last night that noted something; 0 before the first."""
    prepare(warehouse)
    seen = read_shown(warehouse)
    noted = int(warehouse.value(f"select coalesce(max(night), 0) from {TABLE}"))
    return max(noted, seen.night if seen is not None else 0)


def note_restated(warehouse: Warehouse, night: Night, model: Model, gone: str, came: str, *, is_redefined: bool) -> int:
    """Note each figure of a published table that is another now, new or withdrawn; return how many there are.

    Args:
        gone, came: relations with the rows that tonight's build took away and brought.
    """
    assert model.front.restates is not None
    columns = set(warehouse.columns(_bare(came))) & set(warehouse.columns(_bare(gone)))
    figure = quoted(model.front.restates)
    on = [key for key in (*model.front.grain, *_PERIOD) if key in columns]
    values = {
        **{key: f"coalesce(gone.{quoted(key)}, came.{quoted(key)})" for key in _KEYS if key in columns},
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
        f"insert into {TABLE} select {told} from {gone} as gone full join {came} as came on {same} "
        f"where gone.{figure} is distinct from came.{figure} and {_is_shown(model, columns)}"
    )
    return int(warehouse.value(f"select count(*) from {TABLE} where night = {night.number}"))


def _bare(relation: str) -> str:
    return relation.strip('"')


def _is_shown(model: Model, columns: set[str]) -> str:
    """Return the condition that the period of a figure is still the one that the table is about."""
    if not set(_PERIOD) <= columns:
        return "true"
    name = quoted(model.name)
    return (
        f"(came.date_from is not null or (gone.journey_model, gone.date_from, gone.date_to) in "
        f"(select (journey_model, date_from, date_to) from {name}))"
    )
