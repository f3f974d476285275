"""The figures of the study: from the records of the sites to shares with their base and interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev

import pandas as pd

from journey_analytics.estimates import apply_estimates
from tests.truth.measures import PAGE_SIGNAL, PLACE_SIGNAL, Record
from tests.truth.shop import PAGES, PURCHASE, SIZES, STRENGTHS

_Z = 1.96
RED, GREEN = "red", "green"


@dataclass(frozen=True)
class Part:
    """So many of so many, and the 95 % interval of the share; no share without any."""

    x: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share."""
        return self.x / self.n if self.n else math.nan


@dataclass(frozen=True)
class Mean:
    """A mean over so many sites, and its 95 % interval."""

    value: float
    n: int
    low: float
    high: float


def part(x: int, n: int) -> Part:
    """Return a share of units that have nothing to do with each other: Wilson's interval, the house's own."""
    row = apply_estimates(pd.DataFrame({"n": [n], "numerator": [x], "denominator": [n]}), ["share_interval"]).iloc[0]
    return Part(x, n, float(row["ci_low"]), float(row["ci_high"]))


def part_of_sites(counts: Iterable[tuple[int, int]]) -> Part:
    """Return a share of rows that come from few sites: rows of one site are no independent witnesses."""
    pairs = [(x, n) for x, n in counts if n]
    x, n = sum(x for x, _ in pairs), sum(n for _, n in pairs)
    if len(pairs) < 2:
        return Part(x, n, math.nan, math.nan)
    if x in (0, n):
        # without a spread there is still chance: as many witnesses as sites
        ends = part(len(pairs) * (x == n), len(pairs))
        return Part(x, n, ends.low, ends.high)
    share = x / n
    spread = sum((some - share * whole) ** 2 for some, whole in pairs) * len(pairs) / (len(pairs) - 1)
    reach = _Z * math.sqrt(spread) / n
    return Part(x, n, max(0.0, share - reach), min(1.0, share + reach))


