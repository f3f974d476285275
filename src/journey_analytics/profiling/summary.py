"""A profile in rows of a name and a text, for the command line to print."""

from __future__ import annotations

from collections.abc import Iterable

from journey_analytics.profiling import event_roles, hosts
from journey_analytics.profiling.page_section import proposed_page_rules
from journey_analytics.profiling.profile import Counted, ExportProfile, TimeZoneGuess
from journey_analytics.profiling.yaml_text import named
from journey_analytics.wording import percentage, whole

_SHOWN = 6


def profile_summary(profile: ExportProfile) -> list[tuple[str, str]]:
    """Return what is worth knowing of an export before it is used, the faults of measurement last."""
    order, _ = event_roles.order_event(profile)
    rules = proposed_page_rules(profile)
    grouped = sum(rule.page_views for rule in rules)
    rows = [
        ("files", _files(profile)),
        ("events", f"{_n(profile.rows)} of {_n(profile.users)} browsers in {_n(profile.sessions)} sessions"),
        ("period", f"{profile.first_date} to {profile.last_date}"),
        ("time zone", _zone(profile.time_zone)),
        ("event names", _counted(Counted(e.event_name, e.count) for e in profile.events)),
        ("hosts", _counted(profile.hosts)),
        ("payment and log-in hosts", _counted(hosts.payment_hosts(profile))),
        ("page views", f"{_n(profile.page_views)}{_share_text(grouped, profile.page_views)}"),
        ("biggest parts of the site", _counted(Counted(f.path, f.page_views) for f in profile.top_folders())),
        ("order", f"{named(order.event_name)} ({_n(order.count)})" if order else "none found"),
        ("currency", _counted(profile.currencies)),
        ("sources of sessions", _counted(Counted(f"{c.source} / {c.medium}", c.sessions) for c in profile.channels)),
        ("devices", _counted(profile.devices)),
        ("without consent", f"{percentage(profile.no_consent_share, 'en')} of the rows"),
    ]
    return rows + _faults(profile)


def _faults(profile: ExportProfile) -> list[tuple[str, str]]:
    faults = []
    if profile.missing_dates:
        faults.append(("days without events", _listed(str(day) for day in profile.missing_dates)))
    for gap in profile.tracking_gaps[:_SHOWN]:
        days = str(gap.first_date) if gap.first_date == gap.last_date else f"{gap.first_date} to {gap.last_date}"
        faults.append(
            ("not measured", f"{named(gap.event_name)}, {days}; about {_n(gap.expected)} were to be expected")
        )
    if len(profile.tracking_gaps) > _SHOWN:
        faults.append(("not measured", f"{len(profile.tracking_gaps) - _SHOWN} more such periods"))
    if profile.duplicate_share:
        # two decimals: one repeated row in a thousand is worth knowing
        faults.append(("repeated rows", f"{100 * profile.duplicate_share:.2f}%; each event counts once"))
    if profile.superseded_rows:
        faults.append(("intraday rows", f"{_n(profile.superseded_rows)} of days that also came whole; not counted"))
    if profile.rejected_rows:
        faults.append(("refused rows", _n(profile.rejected_rows)))
    return faults


def _files(profile: ExportProfile) -> str:
    read = [file for file in profile.files if file.status == "loaded"]
    left = [file for file in profile.files if file.status in ("quarantined", "same_content")]
    reasons = f"; {len(left)} left out: {_listed(named(file.reason) for file in left)}" if left else ""
    return f"{_n(len(read))} read{reasons}"


def _share_text(part: int, total: int) -> str:
    return f", {percentage(part / total, 'en')} of them in a page group" if total else ""


def _zone(zone: TimeZoneGuess | None) -> str:
    if zone is None:
        return "the export does not tell; the settings say UTC until you write yours"
    return f"{zone.name} ({percentage(zone.share, 'en')} of the rows fit{_also(zone.also_fits)})"


def _also(zones: tuple[str, ...]) -> str:
    return f"; so they do in {_listed(zones)}" if zones else ""


def _counted(things: Iterable[Counted]) -> str:
    return _listed(f"{named(thing.name)} ({_n(thing.count)})" for thing in things)


def _listed(texts: Iterable[str]) -> str:
    every = list(texts)
    more = [f"{len(every) - _SHOWN} more"] if len(every) > _SHOWN else []
    return ", ".join([*every[:_SHOWN], *more]) or "none"


def _n(number: int) -> str:
    return whole(number, "en")
