"""Exports that nobody here made, read in place: the counts that their publishers gave."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from scipy.stats import chisquare

from journey_analytics import pipeline
from journey_analytics.warehouse import Warehouse

SETTINGS = """
property: google_merchandise
title: Google Merchandise Store
time_zone: UTC
currency: USD
own_hosts: [shop.googlemerchandisestore.com, googlemerchandisestore.com]
sources: {ga4: unused}
public_salt: public
"""


def run_on(pattern: Path, folder: Path) -> pipeline.Run:
    """Return a finished run over the files of a pattern."""
    folder.mkdir(exist_ok=True)
    (folder / "journey.yml").write_text(SETTINGS, encoding="utf-8")
    night = pipeline.plan_night(
        folder / "journey.yml", database=folder / "w.duckdb", out=folder / "out", patterns={"ga4": str(pattern)}
    )
    return pipeline.run_night(night)


@pytest.fixture(scope="module")
def public(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pipeline.Run:
    data = Path(request.config.rootpath).parent / "shared" / "data"
    if not data.exists():
        pytest.skip("real exports are not here: they lie in ../shared/data and are not part of the project")
    return run_on(data / "ga4_public_sample_24k.parquet", tmp_path_factory.mktemp("public"))


def test_the_public_sample_runs_through_with_its_known_counts(public: pipeline.Run) -> None:
    (file,) = public.record.files
    assert (file.rows_read, file.rows_rejected) == (24_219, 0)
    assert file.rows_read == file.rows_stored + file.rows_duplicate + file.rows_removed
    with Warehouse.open(public.night.database, read_only=True) as tables:
        assert tables.value("select count(*) from raw_ga4__events") == 24_219
        assert tables.value("select count(distinct user_pseudo_id) from fct_events") == 19_210
        assert tables.value("select count(*) from fct_sessions") == 20_705
        assert tables.value("select count(*) from fct_events where event_name = 'purchase'") == 624
        assert tables.value("select count(distinct event_name) from fct_events") == 17


PURCHASES = """
select user_pseudo_id as browser, ecommerce.purchase_revenue as revenue, coalesce(
    nullif(nullif(ecommerce.transaction_id, ''), '(not set)'),
    -- of 44 purchases only the parameter has the number
    (
        select coalesce(p.value.string_value, cast(p.value.int_value as varchar)) from unnest(event_params) as u (p)
        where p.key = 'transaction_id'
    )
) as number
from read_parquet('{file}') where event_name = 'purchase'
"""


def test_kinds_of_events_and_devices_are_as_frequent_as_in_the_whole_set_within_chance(
    public: pipeline.Run, real_data: Path
) -> None:
    known = json.loads((real_data / "ga4_public_known_totals.json").read_text(encoding="utf-8"))
    # purchases were sampled otherwise
    totals = {name: told["events"] for name, told in known["events"].items() if name != "purchase"}
    with Warehouse.open(public.night.database, read_only=True) as tables:
        names = dict(
            tables.rows("select event_name, count(*) from fct_events where event_name <> 'purchase' group by all")
        )
        devices = dict(
            tables.rows("select device_category, count(*) from fct_events where event_name <> 'purchase' group by all")
        )
    assert names.keys() | {"view_item_list"} == totals.keys() | {"view_item_list"}
    for found, whole in ((names, totals), (devices, known["device_events"])):
        expected = [sum(found.values()) * whole[name] / sum(whole.values()) for name in whole]
        assert chisquare([found.get(name, 0) for name in whole], expected).pvalue > 0.001


@pytest.fixture(scope="module")
def of_2023(public: pipeline.Run, tmp_path_factory: pytest.TempPathFactory) -> pipeline.Run:
    return run_on(
        Path(public.night.patterns["ga4"]).with_name("ga4_console_2023_16rows.ndjson"), tmp_path_factory.mktemp("2023")
    )


def test_the_newer_columns_of_2023_mean_what_they_say(of_2023: pipeline.Run) -> None:
    with Warehouse.open(of_2023.night.database, read_only=True) as tables:
        forms = tables.rows(
            "select event_name, event_source, event_medium, event_campaign from fct_events "
            "where event_name like 'form_s%' or event_name = 'generate_lead' order by all"
        )
        assert forms == [
            (name, "bing", "organic", "(organic)") for name in ("form_start", "form_submit", "generate_lead")
        ]
        # the parameter of one row, and the addresses of two others
        clicks = "select count(*) from fct_events where click_id_kind = 'gclid'"
        assert tables.value(clicks) == 3
        assert tables.value("select google_click_id from fct_events where google_click_id is not null") == "12345"
        colours = tables.rows(
            "select i.item, i.key, i.string_value from (select unnest(item_params) as i from raw_ga4__events) order by 1"
        )
        assert colours == [(1, "color", "red"), (2, "color", "green")]
        # of four rows two are equal; `ecommerce` names one order in all of them, although a parameter of one says 257050
        orders = "select transaction_key, order_events, amount from fct_orders order by all"
        assert tables.rows(orders) == [("257059", 3, 31)]


def test_a_click_on_an_ad_in_2023_is_paid_search_although_the_export_says_organic(of_2023: pipeline.Run) -> None:
    with Warehouse.open(of_2023.night.database, read_only=True) as tables:
        found = tables.rows(
            "select user_pseudo_id, channel_source, channel_medium, channel_group from fct_session_channels "
            "where user_pseudo_id like '950658449%' order by all"
        )
    assert found == [
        ("950658449.1697698900", "google", "cpc", "Paid Search"),
        ("950658449.1697698901", "google", "organic", "Organic Search"),
        ("950658449.1697698986", "google", "organic", "Organic Search"),
    ]


def test_orders_of_the_public_sample_are_what_a_plain_query_of_the_file_says(public: pipeline.Run) -> None:
    purchases = PURCHASES.format(file=public.night.patterns["ga4"])
    with Warehouse.open(public.night.database, read_only=True) as tables:
        plain = tables.rows(f"select count(*), count(revenue), sum(revenue) from ({purchases})")
        assert plain == [(624, 575, 41_529)]
        events = "from int_key_events where event_role = 'order'"
        assert tables.rows(f"select count(*), count(amount), sum(amount) {events}") == plain

        # the same number from the same browser is one order; without a number each purchase is one
        numbers = f"""select number, count(*) as events, count(distinct browser) as browsers, count(distinct revenue) as amounts,
            any_value(revenue) as revenue from ({purchases}) where number is not null group by number"""
        plain = tables.rows(
            f"select count(*), sum(events - 1), count(*) filter (browsers > 1 or amounts > 1) from ({numbers})"
        )
        assert plain == [(569, 6, 0)]
        orders = "from fct_orders where not starts_with(transaction_key, 'event:')"
        assert tables.rows(f"select count(*), sum(order_events - 1), count(*) filter (has_conflict) {orders}") == plain

        once = f"select revenue from ({numbers}) union all select revenue from ({purchases}) where number is null"
        plain = tables.rows(f"select count(*), sum(revenue) from ({once})")
        assert plain == [(618, 41_233)]
        assert tables.rows("select count(*), sum(order_value) from fct_orders") == plain
        months = "from pub_phase_kpis where period_kind = 'month' and segment_kind = 'all'"
        assert tables.value(f"select sum(value) {months} and kpi = 'revenue'") == 41_233
        assert tables.value(f"select sum(value) {months} and kpi = 'net_revenue'") == 41_233

        assert tables.value("select count(*) from fct_orders where is_probable_repeat or has_foreign_currency") == 0
        assert tables.value("select count(*) from fct_refunds") == 0


# per session the first time of each step, and what the first event that names a source says of it
SESSIONS = """
with events as (
    select user_pseudo_id as browser, event_name, event_timestamp as moment, {text}
    from read_parquet('{file}')
)
select
    min(moment) filter (event_name = 'add_to_cart') as cart_at,
    min(moment) filter (event_name = 'begin_checkout') as checkout_at,
    min(moment) filter (event_name = 'add_shipping_info') as shipping_at,
    min(moment) filter (event_name = 'purchase') as purchase_at,
    arg_min(medium, moment) filter (names_a_source) as medium,
    arg_min(source, moment) filter (names_a_source) as source,
    coalesce(bool_or(names_a_source), false) as has_source
