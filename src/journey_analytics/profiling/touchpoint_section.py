"""The key `touchpoints` of the proposed settings: events of the property's own that may be places where it is met."""

from __future__ import annotations

from journey_analytics import places as shipped
from journey_analytics.definitions.touchpoints import read_touchpoints
from journey_analytics.profiling import event_roles
from journey_analytics.profiling.page_section import proposed_page_rules
from journey_analytics.profiling.profile import ExportProfile
from journey_analytics.profiling.words import STANDARD_GROUPS, as_title, slug
from journey_analytics.profiling.yaml_text import comment, inline, printable
from journey_analytics.wording import percentage, whole

_WHY = (
    "Touchpoints of this property, tried before the common ones (sql/touchpoints.yml). An event that is in no list becomes "
    "part of the page where it happens. Where it is a place of its own (a chat, a store finder), say so. Give each a title."
)

_OFF = "Nearly all sessions have these, or hardly any. Take the # away from what is a place of its own."


def touchpoints(profile: ExportProfile) -> list[str]:
    """Return the lines of the key: active for what some visitors do, switched off for what nearly all pages do."""
    proposals = event_roles.places(profile)
    taken = {"other", *STANDARD_GROUPS, *(rule.page_group for rule in proposed_page_rules(profile))}
    taken |= {touchpoint.touchpoint_id for touchpoint in read_touchpoints(shipped.sql_folder() / "touchpoints.yml")}
    active: list[str] = []
    off: list[str] = []
    for proposal in proposals:
        event = proposal.event
        name = _free_name(slug(event.event_name) or "event", taken)
        taken.add(name)
        title = inline(as_title(printable(event.event_name)) or name)
        note = f"{whole(event.count, 'en')} events, in {percentage(event.session_share, 'en')} of the sessions"
        lines = [
            f"- touchpoint_id: {inline(name)}  # {note}",
            f"  title_nl: {title}",
            f"  title_en: {title}",
            f"  when: {inline({'event_name': event.event_name})}",
        ]
        (active if proposal.is_choice else off).extend(lines)
    return [*comment(_WHY), *_key(active, off)]


def _key(active: list[str], off: list[str]) -> list[str]:
    """Return the key; all of it is a comment when nothing is active."""
    if active:
        lines = ["touchpoints:", *(f"  {line}" for line in active)]
        return [*lines, *comment(_OFF, indent=2), *(f"  # {line}" for line in off)] if off else lines
    example = [
        "- touchpoint_id: advice", "  title_nl: Advies", "  title_en: Advice",
        "  when: {page_path: {starts_with: /advies}}",
    ]  # fmt: skip
    remark = comment(_OFF) if off else comment("For example:")
    return [*remark, "# touchpoints:", *(f"#   {line}" for line in off or example)]


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name, with an ending when it is taken: a touchpoint that bears a page group's name would replace it.

    >>> _free_name("demo", {"demo"}), _free_name("chat", {"demo"})
    ('demo_event', 'chat')
    """
    if name not in taken:
        return name
    number = 1
    while (longer := f"{name}_event{number if number > 1 else ''}") in taken:
        number += 1
    return longer
