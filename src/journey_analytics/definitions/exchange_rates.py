"""A property's exchange rates: a CSV that its settings name, read strictly."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from journey_analytics.errors import DefinitionError

HEADER = ("currency", "valid_from", "rate")
FOREVER = date(9999, 12, 31)
_DIGITS = 8
_LARGEST = Decimal(10) ** 8
_EXAMPLE = "GBP,2026-01-01,1.1512: from that date on a pound is worth 1.1512 of the property's currency"


@dataclass(frozen=True)
class ExchangeRate:
    """What one unit of a currency is worth in the property's currency, from a date until before another."""

    currency: str
    valid_from: date
    valid_to: date
    rate: Decimal


def read_exchange_rates(path: Path, property_currency: str) -> list[ExchangeRate]:
    """Return the rates of a file, by currency and date; each holds until the next one of its currency.

    Raises:
        DefinitionError: one line per fault: file, line, what is wrong and what is allowed.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DefinitionError(
            f"{path}: exchange rates cannot be read ({error}). Is the name in `exchange_rates:` right, and the file "
            "UTF-8 text with commas?"
        ) from None
    header = tuple(name.strip() for name in lines[0][1]) if lines else ()
    if header != HEADER:
        raise DefinitionError(
            f"{path}:1: the first line should be {','.join(HEADER)}, but is {','.join(header) or 'empty'}. "
            f"Below it one rate a line, such as {_EXAMPLE}."
        )
    rates: dict[tuple[str, date], Decimal] = {}
    faults = []
    for number, row in lines[1:]:
        try:
            currency, valid_from, rate = _rate(row, property_currency)
            if (currency, valid_from) in rates:
                raise ValueError(f"{currency} has a rate from {valid_from} already. Leave one of the two away")
            rates[currency, valid_from] = rate
        except ValueError as fault:
            faults.append(f"{path}:{number}: {fault}.")
    if not rates and not faults:
        faults = [f"{path}: holds no rate. Write one a line, such as {_EXAMPLE}; or leave `exchange_rates:` away."]
    if faults:
        raise DefinitionError("\n".join(faults))
    return list(_with_ends((currency, day, rate) for (currency, day), rate in sorted(rates.items())))


def _rate(row: list[str], property_currency: str) -> tuple[str, date, Decimal]:
    """Return a line's rate.

    >>> _rate(["GBP", "2026-01-01", "1.1512"], "EUR")
    ('GBP', datetime.date(2026, 1, 1), Decimal('1.1512'))
    """
    if len(row) != len(HEADER):
        raise ValueError(
            f"has {len(row)} values instead of {len(HEADER)} ({', '.join(HEADER)}). A rate has a decimal point, no comma"
        )
    currency, day, text = (cell.strip() for cell in row)
    if re.fullmatch(r"[A-Z]{3}", currency) is None:
        raise ValueError(f"currency {currency!r} is no ISO 4217 code: three capitals, such as GBP")
    if currency == property_currency:
        raise ValueError(f"{currency} is the property's own currency (`currency:` in the settings) and needs no rate")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) is None:
        raise ValueError(f"valid_from {day!r} is no date. Write it as 2026-01-31")
    try:
        valid_from = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"valid_from {day!r} is not in the calendar") from None
    return currency, valid_from, _number(text)


def _number(text: str) -> Decimal:
    rate = Decimal(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else None
    if rate is None or not 0 < rate < _LARGEST or rate != round(rate, _DIGITS):
        raise ValueError(
            f"rate {text!r} is no rate. It is a number above 0 and below {_LARGEST:,}, with a point and at most "
            f"{_DIGITS} digits behind it, such as 1.1512"
        )
    return rate


def _with_ends(rates: Iterable[tuple[str, date, Decimal]]) -> Iterable[ExchangeRate]:
    for currency, group in groupby(rates, key=lambda each: each[0]):
        own = list(group)
        ends = [*(valid_from for _, valid_from, _ in own[1:]), FOREVER]
        for (_, valid_from, rate), valid_to in zip(own, ends, strict=True):
            yield ExchangeRate(currency, valid_from, valid_to, rate)
