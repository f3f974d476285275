"""The one door to the engine: everything that touches DuckDB goes through here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from journey_analytics.engine_words import Told, first_line, is_storage_trouble, storage_sentence, told
from journey_analytics.errors import Busy, JourneyError, StorageError

# what a C++ exception becomes that the engine does not know, such as std::bad_cast over half a character in a JSON key
_ENGINE_FAULTS = (duckdb.Error, RuntimeError)


class EngineError(JourneyError):
    """The engine refused a statement; the caller adds what was being done.

    Attributes:
        told: where in the statement, and which names the engine would have known.
    """

    exit_code = 3

    def __init__(self, message: str, told: Told | None = None) -> None:
        super().__init__(message)
        self.told = told or Told()


class Warehouse:
    """A DuckDB database with the settings that every part of the project relies on.

    Times are UTC, results are fetched whole, and nothing is loaded from outside. Two threads at the most are enough for
    the sums that models make: money is DECIMAL and time integer, so the number of threads never changes a result.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path | None = None, *, read_only: bool = False, memory_limit: str | None = None) -> Warehouse:
        """Return the database in `path`, made when it is not there; without a path one that lives in memory.

        Raises:
            Busy: another process holds the database.
            StorageError: the file is no database, or its folder cannot be written.
        """
        try:
            if path is not None and not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise Busy(f"{path}: another run is using this database. Wait until it ends, then try again.") from None
            raise StorageError(f"{path}: the database cannot be opened: {storage_sentence(str(error))}") from None
        except OSError as error:
            raise StorageError(
                f"{path}: the database cannot be opened ({error.strerror}). Choose another place with --db."
            ) from None
        except duckdb.Error as error:
            raise StorageError(f"{path}: the database cannot be opened: {first_line(str(error))}") from None
        connection.execute("set timezone = 'UTC'")
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute("set autoload_known_extensions = false")
        connection.execute("set enable_progress_bar = false")
        # for fewer rows than this the engine loops over the other side; it decides by an estimate, which a filter on keys
        # can put a thousand times too low
        connection.execute("set asof_loop_join_threshold = 0")
        if memory_limit:
            connection.execute(f"set memory_limit = '{memory_limit}'")
        return cls(connection, path)

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        self._connection.close()
        # whoever still holds this object must not keep the engine alive until the process ends
        del self._connection

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end of the block, or roll everything back when the block or the commit raises."""
        self.run("begin transaction")
        try:
            yield
            self.run("commit")
        except BaseException:
            # where the engine has rolled back already, the first error is the one to show
            with suppress(duckdb.Error):
                self._connection.execute("rollback").fetchall()
            raise

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows of a statement.

        Raises:
            EngineError: the engine refuses it.
            StorageError: disk full or unreadable.
        """
        try:
            return (
                self._connection.execute(sql, values).fetchall() if values else self._connection.execute(sql).fetchall()
            )
        except _ENGINE_FAULTS as error:
            raise _translated(error) from error

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] | None = None) -> None:
        """Run a statement whose rows nobody needs."""
        self.rows(sql, values)

    def value(self, sql: str, values: Sequence[Any] | None = None) -> Any:
        """Return the first column of the first row, or None without rows."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def make(self, what: str, select: str) -> int:
        """Make or replace a table (`temp table x`) of a SELECT, and return how many rows it has."""
        return int(self.value(f"create or replace {what} as {select}"))

    def frame(self, sql: str) -> pd.DataFrame:
        """Return all rows of a query as a frame."""
        try:
            return self._connection.execute(sql).df()
        except _ENGINE_FAULTS as error:
            raise _translated(error) from error

    @contextmanager
    def registered(self, name: str, frame: pd.DataFrame) -> Iterator[None]:
        """Offer a frame as the relation `name` within the block."""
        self._connection.register(name, frame)
        try:
            yield
        finally:
            # in a transaction that has failed the engine refuses even this; the first error is the one to show
            with suppress(duckdb.Error):
                self._connection.unregister(name)

    def columns(self, query: str) -> dict[str, str]:
        """Return column names and types of a query or table name, in order."""
        what = query if " " in query.strip() else f'select * from "{query}"'
        return {row[0]: row[1] for row in self.rows(f"describe {what}")}

    def same_columns(self, table: str, other: str) -> bool:
        """Return whether two tables have the same columns, of the same types and in the same order."""
        return list(self.columns(table).items()) == list(self.columns(other).items())

    def free_share(self) -> float:
        """Return the share of the database file that holds nothing: it is used again, but the file never shrinks."""
        self.run("checkpoint")
        total, free = self.rows(
            "select total_blocks, free_blocks from pragma_database_size() where database_name = current_database()"
        )[0]
        return free / total if total else 0.0

    def committed_columns(self, tables: Collection[str]) -> set[str]:
        """Return the columns of these tables as last committed: a transaction that has failed answers nothing itself."""
        with self._connection.cursor() as beside:
            found = beside.execute(
                f"select column_name from information_schema.columns where {_OWN} and list_contains(?, table_name)",
                [list(tables)],
            ).fetchall()
        return {row[0] for row in found}

    def tables(self) -> set[str]:
        """Return the names of the tables and views that are stored; temporary and attached ones are not."""
        return {row[0] for row in self.rows(f"select table_name from information_schema.tables where {_OWN}")}

    def kind(self, name: str) -> str | None:
        """Return `table` or `view` for what is stored under a name, or None."""
        found = self.rows(f"select table_type from information_schema.tables where {_OWN} and table_name = ?", [name])
        return {"BASE TABLE": "table", "VIEW": "view"}[found[0][0]] if found else None


_OWN = "table_schema = 'main' and table_catalog = current_database()"


def quoted(name: str) -> str:
    """Return an identifier in quotes.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def ordering(columns: Sequence[str]) -> str:
    """Return what stands behind ORDER BY, of columns as a model's `order_by` names them.

    >>> ordering(["kpi", "period_start desc"])
    '"kpi", "period_start" desc'
    """
    return ", ".join(" ".join([quoted(name), *way]) for name, *way in map(str.split, columns))


def literal(text: str) -> str:
    """Return a text as an SQL literal.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def _translated(error: Exception) -> JourneyError:
    message = str(error)
    # a commit that finds the disk full is a TransactionException, and what follows it a FatalException
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException) or is_storage_trouble(message):
        return StorageError(storage_sentence(message))
    return EngineError(first_line(message) or type(error).__name__, told(message))
