"""The columns of a GA4 export table, each kept at the level where it is known: per browser, session, page or event."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from journey_analytics.sample.context import (
    NOT_SET,
    Rows,
    consent_rows,
    device_rows,
    first_source_rows,
    last_click_rows,
    place_rows,
)
from journey_analytics.sample.draws import Bools
from journey_analytics.sample.moments import last_known_channel
from journey_analytics.sample.params import Facts, order_texts
from journey_analytics.sample.people import TOWNS, People
from journey_analytics.sample.schema import EVENTS_SCHEMA, Column, struct_of
from journey_analytics.sample.shop import TAX_SHARE

DOLLARS_PER_UNIT = 1.08
NO_LAST_CLICK = 0.12
LOST_CLICK = 0.05
FIRST_USER = 100_001
BUNDLES = 1_000_000_000


def table_columns(facts: Facts, people: People, params: pa.Array, rng: np.random.Generator) -> dict[str, Column]:
    """Return all columns of the export, in the order of the schema."""
    events, goods = facts.events, facts.goods
    columns = {
        "event_timestamp": Column(pa.array(events.at)),
        "event_name": Column(pa.array(facts.compiled.events), pa.array(events.event)),
        "event_params": Column(params),
        "event_value_in_usd": Column(_masked(np.round(goods.value * DOLLARS_PER_UNIT, 2), goods.is_purchase)),
        "platform": _constant("WEB", len(events.event)),
        "stream_id": _constant(facts.compiled.site.stream_id, len(events.event)),
        "is_active_user": _constant(True, len(events.event)),
        **_of_people(facts, people),
        **_of_batches(facts),
        **_of_browsers(facts, people),
        **_of_sources(facts, rng),
        "ecommerce": Column(_ecommerce(facts)),
        "items": Column(_items(facts)),
    }
    empty = {
        field.name: Column(pa.nulls(1, field.type), pa.array(np.zeros(len(events.event), dtype=np.int32)))
        for field in EVENTS_SCHEMA
        if field.name not in columns
    }
    empty["user_properties"] = _constant([], len(events.event), EVENTS_SCHEMA.field("user_properties").type)
    return {name: (columns | empty)[name] for name in EVENTS_SCHEMA.names if name != "event_date"}


def _constant(value: object, rows: int, kind: pa.DataType | None = None) -> Column:
    return Column(pa.array([value], kind), pa.array(np.zeros(rows, dtype=np.int32)))


def _masked(values: np.ndarray, valid: Bools) -> pa.Array:
    return pa.array(values, mask=~valid)


def _of_people(facts: Facts, people: People) -> dict[str, Column]:
    events, step = facts.events, facts.events.step
    browser, person = facts.steps.browser[step], facts.steps.person[step]
    consent = people.browser_consent
    seconds = pa.array(facts.moments.first_touch // 1_000_000, mask=~consent).cast(pa.string())
    pseudo = pc.binary_join_element_wise(pa.array(people.browser_random).cast(pa.string()), seconds, ".")
    numbers = pa.array(FIRST_USER + people.user_number[person], mask=~(events.is_logged_in & consent[browser])).cast(
        pa.string()
    )
    revenue = struct_of(
        "user_ltv",
        len(step),
        revenue=pa.array(facts.goods.revenue_so_far),
        currency=pa.repeat(facts.compiled.site.currency, len(step)),
    )
    return {
        "user_id": Column(pc.binary_join_element_wise("u", numbers, "")),
        "user_pseudo_id": Column(pseudo, pa.array(browser)),
        "user_first_touch_timestamp": Column(pa.array(facts.moments.first_touch, mask=~consent), pa.array(browser)),
        "user_ltv": Column(revenue, pa.array(np.arange(len(step)), mask=~consent[browser])),
    }


def _of_batches(facts: Facts) -> dict[str, Column]:
    events, step = facts.events, facts.events.step
    online = ~facts.compiled.page_offline[facts.steps.page]
    first_step = np.flatnonzero(np.diff(facts.moments.session, prepend=-1))
    bundle = (facts.moments.sessions.started * 7919) % BUNDLES
    number = bundle[facts.moments.session] + np.arange(len(online)) - first_step[facts.moments.session]
    return {
        "event_bundle_sequence_id": Column(pa.array(number), pa.array(step)),
        "batch_page_id": Column(_masked(facts.moments.viewed // 1000, online), pa.array(step)),
        "batch_ordering_id": Column(_masked(events.batch_ordering, online[step])),
        "batch_event_index": Column(_masked(events.batch_index, online[step])),
    }


def _of_browsers(facts: Facts, people: People) -> dict[str, Column]:
    browser = facts.steps.browser[facts.events.step]
    device_of = people.browser_device[browser] * len(TOWNS) + people.browser_town[browser]
    return {
        "device": Column(_structs("device", device_rows(facts.compiled.site)), pa.array(device_of)),
        "geo": Column(_structs("geo", place_rows()), pa.array(people.browser_town[browser])),
        "privacy_info": Column(
            _structs("privacy_info", consent_rows()), pa.array(people.browser_consent[browser].astype(np.int32))
        ),
    }


def _structs(name: str, rows: Rows) -> pa.Array:
    return pa.array(rows, EVENTS_SCHEMA.field(name).type)


def _of_sources(facts: Facts, rng: np.random.Generator) -> dict[str, Column]:
    """Return the three kinds of source: of the click, of the session by last click, and of the user's first visit."""
    site, sessions, session = facts.compiled.site, facts.moments.sessions, facts.session
    direct = site.channel_number("direct")
    size = len(sessions.channel)
    last = last_known_channel(sessions, direct)
    last_clicks = _structs("session_traffic_source_last_click", last_click_rows(site))
    with_last = sessions.has_consent & (rng.random(size) >= NO_LAST_CLICK)
    first = np.lexsort((sessions.started, sessions.browser))[::-1]
    first_channel = np.full(int(facts.steps.browser.max(initial=0)) + 1, direct)
    first_channel[sessions.browser[first]] = sessions.channel[first]
    sent = facts.events.is_landing & (facts.events.batch_ordering == 1) & (sessions.channel[session] != direct)
    sent &= ~sessions.is_offline[session]
    browser, known = facts.steps.browser[facts.events.step], sessions.has_consent[session]
    return {
        "traffic_source": Column(
            _structs("traffic_source", first_source_rows(site)), pa.array(first_channel[browser], mask=~known)
        ),
        "collected_traffic_source": Column(_collected(facts, rng), pa.array(session, mask=~sent)),
        "session_traffic_source_last_click": Column(last_clicks, pa.array(last[session], mask=~with_last[session])),
    }


