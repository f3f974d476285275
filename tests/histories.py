"""Random histories of a tiny shop: GA4 day files and Clarity files that arrive, are replaced, corrected and emptied.

The same seed gives the same files. Ties in time, null ids, shared browsers and sessions over midnight are frequent on
purpose: they are rare in real exports, and that is where increments go wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from journey_analytics.definitions.exchange_rates import read_exchange_rates
from journey_analytics.definitions.generated import exchange_rate_model
from journey_analytics.definitions.project import Project
from journey_analytics.ingest.deliveries import STRAY_AFTER_DAYS

ZONE = ZoneInfo("Europe/Amsterdam")
SITE = "https://shop.example"
FIRST = date(2026, 1, 20)  # the clock goes forward on 29 March
BASE_DAYS = 70
DAYS = 140
DEVICES = [f"{number}.{number}" for number in range(1, 13)]
USERS = ["anna", "bram", "cato", "dirk"]
TRANSACTIONS = ["T-1", "T-2", "T-3", "T-4", "T-5", "T-6", "(not set)", None]
CURRENCIES = ["EUR", "EUR", "USD", "EUR", "GBP", "EUR", "CHF"]
AMOUNTS = [9.95, 25.0, 100.1]
# one currency never has a rate, one has several
RATES = {
    ("USD", FIRST): "0.92",
    ("USD", FIRST + timedelta(days=45)): "0.95",
    ("GBP", FIRST + timedelta(days=20)): "1.15",
}
PAGES = [
    "/", "/inspiratie/a", "/c/verf", "/p/rood", "/p/blauw", "/zoeken", "/winkelwagen", "/afrekenen/gegevens",
    "/afrekenen/betaling", "/bedankt", "/bedankt", "/bedankt", "/klantenservice", "/account", "/iets/anders",
]  # fmt: skip
ON_PAGES = {
    "/p/rood": ["view_item", "add_to_cart"],
    "/p/blauw": ["view_item", "share"],
    "/winkelwagen": ["view_cart", "begin_checkout"],
    "/afrekenen/betaling": ["add_shipping_info", "add_payment_info"],
    "/bedankt": ["purchase", "purchase", "refund"],
    "/account": ["login", "sign_up"],
    "/zoeken": ["view_search_results"],
    "/klantenservice": ["form_start", "form_submit", "generate_lead", "working_lead"],
}
SIGNALS = ["rage_click", "dead_click", "script_error", "quick_back"]
SOURCES = [None, None, ("google", "organic"), ("google", "cpc"), ("nieuwsbrief", "email"), ("blog.example", "referral")]
# what an address may carry, by the second of the event
QUERIES = {0: "?gclid=Cj0", 1: "?srsltid=Afm", 2: "?msclkid=9f1"}

SETTINGS = """
property: tiny_shop
title: Tiny shop
time_zone: Europe/Amsterdam
currency: EUR
sources: {ga4: 'ga4/*.json', clarity: 'clarity/*.csv'}
own_hosts: [shop.example]
page_groups:
  - {page_group: home, when: {page_path: /}}
  - {page_group: inspiration, when: {page_path: {starts_with: /inspiratie}}}
  - {page_group: category, when: {page_path: {starts_with: /c/}}}
  - {page_group: product, when: {page_path: {starts_with: /p/}}}
  - {page_group: search, when: {page_path: /zoeken}}
  - {page_group: cart, when: {page_path: /winkelwagen}}
  - {page_group: checkout_details, when: {page_path: /afrekenen/gegevens}}
  - {page_group: checkout_payment, when: {page_path: /afrekenen/betaling}}
  - {page_group: confirmation, when: {page_path: /bedankt}}
  - {page_group: account, when: {page_path: {starts_with: /account}}}
  - {page_group: service, when: {page_path: {starts_with: /klantenservice}}}
key_events:
  - {event_name: purchase, is_order: true}
  - {event_name: sign_up}
  - {event_name: add_to_cart, value: 2.5}
thresholds: {fct_frictions: {min_sample: 3}}
personas:
  - {persona_id: dreamer, title_nl: Dromer, title_en: Dreamer, when: {is_landing: true, page_group: inspiration}}
  - {persona_id: customer, title_nl: Klant, title_en: Customer, when: {person_state: customer}, unless: {page_group: account}}
  - {persona_id: member, title_nl: Lid, title_en: Member, when: {event_name: [login, sign_up], channel_group: [Email, Direct]}}
experiments:
  - experiment: short_cart
    title_nl: Korte winkelwagen
    title_en: Short cart
    control: was
    conversion: purchase
    starts_on: 2026-02-15
    ends_on: 2026-04-20
    horizon: 10 days
    variants:
      - {variant: was, title_nl: Zoals het was, title_en: As it was, value: CART-1-0}
      - {variant: short, title_nl: Kort, title_en: Short, value: {ends_with: "-1"}, split: 2}
