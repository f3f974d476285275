"""Predictions on planted people: shown where something predicts, not shown where nothing does, and never by looking ahead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics import pipeline
from journey_analytics.definitions.model import read_model
from journey_analytics.definitions.prediction_lists import asked_for
from journey_analytics.definitions.settings import read_settings
from journey_analytics.errors import DefinitionError
from journey_analytics.estimates import logistic
from journey_analytics.forget import forget
from journey_analytics.runner import build_model
from journey_analytics.verify import verify
from journey_analytics.warehouse import Warehouse, quoted
from tests.histories import SETTINGS, Event
from tests.model_cases import EPOCH, House, house

AS_OF = date(2026, 6, 30)
HORIZON = 28  # what `predict:` says where it says nothing
NEWEST = [
    "int_prediction_snapshots", "int_prediction_persons", "int_prediction_features", "int_prediction_scores",
    "int_prediction_tests", "int_prediction_tenths", "int_prediction_quality", "int_prediction_verdicts",
    "int_prediction_numbers", "pub_prediction_quality", "pub_predictions",
]  # fmt: skip
DAY = {
    "sessions": 1, "page_views": 3, "product_views": 0, "carts": 0, "checkouts": 0, "orders": 0, "phase_order": 1,
    "channel_group": "Direct", "device_category": "mobile",
}  # fmt: skip


# --- tables of people ------------------------------------------------------------------------------------------------


@contextmanager
def built(days: pd.DataFrame, orders: pd.DataFrame, sessions: pd.DataFrame | None = None) -> Iterator[House]:
    """Build the models of the predictions on these days, orders and sessions, as of 30 June 2026."""
    made = house("{}")
    warehouse = made.warehouse
    warehouse.run("begin transaction")
    try:
        warehouse.run(f"insert into run_window values ('{AS_OF}', '{AS_OF} 22:00')")
        filled = {"int_person_days": days, "fct_orders": orders.assign(is_probable_repeat=False)}
        if sessions is not None:
            filled["int_session_segments"] = sessions
        for table, frame in filled.items():
            with warehouse.registered("given_rows", frame):
                warehouse.run(f"insert into {quoted(table)} by name select * from given_rows")
        for name in ["int_visit_days", *NEWEST]:
            build_model(made.project.models[name], warehouse)
        yield made
    finally:
        warehouse.run("rollback")


def paint_shop(seed: int, persons: int, effect: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return days and orders of people who come on one day in each of five months; the log odds of an order within the
    horizon rise by `effect` with the logarithm of the products that they saw on that day.
    """
    random = np.random.default_rng(seed)
    rows, orders = [], []
    for step in range(6):
        snapshot = AS_OF - timedelta(days=HORIZON * step)
        views = random.poisson(2, persons)
        buys = random.random(persons) < 1 / (1 + np.exp(2 - effect * (np.log1p(views) - 0.5)))
        for number in range(persons):
            key = f"{random.integers(2**60):015x}"
            came = snapshot - timedelta(days=int(random.integers(2, 28)))  # who came before that is out of reach
            rows.append(DAY | {"person_key": key, "activity_date": came, "product_views": int(views[number])})
            if buys[number] and step:
                orders.append((key, snapshot + timedelta(days=int(random.integers(1, HORIZON + 1)))))
    return pd.DataFrame(rows), pd.DataFrame(orders, columns=["person_key", "order_date"])


