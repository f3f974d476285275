"""`journey init`: what is found in an export, and that what is proposed can be read, whatever the export holds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.errors import InputError
from journey_analytics.profiling import (
    ExportProfile,
    profile_export,
    profile_summary,
    proposed_glob,
    proposed_settings,
)
from journey_analytics.profiling.files import exact_globs
from journey_analytics.profiling.page_section import proposed_page_rules
from journey_analytics.profiling.page_tree import placed
from journey_analytics.profiling.profile import Counted, EventProfile, PageFolder, ReferrerHost, TimeZoneGuess
from journey_analytics.warehouse import Warehouse, literal

ROOT = Path(__file__).parents[1]
SAMPLES = {
    "webshop": "data/sample/webshop/ga4/*.json.gz",
    "b2b_leads": "data/sample/b2b_leads/ga4/*.parquet",
    "government_form": "data/sample/government_form/ga4/*.json.gz",
}
PUBLIC = ROOT.parent / "shared/data/ga4_public_sample_24k.parquet"


@cache
def sample_profile(name: str) -> ExportProfile:
    files = sorted(ROOT.glob(SAMPLES[name]))
    if not files:
        pytest.skip(f"the sample {name} has not been made; run `journey sample`")
    return profile_export(files)


@cache
def public_profile() -> ExportProfile:
    if not PUBLIC.exists():
        pytest.skip(f"{PUBLIC} is not here: it lies beside the project, not in it")
    return profile_export([PUBLIC])


def read_back(tmp_path: Path, profile: ExportProfile, **named: Any) -> Settings:
    path = tmp_path / "journey.yml"
    told = {"property_name": "shop", "title": "Shop", "sources": {"ga4": "ga4/*"}} | named
    path.write_text(proposed_settings(profile, **told), encoding="utf-8")
    return read_settings(path)


def page_group_of(found: Settings, paths: Iterable[str]) -> dict[str, str]:
    """Return path -> page group, as a run would find it."""
    values = ", ".join(f"({literal(path)}, null, null)" for path in paths)
    case = found.page_group_case().sql("duckdb")
    return dict(
        scratch().rows(f"select page_path, {case} from (values {values}) as t(page_path, page_host, page_title)")
    )


@cache
def scratch() -> Warehouse:
    return Warehouse.open()


def event(
    name: str,
    at: datetime,
    user: str = "ana",
    path: str = "/",
    zone: str = "UTC",
    host: str = "www.shop.example",
    **params: str | int | float,
) -> dict[str, Any]:
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    told: dict[str, str | int | float] = {"ga_session_id": 1, "page_location": f"https://{host}{path}", **params}
    return {
        "event_date": at.astimezone(ZoneInfo(zone)).strftime("%Y%m%d"),
        "event_timestamp": int(at.timestamp() * 1_000_000),
        "event_name": name,
        "user_pseudo_id": user,
        "event_params": [{"key": key, "value": {kinds[type(value)]: value}} for key, value in told.items()],
    }


def written(path: Path, events: Sequence[dict[str, Any]]) -> Path:
    text = "\n".join(json.dumps(row) for row in events) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def hours(count: int, start: str = "2026-03-01T00:30", step: int = 1) -> Iterator[datetime]:
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return (first + timedelta(hours=step * number) for number in range(count))


# What is found


def test_a_sample_is_counted_as_it_is() -> None:
    profile = sample_profile("b2b_leads")
    export = f"read_parquet({literal(str(ROOT / SAMPLES['b2b_leads']))})"
    counts = dict(scratch().rows(f"select event_name, count(*) from {export} group by 1"))
    days = scratch().rows(f"select min(event_date), max(event_date), count(distinct event_date) from {export}")[0]
    assert profile.event_counts() == counts
    assert (profile.rows, profile.page_views) == (sum(counts.values()), counts["page_view"])
    assert (f"{profile.first_date:%Y%m%d}", f"{profile.last_date:%Y%m%d}") == days[:2]
    assert (profile.last_date - profile.first_date).days + 1 == days[2] + len(profile.missing_dates)
    assert profile.time_zone == TimeZoneGuess("Europe/Amsterdam", 1.0)
    assert 0 < profile.no_consent_share < 0.1
    assert sum(device.count for device in profile.devices) == profile.rows
    form = next(e for e in profile.events if e.event_name == "form_submit")
    assert {parameter.name for parameter in form.parameters} >= {"form_id", "form_name"}


def test_the_public_export_counts_its_days_in_utc() -> None:
    profile = public_profile()
    assert (profile.rows, profile.users, profile.sessions) == (24219, 19210, 20705)
    assert profile.time_zone.name == "UTC"
    assert profile.time_zone.share == 1
    assert {host.name for host in profile.hosts} == {
        "shop.googlemerchandisestore.com", "googlemerchandisestore.com", "www.googlemerchandisestore.com",
    }  # fmt: skip
    assert profile.event_counts()["purchase"] == 624
    assert [currency.name for currency in profile.currencies] == ["USD"]


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"]
)
def test_the_time_zone_is_found_from_the_dates(tmp_path: Path, zone: str) -> None:
    rows = [event("page_view", at, zone=zone) for at in hours(365, "2026-01-01T00:10", step=25)]
    found = profile_export([written(tmp_path / "e.json", rows)]).time_zone
    assert found.share == 1
    assert zone in (found.name, *found.also_fits)
    if zone in ("UTC", "Europe/Amsterdam"):
        assert found.name == zone


def test_a_zone_that_is_in_no_list_becomes_a_distance_from_utc(tmp_path: Path) -> None:
    rows = [event("page_view", at, zone="Pacific/Honolulu") for at in hours(200)]
    found = profile_export([written(tmp_path / "e.json", rows)])
    assert found.time_zone.name == "Etc/GMT+10"
    assert read_back(tmp_path, found).time_zone == "Etc/GMT+10"


def test_an_event_that_stops_for_some_days_is_told(tmp_path: Path) -> None:
    days = [at for at in hours(10, step=24) for _ in range(30)]
    rows = [event("page_view", at + timedelta(seconds=n), path="/a") for n, at in enumerate(days)]
    rows += [event("chat", at + timedelta(seconds=n)) for n, at in enumerate(days) if at.day not in (4, 5)]
    gaps = profile_export([written(tmp_path / "e.json", rows)]).tracking_gaps
    assert [(g.event_name, g.first_date, g.last_date) for g in gaps] == [("chat", date(2026, 3, 4), date(2026, 3, 5))]


def test_repeated_rows_and_replaced_days_are_counted(tmp_path: Path) -> None:
    first, second, third, fourth = (event("page_view", at) for at in hours(4))
    written(tmp_path / "events_20260301.json", [first, second, third, third])
    written(tmp_path / "events_intraday_20260301.json.gz", [first, fourth])
    profile = profile_export(sorted(tmp_path.glob("events*")))
    assert (profile.rows, profile.superseded_rows, profile.duplicate_share) == (4, 2, 0.25)


def test_files_of_one_name_in_two_folders_are_both_read(tmp_path: Path) -> None:
    for number, at in enumerate(hours(2)):
        (tmp_path / str(number)).mkdir()
        written(tmp_path / str(number) / "events_20260301.json", [event("page_view", at)])
    assert profile_export(sorted(tmp_path.glob("*/*"))).rows == 2


def test_only_the_files_that_were_named_are_read(tmp_path: Path) -> None:
    files = [written(tmp_path / f"events_{n}.json", [event("page_view", at)]) for n, at in enumerate(hours(3))]
    assert profile_export(files[:2]).rows == 2
    assert len(exact_globs(files)) == 1


def test_a_bad_file_among_good_ones_is_reported_and_left_out(tmp_path: Path) -> None:
    good = written(tmp_path / "good.json", [event("page_view", at) for at in hours(3)])
    bad = tmp_path / "bad.json"
    bad.write_text("<html>sign in</html>")
    (tmp_path / "other").mkdir()
    empty = written(tmp_path / "other" / "empty.json", [])
    profile = profile_export([good, bad, empty])
    assert profile.rows == 3
    assert sorted((f.file_name, f.status) for f in profile.files) == [
        ("bad.json", "quarantined"), ("empty.json", "quarantined"), ("good.json", "loaded"),
    ]  # fmt: skip
    assert "2 left out" in dict(profile_summary(profile))["files"]


@pytest.mark.parametrize("content", ["", "<html>sign in</html>", '{"a": 1}\n'])
def test_files_that_cannot_be_read_stop_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"bad\.json"):
        profile_export([path])


def test_a_file_that_is_not_there_stops_it_also_among_good_ones(tmp_path: Path) -> None:
    good = written(tmp_path / "good.json", [event("page_view", at) for at in hours(3)])
    with pytest.raises(InputError, match="no file matches"):
        profile_export([good, tmp_path / "typo.json"])
    with pytest.raises(InputError, match="No file was named"):
        profile_export([])


def test_a_database_that_is_handed_in_keeps_the_rows_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path / "e.json", [event("page_view", at) for at in hours(3)])
    with Warehouse.open() as work:
        profile_export([path], work)
        assert work.tables() == {"load_files", "pending_changes", "raw_ga4__events", "rejected_rows", "seen_fields"}


# What is proposed


@pytest.mark.parametrize("name", SAMPLES)
def test_most_page_views_of_a_sample_get_the_group_that_people_gave_them(tmp_path: Path, name: str) -> None:
    profile = sample_profile(name)
    by_hand = read_settings(ROOT / "data/sample" / name / "journey.yml")
    pages = {f.path: f.own_page_views for f in profile.page_folders if f.own_page_views}
    assert sum(pages.values()) == profile.page_views
    ours, theirs = page_group_of(read_back(tmp_path, profile), pages), page_group_of(by_hand, pages)
    same = sum(views for path, views in pages.items() if ours[path] == theirs[path])
    assert same / profile.page_views >= 0.8


@pytest.mark.parametrize(
    ("name", "order", "journey"),
    [
        ("webshop", "purchase", "mckinsey4"),
        ("b2b_leads", "generate_lead", "b2b8"),
        ("government_form", "form_success", "mckinsey4"),
    ],
)
def test_the_proposal_for_a_sample_is_what_people_wrote(tmp_path: Path, name: str, order: str, journey: str) -> None:
    found = read_back(tmp_path, sample_profile(name))
    by_hand = read_settings(ROOT / "data/sample" / name / "journey.yml")
    assert [e.event_name for e in found.key_events if e.is_order] == [order]
    assert {e.event_name for e in found.key_events} == {e.event_name for e in by_hand.key_events}
    assert (found.primary_journey, found.time_zone, found.currency) == (journey, "Europe/Amsterdam", "EUR")
    assert set(found.own_hosts) == set(by_hand.own_hosts)


def test_the_proposal_for_the_public_export(tmp_path: Path) -> None:
    found = read_back(tmp_path, public_profile())
    assert (found.time_zone, found.currency, found.primary_journey) == ("UTC", "USD", "mckinsey4")
    groups = page_group_of(
        found,
        ["/", "/basket.html", "/yourinfo.html", "/payment.html", "/ordercompleted.html", "/signin.html", "/asearch.html",
         "/store-policies/return-policy", "/Google+Redesign/Apparel/Mens"],
    )  # fmt: skip
    assert list(groups.values()) == [
        "home", "cart", "checkout_details", "checkout_payment", "confirmation", "account", "search", "returns", "product",
    ]  # fmt: skip


def pages(**views: int) -> tuple[PageFolder, ...]:
    """Return folders from leaf pages; `__` stands for a slash."""
    folders: dict[str, PageFolder] = {}
    for name, number in views.items():
        path = "/" + name.replace("__", "/").replace("_", "-")
        for depth in range(1, path.count("/") + 1):
            part = "/".join(path.split("/")[: depth + 1])
            old = folders.get(part, PageFolder(part, 0, 0, 0))
            own = number if part == path else 0
            folders[part] = replace(
                old, page_views=old.page_views + number, own_page_views=old.own_page_views + own, pages=old.pages + 1
            )
    return tuple(folders.values())


def tiny(folders: Sequence[PageFolder] = (), events: Sequence[EventProfile] = (), **named: Any) -> ExportProfile:
    start = {
        "files": (), "rows": 100, "superseded_rows": 0, "users": 10, "sessions": 20, "first_date": date(2026, 3, 1),
        "last_date": date(2026, 3, 2), "missing_dates": (), "duplicate_share": 0.0, "no_consent_share": 0.0,
        "time_zone": TimeZoneGuess("UTC", 1.0), "events": tuple(events), "page_folders": tuple(folders),
        "page_views": sum(folder.own_page_views for folder in folders),
    }  # fmt: skip
    return ExportProfile(**(start | named))


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        # 40 of 100 page views show an item; the 10 of what is split off already, which show none, do not count
        ({"products": (110, 40), "products/cart": (10, 0)}, "at most 40.0% of them show a product (view_item)"),
        ({"products": (100, 70)}, None),
        ({"products": (100, 0)}, None),  # nothing is known of it: only its name says what it is
        ({"blog": (100, 40)}, None),
    ],
)
def test_lists_among_the_products_are_told(folders: dict[str, tuple[int, int]], said: str | None) -> None:
    site = [
        PageFolder(f"/{path}", views, views, 2, (Counted("view_item", items),) if items else ())
        for path, (views, items) in folders.items()
    ]
    lines = proposed_settings(tiny(site), "x", "X", {}).splitlines()
    told = [line for line in lines if "so lists stand among them" in line]
    assert len(told) == (1 if said else 0)
    assert all("page_group: product" in line and said is not None and said in line for line in told)


def test_a_site_in_two_languages_gets_one_set_of_groups(tmp_path: Path) -> None:
    site = pages(
        nl=9, nl__winkelwagen=9, nl__over_ons=9, nl__checkout__success=9, nl__checkout__betaling=9,
        en_gb=9, en_gb__cart=9, en_gb__about_us=9, en_gb__checkout__thank_you=9, en_gb__checkout__payment=9,
    )  # fmt: skip
    found = page_group_of(read_back(tmp_path, tiny(site)), [f.path for f in site if f.own_page_views])
    assert list(found.values()) == ["home", "cart", "about", "confirmation", "checkout_payment"] * 2


def test_a_word_means_what_it_means_where_it_stands(tmp_path: Path) -> None:
    site = pages(
        verzending=9, afrekenen__verzending=9, blog__reviews=9, klantenservice__verzending=9, aanvraag__bedankt=9,
        bedankt=9, checkout__cart=9, checkout__onepage__success=9, Mein_Konto=9, kasse__versand=9, hilfe=9,
    )  # fmt: skip
    found = page_group_of(read_back(tmp_path, tiny(site)), [f.path for f in site if f.own_page_views])
    assert list(found.values()) == [
        "service", "checkout_shipping", "inspiration", "service", "form_sent", "confirmation", "cart", "confirmation", "account",
        "checkout_shipping", "service",
    ]  # fmt: skip


def test_events_tell_what_words_do_not(tmp_path: Path) -> None:
    site = [
        replace(folder, events=(Counted(name, 9),))
        for folder, name in zip(
            pages(x1=10, x2=10, x3=10, x4=10), ["view_item", "purchase", "view_cart", "login"], strict=True
        )
    ]
    found = page_group_of(read_back(tmp_path, tiny(site)), ["/x1/a", "/x1", "/x2", "/x3", "/x4"])
    assert list(found.values()) == ["other", "product", "confirmation", "cart", "account"]


def test_a_big_folder_without_a_name_gets_one(tmp_path: Path) -> None:
    site = pages(parkeren__zones=30, afval=30, other=30, demo_tafel__x=30, klein=1)
    found = read_back(tmp_path, tiny(site))
    assert page_group_of(found, ["/parkeren/zones", "/afval/nieuw", "/other", "/klein"]) == {
        "/parkeren/zones": "parkeren", "/afval/nieuw": "afval", "/other": "other_pages", "/klein": "other",
    }  # fmt: skip
    assert next(g.title_nl for g in found.page_groups if g.page_group == "afval") == "Afval"


def test_a_short_folder_does_not_swallow_a_longer_one(tmp_path: Path) -> None:
    found = read_back(tmp_path, tiny(pages(p__verf=30, pers=30, c=30, cases=30, cart=5, cartoons=30)))
    assert page_group_of(found, ["/p/verf", "/pers", "/c", "/cases", "/cart", "/cartoons"]) == {
        "/p/verf": "product", "/pers": "about", "/c": "category", "/cases": "cases", "/cart": "cart",
        "/cartoons": "cartoons",
    }  # fmt: skip


WORDS = (
    "winkelwagen afrekenen betaling verzending bedankt klantenservice retour aanvraag inloggen gegevens kosten "
    "voorwaarden blog mijn-huis nl xq1 yq2 zq3 wq4 producten sale demo"
)
SEGMENTS = st.sampled_from(WORDS.split())


@given(st.lists(st.tuples(st.lists(SEGMENTS, min_size=1, max_size=4), st.sampled_from([5, 6, 7])), min_size=1))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rules_in_their_order_give_each_page_the_group_of_its_nearest_place(
    tmp_path: Path, site: list[tuple[list[str], int]]
) -> None:
    folders = pages(**{"__".join(part.replace("-", "_") for part in path): views for path, views in site})
    profile = tiny(folders)
    nearest: dict[str, str] = {}
    for place in (inner for outer in placed(folders, profile.page_views) for inner in outer.everything()):
        for folder in folders:
            path = place.node.facts.path
            if folder.path == path or (not place.is_page and folder.path.startswith(path + "/")):
                # places come outer first, so the last one is the nearest; a page alone is nearer than its folder
                nearest[folder.path] = place.group
    assert all(rule.left_out == 0 for rule in proposed_page_rules(profile))
    viewed = [folder.path for folder in folders if folder.own_page_views]
    found = page_group_of(read_back(tmp_path, profile), viewed)
    assert found == {path: nearest.get(path, "other") for path in viewed}


def test_events_get_roles_by_their_names(tmp_path: Path) -> None:
    shares = {
        "chat_open": 0.05,
        "lightbox": 0.9,
        "coupon_error": 0.02,
        "web_vitals": 1.0,
        "demo": 0.1,
        "offerte_klaar": 0.1,
    }
    events = [EventProfile(name, 50, 0.1, share) for name, share in shares.items()]
    found = read_back(tmp_path, tiny(pages(demo=9), events))
    assert found.friction_signals[-1] == "coupon_error"
    assert found.not_touches[-1] == "web_vitals"
    assert [e.event_name for e in found.key_events if e.is_order] == ["demo"]
    assert [t.touchpoint_id for t in found.touchpoints] == ["chat_open", "offerte_klaar"]
    text = proposed_settings(tiny((), events), "x", "X", {})
    assert "# - touchpoint_id: lightbox" in text
    assert "# - {event_name: offerte_klaar}" in text


def test_what_is_switched_off_can_be_switched_on(tmp_path: Path) -> None:
    events = [EventProfile(name, 50, 0.1, share) for name, share in (("light: #box", 0.9), ("x'y", 0.8))]
    text = proposed_settings(tiny((), events), "x", "X", {"ga4": "*"})
    start = text.index("# touchpoints:")
    on = "\n".join(line.removeprefix("# ") for line in text[start:].split("\n\n")[0].splitlines())
    path = tmp_path / "journey.yml"
    path.write_text(text[:start] + on)
    assert [t.when.event_name for t in read_settings(path).touchpoints] == [("light: #box",), ("x'y",)]


def test_hosts_are_told_apart(tmp_path: Path) -> None:
    profile = tiny(
        hosts=tuple(Counted(n, c) for n, c in [
            ("www.verf.example", 900), ("blog.verf.example", 2), ("staging.verf.example", 50), ("verf.example.org", 30),
            ("translate.goog", 1),
        ]),
        referrers=tuple(ReferrerHost(*r) for r in [
            ("www.mollie.com", 40, 40), ("www.google.com", 90, 3), ("bank.example", 50, 49), ("digid.nl", 5, 5),
            ("www.shopping.nl", 30, 1),
        ]),
    )  # fmt: skip
    found = read_back(tmp_path, profile)
    assert found.own_hosts == ("www.verf.example", "blog.verf.example", "verf.example.org", "verf.example")
    assert found.payment_hosts == ("www.mollie.com", "digid.nl", "mollie.com")
    text = proposed_settings(profile, "x", "X", {})
    assert "bank.example (49)" in text
    assert "staging.verf.example (50)" in text


def test_the_text_teaches_and_names_the_schema_only_when_asked() -> None:
    text = proposed_settings(tiny(pages(cart=9)), "Kwast & Kleur", "Kwast & Kleur", {"ga4": "ga4/*"})
    assert "yaml-language-server" not in text
    assert "property: kwast_kleur\n" in text
    assert "# 9 page views, 100.0%" in text
    told = proposed_settings(tiny(), "x", "X", {}, schema="docs/schemas/settings.json")
    assert told.startswith("# yaml-language-server: $schema=docs/schemas/settings.json\n")
    assert "no pages" in told


TEXTS = st.text(max_size=20) | st.text(alphabet=" #:{}[]*&!|>'\"%@`-?,\n\r\t\x00\x85\u2028\ufeff/a1", max_size=12)
COUNTS = st.integers(min_value=0, max_value=50)


@st.composite
def strange_profiles(draw: st.DrawFn) -> ExportProfile:
    events = [
        EventProfile(name, number + 5, 0.1, draw(st.sampled_from([0.1, 0.9])), draw(COUNTS))
        for name, number in draw(st.dictionaries(TEXTS, COUNTS, max_size=6)).items()
    ]
    paths = draw(st.lists(TEXTS.map(lambda text: "/" + text), max_size=8, unique=True))
    folders = [PageFolder(path, number := draw(COUNTS) + 1, number, 1) for path in paths]
    referrers = tuple(ReferrerHost(name, 20, 20) for name in draw(st.lists(TEXTS, max_size=3)))
    return tiny(
        folders, events, referrers=referrers,
        hosts=tuple(Counted(name, 9) for name in draw(st.lists(TEXTS, max_size=4))),
        currencies=tuple(Counted(name, 9) for name in draw(st.lists(TEXTS, max_size=3))),
    )  # fmt: skip


@given(strange_profiles(), TEXTS, TEXTS, TEXTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_can_break_the_file(tmp_path: Path, profile: ExportProfile, name: str, title: str, glob: str) -> None:
    found = read_back(tmp_path, profile, property_name=name, title=title, sources={"ga4": glob}, schema=title)
    assert (found.title, found.sources) == (title, {"ga4": glob})
    assert len({t.touchpoint_id for t in found.touchpoints}) == len(found.touchpoints)
    assert set(found.own_hosts) <= {h for host in profile.hosts for h in (host.name, host.name.removeprefix("www."))}
    assert profile_summary(profile)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strange_names_in_a_file_reach_the_settings_unbroken(tmp_path: Path, odd: list[tuple[str, str]]) -> None:
    rows = [event("page_view", at, path=f"/{path}") for at, (_, path) in zip(hours(6), odd, strict=False)]
    rows += [event(f"e{name}", at) for at, (name, _) in zip(hours(6), odd, strict=False)]
    profile = profile_export([written(tmp_path / "e.json", rows)])
    read_back(tmp_path, profile)
    for name, text in profile_summary(profile):
        assert name
        assert "\n" not in text


def test_the_glob_is_relative_to_the_settings(tmp_path: Path) -> None:
    files = [tmp_path / "in" / f"events_{day}.json.gz" for day in ("20260301", "20260302")]
    assert proposed_glob(files, tmp_path) == "in/events_*.json.gz"
    assert proposed_glob(files[:1], tmp_path / "in") == "events_*.json.gz"
    assert proposed_glob(files, tmp_path / "settings") == "../in/events_*.json.gz"
    assert yaml.safe_load(proposed_settings(tiny(), "x", "X", {"ga4": "*.gz"}))["sources"] == {"ga4": "*.gz"}
