"""Front matter held against what the SELECT yields, as far as it can be read without building anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from journey_analytics.definitions.contracts import Contract
from journey_analytics.definitions.model import Model, not_yielded
from journey_analytics.definitions.project import Project
from journey_analytics.errors import DefinitionError, did_you_mean
from journey_analytics.estimates import ESTIMATES, column_faults


def refuse_wrong_keys(project: Project) -> None:
    """Refuse estimates, sort columns and references that no build can follow.

    Raises:
        DefinitionError: the message names the file, the line of the key, what is allowed and the nearest name.
    """
    known = sorted({*project.models, *project.given_tables})
    faults = []
    for model in project.models.values():
        faults += _unknown_estimates(model) or _estimate_faults(model)
        if not model.generated:
            faults += unknown_columns(model, _built_columns(model), ("order_by", "restates"))
            faults += _unknown_references(model, known)
    faults += _unfilled_expansions(project)
    if faults:
        raise DefinitionError("\n".join(dict.fromkeys(faults)))


def unknown_columns(model: Model, columns: Collection[str] | None, keys: Sequence[str]) -> list[str]:
    """Return a sentence for each column that a key of the front matter names and the built model has not.

    Args:
        columns: those of the built model; None where only the engine can tell.
        keys: keys that hold a column or a list of columns.
    """
    faults = []
    for key in keys if columns is not None else ():
        said = getattr(model.front, key)
        for number, named in enumerate([said] if isinstance(said, str) else said or ()):
            column = named.removesuffix(" desc")  # a column of order_by may say so
            if columns is not None and column not in columns:
                faults.append(f"{model.place_of(key, number)}: {key} names {column!r}, {not_yielded(column, columns)}")
    return faults


def _unknown_estimates(model: Model) -> list[str]:
    return [
        f"{model.place_of('estimate', number)}: estimate {name!r} is not known. "
        f"Allowed: {', '.join(ESTIMATES)}.{did_you_mean(name, ESTIMATES)}"
        for number, name in enumerate(model.front.estimate)
        if name not in ESTIMATES
    ]


def _estimate_faults(model: Model) -> list[str]:
    # of a member that is expanded, the expansion has the estimate's columns; the member itself is a view
    if model.is_view or model.yields is None:
        return []
    place = model.place_of("estimate")
    return [f"{place}: estimate {fault}" for fault in column_faults(model.front.estimate, model.yields)]


def _built_columns(model: Model) -> list[str] | None:
    """Return the columns of the SELECT and those that its estimates add; None where only the engine can tell."""
    if model.yields is None or any(name not in ESTIMATES for name in model.front.estimate):
        return None
    return [*model.yields, *(column for name in model.front.estimate for column in ESTIMATES[name].adds)]


def _unknown_references(model: Model, known: Collection[str]) -> list[str]:
    return [
        f"{model.place_of('reference', number)}: reference: no model or source provides {table!r}. Name an input that the "
        f"SELECT reads: {', '.join(sorted(model.reads))}.{did_you_mean(table, known)}"
        for number, table in enumerate(model.front.reference)
        if table not in known
    ]


def _unfilled_expansions(project: Project) -> Iterator[str]:
    """Yield a sentence for each member of an expanded contract whose expansion lacks what an estimate would add."""
    for model in project.models.values():
        contract = project.contracts.get(model.front.contract or "")
        expansion = _expansion(project, model, contract) if contract is not None and not model.generated else None
        if contract is None or expansion is None or (columns := _built_columns(expansion)) is None:
            continue
        missing = [column for column in contract.expands_to if column not in columns]
        makers = [
            name
            for name, estimate in ESTIMATES.items()
            if set(missing) <= estimate.adds.keys() and set(estimate.needs) <= set(columns)
        ]
        if missing and makers:
            yield (
                f"{model.place_of('contract')}: contract {contract.name!r} asks for {', '.join(missing)}, which an estimate "
                f"adds. Add a line `estimate: <name>`. Allowed: {', '.join(makers)}."
            )


def _expansion(project: Project, member: Model, contract: Contract) -> Model | None:
    if contract.expansion is None:
        return None
    return project.models.get(f"{member.name}{contract.expansion.removesuffix('.sql').removeprefix(contract.name)}")
