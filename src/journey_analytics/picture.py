"""One picture of a run: who entered each phase of the primary journey model, who went on, and what matters most.

It is an SVG of a few kilobytes. Every number in it is text as well, every colour has a word beside it, and `desc` tells
the whole picture in sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import wrap
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from journey_analytics.estimates import apply_estimates
from journey_analytics.estimates.frames import MIN_SAMPLE
from journey_analytics.findings import Finding, top_findings
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import Language, whole

Words = Mapping[Language, str]


@dataclass(frozen=True)
class Entrants:
    """The persons who entered a phase between two dates, and what became of them.

    Attributes:
        entered: first visits to the phase, one per person and cycle.
        persons: distinct persons; fewer where somebody entered in two cycles.
    """

    entered: int = 0
    persons: int = 0
    progressed: int = 0
    pending: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class Rate:
    """Who went on, of those that have had the whole window.

    Attributes:
        against_before: more, fewer or chance, as the corrected test of all phases says; None where a side has too few.
    """

    x: int = 0
    n: int = 0
    ci_low: float | None = None
    ci_high: float | None = None
    x_before: int = 0
    n_before: int = 0
    min_sample_ok: bool = False
    against_before: str | None = None


@dataclass(frozen=True)
class PhaseRow:
    """One phase: the entrants of the comparison period, their rate, and the entrants since."""

    title: Words
    is_last: bool
    current: Entrants
    since: Entrants
    rate: Rate


@dataclass(frozen=True)
class Picture:
    """Everything that the picture says."""

    property_title: str
    model_title: Words
    window_seconds: int
    date_from: date | None
    date_to: date | None
    as_of: date | None
    phases: Sequence[PhaseRow]
    findings: Sequence[Finding]


# --- reading -------------------------------------------------------------------------------------------------------


def read_picture(warehouse: Warehouse) -> Picture:
    """Return what the picture of a finished run says, from the run's working database."""
    title = warehouse.value("select title from dim_property")
    model, *titles, window = warehouse.rows(
        "select journey_model, title_nl, title_en, window_seconds from dim_journeys where is_primary"
    )[0]
    period = warehouse.rows(
        "select date_from, date_to, (select as_of from run_window) from int_comparison_periods "
        "where comparison = 'current' and journey_model = ?",
        [model],
    )
    date_from, date_to, as_of = period[0] if period else (None, None, None)
    phases = _phase_rows(warehouse, model) if period else []
    return Picture(title, _words(titles), window, date_from, date_to, as_of, phases, top_findings(warehouse))


def _words(texts: Sequence[str]) -> Words:
    nl, en = texts
    return {"nl": nl, "en": en}


def _phase_rows(warehouse: Warehouse, model: str) -> list[PhaseRow]:
    counted = {
        (phase, part): counts
        for phase, part, *counts in warehouse.rows(
            """with

            parts as (
                select journey_model, comparison as part, date_from, date_to from int_comparison_periods
                union all
                select periods.journey_model, 'since', periods.date_to + 1, run_window.as_of
                from int_comparison_periods as periods cross join run_window
                where periods.comparison = 'current'
            ),

            visits as (
                select journey_model, phase, entered_date, person_key, visit_number, state, is_mature
                from int_visit_states
                union all
                select journey_model, phase, entered_date, person_key, visit_number, 'completed', true
                from fct_phase_visits where is_last_phase
            )

            select visits.phase, parts.part, count(*), count(distinct visits.person_key),
                count(*) filter (where visits.state = 'progressed'), count(*) filter (where visits.state = 'pending'),
                count(*) filter (where visits.state = 'dropped'),
                count(*) filter (where visits.state = 'progressed' and visits.is_mature),
                count(*) filter (where visits.is_mature)
            from visits
            inner join parts
                on visits.journey_model = parts.journey_model
                    and visits.entered_date between parts.date_from and parts.date_to
            where visits.visit_number = 1 and visits.journey_model = ?
            group by visits.phase, parts.part""",
            [model],
        )
    }
    listed = warehouse.rows(
        "select phase, is_last_phase, title_nl, title_en from dim_phases where journey_model = ? order by phase_order",
        [model],
    )
    rates = _rates(
        {
            phase: [counted.get((phase, part), [0] * 7) for part in ("current", "baseline")]
            for phase, is_last, *_ in listed
            if not is_last  # nobody can go on from there
        }
    )
    return [
        PhaseRow(
            _words(titles),
            is_last,
            Entrants(*counted.get((phase, "current"), [])[:5]),
            Entrants(*counted.get((phase, "since"), [])[:5]),
            rates.get(phase, Rate()),
        )
        for phase, is_last, *titles in listed
    ]


