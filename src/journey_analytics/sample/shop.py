"""What is in the basket at each event, what it costs, and the order numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from journey_analytics.sample.compiled import Compiled
from journey_analytics.sample.draws import Bools, Floats, Ints, expand, first_of_run, starts, sum_before
from journey_analytics.sample.events import Events
from journey_analytics.sample.people import People
from journey_analytics.sample.visits import Steps

ONE_ITEM = ("view_item", "add_to_cart", "add_to_wishlist", "select_item")
BASKET = ("view_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase")
LIST_LENGTH = 3
FREE_SHIPPING_FROM = 75.0
SHIPPING = 5.95
TAX_SHARE = 21 / 121
QUANTITY_WEIGHTS = (0.7, 0.2, 0.1)
MOST_ORDERS = 100
LEAD_EVENTS = ("generate_lead", "working_lead", "qualify_lead", "close_convert_lead")


@dataclass(frozen=True)
class Goods:
    """Items of events, and money. `item_*` have one entry per item, `first` and `count` point into them."""

    item_event: Ints
    item_product: Ints
    item_quantity: Ints
    value: Floats
    has_value: Bools
    shipping: Floats
    order: Ints
    revenue_so_far: Floats
    is_purchase: Bools
    lead: Bools


def fill_baskets(rng: np.random.Generator, compiled: Compiled, steps: Steps, events: Events, people: People) -> Goods:
    """Return items, values and orders of all events (in order of person and time)."""
    site, person = compiled.site, steps.person[events.step]
    purchase = events.event == _number(compiled, "purchase")
    reload = purchase & _is_reload(steps)[events.step]
    order = sum_before((purchase & ~reload).astype(np.int64), starts(person)) - reload
    if not site.products:
        return _leads(rng, compiled, steps, events, order)
    step_product = _step_products(rng, compiled, steps)
    add = events.event == _number(compiled, "add_to_cart")
    quantity = 1 + rng.choice(len(QUANTITY_WEIGHTS), int(add.sum()), p=QUANTITY_WEIGHTS)
    low, high = _basket_range(add, purchase & ~reload, reload, person)
    item_event, item_product, item_quantity = _items(
        compiled, events, step_product, np.stack([step_product[events.step[add]], quantity]), low, high
    )
    price = np.array([product.price for product in site.products])
    cost = price[item_product] * np.where(item_quantity > 0, item_quantity, 1)
    value = np.asarray(np.round(np.bincount(item_event, cost, minlength=len(person)), 2), dtype=np.float64)
    paid = np.where(purchase & ~reload, np.rint(value * 100), 0).astype(np.int64)
    return Goods(
        item_event=item_event,
        item_product=item_product,
        item_quantity=item_quantity,
        value=value,
        has_value=np.isin(events.event, _numbers(compiled, (*BASKET, "view_item", "add_to_cart", "add_to_wishlist"))),
        shipping=np.where(value < FREE_SHIPPING_FROM, SHIPPING, 0.0),
        order=people.user_number[person] * MOST_ORDERS + order,
        revenue_so_far=(sum_before(paid, starts(person)) + paid) / 100,
        is_purchase=purchase,
        lead=np.zeros(len(person), dtype=np.bool_),
    )


def _leads(rng: np.random.Generator, compiled: Compiled, steps: Steps, events: Events, order: Ints) -> Goods:
    """Return the goods of a site without products: at most the value of a lead, the same at each of its stages."""
    lead = np.isin(events.event, _numbers(compiled, LEAD_EVENTS))
    person = steps.person[events.step]
    values = np.array(compiled.site.lead_values or (0.0,))
    by_person = values[rng.integers(0, len(values), int(person.max(initial=0)) + 1)]
    none = np.empty(0, dtype=np.int64)
    return Goods(
        item_event=none,
        item_product=none,
        item_quantity=none,
        value=np.where(lead, by_person[person], 0.0),
        has_value=lead,
        shipping=np.zeros(len(person)),
        order=order,
        revenue_so_far=np.zeros(len(person)),
        is_purchase=np.zeros(len(person), dtype=np.bool_),
        lead=lead,
    )


def _number(compiled: Compiled, name: str) -> int:
    return compiled.events.index(name) if name in compiled.events else -1


def _numbers(compiled: Compiled, names: tuple[str, ...]) -> list[int]:
    return [_number(compiled, name) for name in names]


def _is_reload(steps: Steps) -> Bools:
    """Return which steps show a page once more, right after it: the thank-you page reloaded."""
    again = np.zeros(len(steps.page), dtype=np.bool_)
    again[1:] = (steps.page[1:] == steps.page[:-1]) & (steps.visit[1:] == steps.visit[:-1])
    return again


def _step_products(rng: np.random.Generator, compiled: Compiled, steps: Steps) -> Ints:
    """Return the product that a page shows (the first one of a category); elsewhere one the person has in mind."""
    site = compiled.site
    drawn = rng.integers(0, len(site.products), len(steps.page))
    product, category = site.page_number("product"), site.page_number("category")
    of_category = [product.category for product in site.products]
    first = np.array([of_category.index(path.rsplit("/", 1)[-1]) for path, _ in site.pages[category].paths])
    place = np.clip(steps.path - compiled.page_first_path[category], 0, len(first) - 1)
    shown = np.where(steps.page == product, steps.path - compiled.page_first_path[product], drawn)
    return np.where(steps.page == category, first[place], shown).astype(np.int64)


def _basket_range(add: Bools, order: Bools, reload: Bools, person: Ints) -> tuple[Ints, Ints]:
    """Return which of all added items are in the basket at each event: from, and up to."""
    added = np.cumsum(add).astype(np.int64)
    emptied = starts(person)
    emptied[1:] |= order[:-1]
    low = (added - add)[first_of_run(emptied)]
    high = added.copy()
    last_order = np.maximum.accumulate(np.where(order, np.arange(len(order)), 0))
    low[reload], high[reload] = low[last_order[reload]], high[last_order[reload]]
    return low, high


def _items(
    compiled: Compiled,
    events: Events,
    step_product: Ints,
    added: Ints,
    low: Ints,
    high: Ints,
) -> tuple[Ints, Ints, Ints]:
    """Return event, product and quantity (0: not sent) of each item."""
    basket = np.isin(events.event, _numbers(compiled, BASKET))
    single = np.isin(events.event, _numbers(compiled, ONE_ITEM))
    listed = events.event == _number(compiled, "view_item_list")
    count = np.where(basket, high - low, np.where(single, 1, np.where(listed, LIST_LENGTH, 0)))
    event, position = expand(count)
    in_basket = basket[event]
    place = np.minimum(np.where(in_basket, low[event] + position, 0), added.shape[1] - 1)
    product = step_product[events.step[event]]
    product = np.where(listed[event], (product + position) % len(compiled.site.products), product)
    if added.shape[1]:
        product = np.where(in_basket, added[0][place], product)
        quantity = np.where(in_basket, added[1][place], 0)
    else:
        quantity = np.zeros(len(event), dtype=np.int64)
    own = events.event[event] == _number(compiled, "add_to_cart")
    quantity[own] = added[1]
    return event, product.astype(np.int64), quantity.astype(np.int64)
