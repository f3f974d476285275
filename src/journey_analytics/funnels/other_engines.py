"""Our other ways to a funnel's numbers, held to the same cases: windows for ASOF joins, and counts without attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.cases import CaseEvent, FunnelCase, NotOffered, read_events
from journey_analytics.funnels.counts import unit_counts, why_no_counts
from journey_analytics.funnels.engine import ELSEWHERE, JourneyEngine, case_choices, case_funnel, load_events
from journey_analytics.warehouse import Warehouse


class WindowsEngine(JourneyEngine):
    """The same with the SQL for engines that have no ASOF join."""

    has_asof = False


class CountsEngine:
    """Answers with the SELECT that counts without attempts, where a case asks for counts alone."""

    def answer(self, case: FunnelCase) -> Mapping[str, Any]:
        """Return the counts of a case.

        Raises:
            NotOffered: the choices of the case need its attempts, or something else is asked.
        """
        if list(case.wanted) != ["counts"] or case.mode in ELSEWHERE or case.steps == "-":
            raise NotOffered("only counts are counted without attempts")
        return {"counts": count(case_funnel(case.each_step, case_choices(case)), read_events(case))}


def count(funnel: Funnel, events: Iterable[CaseEvent]) -> list[int]:
    """Return the counts of a funnel over these events, without its attempts.

    Raises:
        NotOffered: a choice of the funnel needs them.
    """
    why = why_no_counts(funnel)
    if why is not None:
        raise NotOffered(why)
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        return unit_counts(warehouse, funnel, "select * from case_events")
