"""Builds the models in order. The caller holds the transaction: a run that fails leaves the tables as they were."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from journey_analytics.definitions.contracts import unfilled_columns
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.errors import DefinitionError
from journey_analytics.estimates import ESTIMATES, EstimateError, apply_estimates, column_faults
from journey_analytics.select_faults import select_fault
from journey_analytics.warehouse import EngineError, Warehouse, ordering, quoted

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ModelRun:
    """What building one model took: its rows and its seconds (views have no rows of their own).

    Attributes:
        how: `full`, `keys`, `sums`, `slice`, `nothing` or `view`.
        why: the reason in words.
    """

    model: str
    how: str
    rows: int
    seconds: float
    why: str = ""
    rows_gone: int = 0
    rows_came: int = 0


def build(project: Project, warehouse: Warehouse, on_progress: Progress | None = None) -> list[ModelRun]:
    """Build every model of the project, in order, and return what each took.

    Raises:
        DefinitionError: a SELECT that the engine refuses; the message names its file.
    """
    runs = []
    for place, name in enumerate(project.order, start=1):
        if on_progress is not None:
            on_progress(name, place, len(project.order))
        runs.append(build_model(project.models[name], warehouse))
        refuse_unfilled(project, project.models[name], warehouse)
    return runs


def refuse_unfilled(project: Project, model: Model, warehouse: Warehouse) -> None:
    """Refuse a model that was built and lacks a column of its contract: its readers would be blamed for it.

    Raises:
        DefinitionError: the message names the model's file, the line and the column.
    """
    contract = project.contracts.get(model.front.contract or "")
    if contract is None or model.generated:
        return
    faults = unfilled_columns(contract, model, list(warehouse.columns(model.name)))
    if faults:
        raise DefinitionError("\n".join(faults))


def build_model(model: Model, warehouse: Warehouse) -> ModelRun:
    """Build one model whole. Everything that it reads must stand already.

    Raises:
        DefinitionError: the engine refuses the SELECT, or an estimate lacks a column.
    """
    started = time.perf_counter()
    try:
        how = _store(model, warehouse)
        rows = 0 if model.is_view else int(warehouse.value(f"select count(*) from {quoted(model.name)}"))
    except EngineError as error:
        raise select_fault(model, error, warehouse) from error
    return ModelRun(model.name, how, rows, time.perf_counter() - started)


def _store(model: Model, warehouse: Warehouse) -> str:
    name = quoted(model.name)
    if model.is_view:
        warehouse.run(f"create or replace view {name} as {model.sql}")
        return "view"
    if model.front.published == "ledger" and model.name in warehouse.tables():
        replace_slice(model, warehouse)
        return "slice"
    warehouse.run(f"create or replace table {name} as {ordered_rows(model, warehouse, model.sql)}")
    return "full"


def ordered_rows(model: Model, warehouse: Warehouse, sql: str) -> str:
    """Return the SELECT for a model's rows, estimates added, in the order in which they are written.

    Args:
        sql: the model's SELECT, or the same over a part of its inputs.
    """
    source = estimated(warehouse, model, sql) if model.front.estimate else f"({sql}\n)"
    return f"select * from {source} as built{_order(model.front.order_by)}"


def write_in_parts(model: Model, warehouse: Warehouse, target: str, parts: Sequence[str]) -> None:
    """Make a table of the rows of several SELECTs, each sorted as the model is; `target` says which: `table visits`."""
    first, *others = (ordered_rows(model, warehouse, part) for part in parts)
    warehouse.run(f"create or replace {target} as {first}")
    for other in others:
        warehouse.run(f"insert into {target.split()[-1]} {other}")


def _order(columns: Sequence[str]) -> str:
    return f" order by {ordering(columns)}" if columns else ""


def replace_slice(model: Model, warehouse: Warehouse) -> None:
    """Replace the rows of this as_of in a ledger; the other nights' rows stay."""
    warehouse.run(f"create or replace temp table ledger_slice as {ordered_rows(model, warehouse, model.sql)}")
    name = quoted(model.name)
    if warehouse.same_columns("ledger_slice", model.name):
        warehouse.run(f"delete from {name} where as_of in (select as_of from run_window)")
        warehouse.run(f"insert into {name} select * from ledger_slice")
    else:
        # the ledger's shape has changed: old nights keep their values, and null in what is new
        warehouse.run(
            f"create or replace table {name} as select * from ledger_slice union all by name "
            f"select * from {name} where as_of not in (select as_of from run_window)"
        )
    warehouse.run("drop table ledger_slice")


def estimated(warehouse: Warehouse, model: Model, sql: str) -> str:
    """Return the name of a temporary table with the SELECT's rows and the columns that the estimates add."""
    warehouse.run(
        f"create or replace temp table estimate_input as select row_number() over () as estimate_row, * from ({sql}\n)"
    )
    adds = {column: kind for name in model.front.estimate for column, kind in ESTIMATES[name].adds.items()}
    columns = warehouse.columns("estimate_input")
    place = model.place_of("estimate")
    faults = column_faults(model.front.estimate, [column for column in columns if column != "estimate_row"])
    if faults:
        raise DefinitionError("\n".join(f"{place}: estimate {fault}" for fault in faults))
    # what earlier estimates add, later ones need not find in the SELECT
    needs = {column for name in model.front.estimate for column in ESTIMATES[name].columns_of(columns)} - adds.keys()
    wanted = ", ".join(map(quoted, ["estimate_row", *sorted(needs)]))
    frame = warehouse.frame(f"select {wanted} from estimate_input order by estimate_row")
    try:
        added = apply_estimates(frame, model.front.estimate)[["estimate_row", *adds]]
    except EstimateError as error:
        raise EstimateError(f"{place}: estimate {error}") from error
    _join_added(warehouse, added, adds)
    return "estimate_output"


def _join_added(warehouse: Warehouse, added: pd.DataFrame, adds: dict[str, str]) -> None:
    casts = ", ".join(f"cast({_no_nan(column, kind)} as {kind}) as {quoted(column)}" for column, kind in adds.items())
    with warehouse.registered("estimate_added", added):
        warehouse.run(
            f"create or replace temp table estimate_output as select given.* exclude (estimate_row), {casts} "
            "from estimate_input as given inner join estimate_added as added using (estimate_row)"
        )


def _no_nan(column: str, kind: str) -> str:
    value = f"added.{quoted(column)}"
    # a frame's NaN means "no number"
    return f"case when not isnan({value}) then {value} end" if kind == "double" else value
