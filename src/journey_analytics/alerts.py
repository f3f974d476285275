"""Who is told when a night goes wrong: sentences in Dutch and in English, and a thin way to send them.

An alert speaks of the property, of what happened and of what to do. It is made of names and counts only: the message of
an error may quote a row of the export, so it stays in the run's record.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.errors import (
    Busy,
    CheckFailed,
    DefinitionError,
    InputError,
    JourneyError,
    StorageError,
    UsageError,
)
from journey_analytics.pipeline import Run
from journey_analytics.warehouse import Warehouse
from journey_analytics.window import newest_complete_dates

URLS_VARIABLE = "JOURNEY_ALERT_URLS"
SECONDS_AT_MOST = 20.0


@dataclass(frozen=True)
class Alert:
    """A message for people: Dutch first, then English."""

    title: str
    body: str


# what happened and what to do, in Dutch and in English, by kind of error
_HAPPENED: dict[type[Exception], tuple[str, str]] = {
    DefinitionError: (
        "Een definitie of instelling klopt niet. Draai `journey check`: dat noemt bestand en regel.",
        "A definition or a setting cannot be meant. Run `journey check`: it names file and line.",
    ),
    InputError: (
        "Geen enkele export was leesbaar, of er zijn te veel rijen geweigerd. Kijk of de export van vannacht er staat.",
        "No export could be read, or too many rows were refused. Look whether last night's export is there.",
    ),
    Busy: (
        "Een andere run hield de database bezet, ook na herhaald proberen. Kijk of er een proces is blijven hangen.",
        "Another run held the database, also after several tries. Look whether a process hangs.",
    ),
    StorageError: (
        "De database of de uitvoermap was niet te lezen of te schrijven. Kijk of de schijf vol is en of de map er nog is.",
        "The database or the output folder could not be read or written. Look whether the disk is full or a folder is gone.",
    ),
    UsageError: (
        "De run is gevraagd om iets dat niet bestaat. Kijk naar de opties waarmee hij gestart wordt.",
        "The run was asked for something that does not exist. Look at the options that it is started with.",
    ),
}
_UNKNOWN = (
    "Een fout in het programma zelf. Geef het logboek aan wie het onderhoudt.",
    "A fault of the program itself. Give the log to whoever maintains it.",
)
_STAYS = (
    "De tabellen van de vorige keer staan er nog; de volgende nacht haalt deze in.",
    "The tables of the last time are still there; the next night makes up for this one.",
)


def failure_alert(title: str, error: BaseException) -> Alert:
    """Return what to tell people of a night that failed."""
    if isinstance(error, CheckFailed):
        # names and counts of rules, never a row
        dutch = f"Een controle is niet doorstaan; er is niets gepubliceerd, en de tabellen zijn zoals ze waren.\n{_rules(error)}"
        english = f"A check failed; nothing was published, and the tables stay as they were.\n{_rules(error)}"
    else:
        kinds = (said for kind, said in _HAPPENED.items() if isinstance(error, kind))
        dutch, english = next(kinds, _UNKNOWN)
    body = f"{dutch}\n{_STAYS[0]}\n\n{english}\n{_STAYS[1]}"
    return Alert(f"{title}: de nacht is mislukt / the night failed", body)


def _rules(error: CheckFailed) -> str:
    return "\n".join(f"- {line}" for line in str(error).splitlines()[1:])


def late_alert(title: str, late: Mapping[str, date | None]) -> Alert:
    """Return what to tell people of exports that are late.

    Args:
        late: source -> its newest complete date, or None.
    """
    dutch = _listed({source: f"compleet tot en met {day}" if day else "nog geen dag" for source, day in late.items()})
    english = _listed({source: f"complete up to {day}" if day else "no day yet" for source, day in late.items()})
    return Alert(
        f"{title}: exports zijn te laat / exports are late",
        f"Er is geen nieuwe complete dag geleverd; de tabellen lopen achter.\n{dutch}\n"
        "Kijk of de export nog loopt en of de bestanden aankomen.\n\n"
        f"No new complete day was delivered; the tables lag behind.\n{english}\n"
        "Look whether the export still runs and whether its files arrive.",
    )


def _listed(told: Mapping[str, str]) -> str:
    return "\n".join(f"- {source}: {words}" for source, words in told.items())


def late_sources(newest: Mapping[str, date | None], settings: Settings, now: datetime) -> dict[str, date | None]:
    """Return the sources whose newest complete date ended longer ago than `late_after`, each with that date.

    Args:
        now: an aware moment.

    >>> settings = Settings(property="shop", title="Shop", time_zone="UTC", sources={})
    >>> sorted(late_sources({"ga4": date(2026, 6, 30), "clarity": date(2026, 6, 28)}, settings,
    ...     datetime(2026, 7, 2, 3, tzinfo=UTC)))
    ['clarity']
    """
    zone = ZoneInfo(settings.time_zone)

    def is_late(day: date | None) -> bool:
        if day is None:
            return True
        ended = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
        return now - ended > settings.alerts.late_after

    return {source: day for source, day in newest.items() if is_late(day)}


def watched(work: Callable[[], Run], settings: Path | None, say: Callable[[str], None]) -> Run:
    """Do the work of a night; tell the addresses when it fails or when exports are late. Sending never fails the night.

    Args:
        settings: the property's `journey.yml`, which names addresses; more may stand in JOURNEY_ALERT_URLS.
        say: takes what people at the terminal should know: late exports, and alerts that could not be sent.
    """
    try:
        run = work()
    except Exception as error:
        title, urls = _who(settings)
        _tell(failure_alert(title, error), urls, say)
        raise
    project = run.night.project
    try:
        with Warehouse.open(run.night.database, read_only=True) as warehouse:
            newest = newest_complete_dates(project, warehouse, run.night.patterns)
    except JourneyError as error:
        say(f"Whether exports are late is not known: {error}")
        return run
    late = late_sources(newest, project.settings, datetime.now(UTC))
    if late:
        told = (
            f"{source} is complete up to {day}" if day else f"{source} has no day yet" for source, day in late.items()
        )
        say(f"Exports are late: {', '.join(told)}.")
        _tell(late_alert(project.settings.title, late), addresses(project.settings), say)
    return run


def _who(settings: Path | None) -> tuple[str, list[str]]:
    """Return whom to tell, also where the settings cannot be read: the addresses of the environment remain."""
    try:
        if settings is not None:
            read = read_settings(settings)
            return read.title, addresses(read)
    except JourneyError:
        pass
    return str(settings or "journey_analytics"), addresses(None)


def addresses(settings: Settings | None) -> list[str]:
    """Return the addresses of the settings and those of JOURNEY_ALERT_URLS, which spaces part."""
    own = settings.alerts.urls if settings is not None else ()
    return list(dict.fromkeys([*own, *os.environ.get(URLS_VARIABLE, "").split()]))


def _tell(alert: Alert, urls: Sequence[str], say: Callable[[str], None]) -> None:
    for fault in send(alert, urls):
        say(fault)


def send(alert: Alert, urls: Sequence[str], seconds: float = SECONDS_AT_MOST) -> list[str]:
    """Send an alert to each address, all within `seconds`; return a sentence for each that was not reached.

    The sentences name an address by its place and kind: the rest of it may be a password.
    """
    reached: dict[int, bool] = {}

    def work() -> None:
        for place, url in enumerate(urls):
            reached[place] = _sent(alert, url)

    # whatever hangs in there ends with the process, and not a moment later
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return [
        f"Alert not sent: address {place + 1} of {len(urls)} ({url.partition(':')[0]}) "
        + ("was refused or did not answer." if place in reached else f"did not answer within {seconds:g} seconds.")
        for place, url in enumerate(urls)
        if not reached.get(place)
    ]


def _sent(alert: Alert, url: str) -> bool:
    # a heavy import, and nights that go well do without
    import apprise

    # its own log may quote addresses
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    try:
        sender = apprise.Apprise()
        return bool(sender.add(url) and sender.notify(title=alert.title, body=alert.body))
    except Exception:  # an alert is a courtesy: no fault of it may reach the night
        return False
