"""Goals and changes: how far a KPI is to come, and what was done for it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from journey_analytics.definitions.strict import Definition, misplaced

ALL = "all"
SegmentKind = Literal["channel_group", "device_category", "country", "visitor_kind", "persona_id"]


def _at_most_one(value: dict[SegmentKind, str]) -> dict[SegmentKind, str]:
    if len(value) > 1:
        raise ValueError(f"names {len(value)} kinds: {', '.join(value)}. A KPI is told of one kind at a time")
    return value


Segment = Annotated[dict[SegmentKind, str], AfterValidator(_at_most_one)]


def segment_of(segment: Segment) -> tuple[str, str]:
    """Return kind and value of a segment, `all` and `all` without one.

    >>> segment_of({"device_category": "mobile"}), segment_of({})
    (('device_category', 'mobile'), ('all', 'all'))
    """
    return next(iter(segment.items()), (ALL, ALL))


class Goal(Definition):
    """A SMART goal: specific and measurable by a KPI, with a due date; ambition is the owner's."""

    goal: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_nl: str
    title_en: str
    kpi: str = Field(description="a KPI of pub_kpi_dictionary; sql/kpis/kpi_<name>.sql")
    journey_model: str = ALL
    phase: str = ALL
    segment: Segment = Field(
        default_factory=dict, description="one kind and its value, such as {device_category: mobile}"
    )
    period: Literal["iso_week", "month"] = Field("month", description="the stretch that the KPI is measured over")
    base: float = Field(description="the KPI at the start, in its unit; a share is 0.62, not 62")
    since: date = Field(description="from when the base holds: the first period that counts begins then or later")
    target: float = Field(description="what the KPI is to be, in its unit")
    due: date = Field(description="when; the last whole period that ends by then decides")
    owner: str | None = Field(None, description="who answers for it; without one, that is a finding")
    touchpoint: str | None = Field(None, description="touchpoint_id whose findings carry the goal")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Goal:
        if self.due <= self.since:
            raise misplaced(f"due {self.due} is not after since {self.since}", "due")
        if self.target == self.base:
            raise misplaced("target is the base: nothing would have to change", "target")
        return self


class Change(Definition):
    """Something that was done to better a KPI, so that before can be held against after."""

    change: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_nl: str
    title_en: str
    changed_on: date = Field(description="when visitors first met it")
    kpi: str = Field(description="a KPI that is a share; see pub_kpi_dictionary")
    journey_model: str = ALL
    phase: str = ALL
    segment: Segment = Field(default_factory=dict, description="who met it; everybody without one")
    control: Segment = Field(
        default_factory=dict,
        description="who did not meet it, but lived through the same weeks: takes out what changed anyway",
    )
    weeks: int = Field(4, ge=1, le=13, description="whole ISO weeks before, and as many after: the same weekdays")
    touchpoint: str | None = Field(None, description="touchpoint_id where it was done")
    owner: str | None = None

    @model_validator(mode="after")
    def _control_is_another(self) -> Change:
        if self.control and not self.segment:
            raise misplaced("a control needs a segment that met the change; everybody includes the control", "control")
        if self.control and self.control == self.segment:
            raise misplaced("the control is the segment that met the change", "control")
        if self.control and [*self.control] != [*self.segment]:
            kinds = f"{segment_of(self.control)[0]} and {segment_of(self.segment)[0]}"
            raise misplaced(f"control and segment are of two kinds, {kinds}: somebody could be in both", "control")
        return self
