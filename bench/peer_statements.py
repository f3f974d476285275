"""The statements of the contenders that speak SQL."""

from __future__ import annotations

from collections.abc import Sequence

from bench.peer_columns import HOT, LISTS, clickhouse_type
from journey_analytics.ingest.ga4_layout import EVENT_COLUMNS, Column, export_shape, shape_type
from journey_analytics.warehouse import literal

_CLICKHOUSE_TYPES = {"bigint": "Int64", "double": "Float64"}


def lists(kind: str, pattern: str, columns: Sequence[Column]) -> str:
    """Return the plain formulation: lists of keys and values once, then `list_position`."""
    hot = ", ".join(literal(str(column.parameter)) for column in columns if column.parameter)
    values = ", ".join(_duckdb_column(column, "vs[list_position(ks, {key})]") for column in columns)
    return f"""
        create table events as
        select {values}, {", ".join(LISTS)}, list_filter(event_params, lambda x: x.key not in ({hot})) as other_params
        from (
            select
                *,
                list_transform(event_params, lambda x: x.key) as ks,
                list_transform(event_params, lambda x: x.value) as vs
            from {_duckdb_relation(kind, pattern)}
        )
    """


def pivot(kind: str, pattern: str) -> str:
    """Return the formulation of the textbooks: a row per parameter, then one group per event."""
    hot = ", ".join(map(literal, HOT))
    values = ", ".join(f'any_value(p.value) filter (p.key = {literal(key)}) as "p_{key}"' for key in HOT)
    columns = ", ".join(_duckdb_column(column, '"p_{name}"') for column in EVENT_COLUMNS)
    return f"""
        create table events as
        with
        export as materialized (select row_number() over () as row, * from {_duckdb_relation(kind, pattern)}),
        parameters as (
            select row, {values}, list(p) filter (p.key not in ({hot})) as other_params
            from (select row, unnest(event_params) as p from export)
            group by row
        )
        select {columns}, {", ".join(LISTS)}, other_params
        from export left join parameters using (row)
    """


def clickhouse(kind: str, pattern: str, out: str) -> str:
    """Return the formulation for ClickHouse: subcolumns of the list, and the place of each key in it."""
    form = "Parquet" if kind == "parquet" else "JSONEachRow"
    structure = ", ".join(f"`{name}` {clickhouse_type(shape)}" for name, shape in export_shape().items())
    hot = ", ".join(map(literal, HOT))
    columns = ", ".join(_clickhouse_column(column) for column in EVENT_COLUMNS)
    return f"""
        insert into function file({literal(out)}, Parquet)
        with event_params.key as ks
        select {columns}, {", ".join(LISTS)}, arrayFilter(p -> not has([{hot}], p.1), event_params) as other_params
        from file({literal(pattern)}, {form}, {literal(structure)})
        settings prefer_column_name_to_alias = 1, input_format_skip_unknown_fields = 1,
            output_format_parquet_compression_method = 'zstd'
    """


def _duckdb_relation(kind: str, pattern: str) -> str:
    if kind == "parquet":
        return f"read_parquet({literal(pattern)})"
    columns = ", ".join(f"{literal(name)}: {literal(shape_type(shape))}" for name, shape in export_shape().items())
    return f"read_json({literal(pattern)}, format='newline_delimited', columns={{{columns}}})"


def _duckdb_column(column: Column, value: str) -> str:
    if column.type == "date":
        return f"cast(strptime(event_date, '%Y%m%d') as date) as {column.name}"
    found = list(column.fields)
    if column.parameter:
        found.append(_duckdb_value(value.format(name=column.parameter, key=literal(column.parameter)), column.type))
    return f"coalesce({', '.join(found)}) as {column.name}"


def _duckdb_value(value: str, type_: str) -> str:
    if type_ == "varchar":
        return f"coalesce({value}.string_value, cast({value}.int_value as varchar))"
    if type_ == "bigint":
        return f"coalesce({value}.int_value, try_cast({value}.string_value as bigint))"
    return f"coalesce({value}.double_value, {value}.float_value, {value}.int_value)"


def _clickhouse_column(column: Column) -> str:
    if column.type == "date":
        return f"toDate32(parseDateTime(event_date, '%Y%m%d')) as {column.name}"
    found = list(column.fields)
    if column.parameter:
        place = f"[indexOf(ks, {literal(column.parameter)})]"
        names = {"varchar": ["string", "int"], "bigint": ["int", "string"], "double": ["double", "float", "int"]}
        found += [_clickhouse_value(name, place, column.type) for name in names[column.type]]
    return f"coalesce({', '.join(found)}) as {column.name}"


def _clickhouse_value(name: str, place: str, type_: str) -> str:
    value = f"event_params.value.{name}_value{place}"
    if type_ == "varchar":
        return value if name == "string" else f"toString({value})"
    if name == "string":
        return f"to{_CLICKHOUSE_TYPES[type_]}OrNull({value})"
    return f"cast({value} as Nullable({_CLICKHOUSE_TYPES[type_]}))"