def test_where_products_seen_predict_orders_the_scores_are_shown_calibrated_and_lift() -> None:
    held = 0
    for seed in range(1, 5):
        with built(*paint_shop(seed, 1500, effect=1.6)) as shop:
            rows = shop.warehouse.frame("select * from pub_prediction_quality where target = 'order' order by tenth")
            whole, tenths = rows.iloc[0], rows.iloc[1:]
            assert whole["prediction_verdict"] == "published"
            assert whole["skill_ci_low"] > 0
            assert whole["lift_ci_low"] > 1.3
            assert whole["auc_ci_low"] > 0.6
            assert tenths["numerator"].sum() == whole["numerator"]
            assert tenths["denominator"].sum() == whole["denominator"] == 1500
            said = tenths["predicted_share"]
            held += ((tenths["ci_low"] <= said) & (said <= tenths["ci_high"])).sum()
            people = shop.warehouse.frame("select * from pub_predictions")
            assert len(people) == whole["scored"] == 1500
            assert people["score"].is_monotonic_decreasing
            assert set(people.loc[people["tenth"] == 1, "driver"]) == {"product_views_high"}
            # nobody has an interval of his own here
            churn = shop.warehouse.rows(
                "select prediction_verdict, denominator from pub_prediction_quality where target = 'churn'"
            )
            assert churn == [("too_few", 0)]
    # what was said lies within the interval of what came out: of forty tenths two miss by chance
    assert held >= 36, held


def test_where_nothing_predicts_orders_nobody_is_scored_and_the_reason_is_told() -> None:
    shown = 0
    for seed in range(8):
        with built(*paint_shop(100 + seed, 500, effect=0)) as shop:
            ((verdict, low, told, scored),) = shop.warehouse.rows(
                """select prediction_verdict, skill_ci_low, statement_nl, scored from pub_prediction_quality
                where target = 'order' and tenth = 0"""
            )
            people = shop.warehouse.value("select count(*) from pub_predictions")
            if verdict == "published":
                shown += 1
                continue
            assert verdict == "no_better"
            assert low <= 0
            assert told.endswith("Er wordt niets voorspeld.")
            assert people == scored == 0
    assert shown == 0


def test_with_too_few_buyers_nothing_is_learnt_and_the_reason_is_told() -> None:
    days, orders = paint_shop(2, 60, effect=0.5)
    with built(days, orders) as shop:
        ((verdict, told),) = shop.warehouse.rows(
            "select prediction_verdict, statement_en from pub_prediction_quality where target = 'order' and tenth = 0"
        )
        assert verdict == "too_few"
        assert "Of each it takes 30" in told
        assert shop.warehouse.value("select count(*) from pub_predictions") == 0


def regulars(seed: int, persons: int) -> pd.DataFrame:
    """Return sessions of people who come every other day or so until they stop; who came by mail stops less often."""
    random = Random(seed)
    rows = []
    for number in range(persons):
        by_mail = number % 2 == 0
        day = AS_OF - timedelta(days=random.randint(20, 150))
        while day <= AS_OF:
            rows.append((f"{number:06}", day, random.randint(8, 20), "Email" if by_mail else "Direct"))
            if random.random() < (0.04 if by_mail else 0.35):
                break
            day += timedelta(days=random.randint(1, 3))
    frame = pd.DataFrame(rows, columns=["person_key", "session_date", "hour", "channel_group"])
    at = [
        (datetime(day.year, day.month, day.day, hour) - EPOCH) // timedelta(microseconds=1)
        for day, hour in zip(frame["session_date"], frame["hour"], strict=True)
    ]
    return frame.assign(started_timestamp=at, started_order=at, visitor_kind="returning").drop(columns="hour")


