"""What the columns of an unknown export look like, and which of ours each may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from journey_analytics.ingest.event_times import is_time
from journey_analytics.profiling.words import words_of

_ADDRESS = re.compile(r"(https?://|/)\S*")
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_DEVICES = frozenset(
    ["desktop", "mobile", "tablet", "smartphone", "phone", "computer", "pc", "laptop", "tv", "console", "app", "web"]
)
_MOST_NAMES = 200
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Column:
    """A column of the export, or a field of one that holds objects, with the texts of the rows looked at."""

    path: str
    texts: tuple[str, ...]
    rows: int

    @cached_property
    def different(self) -> int:
        """How many different texts there are."""
        return len(set(self.texts))

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return frozenset(words_of(self.path.split(".")[-1]))

    def share(self, holds: Callable[[str], object]) -> float:
        """Return the share of its texts of which something holds."""
        return sum(1 for text in self.texts if holds(text)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def times(self) -> float:
        """Share of texts that are times."""
        return self.share(is_time)

    @cached_property
    def addresses(self) -> float:
        """Share of texts that are addresses of pages."""
        return self.share(_ADDRESS.fullmatch)

    @cached_property
    def numbers(self) -> float:
        """Share of texts that are numbers."""
        return self.share(_NUMBER.fullmatch)

    @property
    def is_short(self) -> bool:
        """Whether the texts are as short as names and ids are."""
        return self.share(lambda text: len(text) <= _LONGEST_NAME) > 0.95

    @property
    def kind(self) -> str:
        """What it holds, in words.

        >>> Column("a", ("/x", "/y"), 2).kind, Column("b", ("red", "red"), 2).kind
        ('addresses', 'texts, 1 different')
        """
        kinds = {"times": self.times, "addresses": self.addresses, "numbers": self.numbers}
        found = next((kind for kind, share in kinds.items() if share > 0.5), "texts")
        return found if found in ("times", "addresses") else f"{found}, {self.different} different"


@dataclass(frozen=True)
class Role:
    """One of our columns: the words that name it elsewhere, best first, and what its texts are like.

    Attributes:
        guessed: how telling the texts are without a name; 0 for not at all.
        not_words: words that say it is something else.
    """

    ours: str
    words: tuple[str, ...]
    fits: Callable[[Column], bool]
    guessed: Callable[[Column], float] = lambda column: 0
    not_words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """The column that seems to be one of ours, and whether its name says so as well as its texts."""

    column: Column
    is_sure: bool


def columns_of(fields: Mapping[str, Iterable[str]], rows: int) -> list[Column]:
    """Return the columns of an export."""
    return [Column(path, tuple(texts), rows) for path, texts in fields.items()]


def guessed_mapping(columns: Iterable[Column]) -> dict[str, Found]:
    """Return our column -> the one of the export that seems to hold it; each is taken once.

    >>> columns = columns_of({"who": ["a", "b"], "when": ["2026-03-01 10:00", "2026-03-01 10:01"], "action": ["x", "x"]}, 2)
    >>> {ours: found.column.path for ours, found in guessed_mapping(columns).items()}
    {'event_timestamp': 'when', 'event_name': 'action', 'user_pseudo_id': 'who'}
    """
    left = list(columns)
    found: dict[str, Found] = {}
    for role in _ROLES:
        best = _best(role, left)
        if best is not None:
            found[role.ours] = best
            left.remove(best.column)
    return found


def _best(role: Role, columns: Iterable[Column]) -> Found | None:
    fitting = [column for column in columns if column.texts and role.fits(column) and not column.words & role.not_words]
    named = [(place, column) for column in fitting if (place := _place(role, column)) is not None]
    if named:
        # the better word; of equals the shorter name, and the column that is filled more often
        return Found(min(named, key=lambda one: (one[0], len(one[1].words), -len(one[1].texts)))[1], True)
    telling = [column for column in fitting if role.guessed(column)]
    best = max(telling, key=lambda column: (role.guessed(column), len(column.texts)), default=None)
    return None if best is None else Found(best, False)


def _place(role: Role, column: Column) -> int | None:
    return next((place for place, word in enumerate(role.words) if word in column.words), None)


def _is_name(column: Column) -> bool:
    repeats = column.different < len(column.texts) or len(column.texts) <= _FEW
    return column.different <= _MOST_NAMES and repeats and not _is_other(column) and column.numbers < _SOME


def _is_id(column: Column) -> bool:
    return column.is_short and column.addresses < _SOME and column.different > 1


def _is_other(column: Column) -> bool:
    return not column.is_short or column.addresses > _SOME or column.times > _SOME


_FEW, _SOME, _MOST = 20, 0.5, 0.9
_COUNTS = frozenset(
    ["number", "nr", "count", "idx", "index", "duration", "seconds", "length", "type", "agent", "name", "category"]
)
_ELSEWHERE = frozenset(["referrer", "referer", "from", "previous", "source", "domain", "host", "image", "icon"])
_ROLES = (
    Role("event_timestamp",
         ("timestamp", "tijdstip", "zeitstempel", "time", "tijd", "zeit", "when", "at", "ts", "datetime", "date", "datum"),
         lambda c: c.times >= _MOST, lambda c: c.numbers < _SOME, frozenset(("sent", "upload", "uploaded", "received", "inserted"))),
    Role("event_name", ("event", "action", "activity", "gebeurtenis", "actie", "ereignis", "aktion", "what", "type", "name"),
         _is_name, lambda c: 1 / c.different if 1 < c.different <= len(c.texts) / 2 else 0, frozenset(("id", "user", "device", "browser"))),
    Role("session_id", ("session", "visit", "sessie", "bezoek", "sitzung"), _is_id, not_words=_COUNTS | {"start"}),
    Role("user_pseudo_id", (
        "visitor", "device", "cookie", "client", "browser", "anonymous", "distinct", "bezoeker", "besucher", "user",
        "who", "person", "customer", "member", "uid", "gebruiker", "nutzer", "klant", "kunde"),
        lambda c: _is_id(c) and c.times < _MOST, lambda c: _FEW < c.different < len(c.texts), _COUNTS),
    Role("user_id", ("user", "customer", "member", "account", "login", "gebruiker", "nutzer", "klant", "kunde"), _is_id, not_words=_COUNTS),
    Role("page_location", ("url", "location", "page", "href", "uri", "link", "path", "pagina", "seite"),
         lambda c: c.addresses >= _MOST, lambda c: True, _ELSEWHERE),
    Role("page_referrer", ("referrer", "referer", "verwijzer", "herkomst", "from", "previous"), lambda c: c.addresses > _SOME),
    Role("page_title", ("title", "titel"), lambda c: c.addresses < _SOME and c.numbers < _SOME),
    Role("device_category", ("device", "category", "platform", "apparaat", "geraet"),
         lambda c: c.share(lambda text: text.lower() in _DEVICES) >= _MOST, lambda c: True),
    Role("country", ("country", "land"), lambda c: c.numbers < _SOME and c.is_short),
    Role("element", ("element", "button", "label", "target"), lambda c: c.numbers < _SOME and c.addresses < _SOME),
    Role("value", ("revenue", "amount", "value", "total", "price", "omzet", "bedrag", "waarde", "umsatz", "betrag", "wert"),
         lambda c: c.share(lambda text: re.fullmatch(r"-?\d+(\.\d+)?", text)) >= _MOST),
)  # fmt: skip
