"""The figure of the study: what is found, false alarms, intervals. Every mark has its number in text beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tests.truth import summary
from tests.truth.measures import PLACE_SIGNAL, Record
from tests.truth.report import ALARMS_AT_MOST, SHARES_HELD
from tests.truth.shop import SIZES, STRENGTHS

_WIDTH, _EDGE = 960, 24
_TEXT, _SECOND, _LINE, _SHEET = "#1A1D21", "#495057", "#D3D7DB", "#FFFFFF"
_FOUND, _BAND, _LOSS = "#17628F", "#E8EEF2", "#A8390B"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def figure(records: Sequence[Record]) -> str:
    """Return the figure as SVG."""
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "role": "img",
            "aria-labelledby": "title desc",
            "font-family": _FONT,
            "font-size": "12.5",
            "fill": _SECOND,
            "style": "font-variant-numeric: tabular-nums",
        },
    )
    heading = "How much of the truth is found"
    ET.SubElement(svg, "title", {"id": "title"}).text = heading
    desc = ET.SubElement(svg, "desc", {"id": "desc"})
    sheet = _add(svg, "rect", x=0, y=0, width=_WIDTH, fill=_SHEET)
    _write(svg, _EDGE, 40, heading, size=19, bold=True)
    _write(svg, _EDGE, 62, f"{len(records)} generated sites whose truth is known. Lines are 95% intervals.")
    told: list[str] = []
    y = _recall(svg, 92, records, told)
    y = _alarms(svg, y + 16, records, told)
    y = _coverage(svg, y + 16, records, told)
    desc.text = " ".join(told)
    sheet.set("height", str(y))
    svg.set("viewBox", f"0 0 {_WIDTH} {y}")
    svg.set("width", str(_WIDTH))
    svg.set("height", str(y))
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _add(parent: ET.Element, tag: str, **attributes: float | str) -> ET.Element:
    return ET.SubElement(
        parent,
        tag,
        {
            name.replace("_", "-"): f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
            for name, value in attributes.items()
        },
    )


def _write(
    svg: ET.Element, x: float, y: float, text: str, *, size: float = 12.5, bold: bool = False, anchor: str = "start"
) -> None:
    looks = {"font_weight": "700", "fill": _TEXT} if bold else {}
    _add(svg, "text", x=x, y=y, font_size=size, text_anchor=anchor, **looks).text = text


def _part_of(svg: ET.Element, y: float, title: str, line: str) -> float:
    _add(svg, "line", x1=_EDGE, x2=_WIDTH - _EDGE, y1=y + 0.5, y2=y + 0.5, stroke=_LINE)
    _write(svg, _EDGE, y + 26, title, size=14, bold=True)
    _write(svg, _EDGE, y + 45, line)
    return y + 60


def _bar(svg: ET.Element, x: float, y: float, width: float, found: summary.Part) -> None:
    """Draw a share of a width from 0 to 100 %, with its interval."""
    _add(svg, "rect", x=x + 0.5, y=y + 0.5, width=width, height=13, fill=_SHEET, stroke=_LINE)
    if found.n:
        _add(svg, "rect", x=x + 0.5, y=y + 0.5, width=max(width * found.share, 0.5), height=13, fill=_FOUND)
        ends = [x + width * end for end in (found.low, found.high)]
        _add(svg, "line", x1=ends[0], x2=ends[1], y1=y + 18, y2=y + 18, stroke=_TEXT, stroke_width=1.5)


def _recall(svg: ET.Element, y: float, records: Sequence[Record], told: list[str]) -> float:
    y = _part_of(
        svg,
        y,
        "Planted frictions that are found",
        "A touchpoint after which people leave 1.25 to 3 times as often as after the others of its phase.",
    )
    left, column = 150, 262
    found = {(cell.strength, cell.size): cell for cell in summary.cells(records, PLACE_SIGNAL)}
    for place, size in enumerate(SIZES):
        of_size = [found[strength, size].base for strength in STRENGTHS]
        _write(svg, left + place * column, y + 8, f"{size} sites: {min(of_size):,} to {max(of_size):,} visits there")
    for strength in STRENGTHS:
        y += 40
        _write(svg, _EDGE, y - 12, f"{strength:g} times", bold=True)
        for place, size in enumerate(SIZES):
            cell = found[strength, size].recall
            _bar(svg, left + place * column, y - 24, 150, cell)
            _write(svg, left + place * column + 158, y - 12, f"{cell.x} of {cell.n}")
            told.append(f"Leaves {strength:g} times as often, {size} sites: {cell.x} of {cell.n} found.")
    return y + 6


def _alarms(svg: ET.Element, y: float, records: Sequence[Record], told: list[str]) -> float:
    alarms, (most, of) = summary.alarms(records, "clean"), ALARMS_AT_MOST
    line = (
        f"{alarms.x} of {alarms.n} sites where nothing is planted have a red finding; "
        f"at most {most} of {of} may. 95% interval {100 * alarms.low:.1f} to {100 * alarms.high:.1f} %."
    )
    told.append(line)
    y = _part_of(svg, y, "False alarms", line)
    across, size = 68, 13
    for number in range(alarms.n):
        x, row = _EDGE + number % across * size, y + number // across * size
        looks = {"fill": _LOSS, "stroke": _LOSS} if number < alarms.x else {"fill": _SHEET, "stroke": _LINE}
        _add(svg, "rect", x=x + 0.5, y=row + 0.5, width=size - 4, height=size - 4, **looks)
    return y + math.ceil(alarms.n / across) * size


def _coverage(svg: ET.Element, y: float, records: Sequence[Record], told: list[str]) -> float:
    low, high = SHARES_HELD
    y = _part_of(
        svg,
        y,
        "95% intervals that hold the truth",
        f"Shares with n ≥ 30 have to lie in the band of {100 * low:.0f} to {100 * high:.0f} %; the others are reported.",
    )
    left, right, first, last = 400, 720, 0.88, 1.0

    def at(share: float) -> float:
        return left + (right - left) * (min(max(share, first), last) - first) / (last - first)

    rows = [("all shares", summary.SHARES)] + [(title, (kind,)) for kind, title in summary.KINDS.items()]
    _add(svg, "rect", x=at(low), y=y, width=at(high) - at(low), height=22 * len(rows) + 6, fill=_BAND)
    _add(svg, "line", x1=at(0.95), x2=at(0.95), y1=y, y2=y + 22 * len(rows) + 6, stroke=_SECOND, stroke_dasharray="3 3")
    for title, kinds in rows:
        y += 22
        held = summary.coverage(records, kinds).held
        _write(svg, _EDGE, y, title, bold=kinds == summary.SHARES)
        if not held.n:
            _write(svg, right + 16, y, "none")
            continue
        if not math.isnan(held.low):
            _add(svg, "line", x1=at(held.low), x2=at(held.high), y1=y - 4, y2=y - 4, stroke=_TEXT, stroke_width=1.5)
        _add(svg, "circle", cx=at(held.share), cy=y - 4, r=4.5, fill=_FOUND)
        _write(svg, right + 16, y, f"{100 * held.share:.1f} % of {held.n:,}")
        told.append(f"{title}: {100 * held.share:.1f} % of {held.n:,} intervals hold the truth.")
    y += 26
    for share in (0.88, 0.91, 0.95, 1.0):
        _write(svg, at(share), y, f"{100 * share:.0f} %", anchor="middle")
    return y + 16
