"""Touchpoints: the places where customer and organisation meet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from sqlglot import exp

from journey_analytics.definitions.rules import TouchWhen, first_match
from journey_analytics.definitions.strict import Definition, misplaced, read_definition

Ownership = Literal["paid", "owned", "earned", "unknown"]


class Touchpoint(Definition):
    """One place where customer and organisation meet, and the rule that recognises it."""

    touchpoint_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_nl: str
    title_en: str
    when: TouchWhen
    unless: TouchWhen | None = None
    channel: str = Field("web", description="lane on the map: web, app, store, e-mail, phone …")
    ownership: Ownership = "owned"
    moment_of_truth: Literal["zmot", "fmot", "umot"] | None = None
    owner: str | None = None
    after_order: bool = Field(
        False,
        description="met once the order is made or the form is filed, such as a thank-you page: nobody can stop there, "
        "so it is no drop-off point, and other touchpoints are not compared with it",
    )


class Touchpoints(Definition):
    """The registry that every property starts from: `sql/touchpoints.yml`."""

    touchpoints: tuple[Touchpoint, ...]

    @model_validator(mode="after")
    def _each_id_once(self) -> Touchpoints:
        refuse_repeats(self.touchpoints)
        return self


def refuse_repeats(touchpoints: Iterable[Touchpoint]) -> None:
    """Raise the error of a validator when two touchpoints bear one id."""
    seen: set[str] = set()
    for index, touchpoint in enumerate(touchpoints):
        if touchpoint.touchpoint_id in seen:
            twice = f"{touchpoint.touchpoint_id!r} stands twice. Give each touchpoint an id of its own"
            raise misplaced(twice, "touchpoints", index, "touchpoint_id")
        seen.add(touchpoint.touchpoint_id)


def read_touchpoints(path: Path) -> tuple[Touchpoint, ...]:
    """Return the touchpoints of a file.

    Raises:
        DefinitionError: unknown key, an id that stands twice.
    """
    return read_definition(Touchpoints, path).touchpoints


def touchpoint_case(own: Iterable[Touchpoint], common: Iterable[Touchpoint]) -> exp.Condition:
    """Return the CASE that yields the touchpoint of a touch: own rules first, then common ones, then the page group."""
    own = tuple(own)
    taken = {touchpoint.touchpoint_id for touchpoint in own}
    rules = [*own, *(touchpoint for touchpoint in common if touchpoint.touchpoint_id not in taken)]
    return first_match(((t.when, t.unless, t.touchpoint_id) for t in rules), otherwise=exp.column("page_group"))
