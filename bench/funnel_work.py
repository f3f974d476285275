"""What the processes of bench.funnels do: `python -m bench.funnel_work NAME ARGUMENTS`.

Each imports its engine only when it is asked: chdb lives in an environment of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.process import Meter

if TYPE_CHECKING:
    from journey_analytics.definitions.funnels import Funnel
    from journey_analytics.warehouse import Warehouse

STEPS = ("page_view", "view_item", "add_to_cart", "begin_checkout", "purchase")
THREADS = 2
_DAY = 86_400_000_000
# visits of nine events by people of whom many come back over 90 days; one event in ten shares its moment with the one
# before it. A batch lists the events of a moment in the order of the steps, which is the order that windowFunnel takes
_MAKE = """
    copy (
        with
        events as (
            select
                i as event,
                hash(i // 9 + 1000000000) as of_visit,
                hash(i) as dice,
                i % 9 as place,
                hash(i) // 1000 % 10 = 0 and i % 9 > 0 as is_of_one_moment
            from range({events}) as numbers(i)
        )
        select
            md5(cast(of_visit % ({events} // 20) as varchar)) as person_key,
            of_visit % ({events} // 20) || '-' || event // 9 as session_key,
            md5(cast(event as varchar)) as event_key,
            1767225600000000 + cast(of_visit // 1000000 % (90 * 86400) as bigint) * 1000000
                + (place - cast(is_of_one_moment as int)) * 40000000 as event_timestamp,
            case
                when dice % 100 < 45 then 'page_view' when dice % 100 < 67 then 'view_item'
                when dice % 100 < 77 then 'add_to_cart' when dice % 100 < 83 then 'begin_checkout'
                when dice % 100 < 87 then 'purchase' when dice % 100 < 95 then 'scroll' else 'user_engagement'
            end as event_name
        from events
        order by event_timestamp // {day}, event
    ) to '{file}' (format parquet)
"""
_LOAD = """
    create table events as
    select
        * exclude (event_timestamp), event_timestamp, cast(make_timestamp(event_timestamp) as date) as event_date,
        event_timestamp // 1000 as batch_page_id, cast(1 as bigint) as batch_ordering_id,
        cast(coalesce(list_position([{steps}], event_name), 9) as bigint) as batch_event_index
    from read_parquet('{file}')
    order by event_date, event_timestamp
"""


def make(file: str, events: str) -> None:
    """Write the events as Parquet: made from numbers, so the same each time."""
    import duckdb

    duckdb.sql(_MAKE.format(file=file, events=events, day=_DAY))


def load_ours(file: str, database: str) -> None:
    """Store the events as a night does: in order of date and time, with texts as they are."""
    with _warehouse(database) as warehouse:
        warehouse.run(_LOAD.format(file=file, steps=_steps()))


def load_theirs(file: str, folder: str) -> None:
    """Store what windowFunnel looks at, names as codes."""
    from chdb import session

    connection = session.Session(folder)
    connection.query("create database bench")
    connection.query(
        "create table bench.events (person_key String, event_timestamp UInt64, event_name LowCardinality(String)) "
        "engine = MergeTree order by (toDate(event_timestamp / 1000000), event_timestamp)"
    )
    connection.query(
        f"insert into bench.events select person_key, event_timestamp, event_name from file('{file}', Parquet)"
    )
    connection.query("optimize table bench.events final")


def theirs(folder: str) -> None:
    """Count with windowFunnel."""
    from chdb import session

    connection = session.Session(folder)
    connection.query("select 1")
    conditions = ", ".join(f"event_name = '{name}'" for name in STEPS)
    counts = ", ".join(f"countIf(level >= {number})" for number in range(1, len(STEPS) + 1))
    meter = Meter()
    told = connection.query(
        f"select {counts} from (select person_key, windowFunnel({_DAY})(event_timestamp, {conditions}) as level "
        f"from bench.events where event_name in ({_steps()}) group by person_key) settings max_threads = {THREADS}",
        "CSV",
    )
    _tell([int(count) for count in str(told).strip().split(",")], meter)


def counts(database: str) -> None:
    """Count with the SELECT that yields counts only."""
    from journey_analytics.funnels.counts import unit_counts

    with _warehouse(database) as warehouse:
        funnel = _funnel()
        meter = Meter()
        _tell(unit_counts(warehouse, funnel, "select * from events"), meter)


def attempts(database: str) -> None:
    """Make all of fct_funnel_attempts as a night does, as a table."""
    from journey_analytics.funnels.compiler import attempts_sql

    _store(database, attempts_sql(_funnel(), "select * from events"))


def _store(database: str, sql: str) -> None:
    best = ", ".join(
        f"count(distinct person_key) filter (steps_reached >= {number})" for number in range(1, len(STEPS) + 1)
    )
    with _warehouse(database) as warehouse:
        meter = Meter()
        warehouse.run(f"create temp table attempts as {sql}")
        spent = meter.spent(0)
        print(json.dumps(warehouse.rows(f"select {best} from attempts")[0]))
        print(json.dumps(asdict(spent)))


def _tell(found: Sequence[int], meter: Meter) -> None:
    print(json.dumps(list(found)))
    meter.tell(0)


def _warehouse(database: str) -> Warehouse:
    from journey_analytics.warehouse import Warehouse

    warehouse = Warehouse.open(Path(database))
    warehouse.run(f"set threads = {THREADS}")
    return warehouse


def _funnel() -> Funnel:
    from journey_analytics.funnels.engine import case_funnel

    return case_funnel([(name,) for name in STEPS], {"window": "1 day"})


def _steps() -> str:
    return ", ".join(f"'{name}'" for name in STEPS)


WORK: dict[str, Callable[..., None]] = {
    work.__name__: work for work in (make, load_ours, load_theirs, theirs, counts, attempts)
}

if __name__ == "__main__":
    WORK[sys.argv[1]](*sys.argv[2:])
