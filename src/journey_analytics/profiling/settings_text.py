"""The settings that an export suggests, as a `journey.yml` that explains itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from journey_analytics.profiling import event_roles, hosts
from journey_analytics.profiling.page_section import page_groups
from journey_analytics.profiling.profile import Counted, EventProfile, ExportProfile
from journey_analytics.profiling.touchpoint_section import touchpoints
from journey_analytics.profiling.words import slug
from journey_analytics.profiling.yaml_text import comment, inline, item, named
from journey_analytics.wording import counted, percentage, whole

_NAMES_SHOWN = 8
_JOURNEYS = {"lead": "b2b8"}
_STANDARD_JOURNEY = "mckinsey4"
Section = list[str]


def proposed_settings(
    profile: ExportProfile,
    property_name: str,
    title: str,
    sources: Mapping[str, str],
    schema: str | None = None,
) -> str:
    """Return the text of a `journey.yml` for the property that an export comes from.

    Args:
        profile: what the export holds.
        property_name: names the database and the output folder; made into a slug.
        title: the property's name as people write it.
        sources: source -> glob, relative to where the file will stand.
        schema: where the JSON Schema of settings lies, for editors; left out without it.
    """
    sections: list[Section] = [
        _head(profile, schema),
        _identity(property_name, title),
        _time_zone(profile),
        _currency(profile),
        _sources(profile, sources),
        _own_hosts(profile),
        _payment_hosts(profile),
        _traffic_filters(profile),
        page_groups(profile),
        _key_events(profile),
        _not_touches(profile),
        _friction_signals(profile),
        _primary_journey(profile),
        touchpoints(profile),
        _schedule(profile),
        _rest(),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _head(profile: ExportProfile, schema: str | None) -> Section:
    lines = [f"# yaml-language-server: $schema={named(schema)}", ""] if schema else []
    return lines + comment(
        f"The settings of one property. `journey init` proposed them after a look at {counted(profile.rows, 'event')} of "
        f"{profile.first_date} to {profile.last_date}. They are a guess from names and counts; you know better. Go "
        "through them from top to bottom. `journey check` says what is wrong, with file and line."
    )


def _identity(property_name: str, title: str) -> Section:
    return [
        *comment("Names the database and the output folder. Small letters, digits and _."),
        f"property: {inline(slug(property_name) or 'my_site')}",
        *comment("The name that stands above the map."),
        f"title: {inline(title)}",
    ]


def _time_zone(profile: ExportProfile) -> Section:
    zone = profile.time_zone
    if zone is None:
        why = (
            "The time zone of the property: it decides to which day an event belongs. The export does not tell; write the "
            "name of your city's zone, such as Europe/Amsterdam."
        )
        return [*comment(why), "time_zone: UTC"]
    found = f"Here {percentage(zone.share, 'en')} of the rows have the date that it was in {zone.name}."
    also = f"So they would in {_names(zone.also_fits)}: the rows cannot tell these apart." if zone.also_fits else ""
    doubt = "That is too few: no zone that was tried fits." if zone.share < 0.99 else ""
    fixed = "This one is a fixed distance from UTC; write the name of your city's zone." if "Etc/" in zone.name else ""
    why = "The time zone of the GA4 property (Admin > Property details): it decides to which day an event belongs."
    return [*comment(why, *(text for text in (found, also, doubt, fixed) if text)), f"time_zone: {inline(zone.name)}"]


def _currency(profile: ExportProfile) -> Section:
    usable = [
        c for c in profile.currencies if len(c.name) == 3 and c.name.isascii() and c.name.isalpha() and c.name.isupper()
    ]
    if usable:
        cure = "Their amounts are left out until `exchange_rates:` names a file with lines as GBP,2026-01-01,1.15."
        also = f" Also found: {_counted(usable[1:])}. {cure}" if usable[1:] else ""
        note = f"The currency of amounts, found on {counted(usable[0].count, 'row')}.{also}"
    else:
        note = "The currency of amounts. The export names none."
    return [*comment(note), f"currency: {inline(usable[0].name if usable else 'EUR')}"]


def _sources(profile: ExportProfile, sources: Mapping[str, str]) -> Section:
    note = (
        f"Where the exports are, relative to this file. {counted(len(profile.files), 'file')} gave "
        f"{counted(profile.rows, 'event')} of {counted(profile.users, 'browser')} in {counted(profile.sessions, 'session')}."
    )
    lines = [f"  {inline(name)}: {inline(glob)}" for name, glob in sources.items()]
    return [*comment(note), "sources:" if lines else "sources: {}", *lines]


def _own_hosts(profile: ExportProfile) -> Section:
    own = hosts.own_hosts(profile)
    why = "Coming from one of these is no visit from elsewhere."
    seen = f"Events per host: {_counted(h for h in own if h.count)}." if own else "No event tells on which host it was."
    test = hosts.test_hosts(profile)
    left = f"Left out, as these look like test sites: {_counted(test)}." if test else ""
    return [*comment(why, seen, *([left] if left else [])), f"own_hosts: {inline([host.name for host in own])}"]


def _payment_hosts(profile: ExportProfile) -> Section:
    found = hosts.payment_hosts(profile)
    why = (
        "Neither is coming back from a payment provider, or from a page to log in. Forget them, and the payment provider "
        "becomes your best channel."
    )
    seen = f"Page views that came from there: {_counted(h for h in found if h.count)}." if found else "None was found."
    others = hosts.mid_session_hosts(profile)
    maybe = (
        f"Perhaps also these, from which visitors came in the middle of a session: {_counted(others)}."
        if others
        else ""
    )
    lines = comment(why, seen, *([maybe] if maybe else []))
    return [*lines, f"payment_hosts: {inline([host.name for host in found])}"]


def _traffic_filters(profile: ExportProfile) -> Section:
    why = (
        "Events that are no visits: of your own people, of tests, of robots. What a filter leaves out is counted, and each "
        "run tells its share. None is on by itself: on some sites nearly all events come in debug mode."
    )
    test = hosts.test_hosts(profile)
    found = [
        ("staging", "page_host", [host.name for host in test], sum(host.count for host in test)),
        *((_filter_name(t.name), "traffic_type", [t.name], t.count) for t in profile.traffic_types),
        *(("debug", "debug_mode", [d.name], d.count) for d in profile.debug_modes),
    ]
    lines = [
        item({"traffic_filter": name, "when": {column: values}}, _of_events(count, profile), is_off=True)
        for name, column, values, count in found
        if values
    ]
    if not lines:
        return [*comment(why, "The export shows none."), "# traffic_filters: []"]
    return [*comment(why, "Take the # away from those that you want."), "# traffic_filters:", *lines]


def _filter_name(traffic_type: str) -> str:
    return slug(traffic_type) or "traffic"


def _of_events(count: int, profile: ExportProfile) -> str:
    return f"{whole(count, 'en')} of {counted(profile.rows, 'event')}"


def _key_events(profile: ExportProfile) -> Section:
    order, kind = event_roles.order_event(profile)
    lines = comment(
        "What counts as a conversion. The order is special (is_order): it ends a cycle of the journey, and makes a "
        "prospect a customer. On a site without a shop it is the lead or the form that was sent."
    )
    lines.append("key_events:")
    if order is None:
        lines.append("  # No event of the export looks like one. Put the name of yours here.")
        lines.append(item({"event_name": "purchase", "is_order": True}, "not in the export"))
    else:
        lines.append(item({"event_name": order.event_name, "is_order": True}, _order_note(order)))
    lines += [item({"event_name": e.event_name}, counted(e.count, "row")) for e in event_roles.key_events(profile)]
    maybe = event_roles.maybe_key_events(profile)[:_NAMES_SHOWN]
    if maybe:
        lines += comment("These may be conversions as well. Take the # away from those that are.", indent=2)
        lines += [item({"event_name": e.event_name}, counted(e.count, "row"), is_off=True) for e in maybe]
    if order is not None and kind != "order" and order.valued < order.count:
        lines += comment(
            "An order without a value earns nothing. Agree what one yields on average, and write it like this:",
            indent=2,
        )
        lines.append(item({"event_name": order.event_name, "is_order": True, "value": 250}, is_off=True))
    return lines


def _order_note(order: EventProfile) -> str:
    parts = [counted(order.count, "row")]
    if order.transactions:
        parts.append(f"{counted(order.transactions, 'transaction id')}")
    parts.append(f"{whole(order.valued, 'en')} with a value")
    return ", ".join(parts)


def _not_touches(profile: ExportProfile) -> Section:
    found = event_roles.noise(profile)
    return _event_list(
        "not_touches",
        "Events that say nothing of the journey; without this key it is the four that GA4 makes by itself.",
        "These of the export seem to be made by the page, not by the visitor",
        event_roles.DEFAULT_NOT_TOUCHES,
        found,
    )


def _friction_signals(profile: ExportProfile) -> Section:
    found = event_roles.friction_signals(profile)
    usual = set(event_roles.DEFAULT_SIGNALS)
    seen = [Counted(e.event_name, e.count) for e in profile.events if e.event_name in usual]
    return _event_list(
        "friction_signals",
        "Events that tell of trouble; without this key it is the usual ones."
        + (f" Of those the export holds {_counted(seen)}." if seen else " The export holds none of those."),
        "These speak of an error as well",
        event_roles.DEFAULT_SIGNALS,
        found,
    )


def _event_list(key: str, why: str, added: str, usual: Iterable[str], found: list[EventProfile]) -> Section:
    """Return the usual events and those that were found; a comment when the usual ones will do."""
    if not found:
        return [*comment(why), f"# {key}: {inline(list(usual))}"]
    names = [*usual, *(event.event_name for event in found)]
    note = f"{added}: {_counted(Counted(e.event_name, e.count) for e in found)}."
    return [*comment(why, note), f"{key}: {inline(names)}"]


def _primary_journey(profile: ExportProfile) -> Section:
    _, kind = event_roles.order_event(profile)
    reasons = {
        "order": "There are orders, and four phases suit most shops.",
        "lead": "There are leads, and companies take their time: eight phases.",
        "form": "There are forms that were sent; four phases suit most of those.",
        "sign_up": "People sign up; four phases suit most sites.",
        None: "Four phases suit most sites.",
    }
    why = "The journey model that the map opens with and that money is counted in; the others are computed as well."
    return [*comment(why, reasons[kind]), f"primary_journey: {_JOURNEYS.get(kind or '', _STANDARD_JOURNEY)}"]


def _schedule(profile: ExportProfile) -> Section:
    why = (
        "When `journey serve` starts a night, as a cron line: minute hour day month weekday. Choose a time after your "
        "export has arrived; without this key it is each night at three."
    )
    zone = profile.time_zone.name if profile.time_zone else "UTC"
    return [*comment(why), f"# schedule: {{cron: '0 3 * * *', time_zone: {inline(zone)}}}"]


def _rest() -> Section:
    return [
        *comment("Who answers for which touchpoint. Without an owner the map shows that as a finding."),
        "# owners:",
        "#   home: Team online",
        "",
        *comment(
            "Not here, and on purpose: the salt of person keys. It is made once and kept outside this folder. Name a file "
            "with `salt_file:` when several machines have to make the same keys."
        ),
    ]


def _counted(things: Iterable[Counted]) -> str:
    return _listed([f"{named(thing.name)} ({whole(thing.count, 'en')})" for thing in things])


def _names(names: Iterable[str]) -> str:
    return _listed([named(name) for name in names])


def _listed(texts: list[str]) -> str:
    more = [f"{len(texts) - _NAMES_SHOWN} more"] if len(texts) > _NAMES_SHOWN else []
    return ", ".join([*texts[:_NAMES_SHOWN], *more]) or "none"
