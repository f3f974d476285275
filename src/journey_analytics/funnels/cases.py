"""Cases of a conformance suite: a few events, the choices of a funnel, and the answer that every engine must give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from journey_analytics.definitions.strict import Definition, misplaced, read_yaml, validated
from journey_analytics.errors import DefinitionError, UsageError

DAY_ZERO = datetime(2025, 12, 31, tzinfo=UTC)  # d1 is the first of January
_DURATION = re.compile(r"(\d+) ?(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_EVENT = re.compile(
    r"(?P<name>[A-Za-z]\w*)(?:\((?P<value>[^()]*)\))?(?:@(?P<time>d\d+(?: \d\d:\d\d)?|[A-Z][a-z]{2} \d+|\d+:\d+(?:\.\d+)?|[\d.]+))?"
    r"(?:\(id=(?P<key>\w+)\))?(?:,? |,|$)"
)
_WHO = re.compile(r"^(?:(?P<person>U\d+|second user)|(?P<session>S\d+)|night (?P<night>\d+))(?:: | delivers | )")
# said of the events, and told by them or by the parameters already
_REMARKS = re.compile(
    r"\((?:insertion order [^)]*|one event)\)|,? as_of .*$|same ga_session_id|of two visitors|stored as .*$"
)
_PROSE = "its events are told in prose"
_LEVELS = re.compile(r"^levels of \d+ users: ([\d,]+)$")


@dataclass(frozen=True)
class CaseStep:
    """A step of a case: the names of events that fit it, and perhaps the value that they must have."""

    names: tuple[str, ...]
    value: str | None = None
    is_optional: bool = False


class FunnelCase(Definition):
    """One case; `events` and `steps` are written as docs/funnels.md tells."""

    id: str = Field(min_length=1)
    mode: str = Field("", description="whose definition it is")
    steps: str = Field(
        description="names of events with > between them; (X|Y) for X or Y, X[v] for an X of value v, X? for one that may be "
        "skipped"
    )
    window: int | str | None = Field(
        None, description="seconds, or a text such as '7 d', '5 s per step'; null for none"
    )
    events: str = Field(description="such as: a@0 b@10 ; U2 a@d1 b(x)@d2")
    expected: list[Any] | dict[str, Any] = Field(description="a list of counts, or answers by name")
    note: str = ""
    source: str = ""
    verified: str = ""
    params: dict[str, Any] = Field(default_factory=dict, description="choices other than the default")
    kind: str = ""

    @property
    def wanted(self) -> dict[str, Any]:
        """The answers by name; a list is `counts`."""
        return {"counts": self.expected} if isinstance(self.expected, list) else dict(self.expected)

    @property
    def step_events(self) -> list[tuple[str, ...]]:
        """The names of events that fit each step."""
        return [step.names for step in self.each_step]

    @property
    def each_step(self) -> list[CaseStep]:
        """Which events fit each step."""
        return [_step(text) for text in self.steps.split(">")]

    @property
    def window_length(self) -> timedelta | None:
        """How long the window is; None without one."""
        if isinstance(self.window, int):
            return timedelta(seconds=self.window)
        text = self.window or ""
        return None if text.startswith("min ") else read_length(text)


def _step(text: str) -> CaseStep:
    bare = text.rstrip("?")
    names, _, value = bare.rstrip("]").partition("[")
    return CaseStep(tuple(names.strip("()").split("|")), value or None, is_optional=bare != text)


class CaseFile(Definition):
    """The cases of a file."""

    cases: tuple[FunnelCase, ...]

    @model_validator(mode="after")
    def _each_id_once(self) -> CaseFile:
        seen: set[str] = set()
        for index, case in enumerate(self.cases):
            if case.id in seen:
                raise misplaced(f"{case.id!r} stands twice. Give each case an id of its own", "cases", index, "id")
            seen.add(case.id)
        return self


@dataclass(frozen=True)
class CaseEvent:
    """An event of a case; `person` is None where nobody knows whose it is."""

    key: str
    at: datetime
    name: str
    person: str | None = "U1"
    session: str = "S1"
    value: str | None = None
    night: int = 1


class NotOffered(Exception):
    """An engine does not answer a case; the text says why."""


def read_cases(path: Path) -> list[FunnelCase]:
    """Return the cases of a file.

    Raises:
        UsageError: the file cannot be read.
        DefinitionError: it is no list of cases, or a case lacks something.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}). Is the name right, and the file UTF-8 text?") from None
    data, lines = read_yaml(text, path)
    if not isinstance(data, list):
        raise DefinitionError(f"{path}:1: should be a list of cases, but is {type(data).__name__}.")
    within = {("cases", *place): line for place, line in lines.items()}
    return list(validated(CaseFile, {"cases": data}, path, within).cases)


