"""event_params: which key stands on which event, and its value in the type that GA4 sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from journey_analytics.sample.addresses import Addresses
from journey_analytics.sample.compiled import Compiled
from journey_analytics.sample.draws import Bools, Ints
from journey_analytics.sample.events import FIRST_VISIT, PAGE_VIEW, SESSION_START, Events
from journey_analytics.sample.moments import Moments
from journey_analytics.sample.shop import TAX_SHARE, Goods
from journey_analytics.sample.visits import Steps

KINDS = ("string_value", "int_value", "float_value", "double_value")
TYPES = (pa.string(), pa.int64(), pa.float64(), pa.float64())
SCROLLED = 90
SHIPPING_TIERS = ("Bezorgen", "Avondbezorging", "Afhaalpunt")
PAYMENT_TYPES = ("iDEAL", "Creditcard", "Bancontact", "Achteraf betalen")


@dataclass(frozen=True)
class Param:
    """One key on some events: `rows` are the events, `values` their values in a type of `TYPES`."""

    key: str
    rows: Ints
    values: pa.Array


@dataclass(frozen=True)
class Facts:
    """All that is known about the events, for those that write columns."""

    compiled: Compiled
    steps: Steps
    moments: Moments
    events: Events
    goods: Goods
    addresses: Addresses

    def named(self, *names: str) -> Bools:
        """Return which events have one of the names."""
        numbers = [number for number, name in enumerate(self.compiled.events) if name in names]
        return np.isin(self.events.event, numbers)

    @property
    def session(self) -> Ints:
        """Return the session of each event."""
        return self.moments.session[self.events.step]

    @property
    def is_known(self) -> Bools:
        """Return which events belong to a GA4 session: there was consent, and a browser."""
        sessions = self.moments.sessions
        return (sessions.has_consent & ~sessions.is_offline)[self.session]


def params_of(facts: Facts, rng: np.random.Generator) -> list[Param]:
    """Return all params of all events, in the order in which they stand within an event."""
    found = [*_of_session(facts), *_of_page(facts), *_of_commerce(facts), *_of_forms(facts, rng)]
    return [param for param in found if len(param.rows)]


def _texts(key: str, rows: Bools, values: pa.Array) -> Param:
    """Return a text param where the value, given per event, is not null."""
    there = np.flatnonzero(rows & values.is_valid().to_numpy(zero_copy_only=False))
    return Param(key, there.astype(np.int64), values.take(there))


def _ints(key: str, rows: Bools, values: Ints) -> Param:
    there = np.flatnonzero(rows).astype(np.int64)
    return Param(key, there, pa.array(values[there], pa.int64()))


def _numbers(key: str, rows: Bools, values: np.ndarray) -> Iterator[Param]:
    """Return a number as GA4 sends it: an integer when it is whole, else a double."""
    whole = values == np.rint(values)
    yield _ints(key, rows & whole, values.astype(np.int64))
    there = np.flatnonzero(rows & ~whole).astype(np.int64)
    yield Param(key, there, pa.array(values[there], pa.float64()))


def _choices(key: str, rows: Bools, choices: Sequence[str], number: Ints) -> Param:
    there = np.flatnonzero(rows).astype(np.int64)
    return Param(key, there, pa.array(choices, pa.string()).take(number[there] % len(choices)))


def _of_session(facts: Facts) -> Iterator[Param]:
    events, sessions, session = facts.events, facts.moments.sessions, facts.session
    automatic = np.isin(events.event, [FIRST_VISIT, SESSION_START])
    known, ones = facts.is_known, np.ones(len(events.event), dtype=np.int64)
    online = ~sessions.is_offline[session]
    yield _ints("ga_session_id", known, sessions.started[session] // 1_000_000)
    yield _ints("ga_session_number", known, sessions.number[session])
    yield _ints("session_engaged", automatic, ones)
    yield _choices("session_engaged", known & ~automatic, ("0", "1"), events.is_engaged.astype(np.int64))
    yield _ints("engaged_session_event", known & (automatic | events.is_engaged), ones)
    yield _ints("engagement_time_msec", online & ~automatic & (events.engagement > 0), events.engagement)


def _of_page(facts: Facts) -> Iterator[Param]:
    events, addresses, step = facts.events, facts.addresses, facts.events.step
    view = events.event == PAGE_VIEW
    landing = view & events.is_landing
    ones = np.ones(len(view), dtype=np.int64)
    yield _texts("page_location", ones > 0, addresses.location.take(step))
    yield _texts("page_title", ones > 0, addresses.title.take(step))
    yield _texts("page_referrer", ones > 0, addresses.referrer.take(step))
    yield _ints("entrances", landing, ones)
    yield _choices("ignore_referrer", view & ~landing, ("true",), ones * 0)
    channels = facts.compiled.site.channels
    for key, names in (
        ("source", [channel.source for channel in channels]),
        ("medium", [channel.medium for channel in channels]),
        ("campaign", [channel.campaign for channel in channels]),
    ):
        known = pa.array([name if name[:1] not in ("", "(") or key == "campaign" else None for name in names])
        known = pc.if_else(pc.equal(known, ""), None, known)
        sent = landing & (facts.steps.channel[step] != facts.compiled.site.channel_number("direct"))
        yield _texts(key, sent, known.take(facts.steps.channel[step]))
    yield _ints("percent_scrolled", facts.named("scroll"), ones * SCROLLED)
    searched = facts.named("view_search_results")
    yield _texts("search_term", searched, addresses.search_term.take(step))
    yield _ints("results_count", searched, addresses.found[step])


def _of_commerce(facts: Facts) -> Iterator[Param]:
    goods, events = facts.goods, facts.events
    bought = goods.is_purchase
    yield _choices("currency", goods.has_value, (facts.compiled.site.currency,), events.step)
    yield from _numbers("value", goods.has_value, goods.value)
    orders = pa.array(goods.order[bought]).cast(pa.string())
    yield Param("transaction_id", np.flatnonzero(bought), order_texts(orders))
    yield from _numbers("shipping", bought, goods.shipping)
    yield from _numbers("tax", bought, np.round(goods.value * TAX_SHARE, 2))
    person = facts.steps.person[events.step]
    yield _choices("shipping_tier", facts.named("add_shipping_info"), SHIPPING_TIERS, person)
    yield _choices("payment_type", facts.named("add_payment_info"), PAYMENT_TYPES, person // 3)
    yield _choices("item_list_name", facts.named("view_item_list", "select_item"), ("Categorie",), person)


def _of_forms(facts: Facts, rng: np.random.Generator) -> Iterator[Param]:
    site, events = facts.compiled.site, facts.events
    person = facts.steps.person[events.step]
    form = facts.named("form_start", "form_submit", "form_step", "form_error", "form_success", "generate_lead")
    if site.form[0]:
        yield _choices("form_id", form, (site.form[0],), person)
        yield _choices("form_name", form, (site.form[1],), person)
    names = [page.paths[0][0].rsplit("/", 1)[-1] for page in site.pages]
    yield _choices("form_step", facts.named("form_step", "form_error"), names, facts.steps.page[events.step])
    if site.form_fields:
        field = rng.integers(0, len(site.form_fields), len(person))
        yield _choices("form_field", facts.named("form_error"), site.form_fields, field)
    yield _choices("method", facts.named("login", "sign_up"), ("e-mail",), person)
    yield _choices("method", facts.named("share"), ("WhatsApp", "Pinterest", "link"), person)
    yield _choices("content_type", facts.named("share", "write_review"), ("product",), person)
    yield _choices("lead_status", facts.goods.lead & facts.named(*_LATER_STAGES), ("sales",), person)


def order_texts(numbers: pa.Array) -> pa.Array:
    """Return order numbers as the shop writes them."""
    return pc.binary_join_element_wise("KK", numbers, "")


_LATER_STAGES = ("working_lead", "qualify_lead", "close_convert_lead")


def param_lists(params: Sequence[Param], events: int) -> pa.Array:
    """Return event_params of all events as LIST of STRUCT, as BigQuery has it."""
    rows = np.concatenate([param.rows for param in params])
    order = np.argsort(rows, kind="stable")
    keys = pa.array([param.key for param in params], pa.string())
    key = keys.take(np.repeat(np.arange(len(params)), [len(param.rows) for param in params])[order])
    values = [_values_of_type(params, number).take(order) for number in range(len(TYPES))]
    value = pa.StructArray.from_arrays(values, names=list(KINDS))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=events))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.StructArray.from_arrays([key, value], names=["key", "value"]))


def _values_of_type(params: Sequence[Param], number: int) -> pa.Array:
    """Return one value per param of each event, null where its type is another. float_value is never used."""
    kind, used = TYPES[number], KINDS[number] != "float_value"
    return pa.concat_arrays(
        [param.values if used and param.values.type == kind else pa.nulls(len(param.rows), kind) for param in params]
    )
