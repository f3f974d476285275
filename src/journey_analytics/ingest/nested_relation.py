"""Files of a nested export as a relation: what stands in FROM, the shape of its rows, and the number of each row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from journey_analytics.ingest.drift import RESCUED_FIELDS, with_fields
from journey_analytics.ingest.ga4_layout import FIELD_FIELDS, Shape, shape_type, thawed
from journey_analytics.ingest.reader import ReadAs, json_relation, parquet_relation
from journey_analytics.ingest.rows import ROW_NUMBER


class NestedRows(NamedTuple):
    """Rows of an export.

    Attributes:
        relation: what stands in FROM; it has a column load_path.
        shape: the shape of its rows.
        row_number: SQL expression for the row's number in its file, from 1; null where nobody knows it.
    """

    relation: str
    shape: dict[str, Shape]
    row_number: str


def nested_rows(paths: Sequence[Path], read_as: ReadAs, export: dict[str, Shape]) -> NestedRows:
    """Return the rows of files.

    Args:
        read_as: its detail is the frozen shape of a Parquet file, else the paths of the fields that are new in JSON.
        export: the shape of an export's row, as far as the raw table needs it.
    """
    if read_as.kind.format == "parquet":
        shape = thawed(read_as.detail)
        assert isinstance(shape, dict), "a file's columns are a mapping"
        return NestedRows(parquet_relation(paths), shape, "file_row_number + 1")
    is_rescued = read_as.detail == (RESCUED_FIELDS,)
    shape = export | {RESCUED_FIELDS: [dict(FIELD_FIELDS)]} if is_rescued else with_fields(export, read_as.detail)
    columns = {name: shape_type(inner) for name, inner in shape.items()}
    return NestedRows(json_relation(paths, read_as.kind, columns), shape, ROW_NUMBER)