def mean_of_sites(values: Iterable[float | None]) -> Mean:
    """Return the mean over sites."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Mean(known[0] if known else math.nan, len(known), math.nan, math.nan)
    reach = _Z * stdev(known) / math.sqrt(len(known))
    return Mean(mean(known), len(known), mean(known) - reach, mean(known) + reach)


def of_arm(records: Iterable[Record], arm: str) -> list[Record]:
    """Return the records of one arm."""
    return [record for record in records if record["arm"] == arm]


# --- findings ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """Sites of one strength and size: how many planted frictions were found, and how many findings were true."""

    strength: float
    size: str
    base: int
    recall: Part
    precision: Part


def cells(records: Sequence[Record], signal: str) -> list[Cell]:
    """Return recall and precision by strength and size, of the findings of one detector.

    A friction is found when it is red for all visitors. A finding is a place that is red, in whatever segment: a place
    that is red in four segments is one finding.
    """
    return [
        _cell(
            [
                record
                for record in of_arm(records, "planted")
                if (record["strength"], record["size"]) == (strength, size)
            ],
            signal,
            strength,
            size,
        )
        for strength in STRENGTHS
        for size in SIZES
    ]


def _cell(records: Sequence[Record], signal: str, strength: float, size: str) -> Cell:
    planted = [row for record in records for row in record["planted"] if _is_of(row, signal)]
    found = sum(row["colour_code"] == RED for row in planted)
    findings = [_findings(record, RED, lambda row: _is_of(row, signal)) for record in records]
    return Cell(
        strength,
        size,
        round(median([row["n"] for row in planted])) if planted else 0,
        # where nobody met the signal there is no row, and nothing was found
        part(found, len(records)),
        part_of_sites((sum(rows.values()), len(rows)) for rows in findings),
    )


def _is_of(row: Record, signal: str) -> bool:
    return bool(row["signal_id"].startswith(signal))


def _findings(record: Record, colour: str, chosen: Callable[[Record], bool]) -> dict[tuple[str, str, str], bool]:
    """Return the places of one colour, and whether each is true."""
    return {
        (row["phase"], row["touchpoint_id"], row["signal_id"]): row["is_true"]
        for row in record["findings"]
        if row["colour_code"] == colour and chosen(row)
    }


def first_findings(records: Sequence[Record]) -> Part:
    """Return how often the finding that stands first is a planted one, of planted sites with a finding."""
    firsts = [
        next(row["is_true"] for row in record["findings"] if row["colour_code"] == RED)
        for record in of_arm(records, "planted")
        if any(row["colour_code"] == RED for row in record["findings"])
    ]
    return part(sum(firsts), len(firsts))


def precision(records: Sequence[Record], chosen: Callable[[Record], bool] = lambda _: True) -> Part:
    """Return how many findings of the planted sites are true."""
    found = [_findings(record, RED, chosen) for record in of_arm(records, "planted")]
    return part_of_sites((sum(rows.values()), len(rows)) for rows in found)


def alarms(
    records: Sequence[Record], arm: str, chosen: Callable[[Record], bool] = lambda _: True, colour: str = RED
) -> Part:
    """Return how many sites of an arm have a finding that is not true."""
    sites = of_arm(records, arm)
    raised = [any(not true for true in _findings(record, colour, chosen).values()) for record in sites]
    return part(sum(raised), len(sites))


def is_place(row: Record) -> bool:
    """Return whether a finding is about where visits end."""
    return _is_of(row, PLACE_SIGNAL)


def is_signal(row: Record) -> bool:
    """Return whether a finding is about a friction signal."""
    return _is_of(row, PAGE_SIGNAL)


def is_of_all(row: Record) -> bool:
    """Return whether a finding is about all visitors."""
    return bool(row["segment"] == "{}")


# --- intervals -----------------------------------------------------------------------------------------------------

KINDS = {
    "place_share": "share: visits that end at a touchpoint",
    "signal_share": "share: visitors who drop off after a signal",
    "progression_share": "share: goes on to a later phase",
    "order_value": "mean: order value",
    "time_in_phase": "mean: time to a later phase",
    "purchase_cycle_median": "median (Kaplan-Meier): days to the first order",
    "place_difference": "difference: touchpoint less the rest of its phase",
    "signal_difference": "difference: with a signal less without",
    "trend_difference": "difference: less the 28 days before",
    "did": "difference in differences: a change that did nothing",
}
SHARES = ("place_share", "signal_share", "progression_share")
N_BANDS = ("30-99", "100-299", "300+")


@dataclass(frozen=True)
class Coverage:
    """How many intervals hold the truth, and how many lie wholly above or below it."""

    held: Part
    above: int
    below: int


def coverage(records: Sequence[Record], kinds: Iterable[str], bands: Iterable[str] = N_BANDS) -> Coverage:
    """Return the coverage of some kinds of estimate over all sites with a truth."""
    per_site = [
        [sum(column) for column in zip(*counts, strict=True)]
        for record in records
        if (
            counts := [
                record.get("coverage", {}).get(kind, {}).get(band, [0, 0, 0]) for kind in kinds for band in bands
            ]
        )
    ]
    held = part_of_sites((counts[0], sum(counts)) for counts in per_site)
    return Coverage(held, sum(counts[1] for counts in per_site), sum(counts[2] for counts in per_site))


# --- bias and lift -------------------------------------------------------------------------------------------------


def biases(records: Sequence[Record]) -> dict[str, tuple[Mean, Mean, Mean]]:
    """Return per phase the mean truth, and by how much the mature and the naive rate are beside it."""
    told = [record["bias"] for record in records if "bias" in record]

    def beside(phase: str, which: int) -> Mean:
        return mean_of_sites(
            bias[phase][which] - bias[phase][0] for bias in told if phase in bias and bias[phase][which] is not None
        )

    return {
        phase: (mean_of_sites(bias[phase][0] for bias in told if phase in bias), beside(phase, 1), beside(phase, 2))
        for phase in PAGES
    }


@dataclass(frozen=True)
class Lift:
    """Touchpoints without any effect: their differences, and how often the house says there is one."""

    raw: Mean
    adjusted: Mean
    held: Part
    more: Part
    less: Part


def lift(records: Sequence[Record], arm: str, *, is_checkout: bool) -> Lift:
    """Return what the house says of touchpoints that do nothing: pages that people choose, or steps of the checkout."""
    sites = [
        [row for row in record["lift"] if (row["touchpoint_id"] in PAGES[PURCHASE]) == is_checkout]
        for record in of_arm(records, arm)
    ]
    sites = [rows for rows in sites if rows]

    def share(chosen: Callable[[Record], bool]) -> Part:
        return part_of_sites((sum(map(chosen, rows)), len(rows)) for rows in sites)

    return Lift(
        mean_of_sites(mean(row["diff"] for row in rows) for rows in sites),
        mean_of_sites(mean(row["adjusted_diff"] for row in rows) for rows in sites),
        share(lambda row: row["adjusted_ci_low"] <= 0 <= row["adjusted_ci_high"]),
        share(lambda row: row["lift_verdict"] == "more"),
        share(lambda row: row["lift_verdict"] == "less"),
    )
