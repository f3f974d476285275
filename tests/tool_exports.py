"""Small exports in the manner of other tools, made by hand: real field names, few rows, and in each some that are bad.

Who does what is written so that it can be counted with a pencil; `EXPECTED` says what comes out.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from journey_analytics.definitions.front_matter import split_model_file

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs" / "recipes" / "sources"
SHOP = "https://www.shop.example"


@dataclass(frozen=True)
class Counted:
    """What an export holds, counted with a pencil."""

    read: int
    refused: int
    sessions: int
    persons: int
    names: dict[str, int]

    @property
    def events(self) -> int:
        """Rows that are events."""
        return sum(self.names.values())


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# --- PostHog: JSON lines on the first day, Parquet with properties as text on the second -----------------------------


def _posthog(number: int, at: str, event: str | None, distinct_id: str, **properties: Any) -> dict[str, Any]:
    return {
        "uuid": f"0197-{number:04}",
        "event": event,
        "properties": {"$lib": "web", "$browser": "Firefox", "$browser_version": 139, "$ip": None, **properties},
        "distinct_id": distinct_id,
        "person_id": "01970000-aaaa",
        "team_id": 7,
        "timestamp": f"2026-06-{at}+00:00",
        "created_at": "2026-06-03T00:00:00.000000+00:00",
        "elements_chain": "",
    }


def write_posthog(folder: Path) -> None:
    """Write two browsers, of which one logs in, and an order that the server tells of."""
    ana = {"$device_id": "d-ana", "$session_id": "s1", "$device_type": "Desktop", "$referrer": "$direct"}
    ben = {"$device_id": "d-ben", "$session_id": "s3", "$device_type": "Mobile", "$geoip_country_name": "Curaçao"}
    again = ana | {"$session_id": "s2", "$user_id": "0012"}
    news = {"utm_source": "nieuwsbrief", "utm_medium": "email", "utm_campaign": "juni"}
    first = [
        _posthog(1, "01T08:00:00.000000", "$pageview", "d-ana", **ana, **news, **{"$current_url": f"{SHOP}/"}),
        _posthog(2, "01T08:01:00.500000", "$pageview", "d-ana", **ana,
                 **{"$current_url": f"{SHOP}/prijzen?token=geheim", "title": "Prijzen – €"}),
        _posthog(3, "01T08:02:00.000000", "$autocapture", "d-ana", **ana, **{"$el_text": "Probeer « nu »"}),
        _posthog(4, "02T08:03:00.000000", "$pageview", "0012", **again, **{"$current_url": f"{SHOP}/mijn"}),
        _posthog(5, "02T08:03:00.000000", None, "0012", **again),
    ]  # fmt: skip
    second = [
        _posthog(6, "02T08:05:00.000000", "order completed", "0012", **{"$lib": "posthog-python"}, revenue=74.5,
                 order_id="0007", currency="EUR"),
        _posthog(7, "02T22:30:00.000000", "$pageview", "d-ben", **ben, **{"$current_url": f"{SHOP}/zürich"}),
        _posthog(8, "02T22:31:00.000000", "$rageclick", "d-ben", **ben, **{"$current_url": f"{SHOP}/zürich"}),
    ]  # fmt: skip
    (folder / "2026-06-01T00:00:00-2026-06-02T00:00:00.jsonl").write_text(_lines(first), encoding="utf-8")
    frame = pd.DataFrame([row | {"properties": json.dumps(row["properties"])} for row in second])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    frame.to_parquet(folder / "2026-06-02T00:00:00-2026-06-03T00:00:00.parquet")


# --- Amplitude: one gzipped file of JSON lines an hour ---------------------------------------------------------------


def _amplitude(at: str, event_type: str, device: str | None, session: int, **more: Any) -> dict[str, Any]:
    return {
        "$insert_id": f"i-{at}-{event_type}",
        "amplitude_id": 105712354545,
        "app": 240333,
        "client_event_time": f"2026-06-{at}",
        "country": "Netherlands",
        "device_family": "Mac OS X",
        "device_id": device,
        "device_type": "Mac",
        "event_id": 683,
        "event_properties": {},
        "event_time": f"2026-06-{at}",
        "event_type": event_type,
        "groups": {},
        "location_lat": None,
        "platform": "Web",
        "server_upload_time": "2026-06-02 12:00:00.289000",
        "session_id": session,
        "user_id": None,
        "user_properties": {"email": "ana@shop.example", "plan": "pro"},
        **more,
    }


def write_amplitude(folder: Path) -> None:
    """Write one browser that logs in, an order of the server without device and session, and a phone."""

    def page(path: str) -> dict[str, Any]:
        return {"event_properties": {"[Amplitude] Page Location": SHOP + path, "[Amplitude] Page Title": "Verf – ü"}}

    phone = {"device_type": "iPhone 15", "device_family": "Apple iPhone", "country": "Curaçao"}
    rows = [
        _amplitude("01 08:00:00.000000", "session_start", "a-ana", 1780300800000),
        _amplitude("01 08:00:00.137000", "[Amplitude] Page Viewed", "a-ana", 1780300800000, **page("/verf")),
        _amplitude("01 08:00:09.000000", "[Amplitude] Element Clicked", "a-ana", 1780300800000,
                   event_properties={"[Amplitude] Element Text": "Bestel"}),
        _amplitude("01 08:01:00.000000", "[Amplitude] Page Viewed", "a-ana", 1780300800000, user_id="0012", **page("/")),
        _amplitude("01 08:02:00.000000", "purchase", None, -1, user_id="0012",
                   event_properties={"$revenue": 49.95, "order_id": "A-1", "currency": "EUR"}),
        _amplitude("02 08:00:00.000000", "[Amplitude] Page Viewed", "a-ben", 1780387200000, **phone, **page("/verf")),
        _amplitude("31 08:00:00.000000", "[Amplitude] Page Viewed", "a-ben", 1780387200000, **page("/")),
    ]  # fmt: skip
    for number, part in enumerate((rows[:4], rows[4:])):
        (folder / f"240333_2026-06-01_{8 + number}#0.json.gz").write_bytes(gzip.compress(_lines(part).encode()))


# --- Matomo: an array of visits with their actions -------------------------------------------------------------------

_TEN_O_CLOCK = 1_780_308_000  # 10:00 on 1 June 2026 as the site's clock shows it, written as if it were UTC


def _action(seconds: int, kind: str, path: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind, "url": SHOP + path, "pageTitle": "Verf – ü", "pageIdAction": "2", "idpageview": "CWrLQ5",
        "serverTimePretty": "1 jun. 2026 10:00:00", "pageId": str(182_000 + seconds), "timeSpent": 8, "icon": None,
        "timestamp": _TEN_O_CLOCK + seconds, **more,
    }  # fmt: skip


def _visit(number: int, visitor: str | bool, actions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "idSite": "1", "idVisit": str(number), "visitIp": "0.0.0.0", "visitorId": visitor, "actionDetails": actions,  # noqa: S104
        "goalConversions": 0, "siteCurrency": "EUR", "serverDate": "2026-06-01", "firstActionTimestamp": 1_780_300_800,
        "userId": None, "visitorType": "new", "referrerType": "search", "referrerName": "Google",
        "referrerUrl": "https://www.google.com/", "deviceType": "Smartphone", "country": "Nederland", "countryCode": "nl",
        "customVariables": [], "latitude": None, **more,
    }  # fmt: skip


def write_matomo(folder: Path) -> None:
    """Write three visits of two visitors, one of a visitor who is not told apart, and one without actions."""
    event = {"eventCategory": "Video", "eventAction": "play", "eventName": "Muur verven", "eventValue": 3}
    order = {
        "orderId": "0042",
        "revenue": 120,
        "revenueSubTotal": 99.17,
        "itemDetails": [{"itemSKU": "p1", "quantity": 2}],
    }
    direct = {"referrerType": "direct", "referrerName": "", "referrerUrl": ""}
    visits = [
        _visit(101, "2004d5832c108bec", [
            _action(0, "action", "/"), _action(20, "search", "/zoeken", siteSearchKeyword="grondverf"),
            _action(45, "event", "/verf", **event),
        ]),
        _visit(102, "2004d5832c108bec", [_action(3600, "action", "/bedankt"), _action(3600, "ecommerceOrder", "/bedankt", **order)],
               userId="0012", **direct),
        # half past twelve at night on the clock of the site is still yesterday in UTC
        _visit(103, "77aa", [_action(86_400 - 34_200, "action", "/nacht")], deviceType="Desktop"),
        _visit(104, False, [_action(60, "action", "/anoniem")]),
        _visit(105, "88bb", []),
    ]  # fmt: skip
    (folder / "visits_2026-06-01.json").write_text(json.dumps(visits, ensure_ascii=False), encoding="utf-8")


# --- Snowplow: 131 fields between tabs, without a header -------------------------------------------------------------


def _snowplow(at: str, event: str, user: str, session: str, **more: str) -> str:
    told = {
        "app_id": "", "platform": "web", "etl_tstamp": "2026-06-03 00:00:00.000", "collector_tstamp": f"2026-06-{at}",
        "event": event, "event_id": f"e-{at}", "domain_userid": user, "domain_sessionid": session,
        "domain_sessionidx": "1", "page_url": f"{SHOP}/", "page_title": '5" scherm', "geo_country": "NL",
        "dvce_type": "Computer", "derived_tstamp": f"2026-06-{at}", "event_name": event, "event_vendor": "com.snowplow",
        "contexts": '{"schema":"iglu:c/1","data":[{"schema":"iglu:web_page/1","data":{"id":"0e8656b0"}}]}', **more,
    }  # fmt: skip
    source = split_model_file(RECIPES / "stg_snowplow__events.sql")[0].source
    assert source is not None
    assert set(told) <= set(source.columns)
    return "\t".join(told.get(column, "") for column in source.columns)


def write_snowplow(folder: Path) -> None:
    """Write two browsers; a line with a field too few, and one whose time is none."""
    cart = {
        "event_name": "event",
        "se_category": "shop",
        "se_action": "add_to_cart",
        "se_label": "p-1",
        "se_value": "9.5",
    }
    lines = [
        _snowplow("01 08:00:00.123", "page_view", "sp-ana", "v-1", mkt_source="nieuwsbrief", mkt_medium="email"),
        _snowplow("01 08:00:10.000", "page_ping", "sp-ana", "v-1"),
        _snowplow("01 08:00:20.000", "struct", "sp-ana", "v-1", **cart),
        _snowplow("01 08:00:30.000", "transaction", "sp-ana", "v-1", user_id="0012", tr_orderid="00042", tr_total="49.95"),
        _snowplow("02 08:00:00.000", "page_view", "sp-ben", "v-2", dvce_type="Mobile", page_title="Zürich\\n"),
        _snowplow("02 08:00:05.000", "page_view", "sp-ben", "v-2", derived_tstamp=""),
        _snowplow("02 08:00:06.000", "page_view", "sp-ben", "v-2").partition("\t")[2],
        _snowplow("02 08:00:07.000", "page_view", "sp-ben", "v-2", derived_tstamp="morgen"),
    ]  # fmt: skip
    (folder / "run-2026-06-02.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- a plain CSV -----------------------------------------------------------------------------------------------------


def write_plain(folder: Path) -> None:
    """Write three users, and a time that is none."""
    rows = [
        ("1052482.1904194731", "2026-06-01T08:00:00Z", "page_view"), ("1052482.1904194731", "2026-06-01T08:01:00Z", "zoeken"),
        ("0012", "2026-06-01T09:00:00Z", "page_view"), ("0012", "2026-06-02T09:00:00Z", "purchase"),
        ("é, \"x\"", "2026-06-02T09:30:00Z", "page_view"), ("0012", "", "page_view"),
    ]  # fmt: skip
    with (folder / "export_20260602.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("user", "time", "event"), *rows])


WRITERS: dict[str, Callable[[Path], None]] = {
    "posthog": write_posthog,
    "amplitude": write_amplitude,
    "matomo": write_matomo,
    "snowplow": write_snowplow,
    "plain": write_plain,
}
EXPECTED = {
    # sessions s1, s2 and s3; the server's order is of the person who logged in
    "posthog": Counted(8, 1, 3, 2, {"page_view": 4, "click": 1, "order completed": 1, "rage_click": 1}),
    "amplitude": Counted(7, 1, 2, 2, {"session_start": 1, "page_view": 3, "click": 1, "purchase": 1}),
    "matomo": Counted(8, 1, 3, 2, {"page_view": 4, "view_search_results": 1, "play": 1, "purchase": 1}),
    "snowplow": Counted(8, 2, 2, 2, {"page_view": 3, "user_engagement": 1, "add_to_cart": 1, "purchase": 1}),
    # no session ids: the second user came on two days
    "plain": Counted(6, 1, 4, 3, {"page_view": 3, "zoeken": 1, "purchase": 1}),
}
