"""Which events of an export are conversions, friction, noise or places of their own, told by their names and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from journey_analytics.definitions.settings import Settings
from journey_analytics.profiling.profile import EventProfile, ExportProfile
from journey_analytics.profiling.words import words_of

OrderKind = Literal["order", "lead", "form", "sign_up"]

DEFAULT_NOT_TOUCHES: tuple[str, ...] = Settings.model_fields["not_touches"].default
DEFAULT_SIGNALS: tuple[str, ...] = Settings.model_fields["friction_signals"].default
# events of which one ends the journey, best first
_ORDERS: tuple[tuple[str, OrderKind], ...] = (
    ("purchase", "order"), ("in_app_purchase", "order"), ("ecommerce_purchase", "order"), ("generate_lead", "lead"),
    ("form_success", "form"), ("form_submit", "form"), ("sign_up", "sign_up"),
)  # fmt: skip
_ALSO_KEY = (
    "form_start", "qualify_lead", "close_convert_lead", "sign_up", "write_review", "generate_lead", "subscribe",
    "start_trial", "submit_application", "schedule", "contact",
)  # fmt: skip
_CONVERSION_WORDS: dict[str, OrderKind] = {
    **dict.fromkeys(("purchase", "purchased", "order", "ordered", "transaction", "bestelling", "bestelt"), "order"),
    **dict.fromkeys(
        ("lead", "leads", "offerte", "quote", "demo", "trial", "afspraak", "appointment", "booking"), "lead"
    ),
    **dict.fromkeys(
        ("submit", "submitted", "success", "aanvraag", "application", "inschrijving", "conversion", "verstuurd"), "form"
    ),
    **dict.fromkeys(("signup", "registration", "registratie", "registered", "newsletter", "nieuwsbrief"), "sign_up"),
}
_FRICTION_WORDS = (
    "error", "errors", "err", "fail", "failed", "failure", "fails", "exception", "invalid", "declined", "404", "fout",
    "fouten", "mislukt", "fehler", "foutmelding", "timeout",
)  # fmt: skip
_NOISE_WORDS = (
    "timing", "timer", "heartbeat", "ping", "vitals", "lcp", "cls", "fid", "inp", "ttfb", "fcp", "consent", "cookie",
    "cookies", "gtm", "debug", "performance", "datalayer", "scrolled", "scroll", "cookiebot", "optimize", "experiment",
)  # fmt: skip
# what GA4 sends by itself and recommends, and what the common touchpoints and journeys know
_STANDARD_NAMES = """
    ad_click ad_impression add_payment_info add_shipping_info add_to_cart add_to_wishlist app_clear_data app_exception
    app_open app_remove app_update begin_checkout campaign_details click close_convert_lead close_unconvert_lead
    disqualify_lead dynamic_link_first_open earn_virtual_currency error file_download first_open first_visit form_error
    form_start form_step form_submit form_success generate_lead in_app_purchase join_group login notification_dismiss
    notification_foreground notification_open notification_receive os_update page_view purchase qualify_lead refund
    remove_from_cart screen_view scroll search select_content select_item select_promotion session_start share sign_up
    spend_virtual_currency tutorial_begin tutorial_complete unlock_achievement user_engagement video_complete
    video_progress video_start view_cart view_item view_item_list view_promotion view_search_results working_lead
    write_review
    """
_STANDARD = frozenset(_STANDARD_NAMES.split())
# done by some: a choice of visitors. What nearly every session has is made by the page itself
_CHOICE_SHARE = (0.01, 0.25)
_PLACES = 8
_LEAST_EVENTS = 5


@dataclass(frozen=True)
class PlaceProposal:
    """An event that may be a touchpoint; `is_choice` when some visitors do it and most do not."""

    event: EventProfile
    is_choice: bool


def order_event(profile: ExportProfile) -> tuple[EventProfile | None, OrderKind | None]:
    """Return the event that ends the journey, and what kind of end it is; None when no name says so."""
    events = {event.event_name: event for event in profile.events}
    for name, kind in _ORDERS:
        if name in events:
            return events[name], kind
    for wanted in ("order", "lead", "form", "sign_up"):
        for event in profile.events:
            if conversion_kind(event.event_name) == wanted:
                return event, conversion_kind(event.event_name)
    return None, None


def conversion_kind(event_name: str) -> OrderKind | None:
    """Return what kind of conversion the name of an event speaks of.

    >>> conversion_kind("offerte_verzonden"), conversion_kind("order_error"), conversion_kind("page_view")
    ('lead', None, None)
    """
    if event_name in _STANDARD or is_friction(event_name):
        return None
    return next((_CONVERSION_WORDS[word] for word in words_of(event_name) if word in _CONVERSION_WORDS), None)


def key_events(profile: ExportProfile) -> list[EventProfile]:
    """Return the other events that count as a conversion, by the usual names."""
    order, _ = order_event(profile)
    return [event for event in profile.events if event.event_name in _ALSO_KEY and event != order]


def maybe_key_events(profile: ExportProfile) -> list[EventProfile]:
    """Return events of the property's own that may be conversions."""
    order, _ = order_event(profile)
    sure = {event.event_name for event in key_events(profile)}
    return [e for e in profile.events if conversion_kind(e.event_name) and e != order and e.event_name not in sure]


def is_friction(event_name: str) -> bool:
    """Return whether an event's name speaks of an error.

    >>> is_friction("paymentFailed"), is_friction("coupon_error"), is_friction("terror_alert")
    (True, True, False)
    """
    return _has_word(event_name, _FRICTION_WORDS)


def friction_signals(profile: ExportProfile) -> list[EventProfile]:
    """Return the events that are friction signals beyond the usual ones."""
    return [e for e in profile.events if is_friction(e.event_name) and e.event_name not in DEFAULT_SIGNALS]


def noise(profile: ExportProfile) -> list[EventProfile]:
    """Return the events that say nothing of the journey, beyond the usual ones."""
    return [
        e
        for e in profile.events
        if e.event_name not in _STANDARD
        and _has_word(e.event_name, _NOISE_WORDS)
        and not is_friction(e.event_name)
        and not conversion_kind(e.event_name)
    ]


def places(profile: ExportProfile) -> list[PlaceProposal]:
    """Return the events of the property's own that may be a place where visitors meet it, most frequent first."""
    order, _ = order_event(profile)
    taken = {e.event_name for e in (*noise(profile), *friction_signals(profile), *([order] if order else []))}
    taken |= {*_STANDARD, *DEFAULT_SIGNALS, *DEFAULT_NOT_TOUCHES, *_ALSO_KEY}
    low, high = _CHOICE_SHARE
    return [
        PlaceProposal(event, low <= event.session_share <= high)
        for event in profile.events
        if event.event_name not in taken and event.event_name.strip() and event.count >= _LEAST_EVENTS
    ][:_PLACES]


def _has_word(event_name: str, words: Iterable[str]) -> bool:
    return not set(words_of(event_name)).isdisjoint(words)