from (
    select *, event_name not in ('session_start', 'first_visit') and coalesce(source, medium, campaign, gclid) is not null as names_a_source
    from events
)
group by browser, ga_session_id
"""


def session_query(file: str) -> str:
    """Return the plain query of the sessions of a file, with the parameters that it needs as columns."""
    keys = ("ga_session_id", "source", "medium", "campaign", "gclid")
    value = "coalesce(p.value.string_value, cast(p.value.int_value as varchar))"
    text = ", ".join(
        f"(select {value} from unnest(event_params) as u (p) where p.key = '{key}') as {key}" for key in keys
    )
    return SESSIONS.format(file=file, text=text)


def test_audits_of_the_public_sample_are_what_plain_queries_of_the_file_say(public: pipeline.Run) -> None:
    file = str(public.night.patterns["ga4"])
    with Warehouse.open(public.night.database, read_only=True) as tables:
        published = tables.rows("select audit, detail, all_time_affected, all_time_base from pub_tracking_audit")
        found = {(audit, detail): counts for audit, detail, *counts in published}
        ((sessions, bought, shipped, no_cart, before, without, no_source, own),) = tables.rows(
            f"""select count(*), count(purchase_at), count(shipping_at),
                count(*) filter (purchase_at is not null and coalesce(cart_at > purchase_at, true)),
                count(*) filter (checkout_at > shipping_at), count(*) filter (shipping_at is not null and checkout_at is null),
                count(*) filter (not has_source),
                count(*) filter (medium = 'referral' and source like '%googlemerchandisestore.com')
            from ({session_query(file)})"""
        )
        numbers = (
            f"select count(*) - count(number), count(*) - count(revenue), count(*) from ({PURCHASES.format(file=file)})"
        )
        ((no_number, no_revenue, purchases),) = tables.rows(numbers)
    assert (sessions, bought, shipped, no_cart, before, without) == (20_705, 604, 119, 593, 3, 114)
    assert found["purchase_without_cart", "all"] == [no_cart, bought]
    assert found["shipping_before_checkout", "before_checkout"] == [before, shipped]
    assert found["shipping_before_checkout", "without_checkout"] == [without, shipped]
    assert found["no_source", "all"] == [no_source, sessions]
    assert found["self_referral", "all"] == [own, sessions]
    assert own > 1_000
    assert found["missing_parameter", "purchase.transaction_id"] == [no_number, purchases]
    assert found["missing_parameter", "purchase.value"] == [no_revenue, purchases]
    assert found["duplicate_purchase", "told_again"] == [6, purchases]
    # nobody refused consent in this set: the rows say that it was looked at
    assert found["no_consent", "all"] == [0, 24_219]
    assert found["missing_parameter", "all.session_id"] == [0, 24_219]


def test_gaps_of_the_public_sample_are_found_by_going_through_its_days_one_by_one(public: pipeline.Run) -> None:
    with Warehouse.open(public.night.database, read_only=True) as tables:
        rows = tables.rows(f"select event_date, event_name from read_parquet('{public.night.patterns['ga4']}')")
        published = tables.rows(
            "select detail, all_time_affected, all_time_base from pub_tracking_audit where audit = 'event_gap'"
        )
    counts = Counter(rows)
    days = sorted({day for day, _ in rows})
    expected: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for name in {name for _, name in rows}:
        for place, day in enumerate(days):
            seen = max((earlier for earlier in range(place) if counts[days[earlier], name]), default=None)
            if seen is None or seen < 27 or place - seen > 28:
                continue
            before = [counts[earlier, name] for earlier in days[seen - 27 : seen + 1]]
            if sum(map(bool, before)) >= 0.9 * 28 and sum(before) >= 7 * 28:
                expected[name] += 1
                missing[name] += counts[day, name] == 0
    assert {name: (missing[name], days) for name, days in expected.items()} == {
        name: (x, n) for name, x, n in published
    }
    assert sum(missing.values()) > 0


def test_an_extract_gives_the_same_tables_as_the_same_rows_picked_from_parquet(
    public: pipeline.Run, real_data: Path, tmp_path: Path
) -> None:
    extract = run_on(real_data / "ga4_extract_style_6k.ndjson.gz", tmp_path / "extract")
    key = ["event_timestamp", "event_name", "user_pseudo_id"]
    with Warehouse.open(extract.night.database, read_only=True) as tables:
        wanted = tables.frame(f"select {', '.join(key)} from raw_ga4__events")
    whole = pq.read_table(real_data / "ga4_public_sample_24k.parquet")
    keys = set(wanted.itertuples(index=False, name=None))
    picked = [row in keys for row in zip(*(whole[column].to_pylist() for column in key), strict=True)]
    rows = whole.filter(pc.equal(pc.cast(picked, "bool"), True))  # type: ignore[attr-defined]
    assert rows.num_rows == len(wanted) == 6_440
    pq.write_table(rows, tmp_path / "picked.parquet")
    parquet = run_on(tmp_path / "picked.parquet", tmp_path / "parquet")
    with (
        Warehouse.open(extract.night.database, read_only=True) as a,
        Warehouse.open(parquet.night.database, read_only=True) as b,
    ):
        # the annotations carry the digest of the input files, which differ
        differs = {"pub_friction_annotations": "exclude (data_hash)"}
        for model in extract.night.project.order:
            if extract.night.project.models[model].is_view:
                continue
            select = f"select * {differs.get(model, '')} from {model} order by all"
            assert a.rows(select) == b.rows(select), model