def _collected(facts: Facts, rng: np.random.Generator) -> pa.Array:
    """Return what the click brought, per session. Now and then a paid click comes without its tags (a known bug)."""
    channels, sessions = facts.compiled.site.channels, facts.moments.sessions
    paid = np.array([channel.has_gclid for channel in channels])[sessions.channel]
    lost = paid & (rng.random(len(paid)) < LOST_CLICK)
    texts = {
        "manual_campaign_name": ([c.campaign for c in channels], "(organic)"),
        "manual_source": ([c.source for c in channels], "google"),
        "manual_medium": ([c.medium for c in channels], "organic"),
    }
    members = {
        name: pc.if_else(lost, otherwise, pa.array([text or None for text in values]).take(sessions.channel))
        for name, (values, otherwise) in texts.items()
    }
    return struct_of("collected_traffic_source", len(paid), **members, gclid=facts.addresses.gclid)


def _ecommerce(facts: Facts) -> pa.Array:
    goods, bought, size = facts.goods, facts.goods.is_purchase, len(facts.events.event)
    quantity = np.bincount(goods.item_event, goods.item_quantity, minlength=size).astype(np.int64)
    tax = np.round(goods.value * TAX_SHARE, 2)
    money = {"purchase_revenue": goods.value, "shipping_value": goods.shipping, "tax_value": tax}
    return struct_of(
        "ecommerce",
        size,
        total_item_quantity=_masked(quantity, bought),
        unique_items=_masked(np.bincount(goods.item_event, minlength=size), bought),
        transaction_id=pc.if_else(bought, order_texts(pa.array(goods.order).cast(pa.string())), None),
        **{name: _masked(values, bought) for name, values in money.items()},
        **{f"{name}_in_usd": _masked(np.round(values * DOLLARS_PER_UNIT, 2), bought) for name, values in money.items()},
    )


def _items(facts: Facts) -> pa.Array:
    """Return items as LIST of STRUCT; quantity is sent where something is in the basket, revenue when it is bought."""
    goods, products = facts.goods, facts.compiled.site.products
    size, count = len(facts.events.event), len(goods.item_event)
    kind = EVENTS_SCHEMA.field("items").type
    texts = {
        "item_id": [product.item_id for product in products],
        "item_name": [product.name for product in products],
        "item_brand": [product.brand for product in products],
        "item_category": [product.category for product in products],
    }
    members = {name: pa.array(values, pa.string()).take(goods.item_product) for name, values in texts.items()}
    members |= {
        field.name: pa.repeat(NOT_SET, count)
        for field in kind.value_type
        if pa.types.is_string(field.type) and field.name not in members
    }
    price = np.array([product.price for product in products] or [0.0])[goods.item_product]
    revenue = np.round(price * goods.item_quantity, 2)
    bought = facts.goods.is_purchase[goods.item_event]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(goods.item_event, minlength=size))]).astype(np.int32)
    item = struct_of(
        kind.value_type,
        count,
        **members,
        price=pa.array(price),
        price_in_usd=pa.array(np.round(price * DOLLARS_PER_UNIT, 2)),
        quantity=_masked(goods.item_quantity, goods.item_quantity > 0),
        item_revenue=_masked(revenue, bought),
        item_revenue_in_usd=_masked(np.round(revenue * DOLLARS_PER_UNIT, 2), bought),
        item_params=pa.array([[]], kind.value_type.field("item_params").type).take(np.zeros(count, dtype=np.int32)),
    )
    return pa.ListArray.from_arrays(pa.array(offsets), item)
