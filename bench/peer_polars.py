"""The work in polars: one lazy query. Of `list.eval`, group-by and pivot, the first took the least."""

from __future__ import annotations

from glob import glob
from typing import Any

import polars as pl

_TYPES = {"varchar": pl.String, "bigint": pl.Int64, "double": pl.Float64}


def write_events(job: dict[str, Any]) -> None:
    """Read the exports and write the events as Parquet, as bench.peer_columns describes them."""
    hot = [column["parameter"] for column in job["columns"] if column["parameter"]]
    key = pl.element().struct.field("key")
    others = pl.col("event_params").list.eval(pl.element().filter(~key.is_in(hot))).alias("other_params")
    columns = [_column(column) for column in job["columns"]]
    _exports(job).select(*columns, *job["lists"], others).sink_parquet(job["out"], compression="zstd")


def _exports(job: dict[str, Any]) -> pl.LazyFrame:
    paths = sorted(glob(job["pattern"]))
    if job["kind"] == "parquet":
        return pl.scan_parquet(paths)
    # BigQuery writes whole numbers in quotes, which polars reads as text only
    return pl.scan_ndjson(paths, schema={name: _dtype(shape) for name, shape in job["shape"].items()})


def _dtype(shape: Any) -> Any:
    if isinstance(shape, list):
        return pl.List(_dtype(shape[0]))
    if isinstance(shape, dict):
        return pl.Struct({name: _dtype(inner) for name, inner in shape.items()})
    return pl.String if shape == "bigint" else _TYPES[shape]


def _column(column: dict[str, Any]) -> pl.Expr:
    if column["type"] == "date":
        return pl.col("event_date").str.to_date("%Y%m%d")
    type_ = _TYPES[column["type"]]
    found = [_field(path).cast(type_) for path in column["fields"]]
    if column["parameter"]:
        found.append(_parameter(column["parameter"], column["type"]))
    return pl.coalesce(found).alias(column["name"])


def _field(path: str) -> pl.Expr:
    name, *inner = path.split(".")
    field = pl.col(name)
    for name in inner:
        field = field.struct.field(name)
    return field


def _parameter(key: str, type_: str) -> pl.Expr:
    value = pl.element().filter(pl.element().struct.field("key") == key).struct.field("value").struct
    names = {"varchar": ["string", "int"], "bigint": ["int", "string"], "double": ["double", "float", "int"]}
    texts = [value.field(f"{name}_value").cast(_TYPES[type_], strict=False) for name in names[type_]]
    return pl.col("event_params").list.eval(pl.coalesce(texts)).list.first()
