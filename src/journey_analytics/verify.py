"""Holds the stored tables against a full rebuild in a scratch database, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from journey_analytics.definitions.graph import upstream
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import RUN_TABLES, Project
from journey_analytics.errors import StorageError, UsageError
from journey_analytics.runner import build
from journey_analytics.scratch import scratch_folder
from journey_analytics.warehouse import Warehouse, literal, quoted

_KEPT = "kept"
_SHOWN = 3


def verify(project: Project, database: Path, on_progress: Callable[[str, int, int], None] | None = None) -> list[str]:
    """Return a sentence for each stored table that a full rebuild of the same raw rows would make otherwise.

    The rebuild stands in a file beside the database, so memory stays bounded; it is gone afterwards.

    Raises:
        Busy: a run holds the database.
        StorageError: there is no database, or no room beside it.
        UsageError: the definitions have changed since the last run, so that nothing can be compared yet.
    """
    try:
        folder = scratch_folder(database)
    except OSError as error:
        raise StorageError(f"{database.parent}: no scratch database can be made there ({error.strerror}).") from None
    with folder, Warehouse.open(Path(folder.name) / "scratch.duckdb") as scratch:
        scratch.run(f"attach {literal(str(database))} as {_KEPT} (read_only)")
        _refuse_other_definitions(project, scratch, database)
        for table in sorted(project.given_tables):
            kind = "table" if table in RUN_TABLES else "view"
            scratch.run(f"create {kind} {quoted(table)} as select * from {_KEPT}.{quoted(table)}")
        build(project, scratch, on_progress)
        stored = [project.models[name] for name in project.order if not project.models[name].is_view]
        faults: dict[str, str] = {}
        for model in stored:
            causes = [name for name in upstream(project.models, model.name) if name in faults]
            fault = _difference(model, scratch, causes)
            if fault is not None:
                faults[model.name] = fault
        return list(faults.values())


def _refuse_other_definitions(project: Project, scratch: Warehouse, database: Path) -> None:
    built_by = scratch.value(f"select rule_hash from {_KEPT}.run_identity")
    if built_by != project.rule_hash:
        raise UsageError(
            f"{database}: its tables were built by other definitions or settings than those that stand here. "
            "Run `journey run` first, better over a few nights (`--as-of`), then `journey verify`."
        )


def _difference(model: Model, scratch: Warehouse, causes: list[str]) -> str | None:
    """Return how a stored table differs from its rebuild, or None.

    Args:
        causes: the tables above it that differ too, nearest first.
    """
    name = quoted(model.name)
    # a ledger keeps earlier nights: only the newest is compared
    newest = " where as_of in (select as_of from run_window)" if model.front.published == "ledger" else ""
    fresh, kept = (f"select * from {place}{name}{newest}" for place in ("", f"{_KEPT}."))
    missing = int(scratch.value(f"select count(*) from ({fresh} except all {kept})"))
    wrong = int(scratch.value(f"select count(*) from ({kept} except all {fresh})"))
    if not missing and not wrong:
        return None
    told = (
        f"{model.path}: {model.name} (rebuild_by {model.front.rebuild_by}): {missing:,} rows of a full rebuild are missing "
        f"and {wrong:,} stored rows are not in it."
    )
    if causes:
        return f"{told} It follows from {causes[0]}, which differs too."
    return f"{told} First keys: {_first_keys(model, scratch, fresh, kept)}. {_likely_cause(model)}"


def _first_keys(model: Model, scratch: Warehouse, fresh: str, kept: str) -> str:
    grain = ", ".join(map(quoted, model.front.grain))
    rows = scratch.rows(
        f"select distinct {grain} from (({fresh} except all {kept}) union all ({kept} except all {fresh})) order by all limit {_SHOWN}"
    )
    return "; ".join(
        ", ".join(f"{column} = {value}" for column, value in zip(model.front.grain, row, strict=True)) for row in rows
    )


def _likely_cause(model: Model) -> str:
    """Return what usually makes a table differ whose inputs are right."""
    if model.front.rebuild_by == "full":
        return (
            "Its inputs are right and it is rebuilt whole: the likely cause is an order that is not total, a sum of DOUBLEs "
            "or a function that does not repeat itself."
        )
    return (
        f"Its inputs are right: the likely cause is a row that depends on input rows with another {model.front.rebuild_by} "
        "(a window, a join or a filter that reaches beyond the key), or an order that is not total. "
        "`rebuild_by: full` is always right."
    )
