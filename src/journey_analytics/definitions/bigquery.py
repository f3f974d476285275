"""Where `journey fetch ga4` finds the export in BigQuery: a part of `journey.yml`. Credentials stand in no file of ours."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal

from pydantic import Field, field_validator

from journey_analytics.definitions.durations import Duration, in_whole_days
from journey_analytics.definitions.strict import Definition

TableKind = Literal["daily", "intraday", "fresh", "users", "pseudonymous_users"]


class BigQuery(Definition):
    """The dataset into which GA4 exports, and what is fetched of it."""

    project: str = Field(description="Google Cloud project that holds the dataset")
    dataset: str = Field(description="as GA4 names it: analytics_ and the number of the property")
    billing_project: str | None = Field(None, description="project that pays for reading; the same when left out")
    tables: tuple[TableKind, ...] = Field(("daily",), min_length=1, description="only daily tables complete a date")
    first_date: date | None = Field(None, description="earlier dates are not fetched; without it, all that there are")
    look_back: Duration = Field(
        default="4 days",
        validate_default=True,
        description="GA4 writes a day anew for some days: so far back from the newest file it is asked about again",
    )

    @field_validator("project", "billing_project")
    @classmethod
    def _is_a_project(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z][a-z0-9.:-]*[a-z0-9]", value):
            raise ValueError(f"{value!r} is no project id. Write it as Google Cloud does, such as shop-analytics-123")
        return value

    @field_validator("dataset")
    @classmethod
    def _is_a_dataset(cls, value: str) -> str:
        if not re.fullmatch(r"\w+", value):
            raise ValueError(f"{value!r} is no dataset. Write its name alone, such as analytics_123456789")
        return value

    @field_validator("look_back")
    @classmethod
    def _whole_days(cls, value: timedelta) -> timedelta | None:
        return in_whole_days(value)
