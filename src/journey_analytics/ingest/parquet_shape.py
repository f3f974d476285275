"""The shape of a Parquet file, from its footer."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.ingest.file_kind import FileRefused
from journey_analytics.ingest.ga4_layout import Shape


def parquet_shape(path: Path) -> dict[str, Shape]:
    """Return the columns of a Parquet file with their shapes.

    Raises:
        FileRefused: the footer cannot be read.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        raise FileRefused("is damaged: it begins like Parquet and has no readable end; download it again") from None
    return {field.name: _shape(field.type) for field in schema}


def _shape(type_: pa.DataType) -> Shape:
    if pa.types.is_struct(type_):
        return {field.name: _shape(field.type) for field in type_}
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return [_shape(type_.value_type)]
    if pa.types.is_timestamp(type_):
        return "timestamp"
    return "null" if pa.types.is_null(type_) else str(type_)
