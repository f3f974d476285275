"""Runs of a measure: work and floor in turn, so that what slows the machine for a while slows both."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measures import Measure, Place, Task
from bench.process import Spent


@dataclass(frozen=True)
class Result:
    """What the runs of a measure took, work and floor of one run at the same place."""

    measure: Measure
    works: Sequence[Spent]
    floors: Sequence[Spent]

    @property
    def ratio(self) -> float:
        """Median CPU of the work, divided by the median CPU of the floor."""
        return median(spent.cpu_seconds for spent in self.works) / median(spent.cpu_seconds for spent in self.floors)

    @property
    def ratios(self) -> list[float]:
        """The ratio of each run."""
        pairs = zip(self.works, self.floors, strict=True)
        return [work.cpu_seconds / floor.cpu_seconds for work, floor in pairs]


def measured(measure: Measure, place: Place, runs: int, on_run: Callable[[str], None]) -> Result:
    """Run a measure so many times: work, floor, work, floor …"""
    works, floors = [], []
    for number in range(1, runs + 1):
        on_run(f"{measure.title}: run {number} of {runs}")
        works.append(_spent(measure.work, place))
        floors.append(_spent(measure.floor, place))
    return Result(measure, works, floors)


def _spent(task: Task, place: Place) -> Spent:
    with tempfile.TemporaryDirectory(dir=place.scratch) as folder:
        # nothing is left behind, and nobody's own configuration is read
        return task.measures(task.command(Path(folder)), {"XDG_CONFIG_HOME": folder})
