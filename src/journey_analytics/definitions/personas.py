"""Personas: kinds of people that a property tells apart, each with the rule that recognises it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pydantic import Field
from sqlglot import exp

from journey_analytics.definitions.rules import PhaseWhen, first_match
from journey_analytics.definitions.strict import Definition, misplaced

# what tables call a segment that is none of a kind's own
_TAKEN = ("all", "none", "other", "unknown")


class Persona(Definition):
    """A kind of people, and the touch that shows that somebody is one of them."""

    persona_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_nl: str
    title_en: str
    when: PhaseWhen = Field(
        description="the touch that shows it; who was shown to be one persona stays it, whatever they do later"
    )
    unless: PhaseWhen | None = None


def refuse_unclear(personas: Iterable[Persona]) -> None:
    """Raise the error of a validator when two personas bear one id, or one that stands for something else."""
    seen: set[str] = set()
    for index, persona in enumerate(personas):
        name = persona.persona_id
        if name in seen:
            twice = f"{name!r} stands twice; write both rules' values in one, as a list, or give each an id of its own"
            raise misplaced(twice, "personas", index, "persona_id")
        if name in _TAKEN:
            taken = f"{name!r} stands for something else in the tables; choose another id"
            raise misplaced(taken, "personas", index, "persona_id")
        seen.add(name)


def persona_select(personas: Collection[Persona]) -> exp.Select:
    """Return each touch with the persona that it shows, null where it shows none; no touch at all without personas."""
    rules = ((persona.when, persona.unless, persona.persona_id) for persona in personas)
    shown = first_match(rules, otherwise=exp.cast(exp.null(), "varchar"))
    columns = ("person_key", "session_key", "event_key", "event_order", "is_landing")
    select = exp.select(*columns, shown.as_("persona_id")).from_("int_person_touches")
    return select if personas else select.where(exp.false())


def persona_labels(personas: Iterable[Persona]) -> list[tuple[str, ...]]:
    """Return the rows of dim_labels that say how people call each persona."""
    return [("persona_id", persona.persona_id, persona.title_nl, persona.title_en) for persona in personas]
