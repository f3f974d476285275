"""ClickHouse's windowFunnel as an oracle, where chdb is installed: here, or in the environment of `make bench`.

It runs in a process of its own: two engines in one process share signal handlers and memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec

from bench.peers import PEERS_PYTHON
from journey_analytics.funnels.cases import CaseEvent

PYTHON = sys.executable if find_spec("chdb") else str(PEERS_PYTHON) if PEERS_PYTHON.exists() else None
# the steps are told apart by bits, so that an event may fit several
_WORK = """
import json, sys
from chdb import session
connection = session.Session()
for line in sys.stdin:
    job = json.loads(line)
    events = ", ".join(f"({person}, {at}, {fits})" for person, at, fits in job["events"])
    steps = ", ".join(f"bitTest(fits, {step})" for step in range(job["steps"]))
    counts = ", ".join(f"countIf(level > {step})" for step in range(job["steps"]))
    told = connection.query(
        f"select {counts} from (select person, windowFunnel({job['window']})(at, {steps}) as level from "
        f"values('person UInt32, at UInt64, fits UInt32', {events}) group by person)", "JSONCompactEachRow")
    print(json.dumps([int(count) for count in json.loads(str(told))]), flush=True)
"""


class ClickHouse:
    """A process that counts funnels with windowFunnel, in its default mode."""

    def __init__(self) -> None:
        assert PYTHON is not None
        self._process = subprocess.Popen(
            [PYTHON, "-c", _WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def counts(
        self, events: Iterable[CaseEvent], steps: Sequence[Sequence[str]], window_microseconds: int
    ) -> list[int]:
        """Return how many persons reach each step."""
        known = [event for event in events if event.person]
        if not known:
            return [0] * len(steps)
        numbers = {person: number for number, person in enumerate(sorted({str(event.person) for event in known}))}
        rows = [
            (
                numbers[str(event.person)],
                round(event.at.timestamp() * 1_000_000),
                sum(1 << step for step, names in enumerate(steps) if event.name in names),
            )
            for event in known
        ]
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(
            json.dumps({"events": rows, "steps": len(steps), "window": window_microseconds}) + "\n"
        )
        self._process.stdin.flush()
        told: list[int] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
