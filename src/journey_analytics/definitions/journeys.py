"""Journey models: an ordered list of phases and the rules that put a touch in one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, model_validator
from sqlglot import exp

from journey_analytics.definitions.durations import Duration
from journey_analytics.definitions.rules import PhaseWhen, first_match
from journey_analytics.definitions.strict import Definition, misplaced, place_in, read_definition
from journey_analytics.errors import DefinitionError, did_you_mean

_NAME = r"^[a-z][a-z0-9_]*$"


class Phase(Definition):
    """One phase of a journey model, in the order in which people usually pass them."""

    phase: str = Field(pattern=_NAME)
    title_nl: str
    title_en: str
    description_nl: str
    description_en: str
    is_evaluation: bool = Field(
        False, description="people weigh up here; an order without it since the one before is the loyalty loop"
    )


class PhaseRule(Definition):
    """Puts a touch in a phase when it matches; the first rule that holds wins."""

    phase: str
    when: PhaseWhen
    unless: PhaseWhen | None = None


class UnmappedShare(Definition):
    """How many touches may match no rule before a warning is given."""

    warn_above: float = Field(ge=0, le=1)


class Journey(Definition):
    """A named, ordered list of phases and the rules that put a touch into one."""

    name: str = Field(pattern=_NAME)
    title_nl: str
    title_en: str
    description_nl: str
    description_en: str
    window: Duration = Field(description="a person must reach a later phase within this time of entering one")
    phases: tuple[Phase, ...] = Field(min_length=2)
    rules: tuple[PhaseRule, ...] = Field(min_length=1)
    unmapped_share: UnmappedShare = UnmappedShare(warn_above=0.5)

    @model_validator(mode="after")
    def _rules_and_phases_agree(self) -> Journey:
        names = [phase.phase for phase in self.phases]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise misplaced(f"phase {name!r} stands twice", "phases", index, "phase")
        for index, rule in enumerate(self.rules):
            if rule.phase not in names:
                raise misplaced(
                    f"phase {rule.phase!r} is not in phases. Allowed: {', '.join(names)}.{did_you_mean(rule.phase, names)}",
                    "rules", index, "phase",
                )  # fmt: skip
        for index, name in enumerate(names):
            if name not in {rule.phase for rule in self.rules}:
                raise misplaced(f"phase {name!r} has no rule, so nobody can enter it", "phases", index, "phase")
        return self

    def phase_case(self, prefix: str = "") -> exp.Condition:
        """Return the CASE that yields the phase of a touch with `prefix` before it, null where no rule holds."""
        return first_match(((r.when, r.unless, prefix + r.phase) for r in self.rules), otherwise=exp.null())


def pattern_select(journeys: Iterable[Journey]) -> exp.Select:
    """Return each touch with the phases that all journey models put it in, as one text: ` aida:desire race:act `.

    A model that has no phase for a touch is left out. One row a touch, where a row per model would have to be put
    together again.
    """
    pattern: exp.Expression = exp.Literal.string(" ")
    for journey in sorted(journeys, key=lambda each: each.name):
        phase = exp.func("coalesce", journey.phase_case(f"{journey.name}:"), exp.Literal.string(""))
        pattern = exp.DPipe(this=exp.DPipe(this=pattern, expression=phase), expression=exp.Literal.string(" "))
    return exp.select(exp.Star(), pattern.as_("phase_pattern")).from_("int_person_touches")


def read_journey(path: Path) -> Journey:
    """Return the journey model described in `path`.

    Raises:
        DefinitionError: unknown key, missing unit, phase named twice, rule for an undeclared phase, or a name that is
            not the file's.
    """
    journey = read_definition(Journey, path)
    if journey.name != path.stem:
        raise DefinitionError(
            f"{place_in(path, ('name',))}: name is {journey.name!r}, but the file is called {path.stem!r}."
        )
    return journey
