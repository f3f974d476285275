"""Which choices of a funnel go together. What would count in a way that nobody has said is refused, with what to write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from journey_analytics.definitions.strict import Location, misplaced

if TYPE_CHECKING:
    from journey_analytics.definitions.funnels import Funnel

Fault = tuple[Location, str]


def refuse_what_does_not_go_together(funnel: Funnel) -> None:
    """Raise the first fault, with its place in the file.

    Raises:
        PydanticCustomError: two choices contradict each other, or what they say together is not said.
    """
    for find in (
        _of_breakdowns,
        _of_strict,
        _of_between,
        _of_any,
        _of_open,
        _of_optional,
        _of_windows_per_step,
        _of_grace,
    ):
        for place, told in find(funnel):
            raise misplaced(told, *place)


def _of_breakdowns(funnel: Funnel) -> Iterator[Fault]:
    if funnel.attributed_step is not None and funnel.attributed_step > len(funnel.steps):
        yield (
            ("attribution",),
            f"{funnel.attribution!r} is none of the {len(funnel.steps)} steps. Write a step that there is",
        )
    if funnel.attribution == "all" and not funnel.hold:
        yield (
            ("attribution",),
            "'all' counts a value only where each step has it, so it needs to know of which column. Write it in `hold`, "
            "such as `hold: device_category`",
        )


def _of_strict(funnel: Funnel) -> Iterator[Fault]:
    if funnel.order == "strict" and funnel.hold:
        yield (
            ("hold",),
            "hold is not offered together with `order: strict`: it is not said whether touches with another value stand "
            "in between. Leave one of the two away",
        )


def _of_between(funnel: Funnel) -> Iterator[Fault]:
    if funnel.between == "anything":
        return
    told = f"`between: {funnel.between}`"
    if funnel.order != "ordered":
        yield ("between",), f"goes with `order: ordered` only; {funnel.order} says itself what may stand in between"
    if funnel.hold:
        yield (
            ("hold",),
            f"hold is not offered together with {told}: it is not said whether events with another value stand in "
            "between. Leave one of the two away",
        )
    if funnel.entry == "open":
        yield ("entry",), f"'open' is not offered together with {told}. Leave one of the two away"


def _of_any(funnel: Funnel) -> Iterator[Fault]:
    if funnel.order != "any":
        if funnel.anchor != "any_step":
            yield ("anchor",), "goes with `order: any` only; in another order every attempt begins with step 1"
        return
    told = "with `order: any` no step comes before another. Leave"
    if funnel.entry == "open":
        yield ("entry",), f"{told} `entry` away: people come in with any step as it is"
    if funnel.min_gap is not None:
        yield ("min_gap",), f"{told} `min_gap` away"
    if funnel.tie == "later_timestamp":
        yield ("tie",), f"{told} `tie` away"
    if funnel.window_scope == "per_step":
        yield ("window_scope",), f"{told} `window_scope` away: the window counts from the first step that is reached"


def _of_open(funnel: Funnel) -> Iterator[Fault]:
    if funnel.entry == "open" and funnel.has_window_per_step:
        yield (
            ("window_scope",),
            "'per_step' is not offered with `entry: open`: it is not said how long an earlier step keeps people from "
            "coming in. Write total",
        )


def _of_optional(funnel: Funnel) -> Iterator[Fault]:
    for number, step in enumerate(funnel.steps):
        if not step.optional:
            continue
        place = ("steps", number, "optional")
        if number in (0, len(funnel.steps) - 1):
            yield place, "the first and the last step cannot be skipped: they say who came in, and who converted"
        clash = _first_chosen(
            (f"order: {funnel.order}", funnel.order != "ordered"),
            (f"between: {funnel.between}", funnel.between != "anything"),
            ("entry: open", funnel.entry == "open"),
            ("min_gap", funnel.min_gap is not None),
            ("window_scope: per_step", funnel.has_window_per_step),
        )
        if clash:
            yield place, f"is not offered together with `{clash}`. Leave one of the two away"


def _of_windows_per_step(funnel: Funnel) -> Iterator[Fault]:
    if not funnel.has_window_per_step:
        return
    told = "is not offered with a window per step of three steps or more"
    if funnel.count == "totals":
        yield ("count",), f"'totals' {told}: it is not said when an attempt has run out. Write uniques"
    if funnel.exclude is not None and funnel.exclude.rule == "removes":
        yield ("exclude", "rule"), f"'removes' {told}: it is not said how long an event can remove. Write ends"
    if funnel.between != "anything":
        yield ("between",), f"'{funnel.between}' {told}. Write anything"


def _of_grace(funnel: Funnel) -> Iterator[Fault]:
    if funnel.grace is None:
        return
    clash = _first_chosen(
        (f"order: {funnel.order}", funnel.order != "ordered"),
        (f"between: {funnel.between}", funnel.between != "anything"),
        ("entry: open", funnel.entry == "open"),
        ("count: totals", funnel.count == "totals"),
        ("window_scope: per_step", funnel.has_window_per_step),
        (f"tie: {funnel.tie}", funnel.tie != "total_order"),
        ("min_gap", funnel.min_gap is not None),
        (f"attribution: {funnel.attribution}", funnel.attribution not in ("entry", "all")),
        ("optional", funnel.has_optional),
    )
    if clash:
        yield ("grace",), f"is not offered together with `{clash}`. Leave one of the two away"
    for one, other in combinations(funnel.steps, 2):
        if one.may_share_an_event_with(other):
            yield (
                ("grace",),
                f"needs steps that share no event, or one event could fill both {one.step!r} and {other.step!r}. Give "
                "them values of one column in `when` that differ, or leave `grace` away",
            )


def _first_chosen(*choices: tuple[str, bool]) -> str | None:
    """Return the first of the choices that is made."""
    return next((said for said, is_chosen in choices if is_chosen), None)
