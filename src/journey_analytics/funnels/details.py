"""Parameters and items of events: which events match what a step says of them.

They stand in the raw table of GA4 and in no column of an event. One small table names the events that match; a funnel joins
it, and where no funnel looks at them there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from journey_analytics.definitions.front_matter import ColumnDoc, FrontMatter
from journey_analytics.definitions.funnel_steps import Matcher
from journey_analytics.definitions.funnels import Funnel
from journey_analytics.definitions.model import Model

DETAILS = "int_funnel_details"
_RAW = "raw_ga4__events"


def matchers_of_details(funnel: Funnel) -> list[Matcher]:
    """Return what looks at parameters or items in a funnel."""
    return [matcher for _, matcher in funnel.matchers if matcher.looks_at_details]


def details_model(funnels: Iterable[Funnel], folder: Path, owner: str) -> list[Model]:
    """Return the table of events whose parameters and items match; none where no funnel asks."""
    selects = [
        f"select distinct event_key, event_date, user_pseudo_id, '{_name(funnel, matcher)}' as matcher\n"
        f"from {_RAW}\nwhere {matcher.details_condition()}"
        for funnel in funnels
        for matcher in matchers_of_details(funnel)
    ]
    if not selects:
        return []
    front = FrontMatter(
        description="One row per event and step of a funnel whose parameters and items the event matches.",
        grain=("event_key", "event_date", "matcher"),
        owner=owner,
        rebuild_by="event_date",
        columns={"matcher": ColumnDoc(type="varchar", doc="Funnel and step, or exclusion, that looks at them")},
    )
    return [Model(DETAILS, "phases", folder, front, "\nunion all\n".join(selects), True)]


def event_columns(funnel: Funnel, columns: Sequence[str]) -> str:
    """Return the columns of a SELECT from `fct_events as events`, those of details made from their joins."""
    made = {matcher.details_column for matcher in matchers_of_details(funnel)}
    return ", ".join(
        f"{column}.event_key is not null as {column}" if column in made else f"events.{column}" for column in columns
    )


def details_joins(funnel: Funnel, of_known: bool = True) -> str:
    """Return the joins that say of each event whether its details match.

    Args:
        of_known: the events are those of browsers that are known, by which a night finds what has changed.
    """
    return "".join(
        f"\nleft join {DETAILS} as {matcher.details_column}\n"
        f"on events.event_key = {matcher.details_column}.event_key "
        f"and events.event_date = {matcher.details_column}.event_date "
        + (f"and events.user_pseudo_id = {matcher.details_column}.user_pseudo_id " if of_known else "")
        + f"and {matcher.details_column}.matcher = '{_name(funnel, matcher)}'"
        for matcher in matchers_of_details(funnel)
    )


def _name(funnel: Funnel, matcher: Matcher) -> str:
    return f"{funnel.name}.{matcher.details_column}"