def _rates(counts: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, Rate]:
    """Return the rate of each phase, compared with the period before; the phases are one family of comparisons."""
    frame = pd.DataFrame(
        [(phase, *now[5:7], *before[5:7], "phases") for phase, (now, before) in counts.items()],
        columns=["phase", "x", "n", "baseline_x", "baseline_n", "family"],
    )
    compared = apply_estimates(frame, ["compare_shares"])
    tested = apply_estimates(compared.assign(is_tested=compared["min_sample_ok"]), ["false_discovery"])
    rows: list[dict[Any, Any]] = tested.to_dict("records")
    return {
        row["phase"]: Rate(
            row["x"],
            row["n"],
            row["ci_low"] if row["n"] else None,
            row["ci_high"] if row["n"] else None,
            row["baseline_x"],
            row["baseline_n"],
            row["n"] >= MIN_SAMPLE,
            _against(row) if row["is_tested"] else None,
        )
        for row in rows
    }


def _against(row: Mapping[Any, Any]) -> str:
    if row["q_value"] > _CHANCE:
        return "chance"
    return "more" if row["diff"] > 0 else "fewer"


# --- words ---------------------------------------------------------------------------------------------------------

_CHANCE = 0.05
_HUNDRED = 100
_MONTHS: Mapping[Language, str] = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_TEXTS: Mapping[Language, Mapping[str, str]] = {
    "nl": {
        "progressed": "gaat door",
        "pending": "nog open: kan nog verder gaan",
        "dropped": "afgehaakt: de tijd is voorbij",
        "completed": "laatste fase: afhaken kan hier niet",
        "heading": "wie gaat door, wie haakt af?",
        "period": "Bezoekers die instapten van {from_} tot en met {to}. Ze hadden allemaal {window} de tijd.",
        "entered": "{n} stappen in",
        "persons": "({n} personen)",
        "states": "{progressed} gaan door · {pending} nog open · {dropped} afgehaakt",
        "last": "{entered} stappen in; de laatste fase kent geen afhaken",
        "since": "daarna, tot en met {as_of}: {entered} stappen in, {progressed} al door, {pending} nog open, {dropped} afgehaakt",
        "since_last": "daarna, tot en met {as_of}: {entered} stappen in",
        "rate": "{part} gaan door",
        "part": "{share} van de 100",
        "few": "{x} van {n}",
        "interval": "95%-interval {low} tot {high}, n = {n}",
        "thin": "nog niet te zeggen (n = {n})",
        "chance": "28 dagen ervoor: {part}, kan toeval zijn",
        "more": "28 dagen ervoor: {part}, dus nu meer",
        "fewer": "28 dagen ervoor: {part}, dus nu minder",
        "unknown": "28 dagen ervoor: te weinig om te vergelijken",
        "findings": "Wat het meest telt",
        "no_findings": "Geen knelpunt is groter dan toeval (tot nu toe).",
        "nothing": "Er zijn nog geen volledige dagen om te tonen.",
        "note": "Elke bezoeker telt één keer per fase en per ronde; een ronde begint opnieuw na een bestelling. De balken "
        "staan op één schaal. Knelpunten over contactmomenten tellen alle bezoeken, niet alleen het eerste.",
        "day": "{day} {month}",
        "days": "{n} dagen",
        "hours": "{n} uur",
    },
    "en": {
        "progressed": "went on",
        "pending": "still open: may still go on",
        "dropped": "dropped off: the time is over",
        "completed": "last phase: nobody can drop off here",
        "heading": "who goes on, who drops off?",
        "period": "Visitors who entered from {from_} up to and including {to}. All of them have had {window}.",
        "entered": "{n} entered",
        "persons": "({n} persons)",
        "states": "{progressed} went on · {pending} still open · {dropped} dropped off",
        "last": "{entered} entered; nobody can drop off from the last phase",
        "since": "after that, up to {as_of}: {entered} entered, {progressed} went on already, {pending} still open, {dropped} dropped off",
        "since_last": "after that, up to {as_of}: {entered} entered",
        "rate": "{part} went on",
        "part": "{share} of every 100",
        "few": "{x} of {n}",
        "interval": "95% interval {low} to {high}, n = {n}",
        "thin": "cannot tell yet (n = {n})",
        "chance": "28 days before: {part}, may be chance",
        "more": "28 days before: {part}, so more now",
        "fewer": "28 days before: {part}, so fewer now",
        "unknown": "28 days before: too few to compare",
        "findings": "What matters most",
        "no_findings": "No friction stands out beyond chance (yet).",
        "nothing": "There are no complete days to show yet.",
        "note": "Each visitor counts once per phase and cycle; a new cycle starts after an order. All bars are on one scale. "
        "Findings about touchpoints count all visits, not the first one only.",
        "day": "{day} {month}",
        "days": "{n} days",
        "hours": "{n} hours",
    },
}


