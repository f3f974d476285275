"""Goals: how far a KPI is to come, from what, until when, and who answers for it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from journey_analytics.definitions.strict import Definition, misplaced

ALL = "all"
SegmentKind = Literal["channel_group", "device_category", "country", "visitor_kind", "persona_id"]


class Goal(Definition):
    """A SMART goal: specific and measurable by a KPI, with a due date; ambition is the owner's."""

    goal: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_nl: str
    title_en: str
    kpi: str = Field(description="a KPI of pub_kpi_dictionary; sql/kpis/kpi_<name>.sql")
    journey_model: str = ALL
    phase: str = ALL
    segment: dict[SegmentKind, str] = Field(
        default_factory=dict, description="one kind and its value, such as {device_category: mobile}"
    )
    period: Literal["iso_week", "month"] = Field("month", description="the stretch that the KPI is measured over")
    base: float = Field(description="the KPI at the start, in its unit; a share is 0.62, not 62")
    since: date = Field(description="from when the base holds: the first period that counts begins then or later")
    target: float = Field(description="what the KPI is to be, in its unit")
    due: date = Field(description="when; the last whole period that ends by then decides")
    owner: str | None = Field(None, description="who answers for it; without one, that is a finding")
    touchpoint: str | None = Field(None, description="touchpoint_id whose findings carry the goal")

    @field_validator("segment")
    @classmethod
    def _one_segment(cls, value: dict[SegmentKind, str]) -> dict[SegmentKind, str]:
        if len(value) > 1:
            raise ValueError(f"names {len(value)} kinds: {', '.join(value)}. A KPI is told of one kind at a time")
        return value

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Goal:
        if self.due <= self.since:
            raise misplaced(f"due {self.due} is not after since {self.since}", "due")
        if self.target == self.base:
            raise misplaced("target is the base: nothing would have to change", "target")
        return self

    @property
    def segment_kind(self) -> str:
        """The kind of segment, `all` without one."""
        return next(iter(self.segment), ALL)

    @property
    def segment_value(self) -> str:
        """The segment, `all` without one."""
        return next(iter(self.segment.values()), ALL)
