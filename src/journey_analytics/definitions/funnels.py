"""Funnels: an ordered list of steps, and the choices that make its counts mean one thing only.

The vocabulary and its defaults are told in `docs/funnels.md`. A choice that is in the vocabulary and not offered yet is
refused with a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from journey_analytics.definitions.durations import Duration, read_duration
from journey_analytics.definitions.funnel_agreement import refuse_what_does_not_go_together
from journey_analytics.definitions.funnel_steps import NAME, Exclusion, Matcher, Step
from journey_analytics.definitions.strict import Definition, Location, misplaced, place_in, read_definition
from journey_analytics.errors import DefinitionError, did_you_mean

MAX_STEPS = 10
_MICROSECOND = timedelta(microseconds=1)

# what semantics has a word for and no number is made of yet: key -> value -> why
NOT_OFFERED: Mapping[str, Mapping[Any, str]] = {
    "reuse": {True: "here one event fills one step. Leave `reuse` away"},
}


def _offered(key: str) -> BeforeValidator:
    def refuse(value: Any) -> Any:
        why = NOT_OFFERED[key].get(value) if isinstance(value, str | bool) else None
        if why is not None:
            said = str(value).lower() if isinstance(value, bool) else value
            raise ValueError(f"'{said}' is not offered yet: {why}")
        return value

    return BeforeValidator(refuse)


def _no_limit(value: Any) -> Any:
    return None if value == "none" else read_duration(value)


Window = Annotated[
    timedelta | None,
    BeforeValidator(_no_limit),
    WithJsonSchema({"type": "string", "pattern": r"^(none|\d+ (second|minute|hour|day|week)s?)$"}),
]
HoldColumn = Literal[
    "session_key", "page_path", "page_group", "search_term", "transaction_id", "device_category", "country"
]
_HOLDABLE: tuple[str, ...] = get_args(HoldColumn)


def _holds(value: Any) -> Any:
    columns = value if isinstance(value, list | tuple) else (value,)
    for column in columns:
        if column not in _HOLDABLE:
            raise ValueError(
                f"{column!r} cannot be held. Allowed: {', '.join(_HOLDABLE)}.{did_you_mean(str(column), _HOLDABLE)}"
            )
    return tuple(columns)


_ATTRIBUTIONS = ["entry", "last", "all", *(f"step {number}" for number in range(1, MAX_STEPS + 1))]


def _attributes(value: Any) -> Any:
    if value not in _ATTRIBUTIONS:
        said = ["entry", "last", "all", "step 2"]
        raise ValueError(
            f"{value!r} is none of the choices. Allowed: {', '.join(said)}.{did_you_mean(str(value), said)}"
        )
    return value


Attribution = Annotated[
    str,
    BeforeValidator(_attributes),
    WithJsonSchema({"type": "string", "enum": _ATTRIBUTIONS}),
]


class EntryRange(Definition):
    """First and last date of entry; conversion may come later."""

    date_from: date | None = None
    date_to: date | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> EntryRange:
        if self.date_from is None and self.date_to is None:
            raise ValueError("is empty. Give date_from, date_to or both")
        if self.date_from is not None and self.date_to is not None and self.date_to < self.date_from:
            raise ValueError(f"ends at {self.date_to}, before it begins at {self.date_from}")
        return self


class Funnel(Definition):
    """A named funnel. What it leaves out has the default of the vocabulary."""

    name: str = Field(pattern=NAME)
    title_nl: str
    title_en: str
    description_nl: str
    description_en: str
    steps: tuple[Step, ...] = Field(min_length=2, max_length=MAX_STEPS)
    window: Window = Field(
        description="how long after entry a step still counts, the last microsecond included; `none`: without limit, and "
        "who has not converted stays pending"
    )
    window_scope: Literal["total", "per_step"] = Field("total", description="per_step: from each step to the next")
    order: Literal["ordered", "strict", "any"] = Field(
        "ordered", description="strict: no other touch between two steps; any: the steps may come in any order"
    )
    between: Literal["anything", "steps_only", "no_repeats"] = Field(
        "anything",
        description="what may stand between two steps; steps_only: no touch that is not the next step or one that was "
        "reached; no_repeats: no step that was reached, from the second on",
    )
    anchor: Literal["any_step", "first_step"] = Field(
        "any_step", description="with order any: whether an attempt counts without the first step"
    )
    entry: Literal["closed", "open"] = Field(
        "closed", description="closed: all enter at step 1; open: at the first step that they do"
    )
    attempt: Literal["best", "first"] = Field(
        "best", description="best: the attempt that gets furthest; first: the first entry, whatever comes later"
    )
    count: Literal["uniques", "totals", "sessions"] = Field(
        "uniques",
        description="totals: every attempt; a new one begins when the last has converted or run out. sessions: a session "
        "counts once, as with `unit: session`",
    )
    min_gap: Duration | None = Field(None, description="the least time between one step and the next")
    grace: Duration | None = Field(
        None,
        description="how much sooner than the step before it a step may come; it counts as if it came with that one",
    )
    tie: Literal["total_order", "later_timestamp", "same_second"] = Field(
        "total_order",
        description="of events at one moment: batch order, then the lowest step, then the event key; later_timestamp: a "
        "step must be later than the one before it; same_second: a second is one moment, in which the steps stand in order "
        "and equal events are one",
    )
    reuse: Annotated[Literal[False], _offered("reuse")] = Field(False, description="one event fills one step")
    exclude: Exclusion | None = None
    hold: Annotated[
        tuple[HoldColumn, ...], BeforeValidator(_holds, json_schema_input_type=HoldColumn | list[HoldColumn])
    ] = Field((), description="columns that must have the entry's value at every step; a null is no value")
    attribution: Attribution = Field(
        "entry",
        description="whose session speaks in a breakdown: that of the entry, of the last step reached, of step k, or of "
        "all: each value has attempts of its own",
    )
    range: EntryRange | None = Field(None, description="limits entry, not conversion")
    unit: Literal["person", "session"] = "person"

    @model_validator(mode="before")
    @classmethod
    def _sessions_are_the_unit(cls, said: Any) -> Any:
        if not isinstance(said, Mapping) or said.get("count") != "sessions":
            return said
        if said.get("unit", "session") != "session":
            raise misplaced("contradicts `count: sessions`. Leave one of the two away", "unit")
        return {**said, "count": "uniques", "unit": "session"}

    @model_validator(mode="after")
    def _choices_agree(self) -> Funnel:
        names = [step.step for step in self.steps]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise misplaced(f"step {name!r} stands twice. Give each step a name of its own", "steps", index, "step")
        refuse_what_does_not_go_together(self)
        return self

    @property
    def attributed_step(self) -> int | None:
        """The number of the step whose session speaks in a breakdown; None where none is named."""
        return int(self.attribution.removeprefix("step ")) if self.attribution.startswith("step ") else None

    @property
    def window_microseconds(self) -> int | None:
        """The window; None where there is no limit."""
        return None if self.window is None else self.window // _MICROSECOND

    @property
    def gap_microseconds(self) -> int:
        """How much later than the step before it a step must be, below 0 for sooner; 0 where its place decides."""
        if self.grace is not None:
            return -(self.grace // _MICROSECOND)
        gap = self.min_gap // _MICROSECOND if self.min_gap is not None else 0
        return max(gap, 1) if self.tie == "later_timestamp" else gap

    @property
    def matchers(self) -> list[tuple[Location, Matcher]]:
        """What says which events are meant, with its place in the file."""
        steps: list[tuple[Location, Matcher]] = [(("steps", place), step) for place, step in enumerate(self.steps)]
        return [*steps, (("exclude",), self.exclude)] if self.exclude is not None else steps

    @property
    def columns_used(self) -> tuple[str, ...]:
        """The columns of an event that steps, exclusion and `hold` look at."""
        return tuple(
            dict.fromkeys([*(column for _, said in self.matchers for column in said.columns_used()), *self.hold])
        )

    @property
    def is_chained_per_step(self) -> bool:
        """Whether the earliest event of a step need not be the best; of two steps, or directly followed, it is."""
        return self.has_window_per_step and self.order == "ordered"

    @property
    def has_window_per_step(self) -> bool:
        """Whether each step has a window of its own; of two steps that is the window of the whole."""
        return self.window_scope == "per_step" and len(self.steps) > 2 and self.window is not None

    @property
    def has_optional(self) -> bool:
        """Whether a step may be skipped."""
        return any(step.optional for step in self.steps)

    @property
    def unit_columns(self) -> tuple[str, ...]:
        """The columns that say who is counted."""
        return ("person_key", "session_key") if self.unit == "session" else ("person_key",)


def read_funnel(path: FilePath) -> Funnel:
    """Return the funnel described in `path`.

    Raises:
        DefinitionError: unknown key, missing unit, a choice that is not offered yet, or a name that is not the file's.
    """
    funnel = read_definition(Funnel, path)
    if funnel.name != path.stem:
        raise DefinitionError(
            f"{place_in(path, ('name',))}: name is {funnel.name!r}, but the file is called {path.stem!r}."
        )
    return funnel
