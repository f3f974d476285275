"""Funnels: an ordered list of steps, and the choices that make its counts mean one thing only.

The vocabulary and its defaults are told in `docs/funnels.md`. A choice that is in the vocabulary and not offered yet is
refused with a sentence that says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from journey_analytics.definitions.durations import Duration, read_duration
from journey_analytics.definitions.rules import Path, When, Word
from journey_analytics.definitions.strict import Definition, Location, misplaced, place_in, read_definition
from journey_analytics.errors import DefinitionError, did_you_mean

_NAME = r"^[a-z][a-z0-9_]*$"
MAX_STEPS = 10
_MICROSECOND = timedelta(microseconds=1)

# what semantics has a word for and no number is made of yet: key -> value -> why
NOT_OFFERED: Mapping[str, Mapping[Any, str]] = {
    "order": {
        "any": "in any order an event that fits two steps would have to be dealt out between them, which needs a "
        "matching. Offered: ordered, strict"
    },
    "entry": {
        "open": "sources disagree whether somebody who came in at step 1 may come in again at a later one. Offered: closed"
    },
    "count": {"sessions": "sessions are the unit. Write `unit: session`, and leave `count` at uniques or totals"},
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


_ATTRIBUTION = re.compile(r"entry|last|all|step [1-9][0-9]?")


def _attributes(value: Any) -> Any:
    if not isinstance(value, str) or not _ATTRIBUTION.fullmatch(value):
        said = ["entry", "last", "all", "step 2"]
        raise ValueError(
            f"{value!r} is none of the choices. Allowed: {', '.join(said)}.{did_you_mean(str(value), said)}"
        )
    return value


Attribution = Annotated[
    str,
    BeforeValidator(_attributes),
    WithJsonSchema({"type": "string", "pattern": r"^(entry|last|all|step ([1-9]|10))$"}),
]


class FunnelWhen(When):
    """What a step may look at: columns of an event."""

    event_name: Word | None = None
    page_group: Word | None = Field(None, description="page group of the settings")
    page_path: Path | None = Field(None, description="path of the page, without host, query and closing slash")
    page_host: Word | None = None
    page_title: Word | None = None
    search_term: Word | None = None
    source: Word | None = Field(None, description="source of the export, such as ga4")
    device_category: Word | None = None
    country: Word | None = None


class Matcher(Definition):
    """Says which events are meant."""

    when: FunnelWhen = Field(description="every column must match (and); a list means any of its values (or)")
    unless: FunnelWhen | None = None

    def condition(self) -> str:
        """Return the condition as SQL over the columns of an event; never null."""
        fits = f"coalesce({self.when.condition().sql('duckdb')}, false)"
        if self.unless is None:
            return fits
        return f"{fits} and not coalesce({self.unless.condition().sql('duckdb')}, false)"


class Step(Matcher):
    """One step of a funnel."""

    step: str = Field(pattern=_NAME)
    title_nl: str
    title_en: str


class Exclusion(Matcher):
    """Events that end an attempt."""

    rule: Literal["ends", "removes"] = Field(
        "ends",
        description="ends: the attempt keeps the steps that it had reached; removes: it counts nowhere, not even as an entry",
    )


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

    name: str = Field(pattern=_NAME)
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
    order: Annotated[Literal["ordered", "strict"], _offered("order")] = Field(
        "ordered", description="strict: no other touch between two steps"
    )
    entry: Annotated[Literal["closed"], _offered("entry")] = Field("closed", description="closed: all enter at step 1")
    attempt: Literal["best", "first"] = Field(
        "best", description="best: the attempt that gets furthest; first: the first entry, whatever comes later"
    )
    count: Annotated[Literal["uniques", "totals"], _offered("count")] = Field(
        "uniques", description="totals: every attempt; a new one begins when the last has converted or run out"
    )
    min_gap: Duration | None = Field(None, description="the least time between one step and the next")
    tie: Literal["total_order", "later_timestamp"] = Field(
        "total_order",
        description="of events at one moment: batch order, then the lowest step, then the event key; later_timestamp: a "
        "step must be later than the one before it",
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

    @model_validator(mode="after")
    def _choices_agree(self) -> Funnel:
        names = [step.step for step in self.steps]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise misplaced(f"step {name!r} stands twice. Give each step a name of its own", "steps", index, "step")
        if self.window_scope == "per_step" and len(self.steps) > 2:
            raise misplaced(
                "'per_step' is not offered yet for more than two steps: the earliest step 2 need not be the one that "
                "step 3 is near to. Write total, or make a funnel of each pair of steps",
                "window_scope",
            )
        if self.order == "strict" and self.hold:
            raise misplaced(
                "hold is not offered together with `order: strict`: it is not said whether touches with another value "
                "stand in between. Leave one of the two away",
                "hold",
            )
        self._attribution_is_possible()
        return self

    def _attribution_is_possible(self) -> None:
        if self.attributed_step is not None and self.attributed_step > len(self.steps):
            raise misplaced(
                f"{self.attribution!r} is none of the {len(self.steps)} steps. Write a step that there is",
                "attribution",
            )
        if self.attribution == "all" and not self.hold:
            raise misplaced(
                "'all' counts a value only where each step has it, so it needs to know of which column. Write it in "
                "`hold`, such as `hold: device_category`",
                "attribution",
            )

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
        """How much later than the step before it a step must be; 0 where its place in the order decides."""
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
        conditions = [when for _, said in self.matchers for when in (said.when, said.unless) if when is not None]
        return tuple(dict.fromkeys([*(column for when in conditions for column in when.columns_used()), *self.hold]))

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
