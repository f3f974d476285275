"""Event-level exports of other tools: CSV, JSON or Parquet whose columns a mapping translates into ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.sources import (
    PROPERTY_CLOCK,
    REQUIRED_COLUMNS,
    joined_parts,
    mapping_fault,
    missing_column,
)
from journey_analytics.errors import DefinitionError, did_you_mean
from journey_analytics.ingest.event_header import Layout, file_layout
from journey_analytics.ingest.event_relation import FileRows, event_relation
from journey_analytics.ingest.event_sql import BAD_ROW, CONTENT_COLUMNS, FREE_TEXTS, Export, event_select
from journey_analytics.ingest.field_paths import opened, pointer, read_path, value_at
from journey_analytics.ingest.file_kind import FileKind, FileRefused
from journey_analytics.ingest.parquet_shape import parquet_shape
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.ingest.reader import LOAD_PATH, ReadAs, file_list, parquet_relation, raw_columns
from journey_analytics.ingest.redaction import was_redacted
from journey_analytics.ingest.rows import ROW_NUMBER, Row, csv_rows, unquoted_rows
from journey_analytics.ingest.table_rows import any_rows
from journey_analytics.warehouse import literal, quoted

_ROWS_LOOKED_AT = 20
_COLUMNS_NAMED = 30


class EventReader:
    """Reads files by a mapping: our column -> where the file has it. What is not mapped goes to other_params."""

    def __init__(self, plan: SourcePlan, settings: Settings) -> None:
        _check_mapping(plan)
        self._plan = plan
        self._origins = plan.origins
        clock = settings.time_zone if plan.wall_clock == PROPERTY_CLOCK else plan.wall_clock
        self._export = Export(plan.origins, settings.time_zone, settings.redaction, plan.explode, clock)

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
        return was_redacted(FREE_TEXTS, ("other_params",), self._export.redaction)

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
            self._refuse_missing(list(shape), list(self._origins), list(shape))
            return ReadAs(kind, tuple((name, isinstance(inner, str)) for name, inner in shape.items()))
        if kind.format == "csv":
            wanted = {part for told in self._origins.values() for origin in told for part in joined_parts(origin)}
            layout = file_layout(path, kind, wanted, self._plan.columns, is_quoted=self._plan.is_quoted)
            self._refuse_missing(layout.columns, list(self._origins), layout.columns)
            read_as = ReadAs(kind, layout)
        else:
            # a list that becomes events makes rows of a line
            read_as = ReadAs(kind, is_row_a_line=self._plan.explode is None)
        self._refuse_strange_rows(path, read_as)
        return read_as

    def select(self, paths: Sequence[Path], read_as: ReadAs) -> str:
        """Return the SELECT of staged rows."""
        if read_as.kind.format == "parquet":
            rows = _parquet(paths, read_as.detail)
        elif read_as.kind.format == "csv":
            rows = _csv(paths, read_as)
        else:
            rows = _json(paths, read_as.kind)
        return event_select(event_relation(rows, self._origins, self._plan.explode), self._export)

    def rows(self, path: Path, read_as: ReadAs) -> Iterator[Row]:
        """Return the rows of a text file one by one."""
        if read_as.kind.format != "csv":
            return any_rows(path, read_as.kind)
        layout: Layout = read_as.detail
        read = csv_rows if layout.is_quoted else unquoted_rows
        return read(path, read_as.kind, layout.columns, layout.delimiter, has_header=layout.has_header)

    def rescued(self, read_as: ReadAs) -> ReadAs:
        """Return how to read what the slow path has rewritten."""
        return ReadAs(FileKind("ndjson"))

    def misfit(self, row: dict[str, Any]) -> str | None:
        """Return why a row cannot be loaded, or None: any text will do here, SQL judges what it says."""
        return None

    def _refuse_missing(self, present: Sequence[str], wanted: Sequence[str], columns: Sequence[str] | None) -> None:
        """Refuse a file that has none of the columns in which ours may stand."""
        missing = [
            (self._origins[ours], f"for {ours}")
            for ours in wanted
            if not any(_is_there(origin, present, columns) for origin in self._origins[ours])
        ]
        if self._plan.explode is not None and self._plan.explode not in present:
            missing.append(((self._plan.explode,), "to explode"))
        if not missing:
            return
        told = ", ".join(f"{_either(origins)} ({why})" for origins, why in missing)
        hint = did_you_mean(missing[0][0][0], present)
        named = ", ".join(present[:_COLUMNS_NAMED])
        raise FileRefused(f"has no column {told}; it has {named}.{hint} Change the source's mapping, or export again")

    def _refuse_strange_rows(self, path: Path, read_as: ReadAs) -> None:
        """Refuse a file of which the first rows have nothing where each event has to have something."""
        layout = read_as.detail
        rows = [row.value for row in islice(self.rows(path, read_as), _ROWS_LOOKED_AT) if isinstance(row.value, dict)]
        if not rows:
            return
        if (
            layout is None
        ):  # a field that is null may be left out of JSON: only what no event can do without must be there
            present = list(dict.fromkeys(key for row in rows for key in row))
            self._refuse_missing(present, list(REQUIRED_COLUMNS), None)
        columns = layout.columns if layout is not None else None
        events = [event for row in rows for event in exploded(row, self._plan.explode)]
        if not events:
            return
        for ours in REQUIRED_COLUMNS:
            paths = [read_path(part, columns) for origin in self._origins[ours] for part in joined_parts(origin)]
            if all(path.fields for path in paths) and not any(value_at(e, path) for e in events for path in paths):
                names = sorted({name for e in events for path in paths for name in _names(e.get(path.column))})
                hint = did_you_mean(paths[0].fields[-1], names)
                raise FileRefused(
                    f"has nothing at {_either(self._origins[ours])} (for {ours}) in its first rows; {paths[0].column} holds "
                    f"{', '.join(names[:_COLUMNS_NAMED]) or 'no fields'}.{hint} Change the source's mapping, or export again"
                )


def exploded(row: dict[str, Any], column: str | None) -> list[dict[str, Any]]:
    """Return the events of a row: itself, or one for each element of the list in a column.

    >>> exploded({"v": 1, "a": [{"u": 2}, {"u": 3}]}, "a")
    [{'v': 1, 'a': {'u': 2}}, {'v': 1, 'a': {'u': 3}}]
    """
    if column is None:
        return [row]
    elements = opened(row.get(column))
    return [row | {column: element} for element in elements] if isinstance(elements, list) else []


def _either(origins: Sequence[str]) -> str:
    return " or ".join(repr(origin) for origin in origins)


def _names(value: Any) -> list[str]:
    """Return the names of the fields that a value holds."""
    value = opened(value)
    return list(value) if isinstance(value, dict) else []


def _is_there(origin: str, present: Sequence[str], columns: Sequence[str] | None) -> bool:
    """Return whether all columns of an origin are there, by their own names or as the box that a path leads into."""
    return all(part in present or read_path(part, columns).column in present for part in joined_parts(origin))


def _csv(paths: Sequence[Path], read_as: ReadAs) -> FileRows:
    layout: Layout = read_as.detail
    types = ", ".join(f"{literal(column)}: 'varchar'" for column in layout.columns)
    quote = literal('"' if layout.is_quoted else "")
    source = (
        f"read_csv({file_list(paths)}, auto_detect=false, header={str(layout.has_header).lower()}, "
        f"delim={literal(layout.delimiter)}, quote={quote}, escape={quote}, strict_mode=true, "
        f"compression='{'gzip' if read_as.kind.is_gzip else 'none'}', filename='{LOAD_PATH}', columns={{{types}}})"
    )
    return FileRows(source, "cast(null as bigint)", quoted, layout.columns)


def _parquet(paths: Sequence[Path], columns: Sequence[tuple[str, bool]]) -> FileRows:
    texts = {
        name: f"cast({quoted(name) if is_plain else f'to_json({quoted(name)})'} as varchar)"
        for name, is_plain in columns
    }
    return FileRows(parquet_relation(paths), "file_row_number + 1", texts.__getitem__, list(texts))


def _json(paths: Sequence[Path], kind: FileKind) -> FileRows:
    form = "array" if kind.format == "array" else "newline_delimited"
    compression = "gzip" if kind.is_gzip else "uncompressed"
    source = (
        f"read_json_objects({file_list(paths)}, format='{form}', compression='{compression}', filename='{LOAD_PATH}')"
    )
    number = f"cast({_json_text(ROW_NUMBER)} as bigint)"
    return FileRows(source, number, _json_text, None, "json_keys(json)", (ROW_NUMBER,))


def _json_text(name: str) -> str:
    return f"json_extract_string(json, {literal(pointer(name))})"


def _check_mapping(plan: SourcePlan) -> None:
    fault = mapping_fault(plan.origins)
    if fault is not None:
        raise DefinitionError(f"source {plan.name}: mapping: {fault[1]}")
    for ours in REQUIRED_COLUMNS:
        if ours not in plan.mapping:
            raise DefinitionError(f"source {plan.name}: {missing_column(ours)}.")
