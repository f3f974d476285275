"""Where a staging model's files come from, and how an export of another tool is translated into our columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from journey_analytics.definitions.rules import Texts
from journey_analytics.definitions.schedule import checked_zone
from journey_analytics.definitions.strict import Definition
from journey_analytics.errors import did_you_mean

Identity = Literal["own", "shared", "separate"]
ReaderName = Literal["ga4", "ga4_users", "events"]

# our columns that a mapping may name; all are texts in the file
MAPPED_COLUMNS = (
    "event_timestamp",
    "event_name",
    "user_pseudo_id",
    "user_id",
    "session_id",
    "page_location",
    "page_title",
    "page_referrer",
    "device_category",
    "country",
    "element",
    "value",
)
REQUIRED_COLUMNS = ("event_timestamp", "event_name")
PROPERTY_CLOCK = "property"
_JOINED = " + "


class Source(Definition):
    """Where a staging model's files come from and how to read them."""

    reader: ReaderName
    path: str = Field(description="glob that is used when neither the settings nor the command line give one")
    identity: Identity = Field("own", description="whose user and session ids the rows carry")
    mapping: dict[str, Texts] = Field(
        default_factory=dict,
        description="for reader `events`: our column -> the file's column, a path into one that holds JSON "
        "(`properties.$current_url`), columns joined by a space (`date + time`), or a list of these: the first with "
        "a value counts",
    )
    columns: Texts = Field((), description="of files without a header: the names of all their columns, in order")
    is_quoted: bool = Field(True, description="false: a text file in which quotes are data, as in Snowplow's")
    explode: str | None = Field(
        None, description="a column that holds a list: each of its elements is an event, reached by paths into it"
    )
    wall_clock: str | None = Field(
        None,
        description="the zone whose clock the times show, also where they are written as numbers: a name, or "
        "`property` for that of the settings. Without it, times that do not name a zone are UTC",
    )

    beside: str | None = Field(
        None,
        description="for reader `ga4_users`: the source in whose folders the tables are looked for when neither the "
        "settings nor the command line give a glob; where none lie, nothing is said",
    )

    @property
    def session_rule(self) -> str:
        """`gap` where a pause makes a new session, since the source has people but no sessions; else `given`."""
        is_without = self.reader == "events" and self.identity == "own" and "session_id" not in self.mapping
        return "gap" if is_without else "given"

    @property
    def holds_events(self) -> bool:
        """Whether a row is an event; else it is a user."""
        return self.reader != "ga4_users"

    @field_validator("mapping")
    @classmethod
    def _mapping_is_known(cls, mapping: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        fault = mapping_fault(mapping)
        if fault is not None:
            key, told = fault
            raise PydanticCustomError("mapping", "{told}", {"told": told, "key": key})
        return mapping

    @field_validator("wall_clock")
    @classmethod
    def _clock_exists(cls, zone: str | None) -> str | None:
        return zone if zone in (None, PROPERTY_CLOCK) else checked_zone(zone)

    @model_validator(mode="after")
    def _keys_agree(self) -> Source:
        foreign = [name for name in ("mapping", "columns", "explode", "wall_clock") if getattr(self, name)]
        if self.reader != "events" and (foreign or not self.is_quoted):
            raise ValueError(f"{(foreign or ['is_quoted'])[0]} is for reader `events` only. Leave it out")
        if self.reader != "ga4_users" and self.beside is not None:
            raise ValueError("beside is for reader `ga4_users` only. Leave it out")
        missing = next((name for name in REQUIRED_COLUMNS if name not in self.mapping), None)
        if self.reader == "events" and missing is not None:
            raise ValueError(missing_column(missing))
        twice = next((name for name in self.columns if self.columns.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"columns: {twice!r} stands twice; give each column a name of its own")
        if self.columns:
            self._refuse_strangers()
        return self

    def _refuse_strangers(self) -> None:
        """Refuse a mapping to what is no column of a file without a header."""
        for ours, origins in self.mapping.items():
            for part in (part for origin in origins for part in joined_parts(origin)):
                if part not in self.columns and not any(part.startswith(f"{name}.") for name in self.columns):
                    raise ValueError(
                        f"mapping: {ours}: {part!r} is none of `columns`.{did_you_mean(part, self.columns)} "
                        "Write one of them, or a path into one"
                    )


def joined_parts(origin: str) -> list[str]:
    """Return the columns or paths that make up one value.

    >>> joined_parts("date + time"), joined_parts("properties.$current_url")
    (['date', 'time'], ['properties.$current_url'])
    """
    return [part.strip() for part in origin.split(_JOINED)]


def mapping_fault(mapping: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Return the first key of a mapping that is wrong, and what is wrong with it; None when all is well."""
    for ours, origins in mapping.items():
        if ours not in MAPPED_COLUMNS:
            allowed = ", ".join(sorted(MAPPED_COLUMNS))
            return ours, f"unknown column {ours!r}. Allowed: {allowed}.{did_you_mean(ours, MAPPED_COLUMNS)}"
        if not origins or not all(part for origin in origins for part in joined_parts(origin)):
            return ours, f"{ours} names no column of the file. Write one, a path into one, or a list of these"
    return None


def missing_column(ours: str) -> str:
    """Return what to say of a mapping without a column that every event needs."""
    return f"mapping: {ours} is missing. Write '{ours}: <the column of the file that holds it>'"
