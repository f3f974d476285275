"""The YAML that leads a model file: the closed list of keys."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from journey_analytics.definitions.rules import Texts
from journey_analytics.definitions.sources import Source
from journey_analytics.definitions.strict import Definition, Location, misplaced, read_yaml, validated
from journey_analytics.errors import DefinitionError, did_you_mean

_HEADER = re.compile(r"\A\s*/\*---[ \t]*\n(?P<yaml>.*?)\n---\*/", re.DOTALL)
_THROUGH = re.compile(r"^(?P<table>\w+)\((?P<given>\w+) -> (?P<key>\w+)\)$")

_ORDERED = re.compile(r"\w+( desc)?")

# among the lines of a file's keys: where its SELECT starts; no key can be called so
SELECT: Location = ("SELECT",)

Severity = Literal["fail", "warn"]


class ColumnDoc(Definition):
    """What one column means. Shared columns are described once, in `sql/contracts/columns.yml`."""

    doc: str = Field(min_length=3)
    type: str | None = Field(None, description="SQL type; checked against what the SELECT yields")
    unit: str | None = Field(None, description="unit of the numbers, such as seconds, persons, share")


class Check(Definition):
    """A row rule: an expression that must hold in every row of the model."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="a sentence that could be false, with underscores")
    sql: str = Field(description="an expression over the model's columns; a row where it is false breaks the rule")
    severity: Severity
    why: str = Field(min_length=3, description="what is wrong in the world when the rule breaks")
    shows: Texts = Field((), description="columns whose values name the rows that break the rule, the first of them")


class Measure(Definition):
    """How people read a KPI or a friction signal: its unit, its direction and its name in both languages."""

    value: Literal["share", "mean", "median", "sum", "count"]
    unit: str = Field(
        description="share, persons, sessions, orders, leads, key_events, seconds, hours, days, or `currency` for the property's own"
    )
    direction: Literal["higher_better", "lower_better"]
    is_additive: bool = Field(False, description="values of parts (days, segments) add up to the whole")
    title_nl: str
    title_en: str
    base_nl: str = Field(description="of whom: the denominator in words")
    base_en: str
    description_nl: str | None = Field(
        None, description="of a KPI: how exactly it is counted, in sentences; pub_kpi_dictionary shows it"
    )
    description_en: str | None = None
    needs_nl: str | None = Field(
        None, description="of a KPI: the data without which there is no value, in words: gebeurtenissen generate_lead"
    )
    needs_en: str | None = None


_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_PLACEHOLDERS = ("part", "rest", "place", "detail", "segment")
_NEEDED_IN_TITLES = frozenset({"segment"})
_NEEDED_IN_STATEMENTS = frozenset({"part", "rest", "segment"})
# two ways to say a word: {ends|end}
_CHOICE = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
_STRAY_BRACE = re.compile(r"[{}]")
_SHOWN = 20


def _blank(found: re.Match[str]) -> str:
    """Return as many blanks as were found, so that what is left keeps its place."""
    return " " * len(found[0])


def worded(sentence: str, *, of_one: bool) -> str:
    """Return a detector's sentence with its choices made: the first word of each where {part} is of one, else the second.

    >>> worded("{part} visits {ends|end} at {place}.", of_one=True)
    '{part} visits ends at {place}.'
    """
    return _CHOICE.sub(r"\1" if of_one else r"\2", sentence)


