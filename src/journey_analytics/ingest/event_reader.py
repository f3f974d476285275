"""Event-level exports of other tools: CSV, JSON or Parquet whose columns a mapping translates into ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import DefinitionError, did_you_mean
from journey_analytics.ingest.csv_header import header
from journey_analytics.ingest.event_sql import (
    BAD_ROW,
    CONTENT_COLUMNS,
    FREE_TEXTS,
    MAPPED_COLUMNS,
    REQUIRED_COLUMNS,
    event_select,
)
from journey_analytics.ingest.file_kind import FileKind, FileRefused
from journey_analytics.ingest.parquet_shape import parquet_shape
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.ingest.reader import LOAD_PATH, ReadAs, file_list, parquet_relation, raw_columns
from journey_analytics.ingest.redaction import was_redacted
from journey_analytics.ingest.rows import ROW_NUMBER, Row, csv_rows
from journey_analytics.ingest.table_rows import any_rows
from journey_analytics.warehouse import literal, quoted

_ROWS_LOOKED_AT = 20
_COLUMNS_NAMED = 30


class EventReader:
    """Reads files by a mapping: our column -> the file's column. What is not mapped goes to other_params."""

    def __init__(self, plan: SourcePlan, settings: Settings) -> None:
        self._mapping = dict(plan.mapping)
        self._time_zone = settings.time_zone
        self._redaction = settings.redaction
        _check_mapping(plan)

    @property
    def raw_columns(self) -> Mapping[str, str]:
        """The raw table's columns and types."""
        return raw_columns(CONTENT_COLUMNS)

    @property
    def bad_row(self) -> str:
        """The SQL condition of a row that is refused."""
        return BAD_ROW

    @property
    def redacted_row(self) -> str:
        """The SQL condition of a row in which something was cut out."""
        return was_redacted(FREE_TEXTS, ("other_params",), self._redaction)

    @property
    def repeats_in_row(self) -> str:
        """The SQL number of repeated parameters of a row: columns and JSON fields have a name once."""
        return "0"

    @property
    def new_fields(self) -> str | None:
        """The SQL list of the names of a row's new fields: here any column may come, and all are kept."""
        return None

    def look(self, path: Path, kind: FileKind) -> ReadAs:
        """Return how to read a file.

        Raises:
            FileRefused: a mapped column is not there.
        """
        if kind.format == "parquet":
            shape = parquet_shape(path)
            self._refuse_missing(list(shape), list(self._mapping))
            return ReadAs(kind, tuple((name, isinstance(inner, str)) for name, inner in shape.items()))
        if kind.format == "csv":
            columns, delimiter = header(path, kind, self._mapping.values())
            self._refuse_missing(columns, list(self._mapping))
            return ReadAs(kind, (tuple(columns), delimiter))
        rows = [row.value for row in islice(any_rows(path, kind), _ROWS_LOOKED_AT) if isinstance(row.value, dict)]
        if rows:  # a field that is null may be left out of JSON: only what no row can do without must be there
            self._refuse_missing(list(dict.fromkeys(key for row in rows for key in row)), list(REQUIRED_COLUMNS))
        return ReadAs(kind)

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        if read_as.kind.format == "parquet":
            relation = self._parquet(paths, read_as.detail)
        elif read_as.kind.format == "csv":
            relation = self._csv(paths, read_as)
        else:
            relation = self._json(paths, read_as.kind)
        return event_select(relation, self._mapping, self._time_zone, self._redaction)

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a text file one by one."""
        if read_as.kind.format == "csv":
            columns, delimiter = read_as.detail
            return csv_rows(path, read_as.kind, columns, delimiter)
        return any_rows(path, read_as.kind)

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten."""
        return ReadAs(FileKind("ndjson"))

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row cannot be loaded, or None: any text will do here, SQL judges what it says."""
        return None

    def _refuse_missing(self, present: Sequence[str], wanted: Sequence[str]) -> None:
        missing = [(ours, self._mapping[ours]) for ours in wanted if self._mapping[ours] not in present]
        if not missing:
            return
        told = ", ".join(f"{theirs!r} (for {ours})" for ours, theirs in missing)
        hint = did_you_mean(missing[0][1], present)
        columns = ", ".join(present[:_COLUMNS_NAMED])
        raise FileRefused(f"has no column {told}; it has {columns}.{hint} Change the source's mapping, or export again")

    def _csv(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        columns, delimiter = read_as.detail
        types = ", ".join(f"{literal(column)}: 'varchar'" for column in columns)
        source = (
            f"read_csv({file_list(paths)}, auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', "
            f"escape='\"', strict_mode=true, compression='{'gzip' if read_as.kind.is_gzip else 'none'}', "
            f"filename='{LOAD_PATH}', columns={{{types}}})"
        )
        return self._flat(source, {column: quoted(column) for column in columns}, "cast(null as bigint)")

    def _parquet(self, paths: Sequence[Path], columns: Sequence[tuple[str, bool]]) -> str:
        texts = {
            name: f"cast({quoted(name) if is_plain else f'to_json({quoted(name)})'} as varchar)"
            for name, is_plain in columns
        }
        return self._flat(parquet_relation(paths), texts, "file_row_number + 1")

    def _flat(self, source: str, texts: Mapping[str, str], row_number: str) -> str:
        """Return a query over a file with columns: the mapped ones by our names, the others as parameters."""
        mapped = [f"{texts[theirs]} as {ours}" for ours, theirs in self._mapping.items()]
        rest = [name for name in texts if name not in self._mapping.values()]
        others = ", ".join(f"{{'key': {literal(name)}, 'string_value': {texts[name]}}}" for name in rest)
        other_params = f"cast([{others}] as {CONTENT_COLUMNS['other_params']}) as other_params"
        return f"select {LOAD_PATH}, {row_number} as row_number, {', '.join([*mapped, other_params])} from {source}"

    def _json(self, paths: Sequence[Path], kind: FileKind) -> str:
        form = "array" if kind.format == "array" else "newline_delimited"
        compression = "gzip" if kind.is_gzip else "uncompressed"
        mapped = [f"{_json_text(literal(_pointer(theirs)))} as {ours}" for ours, theirs in self._mapping.items()]
        known = ", ".join(literal(name) for name in [*self._mapping.values(), ROW_NUMBER])
        pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
        others = (
            f"list_transform(list_filter(json_keys(json), lambda k: not list_contains([{known}], k)), "
            f"lambda k: {{'key': k, 'string_value': {_json_text(pointer)}}}) as other_params"
        )
        number = f"cast({_json_text(literal(_pointer(ROW_NUMBER)))} as bigint) as row_number"
        return (
            f"select {LOAD_PATH}, {', '.join([number, *mapped, others])} from read_json_objects({file_list(paths)}, "
            f"format='{form}', compression='{compression}', filename='{LOAD_PATH}')"
        )


def _check_mapping(plan: SourcePlan) -> None:
    for ours in plan.mapping:
        if ours not in MAPPED_COLUMNS:
            raise DefinitionError(
                f"source {plan.name}: mapping: unknown column {ours!r}. Allowed: {', '.join(sorted(MAPPED_COLUMNS))}."
                f"{did_you_mean(ours, MAPPED_COLUMNS)}"
            )
    for ours in REQUIRED_COLUMNS:
        if ours not in plan.mapping:
            raise DefinitionError(
                f"source {plan.name}: mapping: {ours} is missing. Write '{ours}: <the column of the file that holds it>'."
            )


def _json_text(pointer: str) -> str:
    return f"json_extract_string(json, {pointer})"


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
