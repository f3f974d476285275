"""Numbers in words, in Dutch and in English: thousands marks, two figures for money, so many of every hundred."""

from __future__ import annotations

import math
from typing import Literal

Language = Literal["nl", "en"]
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def whole(number: float, language: Language) -> str:
    """Return a whole number with thousands marks.

    >>> whole(48200, "nl"), whole(48200, "en")
    ('48.200', '48,200')
    """
    text = f"{number:,.0f}"
    return text.replace(",", ".") if language == "nl" else text


def counted(number: int, thing: str) -> str:
    """Return how many things, in English, the plural where it is not one.

    >>> counted(1, "file"), counted(1200, "file"), counted(0, "file")
    ('1 file', '1,200 files', '0 files')
    """
    return f"{whole(number, 'en')} {thing}{'' if number == 1 else 's'}"


def money(amount: float, currency: str, language: Language) -> str:
    """Return an amount to two figures.

    >>> money(4417, "EUR", "nl"), money(4417, "EUR", "en"), money(0, "EUR", "en")
    ('€ 4.400', '€4,400', '€0')
    """
    if amount:
        digits = 1 - math.floor(math.log10(abs(amount)))
        amount = round(amount, digits)
    sign = _SIGNS.get(currency, currency)
    space = " " if language == "nl" or len(sign) > 1 else ""
    return f"{sign}{space}{whole(amount, language)}"


def percentage(share: float, language: Language) -> str:
    """Return a share in percent with one decimal.

    >>> percentage(0.58, "nl"), percentage(0.58, "en")
    ('58,0%', '58.0%')
    """
    text = f"{100 * share:.1f}%"
    return text.replace(".", ",") if language == "nl" else text


_TIMES = {"minutes": "minuten", "hours": "uur", "days": "dagen"}
_FEW_HOURS = 2  # below it minutes say more
_LENGTHS = ((172_800, 86_400, "dagen", "days"), (7_200, 3_600, "uur", "hours"), (120, 60, "minuten", "minutes"))


def length(seconds: float, language: Language) -> str:
    """Return a length of time with one decimal, in the largest unit of which it is two or more.

    >>> length(43_200, "nl"), length(172_800, "en"), length(95, "nl"), length(3_900, "en")
    ('12,0 uur', '2.0 days', '95,0 seconden', '65.0 minutes')
    """
    for least, size, dutch, english in _LENGTHS:
        if abs(seconds) >= least:
            return f"{decimal(seconds / size, language)} {dutch if language == 'nl' else english}"
    return f"{decimal(seconds, language)} {'seconden' if language == 'nl' else 'seconds'}"


def decimal(number: float, language: Language) -> str:
    """Return a number with one decimal and thousands marks.

    >>> decimal(1234.56, "nl"), decimal(1234.56, "en")
    ('1.234,6', '1,234.6')
    """
    text = f"{number:,.1f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text


def measured(number: float, unit: str, language: Language) -> str:
    """Return a number of a KPI as people read it; `unit` is that of the KPI, a currency by its three letters,
    `points` for the difference of two shares.

    >>> measured(0.7512, "share", "nl"), measured(43_200, "seconds", "en"), measured(48_200, "persons", "nl")
    ('75,1%', '12.0 hours', '48.200')
    >>> measured(54.37, "EUR", "nl"), measured(2.26, "views", "en")
    ('€ 54', '2.3')
    >>> measured(-0.0312, "points", "nl"), measured(0.01, "points", "en"), measured(48, "hours", "nl")
    ('-3,1 punten', '1.0 points', '48,0 uur')
    >>> measured(0.25, "hours", "nl"), measured(120, "hours", "en")    # what is expected stands beside it, in hours too
    ('15,0 minuten', '120.0 hours')
    """
    if unit == "share":
        return percentage(number, language)
    if unit == "points":
        return f"{decimal(100 * number, language)} {'punten' if language == 'nl' else 'points'}"
    if unit == "seconds" or (unit == "hours" and abs(number) < _FEW_HOURS):
        return length(number if unit == "seconds" else 3_600 * number, language)
    if unit in _TIMES:
        return f"{decimal(number, language)} {_TIMES[unit] if language == 'nl' else unit}"
    if len(unit) == 3 and unit.isupper():
        return money(number, unit, language)
    return whole(number, language) if number == round(number) else decimal(number, language)
