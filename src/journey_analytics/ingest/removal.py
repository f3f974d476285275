"""Which rows are not to be stored: those of people on the forget list, and those past retention."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from journey_analytics.definitions.sources import joined_parts
from journey_analytics.ingest.file_kind import FileKind
from journey_analytics.ingest.file_log import insert_values
from journey_analytics.ingest.forgotten import KINDS, ForgetList
from journey_analytics.ingest.ga4_users_layout import ID_FIELDS
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.ingest.reader import FILE_COLUMNS, LOAD_PATH, STAGED_COLUMNS, ReadAs, Reader
from journey_analytics.ingest.rows import Row
from journey_analytics.warehouse import Warehouse, literal, quoted

_IDS, _ENTRIES = "forgotten_ids", "forget_entries"
_SHORTEST_WORD = 6


@dataclass(frozen=True)
class Removal:
    """What a load keeps out.

    Attributes:
        people: the forget list.
        first_kept: the oldest event_date that is kept; None for all.
        id_names: what files call the columns with ids, to find an id in the text of a refused row.
    """

    people: ForgetList
    first_kept: date | None = None
    id_names: tuple[str, ...] = KINDS

    @property
    def is_active(self) -> bool:
        """Whether there is anything to keep out."""
        return bool(self.people.entries) or self.first_kept is not None

    def prepare(self, warehouse: Warehouse) -> None:
        """Make the temporary table that the SQL of this class reads."""
        warehouse.run(
            f"create or replace temp table {_ENTRIES} (kind varchar, digest varchar, valid_from bigint, valid_to bigint)"
        )
        entries = [(e.kind, e.digest, e.valid_from, e.valid_to) for e in self.people.entries]
        insert_values(warehouse, _ENTRIES, entries)
        # one row an id, so that a join never doubles an event
        warehouse.run(
            f"""create or replace temp table {_IDS} as
            select
                kind,
                digest,
                bool_or(valid_from is null and valid_to is null) as is_whole,
                list({{'since': coalesce(valid_from, 0), 'until': coalesce(valid_to, {2**63 - 1})}}) as stretches
            from {_ENTRIES} group by kind, digest"""
        )

    def marked(self, relation: str) -> str:
        """Return a query for the rows of a relation with one column more: `is_removed`."""
        goes = [] if self.first_kept is None else [f"event_date < cast({literal(self.first_kept.isoformat())} as date)"]
        joins = ""
        if self.people.entries:
            inside = "event_timestamp >= s.since and event_timestamp < s.until"
            goes += [
                "users.is_whole",
                "browsers.is_whole",
                # on a shared browser, who is named is not the one who is forgotten
                f"user_id is null and len(list_filter(browsers.stretches, lambda s: {inside})) > 0",
            ]
            joins = "".join(
                f" left join {_IDS} as {table} on {table}.kind = {literal(kind)} "
                f"and {table}.digest = {self.people.digest_sql(kind, f'events.{kind}')}"
                for table, kind in (("users", "user_id"), ("browsers", "user_pseudo_id"))
            )
        return (
            f"select events.*, coalesce({' or '.join(f'coalesce({each}, false)' for each in goes) or 'false'}, false) "
            f"as is_removed from {relation} as events{joins}"
        )

    def names_somebody(self, text: str, *, is_content: bool) -> str:
        """Return the SQL condition of a text in which an id of the forget list stands.

        Args:
            is_content: the text is a row of a file. A short id then counts where its column is named or where the row
                is plain fields; in our own sentences a 7 is more often a number than a person.
        """
        words = rf"""regexp_extract_all({text}, '[^\s",;|=&?{{}}\[\]]{{{_SHORTEST_WORD},}}')"""
        if is_content:
            names = "|".join(re.escape(name) for name in self.id_names)
            named = literal(rf'"(?:{names})"\s*:\s*"?([^",}}]*)')
            fields = rf"""regexp_extract_all({text}, '[^\s",;|=&?{{}}\[\]]+')"""
            words = (
                f"case when starts_with(ltrim({text}), '{{') "
                f"then list_concat({words}, regexp_extract_all({text}, {named}, 1)) else {fields} end"
            )
        found = [
            f"list_has_any(list_transform({words}, lambda w: {self.people.digest_sql(kind, 'w')}), "
            f"(select coalesce(list(digest), []) from {_IDS} where kind = {literal(kind)}))"
            for kind in KINDS
        ]
        return f"coalesce({' or '.join(found)}, false)"


def id_names(plans: Iterable[SourcePlan]) -> tuple[str, ...]:
    """Return what the files of these sources call the columns with ids; of a path, the last name."""
    told = list(plans)
    origins = [origin for plan in told for kind in KINDS for origin in plan.origins.get(kind, ())]
    origins += [name for plan in told if plan.reader == "ga4_users" for name in ID_FIELDS]
    names = {name for origin in origins for part in joined_parts(origin) for name in (part, part.split(".")[-1])}
    return tuple(sorted({*KINDS, *names}))


class SiftingReader:
    """A reader whose SELECT empties the rows that are not to be stored.

    Nothing of such a row but its file reaches the database: it is counted and deleted in the load's own transaction.
    """

    def __init__(self, reader: Reader, removal: Removal) -> None:
        self._reader = reader
        self._removal = removal

    @property
    def raw_columns(self) -> dict[str, str]:
        """The raw table's columns and types."""
        return dict(self._reader.raw_columns)

    @property
    def bad_row(self) -> str:
        """The SQL condition of a row that is refused; an emptied row is none."""
        return f"({self._reader.bad_row}) and not ({IS_EMPTIED})"

    @property
    def redacted_row(self) -> str:
        """The SQL condition of a row in which something was cut out."""
        return self._reader.redacted_row

    @property
    def repeats_in_row(self) -> str:
        """The SQL number of a row's parameters that came after another of the same name."""
        return self._reader.repeats_in_row

    @property
    def new_fields(self) -> str | None:
        """The SQL list of the names of a row's fields that nobody has described."""
        return self._reader.new_fields

    def look(self, path: Path, kind: FileKind) -> ReadAs:
        """Return how to read a file."""
        return self._reader.look(path, kind)

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        content = list(self._reader.raw_columns)[len(FILE_COLUMNS) :]
        names = [quoted(name) for name in (*STAGED_COLUMNS, *content) if name != LOAD_PATH]
        cells = ", ".join(f"case when not is_removed then {name} end as {name}" for name in names)
        rows = self._removal.marked(f"({self._reader.select(paths, read_as)})")
        return f"select {LOAD_PATH}, {cells} from ({rows})"

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a file one by one."""
        return self._reader.rows(path, read_as)

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten."""
        return self._reader.rescued(read_as)

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row that is JSON cannot be loaded, or None."""
        return self._reader.misfit(row)


# every event has a key, so a row without one is one that was emptied
IS_EMPTIED = "event_key is null"
