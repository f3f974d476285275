"""The order in which models are built, and the stations that they may read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from journey_analytics.definitions.model import STATIONS, Model, table_in
from journey_analytics.errors import GraphError, did_you_mean


def run_order(
    models: Mapping[str, Model], given: Iterable[str], noted_by: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """Return model names so that each comes after everything that it reads; equals in the order of their names.

    Args:
        models: all models by name.
        given: tables that stand ready before any model runs (raw tables, run_window …).
        noted_by: given tables that fill while these models are built; who reads one comes after them.

    Raises:
        GraphError: a circle (named in order), or a table that nobody makes.
    """
    given = set(given)
    for model in models.values():
        for table in sorted(model.reads - given - models.keys()):
            raise GraphError(
                f"{model.place(table_in(model.select, table))}: reads {table!r}, which no model, source or contract provides."
                f"{did_you_mean(table, [*models, *given])}"
            )
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name in sorted(models):
        waits = {model for table in models[name].reads & (noted_by or {}).keys() for model in (noted_by or {})[table]}
        sorter.add(name, *sorted((models[name].reads - given) | waits))
    try:
        sorter.prepare()
    except CycleError as error:
        names = list(reversed(error.args[1]))
        first, circle = models[names[0]], " reads ".join(names)
        raise GraphError(
            f"{first.place(table_in(first.select, names[1]))}: models read each other in a circle: {circle}."
        ) from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(ready)
        sorter.done(*ready)
    return order


def station_faults(models: Mapping[str, Model]) -> list[str]:
    """Return a sentence for each model that reads a station to its right."""
    place = {station: index for index, station in enumerate(STATIONS)}
    return [
        f"{model.place(table_in(model.select, table))}: stands in station {model.station!r} and reads {table!r} of "
        f"{models[table].station!r}, which lies to its right. A model reads its own station or one to its left: {' → '.join(STATIONS)}."
        for model in models.values()
        for table in sorted(model.reads & models.keys())
        if place[models[table].station] > place[model.station]
    ]


def upstream(models: Mapping[str, Model], name: str) -> list[str]:
    """Return every table that a model rests on, nearest first."""
    return _reachable(name, lambda table: sorted(models[table].reads) if table in models else [])


def downstream(models: Mapping[str, Model], name: str) -> list[str]:
    """Return every model that rests on a table, nearest first."""
    return _reachable(name, lambda table: sorted(m.name for m in models.values() if table in m.reads))


def _reachable(start: str, neighbours: Callable[[str], list[str]]) -> list[str]:
    found: list[str] = []
    queue = list(neighbours(start))
    while queue:
        table = queue.pop(0)
        if table not in found and table != start:
            found.append(table)
            queue.extend(neighbours(table))
    return found