class SignalTexts(Definition):
    """What a detector's findings say to people. Sentences hold placeholders: {part} of a base, {rest} in the comparison,
    {place}, {detail} of the signal, {segment} in brackets behind what it narrows (empty for all visitors). A statement has
    {ends|end} where the verb follows {part}: the first word for one, the second for any other number.
    """

    title_nl: str = Field(description="such as: Bezoeken eindigen bij {place}{segment}")
    title_en: str
    peak_title_nl: str | None = Field(
        None,
        description="title where it goes better than in the comparison: Bezoeken eindigen minder vaak bij {place}{segment}",
    )
    peak_title_en: str | None = None
    statement_nl: str = Field(description="what is measured, with {part} and {rest}: numbers, never a cause")
    statement_en: str
    definition: str = Field(description="which of which: the hits and the base, as the contract's signal_definition")
    evidence: Literal["event", "clarity", "survey", "review", "interview", "support"] = Field(
        "event", description="kind of source that the numbers come from"
    )

    @field_validator("title_nl", "title_en", "peak_title_nl", "peak_title_en", "statement_nl", "statement_en")
    @classmethod
    def _placeholders_are_known(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None:
            return None
        used = set(_PLACEHOLDER.findall(text))
        allowed = ", ".join(f"{{{word}}}" for word in _PLACEHOLDERS)
        for word in sorted(used - set(_PLACEHOLDERS)):
            raise ValueError(f"unknown placeholder {{{word}}}. Allowed: {allowed}.{did_you_mean(word, _PLACEHOLDERS)}")
        is_title = "title_" in str(info.field_name)
        choice = _CHOICE.search(text)
        if is_title and choice is not None:
            raise ValueError(f"{choice[0]} in a title: a title has no {{part}} that would choose. Write one of the two")
        stray = _STRAY_BRACE.search(_CHOICE.sub(_blank, _PLACEHOLDER.sub(_blank, text)))
        if stray is not None:
            raise ValueError(
                f"a brace without its other half, at {text[stray.start() :][:_SHOWN]!r}. A placeholder is one word "
                f"between braces, a choice two with a bar: {{ends|end}}. Allowed: {allowed}"
            )
        needs = _NEEDED_IN_TITLES if is_title else _NEEDED_IN_STATEMENTS
        for word in sorted(needs - used):
            raise ValueError(f"lacks the placeholder {{{word}}}: a number without its comparison says nothing")
        return text

    @model_validator(mode="after")
    def _a_title_is_in_both_languages(self) -> SignalTexts:
        if (self.peak_title_nl is None) != (self.peak_title_en is None):
            raise ValueError("peak_title_nl and peak_title_en: one is missing. Write both, or neither")
        return self


class DetailLabel(Definition):
    """What a detail of a tracking audit is called in both languages."""

    nl: str
    en: str


class AuditTexts(Definition):
    """What the findings of a tracking audit say to people. In a title {detail} stands for what was looked at: its label
    under `details`, or the detail as it is, such as the name of an event.
    """

    title_nl: str = Field(description="such as: Bezoek verwezen door eigen of betaalpagina: {detail}")
    title_en: str
    base_nl: str = Field(description="of what the affected ones are a part, in words: sessies met toestemming")
    base_en: str
    effect_nl: str = Field(description="what it does to which figure")
    effect_en: str
    kpis: Texts = Field(description="the KPIs that it makes wrong; names of kpi_ models without the prefix")
    details: dict[str, DetailLabel] = Field(default_factory=dict, description="detail -> its label in both languages")

    @field_validator("title_nl", "title_en")
    @classmethod
    def _only_detail_is_filled_in(cls, text: str) -> str:
        for word in _PLACEHOLDER.findall(text):
            if word != "detail":
                raise ValueError(
                    f"unknown placeholder {{{word}}}. Allowed: {{detail}}.{did_you_mean(word, ['detail'])}"
                )
        return text


class Through(Definition):
    """Translation of a key: `dim_periods(entered_date -> period_start)`."""

    table: str
    given: str
    key: str


def _read_through(value: Any) -> Any:
    match = _THROUGH.match(str(value))
    if match is None:
        raise ValueError(f"{value!r} is no translation. Write it as: dim_periods(entered_date -> period_start)")
    return Through(**match.groupdict())


class FrontMatter(Definition):
    """Everything that a model says about itself before its SELECT."""

    description: str = Field(pattern=r"^One row per ", description='first sentence begins with "One row per "')
    grain: tuple[str, ...] = Field(min_length=1, description="the columns that together are unique")
    owner: str
    columns: dict[str, ColumnDoc] = Field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    thresholds: dict[str, int | float] = Field(
        default_factory=dict, description="limit -> default; one that is a whole number takes whole numbers only"
    )
    contract: str | None = None
    source: Source | None = None
    only_with: str | None = Field(
        None, description="key of journey.yml without which this model is not built: `predict`"
    )
    rebuild_by: str = Field("full", description="the key of the model's increments, or `full`")
    reference: Texts = Field((), description="inputs that are read whole; a change in one rebuilds the model whole")
    through: Annotated[Through, BeforeValidator(_read_through, json_schema_input_type=str)] | None = None
    via: dict[str, str] = Field(default_factory=dict, description="a bridge: {fct_touches: dim_people.user_pseudo_id}")
    adds_up_over: str | None = Field(
        None,
        description="rows are sums over groups of input rows with the same value here: a night adds the difference",
    )
    matures_at: str | None = Field(None, description="timestamp column at which a row changes because time passes")
    estimate: Texts = ()
    measure: Measure | None = Field(None, description="unit, direction and titles of a KPI or a friction signal")
    signal: SignalTexts | None = Field(None, description="what the findings of a friction detector say to people")
    audit: AuditTexts | None = Field(None, description="what the findings of a tracking audit say to people")
    published: Literal["state", "ledger"] | None = None
    restates: str | None = Field(
        None, description="on a `pub_` model: the column whose change, once published, is told in pub_restatements"
    )
    materialize: Literal["table", "view"] | None = None
    order_by: Texts = Field(
        (), description="the columns that put the rows in order; `period_start desc` where the largest comes first"
    )

    @field_validator("order_by")
    @classmethod
    def _columns_to_order_by(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        for column in columns:
            if not _ORDERED.fullmatch(column):
                raise ValueError(f"{column!r} is no order. Write a column, or a column and `desc`: period_start desc")
        return columns

    @model_validator(mode="after")
    def _keys_agree(self) -> FrontMatter:
        if self.materialize == "view" and self.rebuild_by != "full":
            raise misplaced(
                "rebuild_by on a view: a view is computed anew by its readers. Leave rebuild_by away", "rebuild_by"
            )
        if self.materialize == "view" and self.estimate:
            raise misplaced(
                "estimate on a view: only a table holds what an estimate adds. Leave materialize away", "estimate"
            )
        if self.source is not None and self.source.holds_events and self.contract is None:
            raise ValueError("source without contract: say which shape the rows fill, such as `contract: event`")
        return self


def split_model_file(path: Path) -> tuple[FrontMatter, dict[Location, int], str]:
    """Return a model file's front matter, the lines of its keys and of its SELECT, and the SELECT itself.

    Raises:
        DefinitionError: no front matter, an unknown key, a missing one.
    """
    front, lines, sql = _split(path.read_text(encoding="utf-8"), path)
    return front, dict(lines), sql


# as with parsed SELECTs: the same files are read again and again in one process
@lru_cache(maxsize=1024)
def _split(text: str, path: Path) -> tuple[FrontMatter, dict[Location, int], str]:
    match = _HEADER.match(text)
    if match is None:
        raise DefinitionError(
            f"{path}:1: has no front matter. A model file starts with a comment '/*---', YAML lines and '---*/'; "
            "then one SELECT follows."
        )
    if "/*" in match["yaml"]:
        line = text[: text.index("/*", match.start("yaml"))].count("\n") + 1
        raise DefinitionError(
            f"{path}:{line}: '/*' inside the front matter opens a comment in the comment. Write a glob without it."
        )
    first_line = text[: match.start("yaml")].count("\n") + 1
    data, lines = read_yaml(match["yaml"], path, first_line)
    front = validated(FrontMatter, data, path, lines)
    below = text[match.end() :]
    lines[SELECT] = text[: len(text) - len(below.lstrip())].count("\n") + 1
    return front, lines, below.strip()
