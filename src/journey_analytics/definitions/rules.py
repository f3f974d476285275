"""The rule grammar that page groups, touchpoints and phases share, and its translation to one CASE.

A rule says `when` it holds: every named column must match (and); a list means any of its values (or). `unless` takes
back what `when` gave. Rules are tried in the order in which they stand; the first that holds wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator
from sqlglot import exp

from journey_analytics.definitions.strict import Definition

Scalar = str | int


def _as_tuple(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | list[str])]


class TextMatch(Definition):
    """A text that matches each of the named ways, and in each any of the given parts (upper and lower case differ)."""

    starts_with: Texts = ()
    ends_with: Texts = ()
    contains: Texts = ()
    equals: Texts = ()

    @model_validator(mode="after")
    def _says_something(self) -> TextMatch:
        if not (self.starts_with or self.ends_with or self.contains or self.equals):
            raise ValueError("is empty. Give at least one of: contains, ends_with, equals, starts_with")
        if "" in (*self.starts_with, *self.ends_with, *self.contains):
            raise ValueError(
                "'' is part of every text, so that the rule would hold everywhere. Write the part that is meant"
            )
        return self

    def condition(self, column: str) -> exp.Condition:
        """Return `column` matched in every way that is named."""
        ways = [_in(column, self.equals)] if self.equals else []
        for function, values in (
            ("starts_with", self.starts_with),
            ("suffix", self.ends_with),
            ("contains", self.contains),
        ):
            parts = [exp.Anonymous(this=function, expressions=[exp.column(column), _literal(v)]) for v in values]
            ways += [exp.or_(*parts)] if parts else []
        return exp.and_(*ways)


class NumberMatch(Definition):
    """A number within bounds; both bounds belong to the range."""

    at_least: int | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _says_something(self) -> NumberMatch:
        if self.at_least is None and self.at_most is None:
            raise ValueError("is empty. Give at_least, at_most or both")
        return self

    def condition(self, column: str) -> exp.Condition:
        """Return `column` within the bounds."""
        low = exp.column(column) >= self.at_least if self.at_least is not None else None
        high = exp.column(column) <= self.at_most if self.at_most is not None else None
        return exp.and_(*(part for part in (low, high) if part is not None))


def _is_match(value: Any) -> str:
    return "match" if isinstance(value, Mapping | TextMatch | NumberMatch) else "values"


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list | tuple | Mapping | TextMatch | NumberMatch) else (value,)


def _reader(given: Any) -> BeforeValidator:
    """Take one value for a list of one; `given` is what an editor may expect in the YAML."""
    return BeforeValidator(_one_or_many, json_schema_input_type=given)


_Words = Annotated[tuple[str, ...], Field(min_length=1), Tag("values")]
_Numbers = Annotated[tuple[int, ...], Field(min_length=1), Tag("values")]
_States = Annotated[tuple[Literal["prospect", "customer"], ...], Field(min_length=1)]
_TextMatch = Annotated[TextMatch, Tag("match")]
_NumberMatch = Annotated[NumberMatch, Tag("match")]
Word = Annotated[_Words | _TextMatch, Discriminator(_is_match), _reader(str | list[str] | TextMatch)]
Number = Annotated[_Numbers | _NumberMatch, Discriminator(_is_match), _reader(int | list[int] | NumberMatch)]
State = Annotated[_States, _reader(str | list[str])]


def _trimmed(value: Any) -> Any:
    for path in value if isinstance(value, tuple) else (value.equals if isinstance(value, TextMatch) else ()):
        if path != "/" and path.endswith("/"):
            raise ValueError(
                f"{path!r} never matches: paths are compared without the closing slash. Write {path.rstrip('/')!r}"
            )
    return value


Path = Annotated[Word, AfterValidator(_trimmed)]


def _literal(value: Scalar) -> exp.Condition:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)


def _in(column: str, values: Sequence[Scalar]) -> exp.Condition:
    literals = [_literal(value) for value in values]
    return exp.column(column).eq(literals[0]) if len(literals) == 1 else exp.column(column).isin(*literals)


class When(Definition):
    """Columns and what they must match. Each kind of rule names its own columns."""

    @model_validator(mode="after")
    def _names_a_column(self) -> When:
        if not self.columns_used():
            raise ValueError(f"names no column. Allowed: {', '.join(sorted(type(self).model_fields))}")
        return self

    def columns_used(self) -> tuple[str, ...]:
        """Return the columns that this condition looks at, in the order of the grammar."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

    def condition(self) -> exp.Condition:
        """Return the condition: all named columns match."""
        parts: list[exp.Condition] = []
        for column in self.columns_used():
            match = getattr(self, column)
            if isinstance(match, TextMatch | NumberMatch):
                parts.append(match.condition(column))
            else:
                parts.append(_in(column, match if isinstance(match, tuple) else (match,)))
        return exp.and_(*parts)


class PageWhen(When):
    """What a page rule may look at."""

    page_path: Path | None = Field(None, description="path of the page, without host, query and closing slash")
    page_host: Word | None = Field(None, description="host name, lower case")
    page_title: Word | None = None


class TrafficWhen(PageWhen):
    """What a traffic filter may look at."""

    event_name: Word | None = None
    page_location: Word | None = Field(None, description="the whole address, redacted")
    page_referrer: Word | None = Field(None, description="address that led to the page, redacted")
    traffic_type: Word | None = Field(None, description="what GA4's data filter calls the traffic, such as internal")
    debug_mode: Word | None = Field(None, description="1 where GA4's debug mode was on")
    browser: Word | None = None
    event_source: Word | None = Field(None, description="traffic source that the event names, such as a spam host")
    country: Word | None = None
    source: Word | None = Field(None, description="source of the export, such as ga4")


class TouchWhen(When):
    """What a touchpoint rule may look at."""

    event_name: Word | None = None
    page_group: Word | None = Field(None, description="page group of the settings")
    page_path: Path | None = Field(None, description="path of the page, without host, query and closing slash")
    page_host: Word | None = None
    channel_group: Word | None = Field(
        None, description="channel group of the session itself; Direct when it was direct"
    )
    is_landing: bool | None = Field(None, description="the first touch of its session")


class PhaseWhen(TouchWhen):
    """What a phase rule may look at."""

    touchpoint_id: Word | None = None
    is_order: bool | None = Field(None, description="the touch is an order, by the settings' key_events")
    session_number: Number | None = Field(None, description="1 for a browser's first session")
    person_state: State | None = Field(None, description="prospect before the first order, customer after it")
    device_category: Word | None = None
    country: Word | None = None


def first_match(rules: Iterable[tuple[When, When | None, str]], otherwise: exp.Condition) -> exp.Condition:
    """Return one CASE that yields the result of the first rule that holds.

    Args:
        rules: triples of when, unless (or None) and the resulting text.
        otherwise: what the CASE yields when no rule holds.

    >>> first_match([(PageWhen(page_path="/"), None, "home")], exp.null()).sql("duckdb")
    "CASE WHEN page_path = '/' THEN 'home' ELSE NULL END"
    """
    case = exp.Case()
    for when, unless, result in rules:
        condition = when.condition()
        if unless is not None:
            # a null in `unless` must not take away what `when` gave
            condition = exp.and_(condition, exp.not_(exp.func("coalesce", unless.condition(), exp.false())))
        case = case.when(condition, exp.Literal.string(result), copy=False)
    return case.else_(otherwise) if case.args.get("ifs") else otherwise
