"""Running a child process and reading what it spent: CPU is user and system time of all its threads."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TOLD_OF_A_FAILURE = 400


class ChildFailed(Exception):
    """A measured process ended with an error."""


@dataclass(frozen=True)
class Spent:
    """What some work took.

    Attributes:
        peak_bytes: the most memory that the process ever held.
        grown_bytes: how much of that came with the measured work; 0 where nobody looked from inside.
        events: events that went through, where there were any.
    """

    cpu_seconds: float
    peak_bytes: int
    grown_bytes: int = 0
    events: int = 0


class Meter:
    """Measures this process from here on, so that its start-up and its imports stay outside."""

    def __init__(self) -> None:
        self._before = resource.getrusage(resource.RUSAGE_SELF)

    def spent(self, events: int) -> Spent:
        """Return what was spent until now."""
        after = resource.getrusage(resource.RUSAGE_SELF)
        grown = _bytes(after) - _bytes(self._before)
        return Spent(_cpu(after) - _cpu(self._before), _bytes(after), grown, events)

    def tell(self, events: int) -> None:
        """Print what was spent, for the parent to read."""
        print(json.dumps(asdict(self.spent(events))))


def spent_inside(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run a command that measures itself with a Meter and return what it tells.

    Raises:
        ChildFailed: the command fails.
    """
    printed, _ = _run(command, environment)
    return Spent(**json.loads(printed.splitlines()[-1]))


def spent_both(command: Sequence[str], environment: Mapping[str, str]) -> tuple[Spent, float, list[str]]:
    """Run a command that measures itself; return what it tells, the CPU seconds of the whole process, its other lines.

    Raises:
        ChildFailed: the command fails.
    """
    printed, usage = _run(command, environment)
    *lines, told = printed.splitlines()
    return Spent(**json.loads(told)), _cpu(usage), lines


def spent_whole(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run any command and return what the whole process took, start-up included; its output is thrown away.

    Raises:
        ChildFailed: the command fails.
    """
    _, usage = _run(command, environment, keeps_output=False)
    return Spent(_cpu(usage), _bytes(usage))


def _run(
    command: Sequence[str], environment: Mapping[str, str], *, keeps_output: bool = True
) -> tuple[str, resource.struct_rusage]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        stdout = out if keeps_output else subprocess.DEVNULL
        child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=stdout, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            told = err.read().strip()[-_TOLD_OF_A_FAILURE:]
            raise ChildFailed(f"{Path(command[0]).name} ended with {child.returncode}: {told}")
        return out.read(), usage


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def _bytes(usage: resource.struct_rusage) -> int:
    # macOS counts bytes, Linux kilobytes. Linux also hands a parent's peak on to its children: parents stay small here
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
