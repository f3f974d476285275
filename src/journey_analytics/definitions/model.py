"""A model: one SELECT, one table, and what its front matter says about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.optimizer.scope import traverse_scope

from journey_analytics.definitions.front_matter import FrontMatter, split_model_file
from journey_analytics.definitions.strict import Location
from journey_analytics.errors import DefinitionError

STATIONS = (
    "reference", "staging", "events", "sessions", "people", "phases", "kpis", "drop_offs", "frictions", "publish",
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
        return parse_select(self.sql, self.path)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Names of the tables that the SELECT reads, CTEs excluded."""
        return tables_read(self.select)

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


def parse_select(sql: str, path: Path) -> exp.Query:
    """Return the one SELECT of a text.

    Raises:
        DefinitionError: none, more than one, another kind of statement, or SQL that cannot be read.
    """
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="duckdb") if statement is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight", "")).strip()
        raise DefinitionError(
            f"{path}: the SELECT cannot be read: {first.get('description', error)} near {near!r} "
            f"(line {first.get('line', '?')} below the front matter)."
        ) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise DefinitionError(f"{path}: should hold exactly one SELECT, holds {len(statements)} statements.")
    return statements[0]


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
