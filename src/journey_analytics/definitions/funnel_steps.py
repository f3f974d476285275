"""What a step of a funnel is: which events fit it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from journey_analytics.definitions.event_details import ItemWhen, holds_of_a_parameter
from journey_analytics.definitions.event_expressions import EventExpression, columns_in
from journey_analytics.definitions.rules import Path, When, Word
from journey_analytics.definitions.strict import Definition, Location

NAME = r"^[a-z][a-z0-9_]*$"


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
    """Says which events are meant: all that it says must hold."""

    when: FunnelWhen | None = Field(
        None, description="every column must match (and); a list means any of its values (or)"
    )
    any_of: tuple[FunnelWhen, ...] = Field((), description="conditions of which one is enough, each written as `when`")
    where: EventExpression | None = Field(
        None, description="SQL over the columns of one event, such as event_value >= 100"
    )
    params: dict[str, Word] = Field(default_factory=dict, description="event parameters and their values (GA4)")
    items: ItemWhen | None = Field(None, description="what one item of the event must match (GA4)")
    unless: FunnelWhen | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Matcher:
        if self.when is None and not self.any_of and self.where is None and not self.looks_at_details:
            raise ValueError("names no event. Give at least one of: when, any_of, where, params, items")
        return self

    def condition(self) -> str:
        """Return the condition as SQL over the columns of an event; never null."""
        return self._joined("coalesce({}, false)")

    def test(self) -> str:
        """Return the condition for a `where` or a `case`, where null is as good as false and asking for it costs time."""
        return self._joined("({})")

    def _joined(self, written: str) -> str:
        parts = [when.condition().sql("duckdb") for when in (self.when,) if when is not None]
        if self.any_of:
            parts.append(" or ".join(f"({when.condition().sql('duckdb')})" for when in self.any_of))
        if self.where is not None:
            parts.append(self.where)
        if self.looks_at_details:
            parts.append(self.details_column)
        fits = " and ".join(written.format(part) for part in parts)
        if self.unless is None:
            return fits
        return f"{fits} and not coalesce({self.unless.condition().sql('duckdb')}, false)"

    @property
    def looks_at_details(self) -> bool:
        """Whether parameters or items are looked at, which the raw table holds and no column of an event."""
        return bool(self.params) or self.items is not None

    @property
    def details_column(self) -> str:
        """The column that says whether the parameters and items of an event match."""
        return "details_of_exclusion"

    def details_condition(self) -> str:
        """Return the condition on parameters and items, as SQL over the raw table."""
        parts = [holds_of_a_parameter(name, match) for name, match in self.params.items()]
        parts += [] if self.items is None else [self.items.holds_of_an_item()]
        return " and ".join(parts)

    def whens(self) -> Iterator[tuple[Location, FunnelWhen]]:
        """Yield each condition with its place in what is said."""
        if self.when is not None:
            yield ("when",), self.when
        for number, when in enumerate(self.any_of):
            yield ("any_of", number), when
        if self.unless is not None:
            yield ("unless",), self.unless

    def columns_used(self) -> tuple[str, ...]:
        """Return the columns of an event that are looked at."""
        looked_at = [column for _, when in self.whens() for column in when.columns_used()]
        looked_at += columns_in(self.where) if self.where is not None else ()
        looked_at += [self.details_column] if self.looks_at_details else []
        return tuple(dict.fromkeys(looked_at))


class Step(Matcher):
    """One step of a funnel."""

    step: str = Field(pattern=NAME)
    title_nl: str
    title_en: str
    optional: bool = Field(False, description="may be skipped; the steps behind it are reached without it as well")
    first_ever: bool = Field(
        False, description="only the first event of its name that the unit ever has, and only if that one fits"
    )

    @property
    def details_column(self) -> str:
        """The column that says whether the parameters and items of an event match."""
        return f"details_of_step_{self.step}"

    def may_share_an_event_with(self, other: Step) -> bool:
        """Return False where a column in which the two name their values tells them apart, True where none does."""
        if self.when is None or other.when is None:
            return True
        for column in self.when.columns_used():
            mine, theirs = getattr(self.when, column), getattr(other.when, column)
            if isinstance(mine, tuple) and isinstance(theirs, tuple) and not set(mine) & set(theirs):
                return False
        return True


class Exclusion(Matcher):
    """Events that end an attempt."""

    rule: Literal["ends", "removes"] = Field(
        "ends",
        description="ends: the attempt keeps the steps that it had reached; removes: it counts nowhere, not even as an entry",
    )
