"""Our own engine of a conformance suite: the definitions, the compiler and the published table that a night uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from journey_analytics import places
from journey_analytics.definitions.funnels import Funnel
from journey_analytics.definitions.model import Model, read_model
from journey_analytics.definitions.strict import fault_message
from journey_analytics.estimates.shares import share_interval
from journey_analytics.funnels.cases import (
    CaseEvent,
    CaseStep,
    FunnelCase,
    NotOffered,
    read_as_of,
    read_events,
    read_length,
)
from journey_analytics.funnels.compiler import attempts_sql, joined_attempts_sql, unknown_events_sql
from journey_analytics.funnels.models import ATTEMPTS, UNKNOWN, funnel_lists
from journey_analytics.runner import ordered_rows
from journey_analytics.warehouse import Warehouse

_VALUE = "page_group"  # the column that the property of a case's events stands in

# a vendor's word -> ours, where both count the same
_SAME_AS: Mapping[tuple[str, Any], tuple[str, Any]] = {
    ("order", "strict_step"): ("order", "strict"),  # each transition directly followed
    ("attempt", "optimized"): ("attempt", "best"),
    ("attempt", "longest_earliest"): ("attempt", "best"),  # another attempt of equal length; the counts are the same
    ("tie", "step_order"): ("tie", "total_order"),
    ("tie", "strict_increase"): ("tie", "later_timestamp"),
    ("order", "strict_ch"): ("between", "steps_only"),  # a step that was reached may repeat
    ("dedup", True): ("between", "no_repeats"),
    ("tie", "1s_any"): ("tie", "same_second"),
    ("anchor", "first"): ("anchor", "first_step"),
    ("attribution", "first"): ("attribution", "entry"),
    ("attribution", "step1"): ("attribution", "step 1"),
    ("attribution", "step2"): ("attribution", "step 2"),
    ("hold", "item"): ("hold", _VALUE),
    ("hold", "session"): ("unit", "session"),  # who is counted is then a session
}
# what other parts of the house answer for
ELSEWHERE: Mapping[str, str] = {
    "idempotence": "a file that comes twice is skipped at load",
    "intraday + daily for one date": "which table of a date counts is decided at load",
    "identity stitching on": "people are stitched before a funnel reads them",
    "duplicate purchase": "repeated orders are marked in fct_orders, not by a funnel",
    "driver time box": "drivers of drop-off are not offered yet",
}
# from attempts to what is published: table -> station
_TABLES: Mapping[str, str] = {
    "int_funnel_attempt_steps": "drop_offs",
    "fct_funnel_unit_steps": "drop_offs",
    "int_funnel_times": "drop_offs",
    "pub_funnels": "publish",
}
_ALWAYS = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    """The attempts of a funnel, and its rows of pub_funnels in the order of the steps."""

    attempts: list[dict[str, Any]]
    steps: list[dict[str, Any]]

    def each(self, column: str) -> list[Any]:
        """Return a column of the steps."""
        return [step[column] for step in self.steps]


class JourneyEngine:
    """Answers cases the way a night does, on a database in memory."""

    has_asof = True

    def answer(self, case: FunnelCase) -> Mapping[str, Any]:
        """Return the answers to a case.

        Raises:
            NotOffered: a choice that is not offered, events told in prose, or a question of another part of the house.
        """
        if case.mode in ELSEWHERE:
            raise NotOffered(ELSEWHERE[case.mode])
        if case.steps == "-":
            return _statistics(case)
        choices = case_choices(case)
        events = read_events(case)
        as_of_at = read_as_of(case) or _ALWAYS
        return _Answers(case, choices, events, as_of_at, self.has_asof).given()


def case_choices(case: FunnelCase) -> dict[str, Any]:
    """Return what a case chooses, in the words of a funnel.

    Raises:
        NotOffered: a choice that is not ours.
    """
    choices: dict[str, Any] = {"window": case.window_length or "none"}
    if isinstance(case.window, str) and case.window.endswith("per step"):
        choices["window_scope"] = "per_step"
    for said, value in case.params.items():
        key, meant = _SAME_AS.get((said, value), (said, value))
        if key == "first":
            key, meant = "first_ever", True
        elif key == "exclude":
            meant = {"when": {"event_name": value}, "rule": case.params.get("exclude_rule", "removes")}
        elif key == "min_gap":
            meant = read_length(str(value))
        elif key == "grace_s":
            key, meant = "grace", f"{value} seconds"
        elif key == "range":
            meant = _entry_range(case)
        elif key in ("exclude_rule", "as_of") or (key, value) == ("tie", "grace"):
            continue
        choices[key] = meant
    if case.params.get("attribution") == "all":
        choices["hold"] = _VALUE
    if "attribution" in case.params and case.mode.startswith("MP uniques"):
        # what Mixpanel breaks down are the attempts of a walk; a person counts once in each value
        choices["count"] = "totals"
    return choices


def _entry_range(case: FunnelCase) -> dict[str, str]:
    found = re.search(r"range ([A-Z][a-z]{2}) (\d+)\.\.(\d+)", case.mode)
    if found is None:
        raise NotOffered("its range is told in prose")
    days = [datetime.strptime(f"{found[1]} {day} 2026", "%b %d %Y").date() for day in found.groups()[1:]]
    return {"date_from": days[0].isoformat(), "date_to": days[1].isoformat()}


def case_funnel(steps: Sequence[CaseStep | Sequence[str]], choices: Mapping[str, Any]) -> Funnel:
    """Return the funnel of a case.

    Args:
        steps: which events fit each step; names alone will do.
        choices: in the words of a funnel; `first_ever` is said of the first step.

    Raises:
        NotOffered: with the sentence that the definition refuses it with.
    """
    texts = {"title_nl": "-", "title_en": "-"}
    choices = dict(choices)
    first_ever = choices.pop("first_ever", False)
    listed = []
    for number, said in enumerate(steps, start=1):
        step = said if isinstance(said, CaseStep) else CaseStep(tuple(said))
        when = {"event_name": list(step.names), **({_VALUE: step.value} if step.value else {})}
        extra = {"optional": step.is_optional, "first_ever": first_ever and number == 1}
        listed.append({"step": f"step_{number}", "when": when, **extra, **texts})
    about = {"name": "the_case", "description_nl": "-", "description_en": "-", **texts}
    try:
        return Funnel.model_validate({**about, "steps": listed, **choices})
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        place = ".".join(map(str, detail["loc"]))
        raise NotOffered(f"{place}: {fault_message(detail)}" if place else fault_message(detail)) from None


def measure(
    funnel: Funnel, events: Iterable[CaseEvent], as_of_at: datetime = _ALWAYS, *, has_asof: bool = True
) -> Measured:
    """Return what a night that ends at `as_of_at` would make of a funnel over these events.

    Args:
        has_asof: whether the engine knows ASOF joins.
    """
    with Warehouse.open() as warehouse:
        load_events(warehouse, events)
        warehouse.run("create table run_window as select cast(? as date) as as_of, cast(? as timestamp) as as_of_at",
                      [as_of_at.date(), as_of_at.replace(tzinfo=None)])  # fmt: skip
        rows = "select * from case_events"
        attempts = attempts_sql(funnel, rows) if has_asof else joined_attempts_sql(funnel, rows, has_asof=False)
        return measured(warehouse, funnel, attempts, "select * from case_events where person_key is null")


def measured(warehouse: Warehouse, funnel: Funnel, attempts: str, nobodys: str) -> Measured:
    """Return what a night would make of a funnel in a database that knows its run_window; leaves temporary tables.

    Args:
        attempts: the SELECT of its attempts.
        nobodys: a SELECT of the events that nobody knows whose they are.
    """
    made = [(model.name, model.sql) for model in funnel_lists([funnel], Path("funnels"))]
    made += [(ATTEMPTS, attempts), (UNKNOWN, unknown_events_sql(funnel, nobodys))]
    for name, sql in made:
        warehouse.run(f"create temp table {name} as {sql}")
    for model in _published_models(places.sql_folder()):
        warehouse.run(f"create temp table {model.name} as {ordered_rows(model, warehouse, model.sql)}")
    found = warehouse.frame(f"select * from {ATTEMPTS}")
    steps = warehouse.frame("select * from pub_funnels order by step_order")
    return Measured(_rows(found), _rows(steps))


@cache
def _published_models(folder: Path) -> tuple[Model, ...]:
    """What makes pub_funnels of attempts, in order."""
    return tuple(read_model(folder / station / f"{name}.sql", station) for name, station in _TABLES.items())


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame, null as None."""
    return [
        {column: None if pd.isna(value) else value for column, value in zip(frame.columns, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]


def load_events(warehouse: Warehouse, events: Iterable[CaseEvent]) -> None:
    """Store events as the table `case_events`."""
    warehouse.run(
        "create table case_events (person_key varchar, session_key varchar, event_key varchar primary key, "
        f"event_timestamp bigint, event_date date, event_name varchar, {_VALUE} varchar, batch_page_id bigint, "
        "batch_ordering_id bigint, batch_event_index bigint)"
    )
    rows = [
        (event.person, f"{event.session}-{event.person}" if event.person else None, event.key,
         (event.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), event.at.date(), event.name, event.value)
        for event in events
    ]  # fmt: skip
    if rows:
        marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, null, null, null)"] * len(rows))
        # equal keys are one event, as everywhere in the house
        warehouse.run(f"insert or ignore into case_events values {marks}", [value for row in rows for value in row])


class _Answers:
    """The answers to one case, each made when it is asked for."""

    def __init__(
        self,
        case: FunnelCase,
        choices: Mapping[str, Any],
        events: Sequence[CaseEvent],
        as_of_at: datetime,
        has_asof: bool,
    ) -> None:
        self.case, self.choices, self.events = case, choices, events
        self._measure = partial(measure, as_of_at=as_of_at, has_asof=has_asof)

    def given(self) -> dict[str, Any]:
        makers: dict[str, Callable[[], Any]] = {
            "counts": lambda: self.whole.each("converted"),
            "level": lambda: max((row["steps_reached"] for row in self.whole.attempts), default=0),
            "entries": lambda: self.whole.each("converted")[0],
            "conversions": lambda: self.whole.each("converted")[-1],
            "ttc_default": lambda: self._other(attempt="first").each("median_seconds")[-1],
            "ttc_optimized": lambda: self._other(attempt="best").each("median_seconds")[-1],
            "session_entries": lambda: self._other(unit="session").each("converted")[0],
            "session_conversions": lambda: self._other(unit="session").each("converted")[-1],
            "user_counts": lambda: self._other(unit="person").each("converted"),
            "sessions": lambda: self._other(unit="session").each("converted")[0],
            "pairs": self._pairs,
            "entered": lambda: self.whole.each("entered")[-1],
            "converted": lambda: self.whole.each("converted")[-1],
            "dropped": lambda: self.whole.each("dropped")[-1],
            "pending": lambda: self.whole.each("pending")[-1],
            "mature_entered": lambda: self.whole.each("denominator")[-1],
            "mature_converted": lambda: self.whole.each("numerator")[-1],
            "state": self._state,
            "unattributable_events": lambda: sum(self.whole.each("unknown_events")),
            "step_rate": lambda: self.whole.each("share_of_previous"),
            "overall": lambda: self.whole.each("value"),
            "dropoff": self._lost,
            "rate": lambda: self.whole.each("value")[-1],
            **{f"night{night}": partial(self._night, night) for night in self._nights_asked()},
        }
        if "attribution" in self.case.params:
            groups = self._groups()
            makers |= {name: partial(groups.get, name, [0] * len(self.case.each_step)) for name in self.case.wanted}
        return {name: makers[name]() for name in self.case.wanted if name in makers}

    @cached_property
    def whole(self) -> Measured:
        """What comes of all events and the choices of the case."""
        return self._other()

    def _other(self, **choices: Any) -> Measured:
        funnel = case_funnel(self.case.each_step, {**self.choices, **choices})
        return self._measure(funnel, self.events)

    def _nights_asked(self) -> list[int]:
        return [int(name.removeprefix("night")) for name in self.case.wanted if re.fullmatch(r"night\d+", name)]

    def _night(self, night: int) -> list[Any]:
        known = [event for event in self.events if event.night <= night]
        return self._measure(case_funnel(self.case.each_step, self.choices), known).each("converted")

    def _pairs(self) -> dict[str, list[int]]:
        """Counts of each session, named by the session and what its first event holds."""
        first = {f"{event.session}-{event.person}": event for event in reversed(self.events)}
        return {
            f"{first[row['session_key']].session}/{first[row['session_key']].value}": [
                int(row["steps_reached"] >= step) for step in range(1, len(self.case.step_events) + 1)
            ]
            for row in self.whole.attempts
        }

    def _groups(self) -> dict[str, list[int]]:
        """Counts of persons by the value of the session that the attribution names.

        A value is a session's: who has two, as with two browsers, has two sessions.
        """
        apart = [replace(event, session=f"{event.session}={event.value}") for event in self.events]
        values = {f"{event.session}-{event.person}": str(event.value) for event in apart}
        reached: dict[str, list[set[str]]] = {}
        for row in self._measure(case_funnel(self.case.each_step, self.choices), apart).attempts:
            if row["attributed_session_key"] is not None:
                group = reached.setdefault(values[row["attributed_session_key"]], [set() for _ in self.case.each_step])
                for persons in group[: row["steps_reached"]]:
                    persons.add(row["person_key"])
        return {value: [len(persons) for persons in group] for value, group in reached.items()}

    def _state(self) -> str | None:
        """The state of the one unit that a case has."""
        last = self.whole.steps[-1]
        return next((state for state in ("converted", "dropped", "pending") if last[state] == 1), None)

    def _lost(self) -> list[int]:
        reached = self.whole.each("converted")
        return [0, *(before - after for before, after in pairwise(reached))]


def _statistics(case: FunnelCase) -> dict[str, Any]:
    """Answer a case about a share alone."""
    share = re.match(r"(\d+) of (\d+)$", case.events)
    if share:
        row = share_interval(pd.DataFrame({"numerator": [int(share[1])], "denominator": [int(share[2])]})).iloc[0]
        return {"ci": [float(row["ci_low"]), float(row["ci_high"])]}
    sizes = [int(size) for size in re.findall(r"n=(\d+)", case.events)]
    frame = share_interval(pd.DataFrame({"numerator": [0] * len(sizes), "denominator": sizes}))
    return {
        f"n{size}": "tested" if ok else "insufficient_sample"
        for size, ok in zip(sizes, frame["min_sample_ok"], strict=True)
    }
