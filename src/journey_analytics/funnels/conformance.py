"""Puts the cases of a suite to any engine, and says of each: passed, failed or not offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol

from journey_analytics.errors import UsageError
from journey_analytics.funnels.cases import FunnelCase, NotOffered, differences


class Engine(Protocol):
    """What a suite asks of an engine."""

    def answer(self, case: FunnelCase) -> Mapping[str, Any]:
        """Return the answers that `case.wanted` asks for, by name.

        Raises:
            NotOffered: the engine has no answer to this case; the text says why.
        """


@dataclass(frozen=True)
class Outcome:
    """What became of a case; `told` is what differs, or why it is not offered."""

    case: FunnelCase
    verdict: Literal["passed", "failed", "not offered"]
    told: str = ""


def run_cases(engine: Engine, cases: Iterable[FunnelCase]) -> Iterator[Outcome]:
    """Yield the outcome of each case. An answer that is missing is not offered, never passed."""
    for case in cases:
        try:
            given = engine.answer(case)
        except NotOffered as why:
            yield Outcome(case, "not offered", str(why))
            continue
        missing = [name for name in case.wanted if name not in given]
        if missing:
            yield Outcome(case, "not offered", f"there is no answer for {', '.join(missing)}")
            continue
        faults = differences(case.wanted, given)
        yield Outcome(case, "failed" if faults else "passed", "; ".join(faults))


def load_engine(name: str) -> Engine:
    """Return the engine of a name such as `my_package.my_module:MyEngine`.

    Raises:
        UsageError: there is none of that name.
    """
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(
            f"--engine {name}: cannot be loaded ({error}). Write the module and the class: my_package.my_module:MyEngine."
        ) from None
    engine: Engine = found()
    return engine
