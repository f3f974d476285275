"""What an export holds, as facts. Nothing here is a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from journey_analytics.ingest import FileOutcome


@dataclass(frozen=True)
class Counted:
    """A name and how often it occurs."""

    name: str
    count: int


@dataclass(frozen=True)
class EventProfile:
    """One event name.

    Attributes:
        share: of all rows.
        session_share: share of sessions in which it occurs.
        valued: rows that carry a value.
        transactions: distinct transaction ids on its rows.
        parameters: event parameters by number of rows, those that GA4 adds by itself left out.
    """

    event_name: str
    count: int
    share: float
    session_share: float = 0.0
    valued: int = 0
    transactions: int = 0
    parameters: tuple[Counted, ...] = ()


@dataclass(frozen=True)
class PageFolder:
    """A page path and all that lies below it.

    Attributes:
        path: `/klantenservice` stands for itself and for `/klantenservice/…`; `/` is the home page alone.
        page_views: of the path and of everything below it.
        own_page_views: of exactly this path.
        pages: distinct paths, itself included.
        events: events that tell what kind of page it is, on the path and below it.
    """

    path: str
    page_views: int
    own_page_views: int
    pages: int
    events: tuple[Counted, ...] = ()

    @property
    def depth(self) -> int:
        """Number of path segments; 0 for the home page."""
        return 0 if self.path == "/" else self.path.count("/")


@dataclass(frozen=True)
class ReferrerHost:
    """A host that page views were reached from; `mid_session` counts those that were not their session's first."""

    host: str
    page_views: int
    mid_session: int


@dataclass(frozen=True)
class ChannelSource:
    """Where sessions came from, as far as the export says."""

    source: str
    medium: str
    sessions: int


@dataclass(frozen=True)
class TimeZoneGuess:
    """The zone in which event_date equals the date of event_timestamp most often.

    Attributes:
        share: of the rows, for which it does.
        also_fits: other zones that fit exactly as well; many when hardly anything happens around midnight.
    """

    name: str
    share: float
    also_fits: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrackingGap:
    """Days in a row without one event that was to be expected on each of them."""

    event_name: str
    first_date: date
    last_date: date
    expected: int


@dataclass(frozen=True)
class ExportProfile:
    """What an export holds.

    Attributes:
        rows: events, of the best delivery of each day.
        superseded_rows: events of intraday deliveries whose day also came whole.
        missing_dates: days without any event, between the first and the last.
        time_zone: None where the export holds no dates of the property.
        duplicate_share: rows that repeat another row exactly, of all rows with a user id.
        page_views: rows that count as a page view and bear a path.
        page_folders: up to four levels deep, most viewed first.
    """

    files: tuple[FileOutcome, ...]
    rows: int
    superseded_rows: int
    users: int
    sessions: int
    first_date: date
    last_date: date
    missing_dates: tuple[date, ...]
    duplicate_share: float
    no_consent_share: float
    time_zone: TimeZoneGuess | None
    events: tuple[EventProfile, ...]
    tracking_gaps: tuple[TrackingGap, ...] = ()
    hosts: tuple[Counted, ...] = ()
    page_views: int = 0
    page_folders: tuple[PageFolder, ...] = ()
    referrers: tuple[ReferrerHost, ...] = ()
    channels: tuple[ChannelSource, ...] = ()
    devices: tuple[Counted, ...] = ()
    traffic_types: tuple[Counted, ...] = ()
    debug_modes: tuple[Counted, ...] = ()
    currencies: tuple[Counted, ...] = ()

    @property
    def rejected_rows(self) -> int:
        """Rows that could not be read."""
        return sum(outcome.rows_rejected for outcome in self.files)

    def event_counts(self) -> dict[str, int]:
        """Return event name -> number of rows."""
        return {event.event_name: event.count for event in self.events}

    def top_folders(self, most: int = 30) -> list[PageFolder]:
        """Return the first segments of the paths with their page views, the home page among them."""
        return [folder for folder in self.page_folders if folder.depth <= 1][:most]