def _part(x: int, n: int, language: Language) -> str:
    """Return a share in words: below a hundred the counts are named."""
    texts = _TEXTS[language]
    if n < _HUNDRED:
        return texts["few"].format(x=x, n=n)
    return texts["part"].format(share=round(_HUNDRED * x / n))


def _percent(share: float, language: Language) -> str:
    text = f"{_HUNDRED * share:.1f}"
    return text.replace(".", ",") if language == "nl" else text


def _day(day: date, language: Language) -> str:
    return _TEXTS[language]["day"].format(day=day.day, month=_MONTHS[language].split()[day.month - 1])


def _window(seconds: int, language: Language) -> str:
    window = timedelta(seconds=seconds)
    if window >= timedelta(days=1):
        return _TEXTS[language]["days"].format(n=window.days)
    return _TEXTS[language]["hours"].format(n=seconds // 3600)


def _counts(entrants: Entrants, language: Language) -> dict[str, str]:
    return {name: whole(getattr(entrants, name), language) for name in ("entered", "progressed", "pending", "dropped")}


def _rate_lines(rate: Rate, language: Language) -> list[str]:
    texts = _TEXTS[language]
    if not rate.min_sample_ok or rate.ci_low is None or rate.ci_high is None:
        return [texts["thin"].format(n=whole(rate.n, language))]
    low, high = (_percent(end, language) for end in (rate.ci_low, rate.ci_high))
    was = _part(rate.x_before, rate.n_before, language)
    return [
        texts["rate"].format(part=_part(rate.x, rate.n, language)),
        texts["interval"].format(low=low, high=high, n=whole(rate.n, language)),
        texts[rate.against_before or "unknown"].format(part=was),
    ]


def _entered(entrants: Entrants, language: Language) -> list[str]:
    texts = _TEXTS[language]
    lines = [texts["entered"].format(n=whole(entrants.entered, language))]
    if entrants.persons != entrants.entered:
        lines.append(texts["persons"].format(n=whole(entrants.persons, language)))
    return lines


def _states(phase: PhaseRow, language: Language) -> str:
    return _TEXTS[language]["last" if phase.is_last else "states"].format(**_counts(phase.current, language))


def _since(picture: Picture, phase: PhaseRow, language: Language) -> str:
    assert picture.as_of is not None
    text = _TEXTS[language]["since_last" if phase.is_last else "since"]
    return text.format(as_of=_day(picture.as_of, language), **_counts(phase.since, language))


def _period(picture: Picture, language: Language) -> str:
    texts = _TEXTS[language]
    if picture.date_from is None or picture.date_to is None:
        return texts["nothing"]
    to = f"{_day(picture.date_to, language)} {picture.date_to.year}"
    window = _window(picture.window_seconds, language)
    return texts["period"].format(from_=_day(picture.date_from, language), to=to, window=window)


def _told(picture: Picture, language: Language) -> Iterator[str]:
    """Yield the whole picture in sentences, for those who do not see it."""
    yield _period(picture, language)
    for phase in picture.phases:
        told = [*_entered(phase.current, language), _states(phase, language)]
        told += [] if phase.is_last else _rate_lines(phase.rate, language)
        yield f"{phase.title[language]}: {'; '.join([*told, _since(picture, phase, language)])}."
    for place, finding in enumerate(picture.findings, start=1):
        yield f"{place}. {finding.phase[language]}: {finding.sentences(language)}"


# --- drawing -------------------------------------------------------------------------------------------------------

_WIDTH, _EDGE = 960, 24
_BAR_LEFT, _BAR_WIDTH = 176, 400
_RATE_LEFT = 600
_ROW = 108
_TITLE_LETTERS, _FINDING_LETTERS, _NOTE_LETTERS = 18, 132, 140
_TEXT, _SECOND, _LINE, _SHEET = "#1A1D21", "#495057", "#D3D7DB", "#FFFFFF"
_ON, _OPEN, _LOSS, _PALE = "#17628F", "#5A6570", "#A8390B", "#F3D3C3"
_LOOKS = {
    "progressed": {"fill": _ON, "stroke": _ON},
    "pending": {"fill": "url(#open)", "stroke": _OPEN},
    "dropped": {"fill": _PALE, "stroke": _LOSS},
    "completed": {"fill": _SHEET, "stroke": _SECOND},
}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def phase_picture(picture: Picture, language: Language = "nl") -> str:
    """Return the picture as SVG: a bar for each phase with its three states, and the findings that matter most."""
    texts = _TEXTS[language]
    svg = ET.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": "title desc", "font-family": _FONT,
         "font-size": "12.5", "fill": _SECOND, "style": "font-variant-numeric: tabular-nums"},
    )  # fmt: skip
    heading = f"{picture.property_title}: {texts['heading']}"
    _add(svg, "title", heading, id="title")
    _add(svg, "desc", " ".join(_told(picture, language)), id="desc")
    _hatch(svg)
    sheet = _add(svg, "rect", x=0, y=0, width=_WIDTH, fill=_SHEET)
    _write(svg, _EDGE, 40, heading, size=19, bold=True)
    _write(svg, _EDGE, 62, f"{picture.model_title[language]}. {_period(picture, language)}")
    y = _legend(svg, 76, language) if picture.phases else 80
    scale = _BAR_WIDTH / max((max(p.current.entered, p.since.entered) for p in picture.phases), default=1)
    for phase in picture.phases:
        y = _phase(svg, y, picture, phase, scale, language)
    y = _findings(svg, y, picture, language) if picture.phases else y
    for line in wrap(texts["note"], _NOTE_LETTERS):
        _write(svg, _EDGE, y := y + 18, line, size=12)
    height = str(y + _EDGE)
    sheet.set("height", height)
    svg.set("viewBox", f"0 0 {_WIDTH} {height}")
    svg.set("width", str(_WIDTH))
    svg.set("height", height)
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str | float) -> ET.Element:
    named = {name.rstrip("_").replace("_", "-"): _number(value) for name, value in attributes.items()}
    element = ET.SubElement(parent, tag, named)
    element.text = text
    return element


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def _write(
    parent: ET.Element, x: float, y: float, text: str, size: float = 12.5, bold: bool = False, **more: str
) -> None:
    looks = {"font_weight": "700", "fill": _TEXT} if bold else {}
    if size != 12.5:
        looks["font_size"] = _number(size)
    _add(parent, "text", text, x=x, y=y, **{**looks, **more})