def days_of(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return a day with a touch for each session; the visits fill no page or cart."""
    days = sessions[["person_key", "session_date", "channel_group"]].drop_duplicates(["person_key", "session_date"])
    blank = {name: value for name, value in DAY.items() if name != "channel_group"}
    return days.rename(columns={"session_date": "activity_date"}).assign(**blank)


NO_ORDERS = pd.DataFrame(
    {"person_key": pd.Series([], dtype="str"), "order_date": pd.Series([], dtype="datetime64[us]")}
)


def test_where_the_channel_predicts_who_stays_away_the_risk_is_shown() -> None:
    sessions = regulars(3, 1500)
    with built(days_of(sessions), NO_ORDERS, sessions) as shop:
        row = shop.warehouse.frame("select * from pub_prediction_quality where target = 'churn' and tenth = 0").iloc[0]
        assert (row["prediction_verdict"], bool(row["is_published"])) == ("published", True)
        assert row["ci_low"] <= row["predicted_share"] <= row["ci_high"]
        # the same definition as the KPI: who is tested and stayed away is a day that the KPI counts
        told = shop.warehouse.value(
            """select count(*) from int_prediction_persons as persons
            inner join (
                select person_key, visit_date, next_started_timestamp, awaited_until,
                    lead(visit_date) over (partition by person_key order by visit_date) as next_date
                from int_visit_days
            ) as visits
                on persons.person_key = visits.person_key and visits.visit_date <= persons.snapshot_date
                and coalesce(visits.next_date > persons.snapshot_date, true)
            where persons.target = 'churn' and persons.part <> 'score'
                and persons.outcome <> case when visits.next_started_timestamp <= visits.awaited_until then 0 else 1 end"""
        )
        assert told == 0


# --- nothing is known before it has happened -------------------------------------------------------------------------

WALKS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 120), st.integers(0, 23)), max_size=25)


def walked(walks: list[tuple[int, int, int]]) -> pd.DataFrame:
    """Return sessions of four persons; each walk names a person, how many days ago and at what hour."""
    rows = []
    for person, ago, hour in walks:
        day = AS_OF - timedelta(days=ago)
        at = (datetime(day.year, day.month, day.day, hour) - EPOCH) // timedelta(microseconds=1)
        rows.append((f"p{person}", day, "Email" if hour % 2 else "Direct", at, at, "returning"))
    columns = ["person_key", "session_date", "channel_group", "started_timestamp", "started_order", "visitor_kind"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(["person_key", "started_order"])


def known_at(sessions: pd.DataFrame, last: date) -> list[tuple[object, ...]]:
    """Return the features of the snapshots until a date, outcomes apart."""
    if sessions.empty:
        return []
    with built(days_of(sessions), NO_ORDERS, sessions) as shop:
        return shop.warehouse.rows(
            f"select * exclude (outcome) from int_prediction_features where snapshot_date <= '{last}' order by all"
        )


@settings(max_examples=10)
@given(WALKS, st.integers(0, 2))
def test_no_event_after_a_snapshot_changes_who_is_in_it_or_what_is_known_of_them(
    walks: list[tuple[int, int, int]], back: int
) -> None:
    last = AS_OF - timedelta(days=HORIZON * back)
    sessions = walked(walks)
    until = sessions[sessions["session_date"] <= last] if len(sessions) else sessions
    assert known_at(sessions, last) == known_at(until, last)


# --- a site, night after night ---------------------------------------------------------------------------------------

WEEK = 7
FIRST, DAYS = date(2026, 1, 20), 49


def visit(day: date, person: int, minute: int, pages: list[str], buys: bool = False) -> Iterator[Event]:
    """Yield the page views of a visit, a minute each, that may go on past midnight; the browser is its own person."""
    began = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute - 60)  # Amsterdam in winter
    device = f"{person}.{person}"
    for number, page in enumerate([*pages, *(["/bedankt"] if buys else [])]):
        moment = began + timedelta(minutes=number)
        local = (moment + timedelta(hours=1)).date()
        at = int(moment.timestamp()) * 1_000_000 + person
        source = ("nieuwsbrief", "email") if person % 5 == 0 and not number else None
        name = "purchase" if page == "/bedankt" else "view_item" if page.startswith("/p/") else "page_view"
        value = {"transaction": f"T-{person}-{day}", "value": 25.0} if name == "purchase" else {}
        yield Event(local, at, name, device, int(began.timestamp()), page=page, source=source, **value)  # type: ignore[arg-type]


def write_site(folder: Path) -> Path:
    """Write seven weeks of a shop in which those who look at products order within days, and return its settings."""
    random = Random(11)
    days: dict[date, list[Event]] = {FIRST + timedelta(days=number): [] for number in range(DAYS)}
    for person in range(1, 1801):
        start = FIRST + timedelta(days=random.randrange(DAYS))
        looks = random.random() < 0.5
        pages = ["/", "/c/verf", *(["/p/rood", "/p/blauw", "/p/rood"] if looks else ["/inspiratie/a"])]
        events = list(visit(start, person, random.randrange(24 * 60), pages))
        if random.random() < (0.45 if looks else 0.04):
            events += visit(
                start + timedelta(days=random.randint(1, 6)), person, random.randrange(24 * 60), ["/"], buys=True
            )
        for event in events:
            if event.day in days:
                days[event.day].append(event)
    (folder / "ga4").mkdir(parents=True)
    for day, events in days.items():
        lines = "".join(event.line() + "\n" for event in sorted(events, key=lambda event: event.at))
        (folder / "ga4" / f"events_{day:%Y%m%d}.json").write_text(lines, encoding="utf-8")
    text = SETTINGS.replace("sources: {ga4: 'ga4/*.json', clarity: 'clarity/*.csv'}", "sources: {ga4: 'ga4/*.json'}")
    path = folder / "journey.yml"
    path.write_text(text + f"predict: {{horizon: {WEEK} days}}\n", encoding="utf-8")
    return path


def night(folder: Path, as_of: date | None = None) -> pipeline.Night:
    return pipeline.plan_night(
        folder / "journey.yml", database=folder / "working.duckdb", out=folder / "out", as_of=as_of
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site after a night a week ago and one of today; the last test changes it."""
    folder = tmp_path_factory.mktemp("site")
    write_site(folder)
    pipeline.run_night(night(folder, FIRST + timedelta(days=DAYS - 1 - WEEK)))
    with Warehouse.open(folder / "working.duckdb") as warehouse:
        warehouse.run("create table known_then as select * from int_prediction_features where part = 'score'")
    pipeline.run_night(night(folder))
    return folder


def test_what_is_tested_is_what_the_night_of_that_date_had_known(site: Path) -> None:
    with Warehouse.open(site / "working.duckdb", read_only=True) as warehouse:
        then, now = (
            f"select * exclude (part, outcome) from {table} where target = 'order' and part = '{part}'"
            for table, part in (("known_then", "score"), ("int_prediction_features", "test"))
        )
        assert warehouse.value(f"select count(*) from ({then})") > 500
        assert warehouse.rows(f"({then}) except all ({now})") == []
        assert warehouse.rows(f"({now}) except all ({then})") == []


def test_a_site_where_products_seen_predict_orders_publishes_scores_by_keys_that_are_no_ids(site: Path) -> None:
    with Warehouse.open(site / "working.duckdb", read_only=True) as warehouse:
        row = warehouse.frame("select * from pub_prediction_quality where target = 'order' and tenth = 0").iloc[0]
        assert row["prediction_verdict"] == "published"
        assert row["lift_ci_low"] > 1
        assert row["ci_low"] <= row["predicted_share"] <= row["ci_high"]
        keys = warehouse.value("select count(*) from pub_predictions semi join dim_people using (person_key)")
        assert keys == warehouse.value("select count(*) from pub_predictions") == row["scored"] > 500
    published = {path.name for path in (site / "out" / "current").iterdir()}
    assert {"predictions.csv", "prediction_quality.csv"} <= published


def test_the_tables_of_the_nights_are_those_of_a_full_rebuild(site: Path) -> None:
    made = night(site)
    with Warehouse.open(made.database) as warehouse:
        warehouse.run("drop table if exists known_then")
    assert verify(made.project, made.database) == []


def test_who_is_forgotten_is_in_no_file_with_scores_and_who_switches_off_keeps_no_list(site: Path) -> None:
    def holders(key: str) -> list[str]:
        files = [path for path in site.rglob("*") if path.is_file() and path.parent.name != "ga4"]
        return sorted({path.name for path in files if key.encode() in path.read_bytes()})

    made = night(site)
    with Warehouse.open(made.database, read_only=True) as warehouse:
        ((device, key),) = warehouse.rows(
            """select user_pseudo_id, person_key from dim_people semi join pub_predictions using (person_key)
            order by person_key limit 1"""
        )
    assert {"predictions.csv", "working.duckdb"} <= set(holders(key)), "the search would find them"
    forget(made, [device])
    assert holders(key) == []
    assert (site / "out" / "current" / "predictions.csv").exists()

    settings_file = site / "journey.yml"
    settings_file.write_text(settings_file.read_text(encoding="utf-8").split("predict:")[0], encoding="utf-8")
    pipeline.run_night(night(site))
    assert not list((site / "out" / "current").glob("prediction*"))
    with Warehouse.open(made.database, read_only=True) as warehouse:
        assert not {*NEWEST, "int_person_days"} & warehouse.tables()


# --- settings and the extra ------------------------------------------------------------------------------------------


def test_without_the_block_nothing_is_there_and_nothing_is_built() -> None:
    project = pipeline.plan_night().project
    assert project.settings.predict is None
    assert {*NEWEST, "int_person_days"} == project.left_out
    assert not project.left_out & {*project.order}
    assert "dim_prediction_targets" not in project.models


def test_without_the_extra_the_rest_goes_on_and_one_sentence_says_what_to_install(
    site_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipeline.plan_night(site_settings).warnings == ()
    monkeypatch.setattr(logistic, "LIBRARY", "a_library_that_is_not_there")
    made = pipeline.plan_night(site_settings)
    assert made.project.settings.predict is None
    assert "pub_predictions" in made.project.left_out
    line = site_settings.read_text(encoding="utf-8").splitlines().index("predict: {horizon: 7 days}") + 1
    (told,) = made.warnings
    assert told == (
        f"{site_settings}:{line}: nothing is predicted, for scikit-learn is not installed; it is the optional extra `predict`. "
        "Install it: pip install 'journey-analytics[predict]', in a checkout: pip install -e '.[predict]'."
    )
    assert pipeline.Run(made, None, None).warnings == [told]  # type: ignore[arg-type]


@pytest.fixture
def site_settings(tmp_path: Path) -> Path:
    path = tmp_path / "journey.yml"
    path.write_text(SETTINGS + "predict: {horizon: 7 days}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{horizon: 36 hours}", "predict.horizon: is no whole number of days. Write for example"),
        ("{horizon: 28}", "predict.horizon: 28 is no duration"),
        ("{targets: []}", "predict.targets"),
        ("{targets: [order, order]}", "predict.targets: 'order' stands twice"),
        ("{targets: [orders]}", "predict.targets.*'orders' is none of the choices. Allowed: order, churn"),
        ("{horizn: 7 days}", "predict: unknown key 'horizn'. Allowed: horizon, targets. Did you mean 'horizon'"),
    ],
)
def test_predictions_that_cannot_be_meant_are_refused(said: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "journey.yml"
    text = f"property: shop\ntitle: Shop\ntime_zone: UTC\nsources: {{ga4: x}}\npredict: {said}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=told):
        read_settings(path)


def test_a_model_that_asks_for_a_setting_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    text = (Path("sql") / "kpis" / "int_person_days.sql").read_text(encoding="utf-8")
    path = tmp_path / "int_mine.sql"
    path.write_text(text.replace("only_with: predict", "only_with: predictt"), encoding="utf-8")
    model = read_model(path, "kpis")
    with pytest.raises(
        DefinitionError, match=r"int_mine.sql:\d+: only_with 'predictt' is no key.*Did you mean 'predict'"
    ):
        asked_for({"int_mine": model}, pipeline.plan_night().project.settings)
