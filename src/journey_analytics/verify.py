"""Holds the stored tables against a full rebuild in memory, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import RUN_TABLES, Project
from journey_analytics.runner import build
from journey_analytics.warehouse import Warehouse, literal, quoted

_KEPT = "kept"
_SHOWN = 3


def verify(project: Project, database: Path, on_progress: Callable[[str, int, int], None] | None = None) -> list[str]:
    """Return a sentence for each stored table that a full rebuild of the same raw rows would make otherwise.

    Raises:
        Busy: a run holds the database.
        StorageError: there is no database.
    """
    with Warehouse.open() as scratch:
        scratch.run(f"attach {literal(str(database))} as {_KEPT} (read_only)")
        for table in sorted(project.given_tables):
            kind = "table" if table in RUN_TABLES else "view"
            scratch.run(f"create {kind} {quoted(table)} as select * from {_KEPT}.{quoted(table)}")
        build(project, scratch, on_progress)
        stored = [project.models[name] for name in project.order if not project.models[name].is_view]
        return [fault for model in stored for fault in _differences(model, scratch)]


def _differences(model: Model, scratch: Warehouse) -> list[str]:
    name = quoted(model.name)
    # a ledger keeps earlier nights: only the newest is compared
    newest = " where as_of in (select as_of from run_window)" if model.front.published == "ledger" else ""
    fresh, kept = (f"select * from {place}{name}{newest}" for place in ("", f"{_KEPT}."))
    missing = int(scratch.value(f"select count(*) from ({fresh} except all {kept})"))
    wrong = int(scratch.value(f"select count(*) from ({kept} except all {fresh})"))
    if not missing and not wrong:
        return []
    grain = ", ".join(map(quoted, model.front.grain))
    rows = scratch.rows(
        f"select distinct {grain} from (({fresh} except all {kept}) union all ({kept} except all {fresh})) order by all limit {_SHOWN}"
    )
    first = "; ".join(
        ", ".join(f"{column} = {value}" for column, value in zip(model.front.grain, row, strict=True)) for row in rows
    )
    return [
        f"{model.path}: {model.name} (rebuild_by {model.front.rebuild_by}): {missing:,} rows of a full rebuild are missing and "
        f"{wrong:,} stored rows are not in it. First keys: {first}. The likely cause: an output row depends on input rows of "
        "another key or on an order that is not total, or the definition has changed since the last run."
    ]
