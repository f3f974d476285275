"""The static check of rebuild_by: it lets good models pass, names what is wrong with the others, and what passes is exact."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from journey_analytics.definitions.front_matter import FrontMatter
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.check import Input, InputKey, Promise, check_promise, promise_of
from journey_analytics.definitions.promise.inline import inline_views
from journey_analytics.errors import GraphError

# a reference ends in *
HOUSE = {
    "fct_events": "event_key event_date event_timestamp event_order event_name user_pseudo_id session_key page_path event_value",
    "fct_sessions": "session_key user_pseudo_id session_date started_order device_category country",
    "fct_session_channels": "session_key channel_group",
    "dim_people": "user_pseudo_id person_key valid_from valid_to",
    "fct_touches": "event_key event_date event_order event_timestamp user_pseudo_id session_key touchpoint_id",
    "fct_orders": "order_key person_key order_date order_order order_value session_key transaction_id",
    "fct_phase_visits": "person_key journey_model phase visit_number entered_date entered_order progressed_date session_key",
    "kpi_daily": "event_date persons sessions",
    "dim_periods*": "calendar_date period_kind period_start",
    "dim_phases*": "journey_model phase phase_order",
    "run_window*": "as_of as_of_date",
}
INPUTS = {
    name.rstrip("*"): Input(name.rstrip("*"), tuple(cols.split()), name.endswith("*")) for name, cols in HOUSE.items()
}


def model(sql: str, rebuild_by: str, *, name: str = "a_model", **front: Any) -> Model:
    told = FrontMatter(description="One row per test", grain=["x"], owner="me", rebuild_by=rebuild_by, **front)
    return Model(name=name, station="kpis", path=Path("sql/kpis/a_model.sql"), front=told, sql=sql)


def parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")


VIEWS = {
    "all_visits": "select person_key, entered_date as kpi_date, session_key from fct_phase_visits "
    "union all select person_key, order_date as kpi_date, session_key from fct_orders",
    "int_person_touches": """
        with people as (
            select people.person_key, touches.* from fct_touches as touches
            join dim_people as people on touches.user_pseudo_id = people.user_pseudo_id
                and touches.event_order >= people.valid_from
        ), first_orders as (select person_key, min(order_order) as first_order from fct_orders group by person_key)
        select people.*, people.event_order > first_orders.first_order as is_customer
        from people left join first_orders on people.person_key = first_orders.person_key""",
}


def promise(case: Mapping[str, Any]) -> Promise:
    made = model(case["sql"], case["by"], **case.get("front", {}))
    select = inline_views(made.select, {name: parsed(sql) for name, sql in VIEWS.items()})
    return promise_of(made, INPUTS, select=select, table_scope_estimates=frozenset({"survival"}))


THROUGH = {"through": "dim_periods(kpi_date -> period_start)", "reference": ["dim_periods"]}

GOOD: dict[str, dict[str, Any]] = {
    "sessions by session_key": {
        "by": "session_key",
        "sql": """
            with events as (select * from fct_events where session_key is not null),
            sessions as (
                select session_key, user_pseudo_id, min(event_timestamp) as started, count(*) as events,
                    arg_min(page_path, event_order) filter (where page_path is not null) as landing_page
                from events group by session_key, user_pseudo_id
            )
            select * from sessions""",
    },
    "a window within one browser": {
        "by": "user_pseudo_id",
        "sql": """
            select user_pseudo_id, session_key,
                row_number() over (partition by user_pseudo_id order by started_order) as session_number
            from fct_sessions""",
    },
    "named windows, one built on another": {
        "by": "user_pseudo_id",
        "sql": """
            select user_pseudo_id, started_order, lag(device_category) over steps as device_before,
                sum(1) over (own order by started_order rows unbounded preceding) as place
            from fct_sessions window own as (partition by user_pseudo_id), steps as (own order by started_order)""",
    },
    "one row per moment, in the order of the moments": {
        "by": "user_pseudo_id",
        "sql": """
            with moments as (select user_pseudo_id, event_timestamp, count(*) as n from fct_events group by all)
            select user_pseudo_id, event_timestamp, lag(n) over (partition by user_pseudo_id order by event_timestamp) as n_before
            from moments""",
    },
    "a left join on the key": {
        "by": "person_key",
        "sql": """
            select visits.person_key, visits.phase, orders.order_value
            from fct_phase_visits as visits
            left join fct_orders as orders on visits.person_key = orders.person_key and visits.session_key = orders.session_key""",
    },
    "a join by USING, grouped by the shared column": {
        "by": "session_key",
        "sql": "select session_key, count(*) as n from fct_events full join fct_session_channels using (session_key) group by session_key",
    },
    "not exists on the key": {
        "by": "person_key",
        "sql": """
            select person_key, phase from fct_phase_visits as visits
            where not exists (select 1 from fct_orders as orders where orders.person_key = visits.person_key)""",
    },
    "in on the key, and a scalar subquery on the key": {
        "by": "person_key",
        "sql": """
            select person_key, phase,
                (select max(order_order) from fct_orders where fct_orders.person_key = visits.person_key) as last_order
            from fct_phase_visits as visits where person_key in (select person_key from fct_orders where order_value > 1)""",
    },
    "a bridge with a range of validity in the ON": {
        "by": "person_key",
        "sql": """
            select people.person_key, touches.event_key, count(*) over (partition by people.person_key) as touches
            from fct_touches as touches
            join dim_people as people
                on touches.user_pseudo_id = people.user_pseudo_id
                    and touches.event_order >= people.valid_from and touches.event_order < people.valid_to""",
    },
    "a declared bridge": {
        "by": "person_key",
        "front": {"via": {"fct_events": "dim_people.user_pseudo_id"}},
        "sql": """
            select people.person_key, count(*) as events
            from dim_people as people join fct_events as events using (user_pseudo_id) group by people.person_key""",
    },
    "a bridge whose input is first collapsed by the bridge's column": {
        "by": "person_key",
        "sql": """
            with browsers as (select user_pseudo_id, count(*) as sessions from fct_sessions group by user_pseudo_id)
            select person_key, sum(browsers.sessions) as sessions
            from dim_people join browsers on dim_people.user_pseudo_id = browsers.user_pseudo_id group by person_key""",
    },
    "two inputs over the same bridge, joined with each other on its column": {
        "by": "person_key",
        "sql": """
            select people.person_key, touches.event_key, sessions.country
            from fct_touches as touches
            join fct_sessions as sessions
                on touches.session_key = sessions.session_key and touches.user_pseudo_id = sessions.user_pseudo_id
            join dim_people as people on people.user_pseudo_id = touches.user_pseudo_id""",
    },
    "bridge after bridge": {
        "by": "person_key",
        "sql": """
            select people.person_key, channels.channel_group, count(*) as sessions
            from dim_people as people
            join fct_sessions as sessions on people.user_pseudo_id = sessions.user_pseudo_id
            left join fct_session_channels as channels on sessions.session_key = channels.session_key
            group by people.person_key, channels.channel_group""",
    },
    "a projected key": {
        "by": "period_start",
        "sql": "select session_date as period_start, country, count(*) as n from fct_sessions group by session_date, country",
    },
    "a key computed from the row, grouped by its place": {
        "by": "week_start",
        "sql": """
            with sessions as (select session_date, user_pseudo_id from fct_sessions where country is not null)
            select date_trunc('week', session_date) as week_start, count(distinct people.person_key) as persons
            from sessions join dim_people as people on people.user_pseudo_id = sessions.user_pseudo_id group by 1""",
    },
    "days first, then weeks of the days": {
        "by": "week_start",
        "sql": """
            with days as (select session_date, count(*) as n from fct_sessions group by session_date)
            select date_trunc('week', session_date) as week_start, sum(n) as n from days group by all""",
    },
    "union all with the key in one place": {
        "by": "person_key",
        "sql": """
            with parts as (
                select person_key, 'visit' as what from fct_phase_visits
                union all select person_key, 'order' from fct_orders
                union all select null, 'nobody'
            )
            select person_key, what, count(*) as n from parts group by person_key, what""",
    },
    "a union whose second part leaves the name away": {
        "by": "period_start",
        "sql": """
            select entered_date as period_start, 'visit' as what from fct_phase_visits
            union all select order_date, 'order' from fct_orders""",
    },
    "columns renamed by an alias": {
        "by": "person_key",
        "sql": """
            with orders(buyer, key) as (select person_key, order_key from fct_orders)
            select o.b as person_key, o.k, v.p from orders as o(b, k) join (select person_key, phase from fct_phase_visits) as v(q, p)
            on o.b = v.q""",
    },
    "union by name": {
        "by": "person_key",
        "sql": "select person_key, phase from fct_phase_visits union by name select order_value, person_key from fct_orders",
    },
    "through dim_periods": {
        "by": "period_start",
        "front": THROUGH,
        "sql": """
            with visits as (select entered_date as kpi_date, person_key from fct_phase_visits)
            select periods.period_kind, periods.period_start, count(distinct visits.person_key) as persons
            from visits join dim_periods as periods on visits.kpi_date = periods.calendar_date
            group by periods.period_kind, periods.period_start""",
    },
    "through dim_periods, with an attribute of the session": {
        "by": "period_start",
        "front": THROUGH,
        "sql": """
            select periods.period_start, channels.channel_group, count(*) as orders
            from fct_orders as orders
            left join fct_session_channels as channels on orders.session_key = channels.session_key
            join dim_periods as periods on orders.order_date = periods.calendar_date
            cross join run_window
            group by grouping sets ((periods.period_start), (periods.period_start, channels.channel_group))""",
    }
    | {"front": THROUGH | {"matures_at": "order_date"}},
    "through dim_periods over a view of views": {
        "by": "period_start",
        "front": THROUGH,
        "sql": """
            with units as (
                select person_key as unit_key, event_date as kpi_date, is_customer, count(*) as n
                from int_person_touches group by person_key, event_date, is_customer
            )
            select period_start, is_customer, count(distinct unit_key) as units, sum(n) as n
            from units join dim_periods on units.kpi_date = dim_periods.calendar_date group by period_start, is_customer""",
    },
    "asof on the key and an order": {
        "by": "user_pseudo_id",
        "sql": """
            select events.user_pseudo_id, events.event_key, sessions.country
            from fct_events as events asof left join fct_sessions as sessions
                on events.user_pseudo_id = sessions.user_pseudo_id and events.event_order >= sessions.started_order""",
    },
    "coalesce of both keys over a full join": {
        "by": "person_key",
        "sql": """
            select coalesce(visits.person_key, orders.person_key) as person_key, count(visits.phase) as visits, count(*) as n
            from fct_phase_visits as visits full join fct_orders as orders on visits.person_key = orders.person_key
            group by coalesce(visits.person_key, orders.person_key)""",
    },
    "three full joins": {
        "by": "session_key",
        "sql": """
            select session_key, count(*) as n
            from fct_events full join fct_sessions using (session_key) full join fct_orders using (session_key)
            group by session_key""",
    },
    "a CTE that bears its table's name": {
        "by": "session_key",
        "sql": """
            with fct_events as (select * from fct_events where event_name is not null),
            fct_sessions as (select session_key, count(*) as n from fct_events group by session_key)
            select * from fct_sessions""",
    },
    "a self-join on the key": {
        "by": "person_key",
        "sql": """
            select later.person_key, later.order_key, count(*) as earlier_orders
            from fct_orders as later join fct_orders as earlier
                on later.person_key = earlier.person_key and later.order_order > earlier.order_order
            group by later.person_key, later.order_key""",
    },
    "nested subqueries": {
        "by": "person_key",
        "sql": """
            select person_key, n from (
                select person_key, count(*) as n from (select * from fct_orders where order_value > 1) as dear group by person_key
            ) as counted
            where exists (
                select 1 from fct_phase_visits as visits
                where visits.person_key = counted.person_key
                    and exists (select 1 from fct_orders as again where again.person_key = visits.person_key)
            )""",
    },
    "grouping sets with the key in all": {
        "by": "entered_date",
        "sql": """
            select entered_date, phase, journey_model, count(*) as n from fct_phase_visits
            group by entered_date, grouping sets ((phase), (journey_model), ())""",
    },
    "a model over a union that is inlined": {
        "by": "kpi_date",
        "sql": "select kpi_date, count(distinct person_key) as persons from all_visits group by kpi_date",
    },
    "a key computed over a union that is inlined": {
        "by": "week_start",
        "sql": "select date_trunc('week', kpi_date) as week_start, count(*) as n from all_visits group by 1",
    },
    "distinct rows that hold the key": {
        "by": "person_key",
        "sql": "select distinct person_key, phase from fct_phase_visits",
    },
    "distinct on the key in an order": {
        "by": "person_key",
        "sql": "select distinct on (person_key) person_key, phase from fct_phase_visits order by person_key, entered_order",
    },
    "qualify within the key": {
        "by": "person_key",
        "sql": """
            select person_key, phase from fct_phase_visits
            qualify row_number() over (partition by person_key order by entered_order) = 1""",
    },
    "a reference keeps its rows, joined on the key": {
        "by": "calendar_date",
        "front": {"reference": ["dim_periods"]},
        "sql": """
            select periods.calendar_date, count(sessions.session_key) as sessions
            from dim_periods as periods left join fct_sessions as sessions on periods.calendar_date = sessions.session_date
            where periods.period_kind = 1 group by periods.calendar_date""",
    },
    "dates of a reference on which something happened": {
        "by": "calendar_date",
        "sql": """
            select calendar_date from dim_periods where exists (
                select 1 from fct_sessions as sessions where sessions.session_date = dim_periods.calendar_date)""",
    },
    "a subquery over a reference": {
        "by": "person_key",
        "sql": "select person_key, phase from fct_phase_visits where phase > (select min(phase_order) from dim_phases)",
    },
    "a semi-join and an anti-join on the key": {
        "by": "person_key",
        "sql": """
            select visits.person_key, visits.phase from fct_phase_visits as visits
            semi join fct_orders as orders on visits.person_key = orders.person_key
            anti join dim_people as people on visits.person_key = people.person_key and people.valid_from > 2""",
    },
    "tables in a row, their keys equal in WHERE": {
        "by": "person_key",
        "sql": """
            select a.person_key, b.order_value from fct_phase_visits as a, fct_orders as b, dim_people as c
            where a.person_key = c.person_key and b.person_key = c.person_key""",
    },
    "the first session of a person, then its channel": {
        "by": "person_key",
        "sql": """
            with firsts as (
                select person_key, arg_min(session_key, order_order) filter (where session_key is not null) as session_key
                from fct_orders group by person_key
            )
            select firsts.person_key, channels.channel_group
            from firsts left join fct_session_channels as channels on firsts.session_key = channels.session_key""",
    },
    "a list that is sorted at once": {
        "by": "session_key",
        "sql": "select session_key, list_sort(list(page_path)) as pages from fct_events group by session_key",
    },
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_model_raises_no_alarm(name: str) -> None:
    assert promise(GOOD[name]).faults == ()


# by the numbers of the classes in the report on the prototype
FAULTY: dict[str, dict[str, Any]] = {
    "1 an order that is not total": {
        "by": "session_key",
        "sql": """
            with events as (select session_key, user_pseudo_id, event_timestamp, page_path from fct_events)
            select session_key, arg_min(page_path, event_timestamp) as first_page, arg_max(page_path, session_key) as p
            from events group by session_key""",
        "says": ["ARG_MIN(events.page_path, events.event_timestamp)", "no total order", "Order by event_order"],
    },
    "1 places in an order that is not total": {
        "by": "session_key",
        "sql": """
            select session_key, lag(event_name) over steps as name_before from fct_events
            window steps as (partition by session_key order by event_date, event_timestamp)""",
        "says": ["LAG(fct_events.event_name) OVER steps", "event_date, event_timestamp is no total order"],
    },
    "1 numbers without an order": {
        "by": "user_pseudo_id",
        "sql": "select user_pseudo_id, row_number() over (partition by user_pseudo_id) as n from fct_sessions",
        "says": ["ROW_NUMBER", "needs an ORDER BY"],
    },
    "2 any value of a group": {
        "by": "session_key",
        "sql": "select session_key, any_value(page_path) as page, first(country) as country from fct_events group by session_key",
        "says": ["ANY_VALUE", "FIRST", "arg_min"],
    },
    "3 a list without an order": {
        "by": "session_key",
        "sql": "select session_key, string_agg(page_path, ' > ') as path, list(page_path) as l from fct_events group by session_key",
        "says": ["LISTAGG", "ARRAY_AGG", "without ORDER BY"],
    },
    "4 a standard deviation": {
        "by": "session_date",
        "sql": "select session_date, stddev(started_order) as spread from fct_sessions group by session_date",
        "says": ["STDDEV", "floating point"],
    },
    "4 a sum of shares": {
        "by": "session_date",
        "sql": """
            with shares as (select session_date, started_order / 3 as share from fct_sessions)
            select session_date, sum(share) as shares from shares group by session_date""",
        "says": ["SUM(shares.share)", "floating-point"],
    },
    "5 a window that crosses the key": {
        "by": "session_key",
        "sql": """
            select session_key, user_pseudo_id,
                row_number() over (partition by user_pseudo_id order by started_order) as session_number
            from fct_sessions""",
        "says": ["PARTITION BY", "fct_sessions.session_key", "rebuilt by user_pseudo_id"],
    },
    "6 a number over all rows as a key": {
        "by": "person_key",
        "sql": "select person_key, row_number() over (order by order_order) as order_number from fct_orders",
        "says": ["no PARTITION BY", "over the rows of all keys"],
    },
    "7 a running total": {
        "by": "event_date",
        "sql": "select event_date, sum(sessions) over (order by event_date) as sessions_so_far from kpi_daily",
        "says": ["no PARTITION BY", "`rebuild_by: full`"],
    },
    "7 a share of the grand total": {
        "by": "event_date",
        "sql": "select event_date, sessions / (select sum(sessions) from kpi_daily) as share from kpi_daily",
        "says": ["the subquery", "without GROUP BY"],
    },
    "8 week against week": {
        "by": "event_date",
        "sql": """
            select days.event_date, days.sessions - before.sessions as more
            from kpi_daily as days left join kpi_daily as before on before.event_date = days.event_date - 7""",
        "says": ["the join of kpi_daily as before", "not joined on the key"],
    },
    "9 a 30-day funnel straight from events": {
        "by": "event_date",
        "sql": """
            select views.event_date, count(distinct orders.user_pseudo_id) as ordered
            from fct_events as views left join fct_events as orders
                on views.user_pseudo_id = orders.user_pseudo_id and orders.event_date between views.event_date and views.event_date + 30
            group by views.event_date""",
        "says": ["the join of fct_events as orders", "not joined on the key"],
    },
    "10 the first order of a transaction, by date": {
        "by": "order_date",
        "sql": """
            select order_date, transaction_id from fct_orders
            qualify row_number() over (partition by transaction_id order by order_order) = 1""",
        "says": ["PARTITION BY fct_orders.transaction_id", "rebuilt by transaction_id"],
    },
    "11 browsers of browsers": {
        "by": "user_pseudo_id",
        "sql": """
            select mine.user_pseudo_id, min(theirs.user_pseudo_id) as first_browser
            from dim_people as mine join dim_people as theirs on mine.person_key = theirs.person_key
            group by mine.user_pseudo_id""",
        "says": ["the join of dim_people as theirs", "not joined on the key"],
    },
    "12 a column of the same name and another meaning": {
        "by": "event_date",
        "sql": """
            select events.event_date, count(*) as n
            from fct_events as events join fct_touches as touches on events.user_pseudo_id = touches.user_pseudo_id
            group by events.event_date""",
        "says": ["the join of fct_touches as touches", "events.event_date = touches.event_date"],
    },
    "13 the top ten": {
        "by": "event_date",
        "sql": "select event_date, sessions from kpi_daily order by sessions desc limit 10",
        "says": ["LIMIT 10", "`rebuild_by: full`"],
    },
    "14 the clock": {
        "by": "event_date",
        "sql": "select event_date, current_date as today from kpi_daily where event_date < now()",
        "says": ["CURRENT_DATE", "NOW()", "run_window"],
    },
    "14 as_of in a keyed model": {
        "by": "event_date",
        "sql": "select event_date, event_date < run_window.as_of_date as is_over from kpi_daily cross join run_window",
        "says": ["reads run_window", "matures_at"],
    },
    "a group without the key": {
        "by": "event_date",
        "sql": "select event_name, count(*) as n, min(event_date) as event_date from fct_events group by event_name",
        "says": ["GROUP BY fct_events.event_name", "Add fct_events.event_date"],
    },
    "a group without the key in a CTE": {
        "by": "session_key",
        "sql": """
            with pages as (select page_path, session_key as s, count(*) as n from fct_events group by page_path, session_key),
            totals as (select page_path, sum(n) as n from pages group by page_path)
            select pages.s as session_key, pages.n, totals.n as of_all from pages join totals on pages.page_path = totals.page_path""",
        "says": ["CTE 'totals'", "pages.s"],
    },
    "a grouping set without the key": {
        "by": "entered_date",
        "sql": "select entered_date, phase, count(*) as n from fct_phase_visits group by rollup (entered_date, phase)",
        "says": ["grouping sets", "entered_date"],
    },
    "an aggregate over everything": {
        "by": "event_date",
        "sql": "select max(event_date) as event_date, count(*) as n from fct_events",
        "says": ["without GROUP BY"],
    },
    "the key from the side that an outer join leaves empty": {
        "by": "person_key",
        "sql": """
            select orders.person_key, visits.phase from fct_phase_visits as visits
            left join fct_orders as orders on visits.person_key = orders.person_key""",
        "says": ["output column person_key is null where an outer join finds no row", "coalesce"],
    },
    "only one key over a full join": {
        "by": "person_key",
        "sql": """
            select visits.person_key, count(*) as n from fct_phase_visits as visits
            full join fct_orders as orders on visits.person_key = orders.person_key group by visits.person_key""",
        "says": ["GROUP BY visits.person_key"],
    },
    "a bridge that keeps rows without a key": {
        "by": "person_key",
        "sql": """
            select people.person_key, touches.event_key from fct_touches as touches
            left join dim_people as people on touches.user_pseudo_id = people.user_pseudo_id""",
        "says": ["keeps rows that the other side lacks"],
    },
    "a reference that keeps its rows, joined on something else": {
        "by": "session_key",
        "front": {"reference": ["dim_phases"]},
        "sql": "select session_key, phase from dim_phases left join fct_events on dim_phases.phase = fct_events.event_name",
        "says": ["keeps rows of a reference"],
    },
    "exists without the key": {
        "by": "person_key",
        "sql": "select person_key, phase from fct_phase_visits where exists (select 1 from fct_orders where order_value > 100)",
        "says": ["nothing ties it", "person_key"],
    },
    "not in, which asks all rows for nulls": {
        "by": "person_key",
        "sql": "select person_key, phase from fct_phase_visits where person_key not in (select person_key from fct_orders)",
        "says": ["null", "not exists"],
    },
    "a union with the key in different places": {
        "by": "person_key",
        "sql": "select person_key, session_key from fct_phase_visits union all select session_key, person_key from fct_orders",
        "says": ["UNION", "by their place"],
    },
    "except without the key": {
        "by": "person_key",
        "sql": """
            with lost as (select phase from fct_phase_visits except select order_key from fct_orders)
            select person_key, phase from fct_phase_visits where phase in (select phase from lost)""",
        "says": ["EXCEPT"],
    },
    "distinct without the key": {
        "by": "person_key",
        "sql": """
            with phases as (select distinct phase from fct_phase_visits)
            select person_key, visits.phase from fct_phase_visits as visits join phases on visits.phase = phases.phase""",
        "says": ["CTE 'phases'", "SELECT DISTINCT"],
    },
    "an input that leads nowhere": {
        "by": "person_key",
        "sql": "select person_key, kpi_daily.sessions from fct_orders join kpi_daily on kpi_daily.event_date < fct_orders.order_date",
        "says": ["input kpi_daily has no column person_key", "`reference:`"],
    },
    "the key is not selected": {
        "by": "person_key",
        "sql": "select order_key from fct_orders",
        "says": ["the SELECT has no column person_key"],
    },
    "an output column that only bears the key's name": {
        "by": "person_key",
        "sql": "select person_key as buyer, session_key as person_key from fct_orders",
        "says": ["output column person_key is not the key", "buyer"],
    },
    "an alias that exchanges two names": {
        "by": "person_key",
        "sql": "select person_key, order_key from fct_orders as o(person_key, order_key)",
        "says": ["not the key that its rows were read by", "rebuild_by: order_key"],
    },
    "one input with two keys": {
        "by": "period_start",
        "sql": """
            select entered_date as period_start, 1 as entered from fct_phase_visits
            union all select progressed_date, 0 from fct_phase_visits""",
        "says": ["fct_phase_visits gives it as entered_date and as progressed_date", "make a model of each"],
    },
    "an estimate over the whole table": {
        "by": "phase",
        "front": {"estimate": ["survival"]},
        "sql": "select phase, count(*) as n from fct_phase_visits group by phase",
        "says": ["estimate survival", "`rebuild_by: full`"],
    },
    "matures_at that is nowhere": {
        "by": "person_key",
        "front": {"matures_at": "progressed_dat"},
        "sql": "select person_key, progressed_date from fct_phase_visits",
        "says": ["matures_at: progressed_dat", "Did you mean 'progressed_date'?"],
    },
    "a bridge that is declared and not there": {
        "by": "person_key",
        "front": {"via": {"fct_touches": "dim_peple.user_pseudo_id"}},
        "sql": "select person_key, event_key from dim_people join fct_touches using (user_pseudo_id)",
        "says": ["leads nowhere", "Did you mean 'dim_people'?"],
    },
    "a translation that nothing joins": {
        "by": "period_start",
        "front": {"through": "dim_periods(order_date -> period_start)", "reference": ["dim_periods"]},
        "sql": "select period_start, count(*) as n from fct_orders join dim_periods on order_date >= calendar_date group by 1",
        "says": ["through: dim_periods(order_date -> period_start)", "no join says"],
    },
    "sessions per person counted within a day's translation": {
        "by": "period_start",
        "front": THROUGH,
        "sql": """
            with numbered as (
                select order_date as kpi_date, lead(order_date) over (partition by person_key order by order_order) as next_date
                from fct_orders)
            select period_start, count(next_date) as again from numbered
            join dim_periods on numbered.kpi_date = dim_periods.calendar_date group by period_start""",
        "says": ["CTE 'numbered'", "leads to period_start", "rebuilt by person_key"],
    },
    "a recursive CTE": {
        "by": "person_key",
        "sql": """
            with recursive chain as (
                select person_key, order_key from fct_orders
                union all select chain.person_key, chain.order_key + 1 from chain where order_key < 3)
            select * from chain""",
        "says": ["recursive"],
    },
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_model_is_named_with_its_cure(name: str) -> None:
    faults = "\n".join(promise(FAULTY[name]).faults)
    assert all(word in faults for word in FAULTY[name]["says"]), faults


# --- what passes is exact: a small runner, increments against a full rebuild ---


def random_row(columns: list[str], number: int, chance: random.Random) -> tuple[Any, ...]:
    def value(column: str) -> Any:
        if column.endswith(("_order", "event_key", "order_key")):
            return number  # the order of rows is total, their keys are unique
        if chance.random() < 0.12:
            return None
        if column.endswith("date") or column == "period_start":
            return date(2026, 1, 4) + timedelta(days=chance.randrange(4))
        return chance.randrange(1, 4)

    return tuple(value(column) for column in columns)


def fill(con: duckdb.DuckDBPyConnection, name: str, rows: list[tuple[Any, ...]]) -> None:
    columns = HOUSE.get(name, HOUSE.get(f"{name}*", "")).split()
    kinds = ["date" if column.endswith("date") or column == "period_start" else "bigint" for column in columns]
    con.execute(f"create or replace table {name} ({', '.join(map(' '.join, zip(columns, kinds, strict=True)))})")
    if rows:
        con.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)


def changed_rows(rows: list[tuple[Any, ...]], columns: list[str], chance: random.Random) -> list[tuple[Any, ...]]:
    kept = [row for row in rows if chance.random() > 0.15]
    moved = [random_row(columns, row_number(columns, row), chance) if chance.random() < 0.1 else row for row in kept]
    start = 100 + chance.randrange(1000) * 10
    return moved + [random_row(columns, start + n, chance) for n in range(chance.randrange(3))]


def row_number(columns: list[str], row: tuple[Any, ...]) -> int:
    return next((v for c, v in zip(columns, row, strict=True) if c.endswith(("_order", "event_key", "order_key"))), 0)


def filter_of(name: str, keys: Mapping[str, InputKey]) -> str:
    """Return the condition by which a runner reads only the rows of the keys in `affected`."""
    key = keys[name]
    if key.how == "reference":
        return "true"
    assert key.expression is not None
    own = key.expression.sql("duckdb")
    if key.how == "bridge":
        return f"{own} in (select {key.column} from main.{key.table} where {filter_of(key.table, keys)})"
    if key.how == "through":
        return f"{own} in (select {key.column} from main.{key.table} where {is_affected(key.key)})"
    return is_affected(own)


def is_affected(key: str) -> str:
    """Return the condition that a key is among the affected ones; null is a key."""
    null_is = f"({key} is null and exists (select 1 from affected where k is null))"
    return f"(coalesce({key} in (select k from affected), false) or {null_is})"


def keys_of(name: str, rows: str, keys: Mapping[str, InputKey]) -> str:
    """Return the query for the keys that rows of an input (given as a relation) lead to."""
    key = keys[name]
    assert key.expression is not None
    own = key.expression.sql("duckdb")
    if key.how == "bridge":
        led = f"(select * from main.{key.table} where {key.column} in (select {own} from {rows} as r))"
        return keys_of(key.table, led, keys)
    if key.how == "through":
        return f"select {key.key} from main.{key.table} where {key.column} in (select {own} from {rows} as r)"
    return f"select {own} from {rows} as r"


def filtered(select: exp.Expr, keys: Mapping[str, InputKey]) -> str:
    tree = select.copy()
    for scope in traverse_scope(tree):
        for table in scope.tables:
            name = table.name.lower()
            if name in keys and name not in {cte.lower() for cte in scope.cte_sources}:
                rows = parsed(f"select * from main.{name} where {filter_of(name, keys)}")
                alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
                riders = {rider: table.args[rider] for rider in ("joins",) if table.args.get(rider)}
                table.replace(exp.Subquery(this=rows, alias=alias, **riders))
    return tree.sql("duckdb")


def one_night_differs(case: Mapping[str, Any], found: Promise, chance: random.Random) -> bool:
    """Return whether an increment by the keys of a promise ends in other rows than a full rebuild."""
    key = case["by"]
    made = inline_views(model(case["sql"], key).select, {name: parsed(sql) for name, sql in VIEWS.items()})
    full = made.sql("duckdb")
    with duckdb.connect(":memory:", config={"threads": 1}) as con:
        before = {
            name: [random_row(HOUSE[name].split(), n, chance) for n in range(chance.randrange(3, 9))] for name in HOUSE
        }
        for name, rows in before.items():
            fill(con, name.rstrip("*"), rows)
        con.execute(f"create table stored as {full}")
        parts = []
        for name, kind in found.keys.items():
            if kind.how == "reference" or chance.random() < 0.4:
                continue
            con.execute(f"create table {name}_was as from {name}")
            fill(con, name, changed_rows(before[name], HOUSE[name].split(), chance))
            moved = f"((from {name} except all from {name}_was) union all (from {name}_was except all from {name}))"
            parts.append(keys_of(name, moved, found.keys))
        con.execute(
            f"create table affected as select distinct k from ({' union all '.join(parts or ['select null where false'])}) as t(k)"
        )
        kept = con.execute(f"select * from stored where not {is_affected(key)}").fetchall()
        new = con.execute(f"select * from ({filtered(made, found.keys)}) where {is_affected(key)}").fetchall()
        return Counter(map(repr, kept + new)) != Counter(map(repr, con.execute(full).fetchall()))


@pytest.mark.parametrize("name", GOOD)
def test_what_passes_is_rebuilt_exactly(name: str) -> None:
    found = promise(GOOD[name])
    for seed in range(2):
        assert not one_night_differs(GOOD[name], found, random.Random(seed)), (seed, found.keys)


# --- what else the check says ---


def test_a_full_model_may_do_what_needs_the_whole_table() -> None:
    sql = """
        select person_key, count(*) over () as n, row_number() over (order by order_order) as place
        from fct_orders cross join run_window order by place limit 10"""
    assert check_promise(model(sql, "full"), INPUTS) == []


def test_a_full_model_must_be_repeatable_too() -> None:
    faults = check_promise(
        model("select uuid() as x, max(stddev) from (select stddev(phase) from fct_phase_visits)", "full"), INPUTS
    )
    assert ["UUID()" in fault or "STDDEV(phase)" in fault for fault in faults] == [True, True]


@pytest.mark.parametrize(
    ("name", "front", "is_allowed"),
    [("a_model", {}, False), ("fct_events", {}, True), ("a_model", {"matures_at": "event_date"}, True)],
)
def test_who_may_read_run_window(name: str, front: dict[str, Any], is_allowed: bool) -> None:
    sql = "select event_date, sessions from kpi_daily where event_date <= (select as_of_date from run_window)"
    assert (check_promise(model(sql, "event_date", name=name, **front), INPUTS) == []) is is_allowed


def test_a_view_may_read_run_window() -> None:
    assert check_promise(model("select as_of from run_window", "full", materialize="view"), INPUTS) == []


@pytest.mark.parametrize(
    "total", ["sum(seconds)", "sum(seconds * 2)", "avg(longest)", "sum(seconds) over (partition by day)"]
)
def test_a_sum_of_doubles_is_seen_where_types_are_known(total: str) -> None:
    inputs = {"visits": Input("visits", ("day", "seconds", "pages"), types={"seconds": "DOUBLE", "pages": "BIGINT"})}
    sql = f"""
        with rows_of_day as (select day, seconds, pages, greatest(seconds, 1) as longest from visits)
        select day, {total} as total from rows_of_day group by day, seconds"""
    (fault,) = check_promise(model(sql, "day"), inputs)
    assert "binary floating-point" in fault
    for exact in (
        "sum(pages)",
        "max(seconds)",
        "sum(cast(seconds * 1000000 as bigint))",
        "sum(cast(seconds as decimal(18, 6)))",
    ):
        assert check_promise(model(sql.replace(total, exact), "day"), inputs) == []


def test_the_promise_tells_the_runner_how_each_input_finds_the_key() -> None:
    found = promise(GOOD["through dim_periods, with an attribute of the session"])
    keys = {name: (key.how, key.table, key.column) for name, key in found.keys.items()}
    assert keys == {
        "fct_orders": ("through", "dim_periods", "calendar_date"),
        "fct_session_channels": ("bridge", "fct_orders", "session_key"),
        "dim_periods": ("reference", "", ""),
        "run_window": ("reference", "", ""),
    }
    assert found.matures == {"fct_orders": (exp.column("order_date"),)}


def test_matures_at_is_found_under_the_name_that_a_view_gives_it() -> None:
    views = {"units": parsed("select person_key, entered_date + 30 as matures_at from fct_phase_visits")}
    sql = "select person_key, count(*) filter (where matures_at < as_of_date) as n from units cross join run_window group by person_key"
    made = model(sql, "person_key", matures_at="matures_at")
    found = promise_of(made, INPUTS, select=inline_views(made.select, views))
    assert found.faults == ()
    assert [each.sql() for each in found.matures["fct_phase_visits"]] == ["entered_date + 30"]


@pytest.mark.parametrize(
    ("via", "says"),
    [
        ({"fct_touches": "dim_people.user_pseudo_id"}, "does not read"),
        ({"fct_orders": "dim_people.person_key"}, "has the column"),
    ],
)
def test_a_bridge_without_effect_is_refused(via: dict[str, str], says: str) -> None:
    sql = "select person_key, order_key from fct_orders join dim_people using (person_key)"
    (fault,) = check_promise(model(sql, "person_key", via=via), INPUTS)
    assert says in fault


def test_a_select_that_cannot_be_followed_is_a_sentence_too() -> None:
    (fault,) = check_promise(model("select k from nowhere", "k"), INPUTS)
    assert fault == "the final SELECT: reads 'nowhere', which is none of the inputs that are known here."


# --- views put in their place ---

TWO_VIEWS = {
    "big_orders": "select * from orders where amount > 1",
    "buyers": "with orders as (select person, count(*) as n from big_orders group by person) select * from orders",
}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from big_orders order by all",
        "select b.person, buyers.n from big_orders as b join buyers on b.person = buyers.person order by all",
        "with big_orders as (select 7 as person) select * from big_orders, buyers order by all",
        "with big_orders as (select * from big_orders where person = 1) select * from big_orders order by all",
        "with orders as (select 9 as person, 9 as amount) select * from big_orders union all select * from orders order by all",
        "with orders as (select * from orders where person = 1) select o.amount, n from orders as o join buyers using (person)",
        "select person from people where exists (select 1 from buyers where buyers.person = people.person) order by all",
        "select person from people where person in (with buyers as (select 2 as person) select person from buyers)",
        "select person from people semi join buyers using (person) order by all",
        "select * from people left join big_orders using (person) left join buyers as again using (person) order by all",
        "from buyers select * order by all",
        "select * from Big_Orders as B, (select max(n) as most from BUYERS) order by all",
        "select * from buyers as t(a, b) order by all",
    ],
)
def test_a_view_in_its_place_yields_the_same_rows(sql: str) -> None:
    with duckdb.connect(":memory:") as con:
        con.execute("create table orders as from (values (1, 1), (1, 5), (2, 7), (3, 0)) as t(person, amount)")
        con.execute("create table people as from (values (1), (2), (3)) as t(person)")
        for name, view in TWO_VIEWS.items():
            con.execute(f"create view {name} as {view}")
        before = con.execute(sql).fetchall()
        for name in reversed(TWO_VIEWS):
            con.execute(f"drop view {name}")
        after = inline_views(parsed(sql), {name: parsed(view) for name, view in TWO_VIEWS.items()})
        assert con.execute(after.sql("duckdb")).fetchall() == before


def test_views_in_a_circle_are_named() -> None:
    views = {"a": parsed("select * from b"), "b": parsed("select * from a")}
    with pytest.raises(GraphError, match="a -> b -> a"):
        inline_views(parsed("select * from a"), views)


def test_inlining_leaves_its_input_as_it_was() -> None:
    select, view = parsed("with t as (select * from v) select * from t"), parsed("select * from t")
    inline_views(select, {"v": view})
    assert (select.sql(), view.sql()) == ("WITH t AS (SELECT * FROM v) SELECT * FROM t", "SELECT * FROM t")