def read_length(text: str) -> timedelta | None:
    """Return the first length of time in a text.

    >>> read_length("5 s per step")
    datetime.timedelta(seconds=5)
    """
    found = _DURATION.search(text)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]]) if found else None


def read_as_of(case: FunnelCase) -> datetime | None:
    """Return the moment up to which a case knows, where it says one."""
    found = re.search(r"as_of (?:= )?(?:day |d)(\d+)", f"{case.mode} ; {case.events}")
    return DAY_ZERO + timedelta(days=int(found[1])) if found else None


def read_events(case: FunnelCase) -> list[CaseEvent]:
    """Return the events of a case.

    Raises:
        NotOffered: they are told in prose.
    """
    levels = _LEVELS.match(case.events)
    if levels:
        return list(_of_levels(levels[1].split(","), [names[0] for names in case.step_events]))
    if case.events == "no events":
        return []
    whole_seconds = "stored as " in case.events
    events: list[CaseEvent] = []
    for part in case.events.split(" ; "):
        events += _of_part(part, len(events))
    # words without times read like events: a sentence names no step
    if not {event.name for event in events} & {name for names in case.step_events for name in names}:
        raise NotOffered(_PROSE)
    return [replace(event, at=event.at.replace(microsecond=0)) for event in events] if whole_seconds else events


def _of_levels(levels: list[str], names: list[str]) -> Iterator[CaseEvent]:
    for person, level in enumerate(levels):
        for place, name in enumerate(names[: int(level)]):
            yield CaseEvent(f"{person}-{place}", DAY_ZERO + timedelta(seconds=place), name, f"U{person}")


def _of_part(part: str, before: int) -> Iterator[CaseEvent]:
    who = _WHO.match(part)
    told = who.groupdict() if who else {}
    rest = _REMARKS.sub("", part[who.end() :] if who else part).strip()
    last: datetime | None = None
    number = before
    while rest:
        found = _EVENT.match(rest)
        if found is None:
            raise NotOffered(_PROSE)
        last = _time(found["time"], last, number)
        yield CaseEvent(
            key=f"id {found['key']}" if found["key"] else f"{number:06}",
            at=last,
            name=found["name"],
            person=None if found["value"] == "null id" else told.get("person") or "U1",
            session=told.get("session") or "S1",
            value=_value(found["value"]),
            night=int(told.get("night") or 1),
        )
        number += 1
        rest = rest[found.end() :].strip()


def _value(text: str | None) -> str | None:
    """Return what an event holds: `x`, also where it is written `tag=x`; nothing where it says that it is null."""
    return None if text is None or text.split()[-1:] == ["null"] else text.rpartition("=")[2]


def _time(text: str | None, last: datetime | None, number: int) -> datetime:
    """Return when an event was; without a time a second after the one before it."""
    if text is None:
        return last + timedelta(seconds=1) if last else DAY_ZERO + timedelta(seconds=number)
    if text[0].isalpha() and text[0].isupper():
        return datetime.strptime(f"{text} {DAY_ZERO.year + 1}", "%b %d %Y").replace(tzinfo=UTC)
    if text.startswith("d"):
        day, _, clock = text[1:].partition(" ")
        hours, _, minutes = clock.partition(":")
        return DAY_ZERO + timedelta(days=int(day), hours=int(hours or 0), minutes=int(minutes or 0))
    if ":" in text:
        first, second = text.split(":")
        at = DAY_ZERO + (
            timedelta(minutes=int(first), seconds=float(second))
            if "." in second
            else timedelta(hours=int(first), minutes=int(second))
        )
        return at + timedelta(days=1) if last and at < last else at
    return DAY_ZERO + timedelta(microseconds=round(float(text) * 1_000_000))


def differences(wanted: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each answer that is another than the wanted one; fractions agree to four digits."""
    return [
        f"{name}: expected {answer}, got {given[name]}"
        for name, answer in wanted.items()
        if not _agree(answer, given[name])
    ]


def _agree(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, list):
        return len(wanted) == len(given) and all(map(_agree, wanted, given))
    if isinstance(wanted, dict):
        return wanted.keys() == given.keys() and all(_agree(wanted[key], given[key]) for key in wanted)
    if isinstance(wanted, float) and given is not None:
        return abs(wanted - float(given)) <= 5.1e-5
    return bool(wanted == given)
