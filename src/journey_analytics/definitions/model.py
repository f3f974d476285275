"""A model: one SELECT, one table, and what its front matter says about it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.optimizer.scope import traverse_scope

from journey_analytics.definitions.front_matter import SELECT, FrontMatter, split_model_file
from journey_analytics.definitions.strict import Location
from journey_analytics.errors import DefinitionError, did_you_mean

STATIONS = (
    "reference", "staging", "events", "sessions", "people", "audits", "phases", "kpis", "goals", "drop_offs", "frictions",
    "publish",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """One table of the house.

    Attributes:
        name: the table's name; for a hand-written model the file's name.
        station: the folder under `sql/`.
        path: where its definition stands; for a generated model the file that it was made from.
        front: its front matter.
        sql: its SELECT, which runs as it is.
        generated: made from YAML or a contract, not written by hand.
        adds: constants that a contract union adds for this member (column -> text).
    """

    name: str
    station: str
    path: Path
    front: FrontMatter
    sql: str
    generated: bool = False
    lines: dict[Location, int] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @cached_property
    def select(self) -> exp.Query:
        """The parsed SELECT.

        Raises:
            DefinitionError: no SELECT, more than one, or SQL that cannot be read.
        """
        return parse_select(self.sql, self.path, self.lines.get(SELECT, 1))

    @cached_property
    def reads(self) -> frozenset[str]:
        """Names of the tables that the SELECT reads, CTEs excluded."""
        assert self.select is not None  # what cannot be read is refused here, with its place
        return _tables_read(self.sql)

    @cached_property
    def yields(self) -> tuple[str, ...] | None:
        """Names of the columns that the SELECT yields; None where only the engine can tell, as of a star."""
        names = self.select.named_selects
        is_told = all(names) and not any(output.is_star or output.find(exp.Columns) for output in self.select.selects)
        return tuple(names) if is_told else None

    def place(self, part: exp.Expr | None = None) -> str:
        """Return `file:line` of a part of the SELECT, or of its start; the file alone for what is generated from it."""
        first = self.lines.get(SELECT)
        if first is None or self.generated:
            return str(self.path)
        named = [] if part is None else [part] if "line" in part.meta else part.find_all(exp.Identifier)
        lines = [node.meta["line"] for node in named if "line" in node.meta]
        return f"{self.path}:{first + max(lines, default=1) - 1}"

    def place_of(self, *key: str | int) -> str:
        """Return `file:line` of what the front matter says under a key, or of the nearest key around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return f"{self.path}:{self.lines.get(key, 1) if key else 1}"

    @property
    def holds_events(self) -> bool:
        """Whether it reads a source whose rows are events."""
        return self.front.source is not None and self.front.source.holds_events

    @property
    def is_view(self) -> bool:
        """Views are not stored: their readers compute them."""
        return self.front.materialize == "view"

    @property
    def is_published(self) -> bool:
        """Whether people read this table in the output folder."""
        return self.name.startswith("pub_")

    @cached_property
    def definition_hash(self) -> str:
        """A digest of everything that decides what the rows are."""
        told = self.front.model_dump_json(exclude={"description", "columns", "owner", "checks"})
        return hashlib.sha256(f"{told}\n{self.sql}".encode()).hexdigest()[:16]


def parse_select(sql: str, path: Path, first_line: int = 1) -> exp.Query:
    """Return the one SELECT of a text.

    Args:
        first_line: the line of the file at which the text starts.

    Raises:
        DefinitionError: none, more than one, another kind of statement, or SQL that cannot be read.
    """
    try:
        statements = _statements(sql)
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight", "")).strip()
        line = first_line + int(first.get("line", 1)) - 1
        what = str(first.get("description", error)).split("<Token")[0].removesuffix(" but got ")
        raise DefinitionError(f"{path}:{line}: the SELECT cannot be read: {what} near {near!r}.") from None
    except TokenError as error:
        raise DefinitionError(
            _torn(sql, path, first_line) or f"{path}:{first_line}: the SELECT cannot be read: {error}."
        ) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise DefinitionError(
            f"{path}:{first_line}: should hold exactly one SELECT, holds {len(statements)} statements."
        )
    return statements[0]


# a night that replays others, and tests, read the same definitions again and again; nobody changes a parsed SELECT in place
@lru_cache(maxsize=1024)
def _statements(sql: str) -> tuple[exp.Expr, ...]:
    return tuple(statement for statement in sqlglot.parse(sql, read="duckdb") if statement is not None)


@lru_cache(maxsize=1024)
def _tables_read(sql: str) -> frozenset[str]:
    return tables_read(_statements(sql)[0])


# what may hold anything, else what opens it and finds no end
_CLOSED_OR_OPEN = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?P<open>/\*|'|")""", re.DOTALL)


def _torn(sql: str, path: Path, first_line: int) -> str | None:
    """Return the sentence for a quote or comment that has no end; None where each has one."""
    for found in _CLOSED_OR_OPEN.finditer(sql):
        if found["open"]:
            line = first_line + sql[: found.start()].count("\n")
            return (
                f"{path}:{line}: the SELECT cannot be read: {found['open']} is opened here, or above, and not closed."
            )
    return None


def tables_read(select: exp.Expr) -> frozenset[str]:
    """Return the tables that a SELECT reads, CTEs excluded, also where a CTE bears a table's name.

    >>> sorted(tables_read(sqlglot.parse_one("with a as (select * from a) select * from a join b using (k)")))
    ['a', 'b']
    """
    return frozenset(
        source.name
        for scope in traverse_scope(select)
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and source.name
    )


def table_in(select: exp.Expr, name: str) -> exp.Table | None:
    """Return the first place where a SELECT reads a table."""
    return next((table for table in select.find_all(exp.Table, bfs=False) if table.name == name), None)


def not_yielded(column: str, columns: Collection[str]) -> str:
    """Return the end of a sentence about a column that front matter names and the SELECT lacks."""
    return f"which the SELECT does not yield. It yields {', '.join(columns)}.{did_you_mean(column, columns)}"


def output_called(select: exp.Query, name: str) -> exp.Expr | None:
    """Return the output column of a name."""
    return next((output for output in select.selects if output.alias_or_name == name), None)


def names_in(select: exp.Expr) -> set[str]:
    """Return the names of columns that a SELECT reads or yields.

    >>> sorted(names_in(sqlglot.parse_one("select a.x, y + 1 as z from a")))
    ['x', 'y', 'z']
    """
    return {node.alias_or_name for node in select.find_all(exp.Column, exp.Alias)}


def read_model(path: Path, station: str) -> Model:
    """Return the model that a file under `sql/<station>/` defines.

    Raises:
        DefinitionError: see `split_model_file` and `parse_select`.
    """
    front, lines, sql = split_model_file(path)
    return Model(name=path.stem, station=station, path=path, front=front, sql=sql, lines=lines)
