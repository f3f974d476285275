"""The readers that there are, by the name that a source gives."""

from __future__ import annotations

from journey_analytics.definitions.settings import Settings
from journey_analytics.ingest.event_reader import EventReader
from journey_analytics.ingest.event_sql import CONTENT_COLUMNS
from journey_analytics.ingest.ga4_layout import content_columns
from journey_analytics.ingest.ga4_reader import Ga4Reader
from journey_analytics.ingest.ga4_users_layout import users_content_columns
from journey_analytics.ingest.ga4_users_reader import Ga4UsersReader
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.ingest.reader import Reader, raw_columns

_CONTENT = {"ga4": content_columns(), "ga4_users": users_content_columns(), "events": CONTENT_COLUMNS}


def reader_of(plan: SourcePlan, settings: Settings) -> Reader:
    """Return the reader of a source's files."""
    if plan.reader == "ga4":
        return Ga4Reader(settings.redaction)
    if plan.reader == "ga4_users":
        return Ga4UsersReader(settings.redaction)
    return EventReader(plan, settings)


def raw_columns_of(plan: SourcePlan) -> dict[str, str]:
    """Return the columns of a source's raw table, and their types."""
    return raw_columns(_CONTENT[plan.reader])
