"""What a funnel counts, in plain Python: every way to walk the steps is tried, and nothing is clever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from journey_analytics.funnels.cases import CaseEvent

Steps = Sequence[Sequence[str]]
Way = tuple[tuple[int, int], ...]
"""Pairs of step and row, both from 0, in the order of the rows."""
EXCLUDED = "x"


@dataclass(frozen=True)
class Choice:
    """The choices of a funnel; `rule` is what an x does to an attempt."""

    window: timedelta
    order: str = "ordered"
    entry: str = "closed"
    attempt: str = "best"
    count: str = "uniques"
    window_scope: str = "total"
    between: str = "anything"
    anchor: str = "any_step"
    gap: timedelta = timedelta(0)
    rule: str = ""
    holds: bool = False


@dataclass(frozen=True)
class Attempt:
    """An entry, the steps that it reached, and the row and time at which it was over."""

    began: int
    first: int
    level: int
    filled: int
    over_row: int | None


def in_order(events: Sequence[CaseEvent], steps: Steps) -> list[CaseEvent]:
    """Return events by time, then the lowest step that each fits, then its key."""

    def lowest(event: CaseEvent) -> int:
        return min((place for place, names in enumerate(steps) if event.name in names), default=len(steps))

    return sorted(events, key=lambda event: (event.at, lowest(event), event.key))


def _allowed(rows: Sequence[CaseEvent], steps: Steps, choice: Choice, way: Way, step: int, row: int) -> bool:
    last = way[-1][1]
    entry = rows[way[0][1]]
    since = rows[last].at if choice.window_scope == "per_step" else entry.at
    passed = [rows[place].name for place in range(last + 1, row)]
    reached = {name for names in steps[: step + 1] for name in names}
    repeats = {name for names in steps[1 : step + 1] for name in names}
    return (
        rows[row].name in steps[step]
        and rows[row].at - since <= choice.window
        and rows[row].at - rows[last].at >= choice.gap
        and (not choice.holds or (entry.value is not None and rows[row].value == entry.value))
        and (choice.order != "strict" or row == last + 1)
        and (choice.between != "steps_only" or reached.issuperset(passed))
        and (choice.between != "no_repeats" or repeats.isdisjoint(passed))
    )


def _ways(rows: Sequence[CaseEvent], steps: Steps, choice: Choice, way: Way) -> Iterator[Way]:
    yield way
    used = {step for step, _ in way}
    following = [step for step in range(len(steps)) if step not in used] if choice.order == "any" else [way[-1][0] + 1]
    for row in range(way[-1][1] + 1, len(rows)):
        for step in following:
            if step < len(steps) and _allowed(rows, steps, choice, way, step, row):
                yield from _ways(rows, steps, choice, (*way, (step, row)))


def _begins(rows: Sequence[CaseEvent], steps: Steps, choice: Choice, row: int) -> list[int]:
    """Return the steps at which a row may begin an attempt."""
    fits = [step for step, names in enumerate(steps) if rows[row].name in names]
    if choice.order == "any":
        return fits
    if choice.entry == "closed":
        return [step for step in fits if step == 0]
    earlier = {name for names in steps[: min(fits, default=0)] for name in names}
    is_late = any(
        other.name in earlier and rows[row].at - other.at <= choice.window
        and (not choice.holds or (other.value is not None and other.value == rows[row].value))
        for other in rows[:row]
    )  # fmt: skip
    return [] if is_late else fits[:1]


def attempt_of(rows: Sequence[CaseEvent], steps: Steps, choice: Choice, row: int) -> Attempt | None:
    """Return the attempt that begins with a row; None where none does or it counts nowhere."""
    ways = [way for step in _begins(rows, steps, choice, row) for way in _ways(rows, steps, choice, ((step, row),))]
    span = choice.window * (len(steps) - 1 if choice.window_scope == "per_step" else 1)
    stop = next(
        (
            place
            for place in range(row + 1, len(rows))
            if choice.rule and rows[place].name == EXCLUDED and rows[place].at - rows[row].at <= span
        ),
        None,
    )
    if stop is not None:
        ways = [way for way in ways if way[-1][1] < stop]

    def level(way: Way) -> int:
        return len(way) if choice.order == "any" else way[-1][0] + 1

    furthest = max(map(level, ways), default=0)
    if choice.anchor == "first_step" and not any(step == 0 for way in ways for step, _ in way):
        return None
    if furthest == 0 or (choice.rule == "removes" and stop is not None and furthest < len(steps)):
        return None
    ends = [way[-1][1] for way in ways if level(way) == len(steps)]
    over = min(ends) if ends else stop
    best = next(way for way in ways if level(way) == furthest)
    return Attempt(row, 0 if choice.order == "any" else best[0][0], furthest, len(best), over)


def _that_count(rows: Sequence[CaseEvent], steps: Steps, choice: Choice) -> list[Attempt]:
    found = [attempt_of(rows, steps, choice, row) for row in range(len(rows))]
    attempts = [attempt for attempt in found if attempt is not None]
    if choice.count == "totals":
        taken: list[Attempt] = []
        for attempt in attempts:
            # each value that is held has a walk of its own
            walked = [
                other for other in taken if not choice.holds or rows[other.began].value == rows[attempt.began].value
            ]
            last = walked[-1] if walked else None
            if (
                last is None
                or (last.over_row is not None and attempt.began > last.over_row)
                or (last.over_row is None and rows[attempt.began].at - rows[last.began].at > choice.window)
            ):
                taken.append(attempt)
        return taken
    if choice.attempt == "first":
        return attempts[:1]
    best: dict[date, Attempt] = {}
    for attempt in attempts:
        day = rows[attempt.began].at.date()
        if day not in best or (attempt.level, attempt.filled) > (best[day].level, best[day].filled):
            best[day] = attempt
    return list(best.values())


def counted(events: Sequence[CaseEvent], steps: Steps, choice: Choice) -> list[int]:
    """Return how many persons, or attempts with `totals`, reach each step."""
    totals = [0] * len(steps)
    for person in sorted({event.person for event in events if event.person}):
        rows = in_order([event for event in events if event.person == person], steps)
        reached = [set(range(attempt.first, attempt.level)) for attempt in _that_count(rows, steps, choice)]
        for step in range(len(steps)):
            hits = sum(step in steps_of for steps_of in reached)
            totals[step] += hits if choice.count == "totals" else min(hits, 1)
    return totals
