"""Predictions: what is said of each person's next weeks, a part of `journey.yml`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from journey_analytics.definitions.durations import Duration, in_whole_days
from journey_analytics.definitions.strict import Definition

Target = Literal["order", "churn"]


class Predict(Definition):
    """What is predicted of each person, learnt from what others did who were as far. Needs the optional extra `predict`."""

    targets: tuple[Target, ...] = Field(
        ("order", "churn"),
        min_length=1,
        description="order: orders within the horizon; churn: stays away, as the KPI churn_rate has it, of whom that shows within it",
    )
    horizon: Duration = Field(
        default="28 days",
        validate_default=True,
        description="how far ahead, in whole days or weeks; what is said is tested on the newest horizon that has passed",
    )

    @field_validator("horizon")
    @classmethod
    def _whole_days(cls, value: timedelta) -> timedelta | None:
        return in_whole_days(value)

    @field_validator("targets")
    @classmethod
    def _targets_differ(cls, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        twice = next((target for target in targets if targets.count(target) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} stands twice")
        return targets