def _hatch(svg: ET.Element) -> None:
    pattern = _add(
        _add(svg, "defs"),
        "pattern",
        id="open",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    _add(pattern, "rect", width=6, height=6, fill=_SHEET)
    _add(pattern, "rect", width=2, height=6, fill=_OPEN)


def _legend(svg: ET.Element, y: float, language: Language) -> float:
    x = float(_EDGE)
    for name, looks in _LOOKS.items():
        text = _TEXTS[language][name]
        _add(svg, "rect", x=x + 0.5, y=y + 4.5, width=13, height=11, **looks)
        _write(svg, x + 20, y + 15, text)
        x += 40 + 6.8 * len(text)
    return y + 32


def _phase(svg: ET.Element, y: float, picture: Picture, phase: PhaseRow, scale: float, language: Language) -> float:
    """Draw one phase below y and return where it ends."""
    _add(svg, "line", x1=_EDGE, x2=_WIDTH - _EDGE, y1=y + 0.5, y2=y + 0.5, stroke=_LINE)
    titles = wrap(phase.title[language], _TITLE_LETTERS)
    for place, line in enumerate(titles):
        _write(svg, _EDGE, y + 28 + 18 * place, line, size=14, bold=True)
    for place, line in enumerate(_entered(phase.current, language), start=len(titles)):
        _write(svg, _EDGE, y + 29 + 18 * place, line)
    _bar(svg, y + 14, 24, phase, phase.current, scale)
    _write(svg, _BAR_LEFT, y + 56, _states(phase, language), fill=_TEXT)
    _bar(svg, y + 68, 9, phase, phase.since, scale)
    _write(svg, _BAR_LEFT, y + 94, _since(picture, phase, language))
    for place, line in enumerate([] if phase.is_last else _rate_lines(phase.rate, language)):
        _write(svg, _RATE_LEFT, y + (28, 47, 64)[place], line, size=14 if place == 0 else 12.5, bold=place == 0)
    return y + _ROW


def _bar(svg: ET.Element, y: float, height: float, phase: PhaseRow, entrants: Entrants, scale: float) -> None:
    x = float(_BAR_LEFT)
    states = ("completed",) if phase.is_last else ("progressed", "pending", "dropped")
    for state in states:
        count = entrants.entered if phase.is_last else getattr(entrants, state)
        if count:
            width = count * scale
            _add(svg, "rect", x=x + 0.5, y=y + 0.5, width=max(width - 1, 0.5), height=height - 1, **_LOOKS[state])
            x += width


def _findings(svg: ET.Element, y: float, picture: Picture, language: Language) -> float:
    texts = _TEXTS[language]
    _add(svg, "line", x1=_EDGE, x2=_WIDTH - _EDGE, y1=y + 0.5, y2=y + 0.5, stroke=_LINE)
    _write(svg, _EDGE, y := y + 30, texts["findings"] if picture.findings else texts["no_findings"], size=14, bold=True)
    for place, finding in enumerate(picture.findings, start=1):
        y += 28
        _add(svg, "circle", cx=_EDGE + 10, cy=y - 4, r=10, fill=_LOSS)
        _write(svg, _EDGE + 10, y, str(place), size=12, bold=True, fill=_SHEET, text_anchor="middle")
        _write(svg, _EDGE + 32, y, finding.phase[language], bold=True)
        for line in wrap(finding.sentences(language).replace("€ ", "€\u00a0"), _FINDING_LETTERS):
            _write(svg, _EDGE + 32, y := y + 18, line)
    return y + 14
