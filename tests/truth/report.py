"""The figures of the study as tables for people, in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.truth import summary
from tests.truth.measures import PAGE_SIGNAL, PLACE_SIGNAL, Record
from tests.truth.shop import SIZES
from tests.truth.summary import Mean, Part

BEGIN, END = "<!-- made by `make truth` -->\n", "<!-- end of what `make truth` made -->"
ALARMS_AT_MOST = (17, 200)
SHARES_HELD = (0.93, 0.97)


def write_report(records: Sequence[Record], page: Path) -> None:
    """Replace what stands between the two marks of the page.

    Raises:
        ValueError: the page lacks a mark.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{page}: lacks {BEGIN.strip()!r} or {END!r} on lines of their own.")
    page.write_text(before + BEGIN + "\n" + "\n".join(report(records)) + "\n\n" + END + after, encoding="utf-8")


def report(records: Sequence[Record]) -> Iterator[str]:
    """Yield the lines of all tables."""
    yield from _verdicts(records)
    yield from _findings(records, PLACE_SIGNAL, "Touchpoints where more people leave", "visits")
    yield from _findings(records, PAGE_SIGNAL, "Signals after which more people leave", "visitors with the signal")
    yield from _false_alarms(records)
    yield from _coverage(records)
    yield from _bias(records)
    yield from _lift(records)


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"\n**{title}**\n"
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' if place == 0 else '--:' for place in range(len(head)))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _part(value: Part) -> str:
    """Return so many of so many; the share and its interval from thirty on."""
    if not value.n:
        return "none"
    told = f"{value.x:,} of {value.n:,}"
    if value.n < 30 or math.isnan(value.low):
        return told
    return f"{told}: {100 * value.share:.1f} % ({100 * value.low:.1f} to {100 * value.high:.1f})"


def _counted(value: Part) -> str:
    """Return so many of so many, with the interval also where there are few sites."""
    if not value.n:
        return "none"
    told = f"{value.x:,} of {value.n:,}"
    return told if math.isnan(value.low) else f"{told} ({100 * value.low:.0f} to {100 * value.high:.0f} %)"


def _points(value: Mean) -> str:
    return f"{100 * value.value:+.1f} ({100 * value.low:+.1f} to {100 * value.high:+.1f})"


def _verdicts(records: Sequence[Record]) -> Iterator[str]:
    alarms = summary.alarms(records, "clean")
    held = summary.coverage(records, summary.SHARES).held
    most, of = ALARMS_AT_MOST
    low, high = SHARES_HELD
    arms = ", ".join(
        f"{len(summary.of_arm(records, arm))} {name}"
        for arm, name in (("planted", "with frictions"), ("clean", "clean"), ("selection", "with selection only"))
    )
    events = sum(record["events"] for record in records)
    yield f"{len(records)} sites ({arms}), {events:,} events."
    yield from _table(
        "What has to hold",
        ("what", "found", "must be", "holds"),
        [
            (
                "Clean sites with a false alarm",
                _part(alarms),
                f"at most {most} of {of}",
                "yes" if alarms.x * of <= most * alarms.n else "no",
            ),
            (
                "Shares with n ≥ 30 whose interval holds the truth",
                _part(held),
                f"{100 * low:.0f} to {100 * high:.0f} %",
                "yes" if low <= held.share <= high else "no",
            ),
        ],
    )


def _findings(records: Sequence[Record], signal: str, title: str, base: str) -> Iterator[str]:
    rows = [
        (f"{cell.strength:g} ×, {cell.size}", f"{cell.base:,}", _counted(cell.recall), _counted(cell.precision))
        for cell in summary.cells(records, signal)
    ]
    yield from _table(title, ("leaves, size of site", f"{base} (median)", "found", "findings that are true"), rows)


def _false_alarms(records: Sequence[Record]) -> Iterator[str]:
    def row(name: str, value: Part) -> tuple[str, str]:
        return name, _part(value)

    clean = summary.of_arm(records, "clean")
    rows = [
        row("any: red in whatever segment", summary.alarms(clean, "clean")),
        *(
            row(f"of these, {size} sites", summary.alarms([one for one in clean if one["size"] == size], "clean"))
            for size in SIZES
        ),
        row("red for all visitors", summary.alarms(clean, "clean", summary.is_of_all)),
        row("red, where visits end", summary.alarms(clean, "clean", summary.is_place)),
        row("red, after a signal", summary.alarms(clean, "clean", summary.is_signal)),
        row("green: praise that is not deserved", summary.alarms(clean, "clean", colour=summary.GREEN)),
        row("sites with selection only: any red", summary.alarms(records, "selection")),
    ]
    yield from _table("False alarms: sites with at least one", ("clean sites", "sites"), rows)
    rows = [
        row("findings that are true", summary.precision(records)),
        row("findings for all visitors that are true", summary.precision(records, summary.is_of_all)),
        row("sites with a finding that is not true", summary.alarms(records, "planted")),
        row("the first finding is a planted one", summary.first_findings(records)),
    ]
    yield from _table("Findings of the sites with frictions", ("what", "found"), rows)


def _coverage(records: Sequence[Record]) -> Iterator[str]:
    rows = []
    groups = [("**all shares**", summary.SHARES)] + [(title, (kind,)) for kind, title in summary.KINDS.items()]
    for title, kinds in groups:
        whole = summary.coverage(records, kinds)
        bands = [summary.coverage(records, kinds, [band]).held for band in summary.N_BANDS]
        shares = [f"{100 * band.share:.1f} %" if band.n >= 30 else f"n = {band.n}" for band in bands]
        rows.append((title, _part(whole.held), *shares, f"{whole.above:,}", f"{whole.below:,}"))
    head = (
        "estimate",
        "intervals that hold the truth",
        *(f"n {band}" for band in summary.N_BANDS),
        "too high",
        "too low",
    )
    yield from _table("95 % intervals that hold the truth", head, rows)


def _bias(records: Sequence[Record]) -> Iterator[str]:
    rows = [
        (phase, f"{100 * true.value:.1f} %", _points(mature), _points(naive), f"{true.n}")
        for phase, (true, mature, naive) in summary.biases(records).items()
    ]
    head = ("phase", "truth, mean", "mature, points beside it", "naive, points beside it", "sites")
    yield from _table("Share that goes on to a later phase", head, rows)


def _lift(records: Sequence[Record]) -> Iterator[str]:
    rows = []
    for arm, title in (("selection", "selection only"), ("clean", "all visitors alike")):
        for is_checkout, what in ((False, "pages people choose"), (True, "steps of the checkout")):
            found = summary.lift(records, arm, is_checkout=is_checkout)
            if found.held.n:
                rows.append(
                    (
                        f"{title}: {what}",
                        _points(found.raw),
                        _points(found.adjusted),
                        _part(found.held),
                        _part(found.more),
                        _part(found.less),
                    )
                )
    head = ("sites, touchpoints", "plain difference, points", "matched, points", "interval holds 0", '"more"', '"less"')
    yield from _table("pub_touchpoint_lift where no touchpoint does anything", head, rows)