primary_journey: mckinsey4
public_salt: a tiny shop that does not exist
"""


@dataclass(frozen=True)
class Event:
    """A GA4 event, as far as models read it."""

    day: date
    at: int
    name: str
    device: str | None
    session: int | None
    user: str | None = None
    page: str = "/"
    source: tuple[str, str] | None = None
    transaction: str | None = None
    value: float | None = None
    batch: tuple[int, int, int] | None = None
    engaged: bool = False

    def line(self) -> str:
        query = QUERIES.get(self.at // 1_000_000 % 17, "")
        params: dict[str, Any] = {"page_location": {"string_value": SITE + self.page + query}}
        if self.session is not None:
            params["ga_session_id"] = {"int_value": str(self.session)}
        params["session_engaged"] = {"int_value": str(int(self.engaged))}
        params["engagement_time_msec"] = {"int_value": str(self.at // 1_000_000 % 7000)}
        if self.source:
            params |= {key: {"string_value": text} for key, text in zip(("source", "medium"), self.source, strict=True)}
        if self.device in DEVICES and self.page in ("/winkelwagen", "/zoeken"):
            # most browsers see one variant, some both
            seen = self.at // 1_000_000 % 2 if self.device == DEVICES[0] else DEVICES.index(self.device) % 3 % 2
            params["exp_variant_string"] = {"string_value": f"CART-1-{seen}"}
        if self.value is not None:
            params["value"] = {"double_value": self.value}
            params["currency"] = {"string_value": CURRENCIES[self.at // 1_000_000 % len(CURRENCIES)]}
        row: dict[str, Any] = {
            "event_date": self.day.strftime("%Y%m%d"),
            "event_timestamp": str(self.at),
            "event_name": self.name,
            "event_params": [{"key": key, "value": value} for key, value in params.items()],
            "device": {"category": "mobile" if self.at % 3 else "desktop"},
            "geo": {"country": "Netherlands"},
            "privacy_info": {"analytics_storage": "Yes" if self.device else "No"},
        }
        if self.device is not None:
            row["user_pseudo_id"] = self.device
        if self.user is not None:
            row["user_id"] = self.user
        if self.transaction is not None:
            worth = "refund_value" if self.name == "refund" else "purchase_revenue"
            row["ecommerce"] = {"transaction_id": self.transaction, worth: self.value}
        if self.batch is not None:
            names = ("batch_page_id", "batch_ordering_id", "batch_event_index")
            row |= {name: str(number) for name, number in zip(names, self.batch, strict=True)}
        return json.dumps(row)


class History:
    """The files of one random history; `next_night` changes them and says how."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng = Random(seed)
        self.folder = folder
        self.patterns = {"ga4": str(folder / "ga4" / "*.json"), "clarity": str(folder / "clarity" / "*.csv")}
        self.world: dict[date, list[Event]] = {}
        self.signals: list[tuple[date, str]] = []
        self.daily: dict[date, list[Event]] = {}
        self.intraday: dict[date, list[Event]] = {}
        self.told: list[tuple[date, str]] = []
        self.newest = FIRST
        self.strays = 0
        self.as_of: date | None = None
        self.rates = dict(RATES)
        self._make_world()
        for day in self._days_between(FIRST, FIRST + timedelta(days=BASE_DAYS), 32):
            self.daily[day] = self._most(self.world.get(day, []), 0.9) or [self._stray(day)]
            self.newest = day
        self.told = [told for told in self.signals if told[0] <= self.newest and self.rng.random() < 0.8]
        self._write()

    def _make_world(self) -> None:
        """Draw every visit that there ever is; a third of the devices only comes back after weeks."""
        for number in range(DAYS):
            for _ in range(self.rng.choice([0, 1, 2, 3, 5])):
                few = DEVICES[: 4 + number % 9]
                self._visit(FIRST + timedelta(days=number), self.rng.choice([*few, None]))

    def _visit(self, day: date, device: str | None) -> None:
        rng = self.rng
        clock = rng.choice([time(23, 58), time(0, 0), time(9, 0), time(12, 30), time(20, 15)])
        start = int(datetime.combine(day, clock, ZONE).astimezone(UTC).timestamp()) + rng.randint(0, 90)
        session = None if device is None or rng.random() < 0.08 else start if rng.random() < 0.9 else 1_760_000_000
        # browser 1 is shared by two people, the others belong to one or to nobody known
        user = None
        if device is not None and rng.random() < 0.3:
            user = rng.choice(USERS[:2]) if device == DEVICES[0] else USERS[DEVICES.index(device) % 4]
        source, at = rng.choice(SOURCES), start * 1_000_000
        engaged = rng.random() < 0.6
        for step in range(rng.randint(1, 5)):
            page = rng.choice(PAGES)
            names = ["page_view", *(rng.sample(ON_PAGES[page], 1) if page in ON_PAGES else [])]
            names = ["session_start", *names] if step == 0 else names
            for index, name in enumerate(names):
                if rng.random() < 0.5:
                    at += rng.choice([0, 1, 1_000_000, 60_000_000])
                batch = (at // 1000, step + 1, index) if rng.random() < 0.4 else None
                event = Event(day, at, name, device, session, user, page, source, None, None, batch, engaged)
                if name in ("purchase", "refund"):
                    value = rng.choice(AMOUNTS) if rng.random() < 0.9 else None
                    event = replace(event, transaction=rng.choice(TRANSACTIONS), value=value)
                self._happens(event)
                if (
                    name == "purchase" and rng.random() < 0.4
                ):  # the thank-you page told it twice, on both sides of 10 seconds
                    later = at + rng.choice([1, 4_000_000, 10_000_000, 10_000_001])
                    self._happens(replace(event, at=later, transaction=rng.choice([event.transaction, None])))
            if rng.random() < 0.35:
                self._signal(day, at, device, session, page)
            at += rng.choice([0, 5_000_000, 40_000_000, 400_000_000])

    def _happens(self, event: Event) -> None:
        day = datetime.fromtimestamp(event.at / 1_000_000, ZONE).date()
        self.world.setdefault(day, []).append(replace(event, day=day))

    def _signal(self, day: date, at: int, device: str | None, session: int | None, page: str) -> None:
        moment = datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        cells = (device or "", session or "", moment, self.rng.choice(SIGNALS), SITE + page, "mobile", "div > a")
        self.signals.append((day, ",".join(f'"{cell}"' for cell in cells)))

    def _days_between(self, first: date, last: date, number: int) -> list[date]:
        days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
        return sorted({last, *self.rng.sample(days, number)})

    def _most(self, events: list[Event], share: float) -> list[Event]:
        return [event for event in events if self.rng.random() < share]

    def _stray(self, day: date) -> Event:
        """Return an event for a day on which nobody came, never the same one: a copy of a known file is not loaded."""
        self.strays += 1
        at = int(datetime.combine(day, time(10), ZONE).timestamp()) * 1_000_000 + self.strays
        return Event(day, at, "page_view", self.rng.choice([*DEVICES, None]), None)

    def next_night(self) -> str:
        """Change the files, or as_of, or nothing; return what happened, in words."""
        nights: list[tuple[int, Callable[[], str]]] = [
            (3, self._new_daily), (2, self._new_intraday), (3, self._whole_after_intraday), (3, self._delivered_again),
            (3, self._late_rows), (3, self._late_user), (1, self._emptied), (1, self._same_again), (1, self._other_order),
            (2, self._signals_change), (3, self._as_of_lowered), (1, self._other_values),
            (2, self._other_rates),
        ]  # fmt: skip
        # most nights run up to the last complete date: as_of rises again, with or without files
        self.as_of = None if self.rng.random() < 0.8 else self.as_of
        weights, kinds = zip(*nights, strict=True)
        told = [kind() for kind in self.rng.choices(kinds, weights, k=self.rng.choice([1, 1, 2]))]
        told += self._left_behind()
        self._write()
        return f"{', then '.join(told)} (as_of {self.as_of or 'not limited'})"

    def replace_a_day(self) -> None:
        """Change the files as an ordinary night does: a day again with rows lost and added, and other signals."""
        self._delivered_again()
        self._signals_change()
        self._write()

    def _new_day(self) -> date:
        self.newest += timedelta(days=self.rng.choice([1, 1, 1, 2, 6, 15]))
        self.told += [told for told in self.signals if told[0] == self.newest]
        return self.newest

    def _new_daily(self) -> str:
        day = self._new_day()
        self.daily[day] = self._most(self.world.get(day, []), 0.9) or [self._stray(day)]
        return f"new day {day}"

    def _new_intraday(self) -> str:
        day = self._new_day()
        self.intraday[day] = self._most(self.world.get(day, []), 0.7) or [self._stray(day)]
        return f"new intraday {day}"

    def _whole_after_intraday(self) -> str:
        days = sorted(self.intraday.keys() - self.daily.keys())
        if not days:
            return self._new_intraday()
        day = self.rng.choice(days)
        kept, added = self._most(self.intraday[day], 0.8), self._most(self.world.get(day, []), 0.5)
        self.daily[day] = list(dict.fromkeys([*kept, *added, self._stray(day)]))
        return f"daily {day} replaces its intraday"

    def _left_behind(self) -> list[str]:
        """Complete the days that nobody would any more: a stray that was loaded in its time stays, a new one is ignored."""
        last = max(self.daily) - timedelta(days=STRAY_AFTER_DAYS)
        days = sorted(day for day in self.intraday.keys() - self.daily.keys() if day <= last)
        for day in days:
            self.daily[day] = [*self.intraday[day], self._stray(day)]
        return [f"daily {day} comes late" for day in days]

    def _any_day(self) -> date:
        return self.rng.choice(sorted(self.daily))

    def _delivered_again(self) -> str:
        day = self._any_day()
        kept, added = self._most(self.daily[day], 0.8), self._most(self.world.get(day, []), 0.5)
        self.daily[day] = list(dict.fromkeys([*kept, *added])) or [self._stray(day)]
        return f"{day} again, rows lost and added"

    def _late_rows(self) -> str:
        days = [day for day in self.daily if (self.newest - day).days <= 10] or [self._any_day()]
        for day in days:
            self.daily[day] = list(dict.fromkeys([*self.daily[day], *self._most(self.world.get(day, []), 0.6)]))
        return f"late rows of {', '.join(map(str, sorted(days)))}"

    def _late_user(self) -> str:
        device, user = self.rng.choice(DEVICES), self.rng.choice([*USERS, None])
        days = [day for day, events in self.daily.items() if any(event.device == device for event in events)]
        if not days:
            return self._delivered_again()
        day = self.rng.choice(sorted(days))
        self.daily[day] = [replace(e, user=user) if e.device == device else e for e in self.daily[day]]
        return f"browser {device} is {user or 'nobody'} on {day}"

    def _other_values(self) -> str:
        day = self._any_day()
        self.daily[day] = [
            replace(e, value=1.25) if e.name == "purchase" else replace(e, page=self.rng.choice([e.page, *PAGES]))
            for e in self.daily[day]
        ]
        return f"corrected pages and values on {day}"

    def _emptied(self) -> str:
        day = self._any_day()
        self.daily[day] = [self._stray(day)]
        return f"{day} emptied to one row"

    def _other_order(self) -> str:
        day = self._any_day()
        self.rng.shuffle(self.daily[day])
        return f"{day} again, in another order"

    def _same_again(self) -> str:
        return "the same files again"

    def _signals_change(self) -> str:
        added = [told for told in self.signals if told[0] <= self.newest and self.rng.random() < 0.1]
        self.told = list(dict.fromkeys([*(told for told in self.told if self.rng.random() < 0.9), *added]))
        return "other Clarity signals"

    def _as_of_lowered(self) -> str:
        self.as_of = self.newest - timedelta(days=self.rng.choice([1, 2, 5, 15, 40]))
        return f"as_of lowered to {self.as_of}"

    def _other_rates(self) -> str:
        currency, day = self.rng.choice(CURRENCIES[1:]), self.rng.choice(sorted(self.daily))
        if currency == "EUR":  # it has none: one of the others is taken back
            gone = self.rng.choice(sorted(self.rates))
            self.rates = {key: rate for key, rate in self.rates.items() if key != gone} or dict(RATES)
            return f"rate of {gone[0]} from {gone[1]} taken back"
        self.rates[currency, day] = self.rng.choice(["0.5", "0.95", "1.15"])
        return f"rate of {currency} from {day} is {self.rates[currency, day]}"

    def with_rates(self, project: Project) -> Project:
        """Return the definitions as the settings would give them with tonight's file of exchange rates."""
        model = exchange_rate_model(read_exchange_rates(self.folder / "rates.csv", "EUR"), self.folder / "rates.csv")
        return replace(project, models={**project.models, model.name: model})

    def _write(self) -> None:
        lines = [f"{currency},{day},{rate}" for (currency, day), rate in sorted(self.rates.items())]
        _write_changed(self.folder / "rates.csv", "\n".join(["currency,valid_from,rate", *lines]) + "\n")
        for kind, days in (("events_", self.daily), ("events_intraday_", self.intraday)):
            for day, events in days.items():
                text = "".join(f"{event.line()}\n" for event in events)
                _write_changed(self.folder / "ga4" / f"{kind}{day:%Y%m%d}.json", text)
        months: dict[str, list[str]] = {}
        header = "user_id,session_id,timestamp,event,page_url,device,element"
        for day, line in [(FIRST, f'"1.1","1","{FIRST}T10:00:00.000Z","rage_click","{SITE}/","mobile",""'), *self.told]:
            months.setdefault(f"{day:%Y%m}", [header]).append(line)
        for month, lines in months.items():
            _write_changed(self.folder / "clarity" / f"signals_{month}.csv", "\n".join(lines) + "\n")


def _write_changed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
