"""Words that every part of a compiled funnel shares: its columns, its places, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable

from journey_analytics.definitions.funnels import Funnel

# what the events must have, beside the columns that steps and `hold` look at
EVENT_COLUMNS = (
    "person_key",
    "session_key",
    "event_key",
    "event_timestamp",
    "event_date",
    "event_name",
    "batch_page_id",
    "batch_ordering_id",
    "batch_event_index",
)
IN_ONE_MOMENT = 1_000_000
# what of each number of the batch order counts; a page is a time in milliseconds. Larger ones count as the largest, those
# below zero and none as 0. With a moment, a step and a date they fit one number
_BATCH_BITS = {"batch_page_id": 42, "batch_ordering_id": 7, "batch_event_index": 6}
BATCH_BITS = sum(_BATCH_BITS.values())
Ctes = dict[str, str]


def clipped(number: str, most: int) -> str:
    """Return a whole number between 0 and the most: larger ones count as the most, those below zero and none as 0.

    It is what `least(greatest(number, 0), most)` says, which takes DuckDB four times as long.
    """
    return f"case when {number} between 0 and {most} then {number} when {number} > {most} then {most} else 0 end"


def _batch_order() -> str:
    packed = "0"
    for name, bits in _BATCH_BITS.items():
        packed = f"({packed}) * {2**bits} + {clipped(name, 2**bits - 1)}"
    return f"({packed})"


BATCH_ORDER = _batch_order()


def numbers(funnel: Funnel) -> list[int]:
    """Return the numbers of the steps, from 1."""
    return list(range(1, len(funnel.steps) + 1))


def kept(funnel: Funnel) -> list[str]:
    """Return the columns that stay with an event: who, and what is held."""
    return list(dict.fromkeys(["person_key", "session_key", *funnel.hold]))


def keys(funnel: Funnel) -> list[str]:
    """Return the columns in which the events of one attempt agree."""
    return list(dict.fromkeys([*funnel.unit_columns, *funnel.hold]))


def entry(funnel: Funnel) -> str:
    """Return the column with the place at which an attempt began: that of step 1, unless people come in later too."""
    return "entry_place" if funnel.entry == "open" else "place_1"


def same(columns: Iterable[str], left: str, right: str) -> str:
    """Return the condition that two rows agree in columns."""
    return " and ".join(f"{left}.{column} = {right}.{column}" for column in columns)


def listed(columns: Iterable[str]) -> str:
    """Return columns with commas between them."""
    return ", ".join(columns)


def fits_any(steps: Iterable[int]) -> str:
    """Return the condition that a placed event fits one of the steps."""
    return f"({' or '.join(f'step_{number}' for number in steps)})"


def moment(place: str) -> str:
    """Return the timestamp of a place."""
    return f"{place} // {IN_ONE_MOMENT}"


def first_place_after(place: str, microseconds: int) -> str:
    """Return the first place that is later than a place by more than so many microseconds."""
    return f"({moment(place)} + {microseconds + 1}) * {IN_ONE_MOMENT}"


def earliest_after(funnel: Funnel, place: str) -> str:
    """Return the place behind which the next step must lie."""
    gap = funnel.gap_microseconds
    return f"({moment(place)} + {gap}) * {IN_ONE_MOMENT}" if gap else place


def end_place(funnel: Funnel, place: str) -> list[str]:
    """Return the column of the first place behind the window of an entry; none where there is no window.

    With a window per step that is when the last window could end: who stops early waits as long as who goes on.
    """
    if funnel.window_microseconds is None:
        return []
    windows = len(funnel.steps) - 1 if funnel.has_window_per_step else 1
    return [f"{first_place_after(place, windows * funnel.window_microseconds)} as end_place"]


def carried(funnel: Funnel) -> list[str]:
    """Return the columns of an attempt that every step hands on."""
    return [*keys(funnel), "entry_date", entry(funnel), *([] if funnel.window is None else ["end_place"])]


def in_range(funnel: Funnel) -> list[str]:
    """Return the conditions on the date of entry."""
    if funnel.range is None:
        return []
    bounds = ((">=", funnel.range.date_from), ("<=", funnel.range.date_to))
    return [f"event_date {sign} date '{day}'" for sign, day in bounds if day is not None]
