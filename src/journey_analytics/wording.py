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
