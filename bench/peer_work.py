"""What the processes of the contenders do: `python -m bench.peer_work NAME ARGUMENTS`.

Each imports its engine only, and nothing of this project: polars and chdb live in an environment of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from bench.process import Meter

_CONTENT = """
    select
        count(*), sum(ga_session_id), sum(coalesce(session_engaged, 0)), round(sum(coalesce(param_value, 0)), 2),
        count(page_location), count(country), sum(len(coalesce(items, []))), sum(len(coalesce(other_params, [])))
    from {relation}
"""


def duckdb(statement: str, database: str) -> None:
    """Run a statement in a new database; what is measured ends when it is closed and all is on disk."""
    import duckdb as engine

    connection = engine.connect(database)
    connection.execute("set preserve_insertion_order = false")
    meter = Meter()
    connection.execute(statement)
    connection.close()
    meter.tell(0)


def chdb(statement: str) -> None:
    """Run a statement of ClickHouse, started before."""
    from chdb import session

    connection = session.Session()
    connection.query("select 1")
    meter = Meter()
    connection.query(statement)
    meter.tell(0)


def polars(job: str) -> None:
    """Do the work with polars, as one lazy query in its streaming engine."""
    from bench.peer_polars import write_events

    meter = Meter()
    write_events(json.loads(job))
    meter.tell(0)


def content(relation: str, database: str) -> None:
    """Say what was stored, in figures that agree where the same work was done."""
    import duckdb as engine

    meter = Meter()
    told = engine.connect(database).execute(_CONTENT.format(relation=relation)).fetchall()[0]
    print(json.dumps([float(figure) for figure in told]))
    meter.tell(told[0])


WORK: dict[str, Callable[..., None]] = {work.__name__: work for work in (duckdb, chdb, polars, content)}

if __name__ == "__main__":
    WORK[sys.argv[1]](*sys.argv[2:])
