"""What is wrong with the definitions, found on tables without rows: columns, contracts, increments, functions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from journey_analytics.definitions.contracts import filled_columns, unfilled_columns
from journey_analytics.definitions.functions import read_functions, strange_functions
from journey_analytics.definitions.model import Model, not_yielded, output_called
from journey_analytics.definitions.project import Project
from journey_analytics.definitions.promise.inputs import Input
from journey_analytics.definitions.promise.plans import inlined, tables_of
from journey_analytics.definitions.promise.told import told_of
from journey_analytics.definitions.row_checks import check_faults, rule_in
from journey_analytics.definitions.strict import place_in
from journey_analytics.errors import did_you_mean
from journey_analytics.estimates import TABLE_SCOPE
from journey_analytics.key_faults import unknown_columns
from journey_analytics.warehouse import EngineError, Warehouse, quoted


def definition_faults(project: Project, warehouse: Warehouse) -> list[str]:
    """Return a sentence for each fault. Every model must have been built, on rows or on none."""
    return [
        *documented_faults(project, warehouse),
        *promise_faults(project, warehouse),
        *check_faults(project.models.values()),
        *rule_faults(project, warehouse),
        *function_faults(project),
    ]


def promise_faults(project: Project, warehouse: Warehouse) -> list[str]:
    """Return a sentence for each model whose SELECT does not keep, or may not keep, the promise of its `rebuild_by`."""
    views = {model.name: model.select for model in project.models.values() if model.is_view}
    digests: dict[str, str] = {}
    faults = []
    for name in project.order:
        model = project.models[name]
        parts = [model.definition_hash, *(digests[view] for view in sorted(model.reads & views.keys()))]
        digests[name] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        if model.is_view:
            continue
        select = inlined(model, views, digests[name])
        inputs = {table: _input(model, table, warehouse) for table in tables_of(select)}
        told = told_of(model, select, inputs, TABLE_SCOPE)
        faults += [_promise_fault(model, fault) for fault in told.breaking]
        if model.front.adds_up_over is not None:
            line = model.lines.get(("adds_up_over",), 1)
            found = told.adding or rounded_sums(told.casts, told.uncast, warehouse)
            faults += [f"{model.path}:{line}: adds_up_over {model.front.adds_up_over}: {fault}" for fault in found]
    return faults


def _promise_fault(model: Model, fault: str) -> str:
    """Return a fault with the line of the key that it begins with, such as `via: …`, else that of `rebuild_by`."""
    key = fault.partition(":")[0]
    if (key,) in model.lines:
        return f"{model.place_of(key)}: {fault}"
    return f"{model.place_of('rebuild_by')}: rebuild_by {model.front.rebuild_by}: {fault}"


def rounded_sums(casts: Mapping[str, tuple[str, ...]], uncast: str, warehouse: Warehouse) -> list[str]:
    """Return a sentence for each sum that a cast rounds: rounded parts do not add up to the rounded whole.

    Args:
        casts: the types to which each measure is cast.
        uncast: the SELECT without these casts, over tables that the warehouse holds.
    """
    kinds = warehouse.columns(uncast) if casts else {}
    faults = []
    for name, wanted in casts.items():
        digits = _digits(kinds[name])
        for kind in wanted:
            kept = _digits(next(iter(warehouse.columns(f"select cast(null as {kind}) as kind").values())))
            if digits is None or kept is None or kept < digits:
                least = f"decimal(38, {digits})" if digits else "bigint"
                cure = f"Cast to {least}" if digits is not None else "Cast what is summed to bigint or decimal"
                faults.append(
                    f"{name} does not add up: {kinds[name]} cast to {kind} does not keep every digit, and rounded parts "
                    f"do not add up to the rounded whole. {cure}, and round in a view over this model."
                )
                break
    return faults


def _digits(kind: str) -> int | None:
    """Return how many digits a type keeps behind the point; None for a type that is no exact number.

    >>> _digits("DECIMAL(18,4)"), _digits("HUGEINT"), _digits("DOUBLE")
    (4, 0, None)
    """
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").split(",")[1])
    return 0 if kind.endswith("INT") or kind.endswith("INTEGER") else None


def _input(model: Model, table: str, warehouse: Warehouse) -> Input:
    columns = warehouse.columns(table)
    return Input(table, tuple(columns), table in model.front.reference, columns)


def rule_faults(project: Project, warehouse: Warehouse) -> list[str]:
    """Return a sentence for each check that the engine cannot ask of the rows of its model."""
    faults = []
    for model in project.models.values():
        for number, check in enumerate([] if model.generated else model.front.checks):
            if rule_in(check) is None:
                continue  # `check_faults` tells of it
            try:
                warehouse.columns(f"select {check.sql} from {quoted(model.name)}")
            except EngineError as error:
                place = model.place_of("checks", number, "sql")
                hint = did_you_mean(error.told.words, warehouse.columns(model.name))
                faults.append(f"{place}: check {check.name}: {str(error).rstrip('.!')}.{hint}")
            own = list(warehouse.columns(model.name)) if check.shows else []
            faults += [
                f"{model.place_of('checks', number, 'shows')}: check {check.name}: shows {name!r}, which is no column of "
                f"{model.name}.{did_you_mean(name, own)}"
                for name in check.shows
                if name not in own
            ]
    return faults


def function_faults(project: Project) -> list[str]:
    """Return a sentence for each function of a hand-written model that is not on the allow-list."""
    allowed = read_functions(project.sql_folder / "reference" / "functions.yml")
    written = [model for model in project.models.values() if not model.generated]
    return [fault for model in written for fault in strange_functions(model, allowed)]


def documented_faults(project: Project, warehouse: Warehouse) -> list[str]:
    """Return a sentence for each column that is undocumented, documented but absent, or of another type than documented."""
    faults = []
    for name in project.order:
        model = project.models[name]
        columns = warehouse.columns(name)
        for column, kind in columns.items():
            doc = project.column_doc(model, column)
            place = model.place(output_called(model.select, column))
            if doc is None:
                faults.append(
                    f"{place}: column {column!r} of {name} is documented neither in the front matter nor in "
                    f"{_glossary(project)}.{did_you_mean(column, project.glossary.columns)}"
                )
            elif doc.type is not None and doc.type.upper() != kind:
                told = _documented_at(project, model, column)
                faults.append(
                    f"{place}: column {column!r} of {name} is {kind}, documented as {doc.type.upper()} in {told}."
                )
        for column in model.front.columns.keys() - columns.keys():
            if not model.generated:
                place = model.place_of("columns", column)
                faults.append(f"{place}: documents column {column!r}, {not_yielded(column, columns)}")
        faults += unknown_columns(model, columns, ("grain", "restates"))
        faults += _contract_faults(project, model, list(columns))
    return faults


def _glossary(project: Project) -> Path:
    return project.sql_folder / "contracts" / "columns.yml"


def _documented_at(project: Project, model: Model, column: str) -> str:
    """Return the file and line that say what a column is."""
    if column in model.front.columns:
        return model.place_of("columns", column)
    return place_in(_glossary(project), ("columns", column))


def _contract_faults(project: Project, model: Model, columns: list[str]) -> list[str]:
    contract = project.contracts.get(model.front.contract or "")
    if contract is None or model.generated or columns == filled_columns(contract, columns):
        return []
    missing = unfilled_columns(contract, model, columns)
    if missing:
        return missing
    more = [c for c in columns if c not in contract.columns]
    return [
        f"{model.place(output_called(model.select, more[0]) if more else None)}: does not fill contract {contract.name!r}: "
        + (f"not in it {', '.join(more)}." if more else f"order should be {', '.join(contract.columns)}.")
    ]
